"""The same allocation in pandas: read file by file, reduced at once, then merged."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from exports import COLUMNS, MEASURES, USAGE_TYPES, Exports, exports, finish

NAMES = {
    "bill_billing_period_start_date": "usage_month",
    "line_item_usage_account_id": "account",
    "line_item_product_code": "product_code",
    "line_item_usage_type": "usage_type",
    "line_item_operation": "operation",
    "line_item_resource_id": "resource_id",
    "line_item_line_item_type": "line_type",
}
KEYS = [*NAMES.values(), "region", "team", "environment"]
SUMS = {
    "pricing_public_on_demand_cost": "on_demand_cost",
    "line_item_unblended_cost": "unblended_cost",
    "line_item_usage_amount": "usage_amount",
}
CELL = ["usage_month", "account", "region", "bucket"]


def main() -> None:
    """Allocate and write."""
    asked = exports()
    asked.out.mkdir(parents=True)
    usage = classified(rolled_up(asked))
    totals = usage.groupby(CELL, dropna=False)["weight"].transform("sum")
    share = usage["weight"] / totals.where(totals > 0)
    rows = usage.merge(reported(asked), on=CELL, how="left")
    for name in MEASURES.values():
        rows[name] *= share.to_numpy()
    rows["total_lbm"] = rows["scope_1"] + rows["scope_2_lbm"] + rows["scope_3_lbm"]
    rows["total_mbm"] = rows["scope_1"] + rows["scope_2_mbm"] + rows["scope_3_mbm"]
    rows.drop(columns="weight").to_parquet(asked.out / "emissions.parquet", compression="zstd")
    finish(len(rows))


def rolled_up(asked: Exports) -> pd.DataFrame:
    """Reduce each file by itself, and the results once more."""
    return reduced(pd.concat([reduced(frame_of(file)) for file in asked.usage]))


def frame_of(file: str) -> pd.DataFrame:
    """Read one file, its low-cardinality texts as categories and its maps as columns."""
    categories = [name for name in NAMES if name.startswith("line_item_")]
    table = pq.ParquetFile(file, read_dictionary=categories).read(columns=list(COLUMNS))
    columns = {name: table[column] for column, name in {**NAMES, **SUMS}.items()}
    columns["region"] = value_of(table["product"], "region")
    columns["team"] = value_of(table["resource_tags"], "user_team")
    columns["environment"] = value_of(table["resource_tags"], "user_environment")
    columns["line_count"] = pa.repeat(1, table.num_rows)
    return pa.table(columns).to_pandas()


def value_of(column: pa.ChunkedArray, key: str) -> pa.ChunkedArray:
    """Return the value of a key of a map, as a category."""
    return pc.map_lookup(column, query_key=key, occurrence="first").dictionary_encode()


def reduced(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum by all keys."""
    grouped = frame.groupby(KEYS, observed=True, dropna=False, sort=False)
    return grouped[[*SUMS.values(), "line_count"]].sum().reset_index()


def classified(usage: pd.DataFrame) -> pd.DataFrame:
    """Return usage with its bucket and weight."""
    usage = usage[usage["line_type"].isin(USAGE_TYPES)].copy()
    for name in KEYS[1:]:
        usage[name] = usage[name].astype("str")
    product, usage_type = usage["product_code"], usage["usage_type"]
    is_instance = usage_type.str.contains("(?:Box|Spot|Dedicated|Host)Usage", na=False)
    usage["bucket"] = "Other"
    usage.loc[(product == "AmazonEC2") & is_instance, "bucket"] = "AmazonEC2"
    usage.loc[product == "AmazonS3", "bucket"] = "AmazonS3"
    usage.loc[product == "AmazonCloudFront", "bucket"] = "AmazonCloudFront"
    bucket = usage["bucket"]
    is_stored = (bucket == "AmazonS3") & usage_type.str.contains("TimedStorage", na=False)
    is_sent = (bucket == "AmazonCloudFront") & usage_type.str.contains("Out-Bytes", na=False)
    by_usage = (bucket == "AmazonEC2") | is_stored | is_sent
    usage["weight"] = usage["on_demand_cost"].where(bucket == "Other", 0.0)
    usage["weight"] = usage["usage_amount"].where(by_usage, usage["weight"])
    return usage


def reported(asked: Exports) -> pd.DataFrame:
    """Return AWS's figures of the latest model version of each month, in kilograms."""
    carbon = pd.concat([pq.ParquetFile(file).read().to_pandas() for file in asked.carbon])
    rank = carbon["model_version"].str.lstrip("v").str.split(".").map(lambda v: [*map(int, v)])
    carbon["rank"] = rank.map(tuple)
    carbon = carbon[carbon["rank"] == carbon.groupby("usage_period_start")["rank"].transform("max")]
    carbon = carbon.assign(
        usage_month=carbon["usage_period_start"],
        account=carbon["usage_account_id"],
        region=carbon["region_code"].str.lower(),
        bucket=carbon["product_code"],
    ).rename(columns=MEASURES)
    return carbon.groupby(CELL)[list(MEASURES.values())].sum().mul(1000).reset_index()


if __name__ == "__main__":
    main()
