"""SQL over a published snapshot: a DuckDB session that can read it and nothing else."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_views import VIEW_NAMES, view_query
from crossfoot.domain.columns import TABLES, Column
from crossfoot.domain.errors import QueryError
from crossfoot.domain.records import RECORD_TABLES

MEMORY_LIMIT: Final = "2GB"
_BATCH_ROWS: Final = 64 * 1024

_DUCKDB_TYPES: Final = {"string": "VARCHAR", "timestamp": "TIMESTAMP WITH TIME ZONE"}
_ENGINE_ERRORS: Final = (duckdb.Error, pa.ArrowException, OSError)

type Parameters = Mapping[str, Any] | Sequence[Any]


class QuerySession:
    """A locked-down session over one snapshot: what is published meanwhile does not show.

    The tables and views are there by name. The session reads the files of its snapshot only, runs
    nothing but SELECT, DESCRIBE, SHOW and SUMMARIZE, and spills to a folder of its own.

    Parameters
    ----------
    warehouse : Warehouse
        Where to read.
    catalog : Catalog
        Which snapshot to read.
    memory_limit : str
        As DuckDB writes it, such as ``2GB``; beyond it queries spill to disk.
    """

    def __init__(self, warehouse: Warehouse, catalog: Catalog, memory_limit: str) -> None:
        self.catalog = catalog
        self.title = warehouse.root.name
        self._spill = tempfile.TemporaryDirectory(prefix="crossfoot-query-")
        self._connection = _connected(memory_limit, self._spill.name)
        try:
            self._furnish(warehouse)
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Return the result as one mapping per row; decimals stay ``Decimal``.

        Raises
        ------
        QueryError
            The SQL cannot be run, or two columns of the result have one name.
        """
        table = self.arrow(sql, parameters)
        repeated = {name for name in table.column_names if table.column_names.count(name) > 1}
        if repeated:
            raise QueryError(
                f"Two columns of the result are called {min(repeated)!r}.",
                mend="Give each column a name of its own with AS.",
            )
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return the whole result as an Arrow table.

        Raises
        ------
        QueryError
            The SQL cannot be run.
        """
        with _query_errors_named():
            return self._relation(sql, parameters).to_arrow_table()

    def stream(self, sql: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        """Return the result batch by batch, in bounded memory; run nothing else meanwhile.

        Raises
        ------
        QueryError
            The SQL cannot be run; also while reading.
        """
        with _query_errors_named():
            reader = self._relation(sql, parameters).to_arrow_reader(_BATCH_ROWS)
        return pa.RecordBatchReader.from_batches(reader.schema, _named_batches(reader))

    def close(self) -> None:
        """End the session and remove what it spilled. Safe to repeat."""
        self._connection.close()
        self._spill.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _relation(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyRelation:
        statements = self._connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise QueryError(
                "Only one SELECT, DESCRIBE, SHOW or SUMMARIZE at a time can be run.",
                mend="The warehouse changes through `crossfoot run` only.",
            )
        return self._connection.sql(sql, params=parameters or None)

    def _furnish(self, warehouse: Warehouse) -> None:
        tags = warehouse.tag_columns(self.catalog)
        with _query_errors_named():
            for statement in _locking(warehouse.layout.snapshot(self.catalog.snapshot)):
                self._connection.execute(statement)
            for table in (*TABLES, *RECORD_TABLES):
                paths = warehouse.published_files(table, self.catalog)
                query = _table_query(table.with_tags(tags), paths)
                self._connection.execute(f"CREATE VIEW {table.name} AS {query}")
            for name in VIEW_NAMES:
                query = view_query(name, tags, "duckdb")
                self._connection.execute(f"CREATE VIEW {name} AS {query}")
            self._connection.execute("SET lock_configuration = true")


def open_query_session(
    warehouse: Warehouse, *, catalog: Catalog | None = None, memory_limit: str = MEMORY_LIMIT
) -> QuerySession:
    """Open a session over what is published now, or over an earlier catalog.

    Use it as a context manager.
    """
    chosen = warehouse.current() if catalog is None else catalog
    return QuerySession(warehouse, chosen, memory_limit)


def _connected(memory_limit: str, spill_folder: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "temp_directory": spill_folder,
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )


def _locking(folder: Path) -> Iterable[str]:
    yield "SET TimeZone = 'UTC'"
    yield f"SET allowed_directories = [{_literal(str(folder))}]"
    yield "SET enable_external_access = false"


def _table_query(columns: tuple[Column, ...], paths: Sequence[Path]) -> str:
    names = ", ".join(column.name for column in columns)
    nothing = f"SELECT {', '.join(map(_typed_null, columns))} WHERE false"
    if not paths:
        return nothing
    # paths one by one, because a folder's name may hold a star or a bracket; by name and beside
    # the empty select, because earlier runs may have had other tags or fewer columns
    listed = ", ".join(_literal(str(path)) for path in paths)
    files = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    return f"SELECT {names} FROM ({nothing} UNION ALL BY NAME SELECT * FROM {files})"


def _typed_null(column: Column) -> str:
    duckdb_type = _DUCKDB_TYPES.get(column.athena_type, column.athena_type)
    return f"CAST(NULL AS {duckdb_type}) AS {column.name}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _named_batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    with _query_errors_named():
        yield from reader


@contextlib.contextmanager
def _query_errors_named() -> Iterator[None]:
    try:
        yield
    except _ENGINE_ERRORS as error:
        raise QueryError(
            str(error).strip(), mend="SHOW TABLES and DESCRIBE say what there is to ask."
        ) from error
