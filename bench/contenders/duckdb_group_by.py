"""The bare roll-up: one GROUP BY in DuckDB, its result held in memory, nothing else."""

import duckdb
from exports import CODED_REGION, KEYS_AND_SUMS, REGION, exports, finish


def main() -> None:
    """Group; with ``--coded`` the Region comes from the code columns where they have one."""
    asked = exports()
    region = CODED_REGION if "--coded" in asked.options else REGION
    select = f"SELECT {KEYS_AND_SUMS.format(region=region)} FROM read_parquet($files) GROUP BY ALL"
    with duckdb.connect() as connection:
        rolled_up = connection.sql(select, params={"files": asked.usage}).to_arrow_table()
    finish(rolled_up.num_rows)


if __name__ == "__main__":
    main()
