"""A table of Glue as a relation of DuckDB, read with Athena's rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from emulator.athena.failures import AthenaError
from emulator.athena.kinds import duckdb_type, is_readable_as
from emulator.athena.partitions import Partition, partition_keys
from emulator.athena.storage import fetch

PATH_COLUMN = "$path"
_PARQUET = "parquet"


class Relations:
    """Brings partitions to a folder and shows them to a connection.

    ``scanned_bytes`` counts whole files: more than Athena, which reads only the columns it needs.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self.scanned_bytes = 0

    def view(self, table: Mapping[str, Any], partitions: list[Partition], *, paths: bool) -> str:
        """Create a view over the files and return its name."""
        serde = table["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
        if _PARQUET not in serde.lower():
            raise AthenaError(f"NOT_SUPPORTED: the stand-in reads Parquet, not {serde}")
        columns = table["StorageDescriptor"]["Columns"]
        keys = partition_keys(table)
        selects = [
            self._select(columns, keys, partition.values, file, paths=paths)
            for partition in partitions
            for file in partition.files
        ]
        body = " UNION ALL ".join(selects) or _nothing(columns, keys, paths=paths)
        name = f"v_{uuid4().hex}"
        self._connection.execute(f"CREATE TEMP VIEW {name} AS {body}")
        return name

    def _select(
        self,
        columns: list[dict[str, str]],
        keys: list[dict[str, str]],
        values: Mapping[str, str],
        file: Any,
        *,
        paths: bool,
    ) -> str:
        """Return the SELECT of one file: what it lacks is NULL, what does not fit is refused."""
        path, size = fetch(file, self._folder)
        self.scanned_bytes += size
        source = f"read_parquet({_text(str(path))}, hive_partitioning = false)"
        found = self._columns_of(source, file.uri)
        shown = [_read(column, found, file.uri) for column in columns]
        shown += [_key(key, values[key["Name"]]) for key in keys]
        if paths:
            shown.append(f'{_text(file.uri)} AS "{PATH_COLUMN}"')
        return f"SELECT {', '.join(shown)} FROM {source}"

    def _columns_of(self, source: str, uri: str) -> dict[str, tuple[str, str]]:
        """Return the columns of a file: name in small letters -> name and type."""
        try:
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        except duckdb.Error as error:
            raise AthenaError(f"HIVE_BAD_DATA: Not valid Parquet file: {uri}: {error}") from error
        return {row[0].lower(): (row[0], row[1]) for row in described}


def _read(column: Mapping[str, str], found: Mapping[str, tuple[str, str]], uri: str) -> str:
    """Return the expression of one declared column."""
    name, wanted = column["Name"], duckdb_type(column["Type"])
    if name.lower() not in found:
        return f'CAST(NULL AS {wanted}) AS "{name}"'
    spelled, kind = found[name.lower()]
    if not is_readable_as(kind, wanted):
        raise AthenaError(
            f"HIVE_BAD_DATA: Field {name}'s type {kind} in parquet file {uri} "
            f"is incompatible with type {column['Type']} defined in table schema"
        )
    return f'CAST("{spelled}" AS {wanted}) AS "{name}"'


def _key(key: Mapping[str, str], value: str) -> str:
    return f'CAST({_text(value)} AS {duckdb_type(key["Type"])}) AS "{key["Name"]}"'


def _nothing(columns: list[dict[str, str]], keys: list[dict[str, str]], *, paths: bool) -> str:
    """Return a relation of the right columns and no rows."""
    shown = [f'CAST(NULL AS {duckdb_type(c["Type"])}) AS "{c["Name"]}"' for c in [*columns, *keys]]
    if paths:
        shown.append(f'CAST(NULL AS VARCHAR) AS "{PATH_COLUMN}"')
    return f"SELECT {', '.join(shown)} WHERE false"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
