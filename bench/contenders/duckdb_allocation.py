"""The allocation in an hour of DuckDB SQL: floats, one method, no proof."""

import duckdb
from exports import KEYS_AND_SUMS, MEASURES, REGION, USAGE_TYPES, exports, finish

ALLOCATION = """
COPY (
    WITH rolled_up AS (
        SELECT {keys_and_sums} FROM read_parquet({usage}) GROUP BY ALL
    ),
    classified AS (
        SELECT *,
            CASE
                WHEN product_code = 'AmazonEC2'
                    AND regexp_matches(usage_type, '(Box|Spot|Dedicated|Host)Usage')
                    THEN 'AmazonEC2'
                WHEN product_code = 'AmazonS3' THEN 'AmazonS3'
                WHEN product_code = 'AmazonCloudFront' THEN 'AmazonCloudFront'
                ELSE 'Other'
            END AS bucket,
            CASE
                WHEN bucket = 'AmazonEC2' THEN usage_amount
                WHEN bucket = 'AmazonS3' AND usage_type LIKE '%TimedStorage%' THEN usage_amount
                WHEN bucket = 'AmazonCloudFront' AND usage_type LIKE '%Out-Bytes%' THEN usage_amount
                WHEN bucket = 'Other' THEN on_demand_cost
                ELSE 0
            END AS weight
        FROM rolled_up WHERE line_type IN {usage_types}
    ),
    shares AS (
        SELECT *,
            weight / nullif(sum(weight) OVER (PARTITION BY usage_month, account, region, bucket), 0)
                AS share
        FROM classified
    ),
    reported AS (
        SELECT usage_period_start, usage_account_id, lower(region_code) AS region_code,
            product_code, {reported}
        FROM (
            SELECT *, {rank} FROM read_parquet({carbon})
            QUALIFY model_rank = max(model_rank) OVER (PARTITION BY usage_period_start)
        ) GROUP BY ALL
    )
    SELECT s.* EXCLUDE (weight, share), {allocated},
        scope_1 + scope_2_lbm + scope_3_lbm AS total_lbm,
        scope_1 + scope_2_mbm + scope_3_mbm AS total_mbm
    FROM shares AS s LEFT JOIN reported AS r
        ON r.usage_period_start = s.usage_month AND r.usage_account_id = s.account
        AND r.region_code = lower(s.region) AND r.product_code = s.bucket
) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
"""
RANK = "CAST(string_split(ltrim(model_version, 'v'), '.') AS INTEGER[]) AS model_rank"


def main() -> None:
    """Allocate and write."""
    asked = exports()
    asked.out.mkdir(parents=True)
    sums = [f"sum({column}) * 1000 AS {column}" for column in MEASURES]
    sql = ALLOCATION.format(
        keys_and_sums=KEYS_AND_SUMS.format(region=REGION),
        usage=asked.usage,
        carbon=asked.carbon,
        usage_types=USAGE_TYPES,
        rank=RANK,
        reported=", ".join(sums),
        allocated=", ".join(f"r.{column} * share AS {name}" for column, name in MEASURES.items()),
        target=asked.out / "emissions.parquet",
    )
    with duckdb.connect() as connection:
        (rows,) = connection.execute(sql).fetchone()
    finish(rows)


if __name__ == "__main__":
    main()
