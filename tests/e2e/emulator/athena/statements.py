"""Statements: SELECT and UNLOAD; what else Athena knows, the deployment does not use."""

import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import sqlglot
from sqlglot import exp

from emulator.athena.binding import bind
from emulator.athena.failures import AthenaError
from emulator.athena.kinds import athena_name, text_of
from emulator.athena.relations import Relations
from emulator.athena.storage import files_under, put_tree

MAX_OPEN_PARTITIONS: Final = 100
_UNLOAD: Final = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<place>[^']+)'\s*(?:WITH\s*\((?P<options>.*)\))?",
    re.IGNORECASE | re.DOTALL,
)
_PARTITIONED: Final = re.compile(
    r"partitioned_by\s*=\s*ARRAY\s*\[(.*?)\]", re.IGNORECASE | re.DOTALL
)
_FORMAT: Final = re.compile(r"format\s*=\s*'(\w+)'", re.IGNORECASE)
_UNKNOWN_COLUMN: Final = re.compile(r'Referenced column "([^"]+)" not found')


@dataclass
class Outcome:
    """What a statement gives: rows as texts, or the files that it wrote."""

    columns: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    written: list[str] | None = None
    scanned_bytes: int = 0


def run(statement: str, database: str) -> Outcome:
    """Run a statement; raises ``AthenaError`` in Athena's words."""
    folder = Path(tempfile.mkdtemp(prefix="athena-"))
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'UTC'; SET integer_division = true; SET threads = 2")
        session = _Session(connection, folder, database)
        return session.run(statement.strip().rstrip(";"))
    except duckdb.Error as error:
        raise AthenaError(_reason(str(error))) from error
    except sqlglot.errors.ParseError as error:
        raise AthenaError(f"SYNTAX_ERROR: {str(error)[:500]}") from error
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


class _Session:
    """One statement with its connection and its folder."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, database: str) -> None:
        self._connection = connection
        self._folder = folder
        self._database = database
        self._relations = Relations(connection, folder)

    def run(self, statement: str) -> Outcome:
        """Return the outcome of a SELECT or an UNLOAD."""
        unload = _UNLOAD.fullmatch(statement)
        outcome = self._unload(unload) if unload else self._select(statement)
        outcome.scanned_bytes = self._relations.scanned_bytes
        return outcome

    def _select(self, statement: str) -> Outcome:
        cursor = self._connection.execute(self._said(statement))
        description = cursor.description or []
        return Outcome(
            columns=[column[0] for column in description],
            types=[athena_name(column[1]) for column in description],
            rows=[[text_of(value) for value in row] for row in cursor.fetchall()],
        )

    def _unload(self, unload: re.Match[str]) -> Outcome:
        place, options = unload["place"], unload["options"] or ""
        if (_FORMAT.search(options) or [None, ""])[1].upper() != "PARQUET":
            raise AthenaError("NOT_SUPPORTED: the stand-in unloads Parquet")
        if files_under(place):
            raise AthenaError(
                f"HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: {place}"
            )
        query = self._said(unload["query"])
        keys = re.findall(r"'([^']+)'", (_PARTITIONED.search(options) or [None, ""])[1])
        root = self._folder / "unloaded"
        self._write(query, keys, root)
        return Outcome(written=put_tree(root, place))

    def _write(self, query: str, keys: list[str], root: Path) -> None:
        """Write a query's rows as Parquet below a folder, one folder for each value of the keys."""
        names, shown = self._columns(query)
        if keys and names[-len(keys) :] != keys:
            raise AthenaError(
                f"SYNTAX_ERROR: Partition keys must be the last columns in the table: {keys}"
            )
        self._connection.execute(f"CREATE TEMP TABLE unloaded AS SELECT {shown} FROM ({query})")
        rows = self._one("SELECT count(*) FROM unloaded")
        if not rows:
            return
        if not keys:
            root.mkdir()
            self._connection.execute(f"COPY unloaded TO '{root}/data_0' (FORMAT PARQUET)")
            return
        quoted = ", ".join(f'"{key}"' for key in keys)
        if self._one(f"SELECT count(*) FROM (SELECT DISTINCT {quoted} FROM unloaded)") > (
            MAX_OPEN_PARTITIONS
        ):
            raise AthenaError(
                "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions"
            )
        self._connection.execute(
            f"COPY unloaded TO '{root}' (FORMAT PARQUET, PARTITION_BY ({quoted}))"
        )

    def _columns(self, query: str) -> tuple[list[str], str]:
        """Return the columns of a query, and their expressions: whole sums stay bigint."""
        described = self._connection.execute(f"DESCRIBE {query}").fetchall()
        shown = [
            f'CAST("{name}" AS BIGINT) AS "{name}"' if kind == "HUGEINT" else f'"{name}"'
            for name, kind, *_ in described
        ]
        return [row[0] for row in described], ", ".join(shown)

    def _one(self, query: str) -> Any:
        row = self._connection.execute(query).fetchone()
        return row[0] if row else None

    def _said(self, statement: str) -> str:
        """Return a query in DuckDB's words."""
        tree = sqlglot.parse_one(statement, read="athena")
        if not isinstance(tree, exp.Query):
            raise AthenaError(f"NOT_SUPPORTED: the stand-in has no {type(tree).__name__}")
        return bind(tree, self._database, self._relations).sql(dialect="duckdb")


def _reason(message: str) -> str:
    """Return DuckDB's refusal in Athena's words."""
    column = _UNKNOWN_COLUMN.search(message)
    if column:
        return f"COLUMN_NOT_FOUND: line 1:1: Column '{column[1]}' cannot be resolved"
    return f"GENERIC_USER_ERROR: {message}"
