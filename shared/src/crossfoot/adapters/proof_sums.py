"""Sums read back from written files with DuckDB: the proof does not trust what is in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from crossfoot.adapters import usage_sql
from crossfoot.adapters.duckdb_paths import literal_paths
from crossfoot.adapters.sums_tables import cell_sums_in, party_sums_in, pool_members
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.proof import CellSums, PartySums

_MEMORY: Final = "256MB"
_FILES: Final = "read_parquet($files, hive_partitioning = false)"


def cell_sums(files: Sequence[Path], scratch: Path) -> CellSums:
    """Return the sums of written ``emissions`` by cell, and of the money."""
    sql = f"WITH emissions_of_run AS (SELECT * FROM {_FILES}) {usage_sql.duckdb_sql('sum_cells')}"
    with _session(scratch) as connection:
        parameters = {"files": literal_paths(files)}
        return cell_sums_in(connection.sql(sql, params=parameters).to_arrow_table())


def party_sums(files: Sequence[Path], plan: Redistribution, scratch: Path) -> list[PartySums]:
    """Return the sums of written ``emissions`` by shared pool, and by consumer outside of them."""
    sql = (
        f'WITH emissions_of_run AS (SELECT *, "{plan.consumer_column}" AS consumer FROM {_FILES}) '
        f"{usage_sql.duckdb_sql('sum_parties')}"
    )
    with _session(scratch) as connection:
        connection.register("members", pool_members(plan))
        parameters = {"files": literal_paths(files)}
        return party_sums_in(connection.sql(sql, params=parameters).to_arrow_table())


@contextmanager
def _session(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(scratch)])
        yield connection
