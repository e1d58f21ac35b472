"""A warehouse with rows that say where they came from."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.adapters.parquet_tables import arrow_schema
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS, Column, Table
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type PublishMonth = Callable[..., Catalog]

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Return an empty warehouse."""
    return Warehouse.open(tmp_path / "warehouse", create=True)


@pytest.fixture
def make_rows() -> MakeRows:
    """Return a function that fills any published table; what is not given has a default."""
    return _make_rows


@pytest.fixture
def publish_month(warehouse: Warehouse) -> PublishMonth:
    """Return a function that writes one run of ``emissions`` and publishes it."""

    def publish(
        period: str, run_id: str, amounts: Sequence[int] = (1,), at: datetime = NOON, **texts: Any
    ) -> Catalog:
        tags = tuple(name for name in texts if name.startswith("tag_"))
        month = UsagePeriod(period)
        with warehouse.lock():
            with warehouse.stage(month, run_id, tags) as run:
                rows = _make_rows(
                    EMISSIONS,
                    len(amounts),
                    tags,
                    usage_period=period,
                    run_id=run_id,
                    scope_1_kgco2e=micrograms(amounts),
                    total_lbm_kgco2e=micrograms(amounts),
                    **texts,
                )
                run.writer(EMISSIONS).write(rows)
                run.finish({})
            return warehouse.publish({month: run_id}, (), at)

    return publish


@pytest.fixture
def add_delivery(warehouse: Warehouse) -> Callable[[str, str], None]:
    """Return a function that keeps a delivery of one row, without publishing it."""

    def add(period: str, delivery_id: str) -> None:
        rows = _make_rows(CARBON_REPORTED, 1, usage_period=period, delivery_id=delivery_id)
        with warehouse.lock():
            warehouse.add_delivery(delivery_id, rows)

    return add


def micrograms(amounts: Sequence[int]) -> pa.Array:
    """Return micrograms as the published decimal."""
    return decimal_from_int64(np.array(amounts, dtype=np.int64))


def _make_rows(
    table: Table, n_rows: int, tag_columns: tuple[str, ...] = (), **given: Any
) -> pa.Table:
    columns = table.with_tags(tag_columns)
    arrays = [_filled(column, n_rows, given.get(column.name)) for column in columns]
    return pa.table(arrays, schema=arrow_schema(columns))


def _filled(column: Column, n_rows: int, given: Any) -> Any:
    if isinstance(given, str):
        return [given] * n_rows
    if given is not None:
        return given
    defaults: dict[str, Any] = {
        "string": [f"{column.name} {row}" for row in range(n_rows)],
        "timestamp": [NOON] * n_rows,
        "boolean": [True] * n_rows,
        "bigint": list(range(n_rows)),
    }
    return defaults.get(column.athena_type, [Decimal(0)] * n_rows)
