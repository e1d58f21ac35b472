"""Sums read back from written files with DuckDB: the proof does not trust what is in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import int64_from_decimal
from crossfoot.adapters.duckdb_paths import literal_paths
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.proof import CellSums, PartySums

_MEMORY: Final = "256MB"
_SUMS: Final = ", ".join(f"sum({column_of(m)}) AS {m}" for m in MEASURES)
_CELL_SUMS: Final = f"""
    SELECT usage_account_id, region_code, carbon_service, {_SUMS},
        sum(on_demand_cost) AS on_demand, sum(unblended_cost) AS unblended, count(*) AS n_rows
    FROM read_parquet($files, hive_partitioning = false)
    GROUP BY ALL ORDER BY usage_account_id, region_code, carbon_service NULLS LAST
"""


def cell_sums(files: Sequence[Path], scratch: Path) -> CellSums:
    """Return the sums of written ``emissions`` by cell, and of the money."""
    with _session(scratch) as connection:
        parameters = {"files": literal_paths(files)}
        table = connection.sql(_CELL_SUMS, params=parameters).to_arrow_table()
    cells = ReportedCells(
        account=texts(table["usage_account_id"].to_pylist()),
        region=texts(table["region_code"].to_pylist()),
        service=texts(table["carbon_service"].to_pylist()),
        amount_ug=np.vstack([int64_from_decimal(table[str(m)]) for m in MEASURES]),
        is_reported=np.vstack(
            [np.asarray(table[str(m)].is_valid()).astype(np.bool_) for m in MEASURES]
        ),
    )
    return CellSums(
        cells,
        on_demand_nano=_total(table["on_demand"]),
        unblended_nano=_total(table["unblended"]),
        n_rows=sum(table["n_rows"].to_pylist()),
    )


def party_sums(files: Sequence[Path], plan: Redistribution, scratch: Path) -> list[PartySums]:
    """Return the sums of written ``emissions`` by shared pool, and by consumer outside of them."""
    members = pa.table(
        {
            "member": pa.array([m for p in plan.pools for m in (*p.accounts, *p.resources)]),
            "is_account": pa.array(
                [is_account for p in plan.pools for is_account in _kinds(p.accounts, p.resources)],
                pa.bool_(),
            ),
            "pool": pa.array([p.name for p in plan.pools for _ in (*p.accounts, *p.resources)]),
        }
    )
    sql = f"""
        SELECT coalesce(r.pool, a.pool) IS NOT NULL AS is_pool,
            coalesce(r.pool, a.pool, e."{plan.consumer_column}") AS name, {_SUMS},
            sum(on_demand_cost) AS on_demand, sum(unblended_cost) AS unblended
        FROM read_parquet($files, hive_partitioning = false) AS e
        LEFT JOIN members AS a ON a.is_account AND a.member = e.usage_account_id
        LEFT JOIN members AS r ON NOT r.is_account AND r.member = e.resource_id
        GROUP BY ALL ORDER BY is_pool, name NULLS LAST
    """
    with _session(scratch) as connection:
        connection.register("members", members)
        table = connection.sql(sql, params={"files": literal_paths(files)}).to_arrow_table()
    amounts = [int64_from_decimal(table[str(m)]).tolist() for m in MEASURES]
    valid = [table[str(m)].is_valid().to_pylist() for m in MEASURES]
    money = [int64_from_decimal(table[name]).tolist() for name in ("on_demand", "unblended")]
    return [
        PartySums(
            name=name,
            is_pool=is_pool,
            amount_ug=tuple(amounts[m][i] if valid[m][i] else None for m in range(len(MEASURES))),
            on_demand_nano=money[0][i],
            unblended_nano=money[1][i],
        )
        for i, (is_pool, name) in enumerate(
            zip(table["is_pool"].to_pylist(), table["name"].to_pylist(), strict=True)
        )
    ]


def _kinds(accounts: Sequence[str], resources: Sequence[str]) -> list[bool]:
    return [True] * len(accounts) + [False] * len(resources)


def _total(column: pa.ChunkedArray) -> int:
    return sum(int64_from_decimal(column).tolist())


@contextmanager
def _session(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(scratch)])
        yield connection
