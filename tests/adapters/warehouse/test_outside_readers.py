"""Any engine that reads a folder of Parquet sees the published figures, each month once."""

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pyarrow.dataset as ds
import pytest

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog

type Publish = Callable[..., Catalog]

PERIODS = {
    "months": ["2026-08", "2026-09"],
    "one year": ["2025"],
    "years": ["2024", "2025"],
    "a year and a month": ["2025", "2026-01"],
}


@pytest.mark.parametrize("periods", PERIODS.values(), ids=PERIODS.keys())
@pytest.mark.parametrize("pattern", ["*/*/*.parquet", "**/*.parquet", "**"])
@pytest.mark.parametrize(
    "option", ["", ", hive_partitioning = true", ", hive_partitioning = false"]
)
def test_duckdb_reads_the_table_by_its_folder(
    warehouse: Warehouse, publish_month: Publish, periods: list[str], pattern: str, option: str
) -> None:
    """Every glob and every partition setting gives the same text and the same exact sums."""
    for period in periods:
        publish_month(period, "r-20250101", [7, 7])
        publish_month(period, "r-2", [1, 2])
    path = f"{warehouse.root}/emissions/{pattern}"

    rows = duckdb.sql(
        f"""SELECT usage_period, run_id, SUM(scope_1_kgco2e), TYPEOF(usage_period)
        FROM read_parquet('{path}'{option}) GROUP BY ALL ORDER BY 1"""
    ).fetchall()

    assert rows == [(period, "r-2", Decimal("3E-9"), "VARCHAR") for period in periods]


@pytest.mark.parametrize("periods", PERIODS.values(), ids=PERIODS.keys())
@pytest.mark.parametrize("partitioning", ["hive", None])
def test_pyarrow_reads_the_table_by_its_folder(
    warehouse: Warehouse, publish_month: Publish, periods: list[str], partitioning: str | None
) -> None:
    """Partition values guessed from folders do not conflict with the columns in the files."""
    for period in periods:
        publish_month(period, "r-1", [7])
        publish_month(period, "r-2", [1, 2])

    table = ds.dataset(warehouse.root / "emissions", partitioning=partitioning).to_table()

    assert sorted(set(table["usage_period"].to_pylist())) == periods
    assert set(table["run_id"].to_pylist()) == {"r-2"}
    assert sum(table["scope_1_kgco2e"].to_pylist()) == len(periods) * Decimal("3E-9")


def test_deliveries_are_read_by_their_folder(
    warehouse: Warehouse, add_delivery: Callable[[str, str], None], publish_month: Publish
) -> None:
    """``carbon_reported`` is partitioned by month and delivery, and reads like the rest."""
    add_delivery("2026-09", "d-1")
    add_delivery("2026-09", "d-2")
    at = publish_month("2026-09", "r-1").published_at
    assert at is not None
    with warehouse.lock():
        warehouse.publish({}, ("d-1", "d-2"), at)

    path = f"{warehouse.root}/carbon_reported/**/*.parquet"
    rows = duckdb.sql(
        f"SELECT usage_period, delivery_id FROM read_parquet('{path}') ORDER BY 2"
    ).fetchall()
    table = ds.dataset(warehouse.root / "carbon_reported", partitioning="hive").to_table()

    assert rows == [("2026-09", "d-1"), ("2026-09", "d-2")]
    assert sorted(table["delivery_id"].to_pylist()) == ["d-1", "d-2"]
