"""Usage exports as they lie on disk: CUR 2.0 and FOCUS, Parquet and CSV, trees and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from crossfoot.adapters.data_exports import ExportPartition, find_partitions
from crossfoot.adapters.duckdb_paths import literal_paths
from crossfoot.adapters.file_guards import (
    USAGE_BUDGET,
    check_column_names,
    inflated_size,
    open_csv,
    open_parquet,
)
from crossfoot.domain.errors import (
    ColumnTypeError,
    InputNotFoundError,
    InvalidPeriodError,
    MissingColumnError,
    UnreadableFileError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote
from crossfoot.domain.usage_contract import (
    CONTRACTS,
    LEGACY_MARKER,
    Kind,
    UsageColumn,
    UsageContract,
)

_KEY_SETS: Final = (frozenset({"billing_period"}),)
_EXPORT_AGAIN: Final = "Export CUR 2.0 or FOCUS with this column in the query."
_NULL_WORDS: Final = "['', 'NULL']"
"""FOCUS files in the wild write null as an unquoted NULL."""


@dataclass(frozen=True, slots=True)
class UsagePart:
    """Files that are read together: one month of a tree, or a folder without partitions.

    ``period`` is what the folder says, and ``None`` where it says nothing. ``types`` holds the
    Arrow type of each column that the contract names, by file; empty for CSV.
    """

    contract: UsageContract
    files: tuple[Path, ...]
    columns: frozenset[str]
    period: UsagePeriod | None
    is_csv: bool
    n_rows: int | None

    def relation(self) -> str:
        """Return the SELECT that shows the files as one table under the contract's types."""
        source = _csv_source(self.files) if self.is_csv else _parquet_source(self.files)
        select = ", ".join(self._binding(column) for column in self.contract.columns)
        return f"SELECT {select} FROM {source}"

    def raw(self, file: Path) -> str:
        """Return the table function of one CSV file, every cell as text, in the file's order."""
        return _csv_source((file,))

    def _binding(self, column: UsageColumn) -> str:
        name = f'"{column.name}"'
        if column.name not in self.columns:
            return f"CAST(NULL AS {column.kind}) AS {name}"
        if column.kind is Kind.MAP and self.is_csv:
            return f"CAST(CAST({name} AS JSON) AS {column.kind}) AS {name}"
        if column.kind is Kind.MAP:
            return name
        return f"CAST({name} AS {column.kind}) AS {name}"


@dataclass(frozen=True, slots=True)
class UsageFiles:
    """The parts of a usage export, in the order of their months, with notes."""

    parts: tuple[UsagePart, ...]
    notes: tuple[IntakeNote, ...] = ()


def find_usage(root: Path) -> UsageFiles:
    """Find the usage exports at a path and check what can be checked before reading.

    Of several executions of one month the latest is taken.

    Raises
    ------
    InputNotFoundError
        Nothing there that could be a usage export.
    InvalidPeriodError
        A folder is named after a month that is none.
    MissingColumnError, ColumnTypeError, UnreadableFileError, OversizedInputError, ManifestError
        A file cannot be trusted.
    """
    partitions = find_partitions(root, key_sets=_KEY_SETS)
    latest: dict[str, ExportPartition] = {}
    notes = [note for partition in partitions for note in partition.notes]
    for partition in sorted(partitions, key=_age):
        key = partition.values.get("billing_period", "")
        if key and key in latest:
            notes.append(
                IntakeNote("older-execution", f"{key}: an earlier execution was passed over")
            )
        latest[key or f"#{len(latest)}"] = partition
    parts = [part for partition in latest.values() for part in _parts_of(partition)]
    if not parts:
        raise InputNotFoundError(
            "holds no usage export.",
            mend="Give a CUR 2.0 or FOCUS export: a tree, a folder, a Parquet or a CSV file.",
            file=str(root),
        )
    return UsageFiles(tuple(sorted(parts, key=lambda part: str(part.period))), tuple(notes))


def usage_part(files: tuple[Path, ...]) -> UsagePart:
    """Return files that were read together before as one part again."""
    part = _csv_part if _is_csv(files[0]) else _parquet_part
    return part(files, None)


def _age(partition: ExportPartition) -> tuple[str, str]:
    delivered = partition.delivered_at.isoformat() if partition.delivered_at else ""
    return delivered, partition.execution or ""


def _parts_of(partition: ExportPartition) -> list[UsagePart]:
    """Cut a partition into Parquet and CSV parts; a partition has usually just one."""
    period_text = partition.values.get("billing_period")
    period = None if period_text is None else _month(period_text, partition.folder)
    parts = []
    for is_csv in (False, True):
        files = tuple(file for file in partition.files if _is_csv(file) == is_csv)
        files = tuple(file for file in files if file.stat().st_size)
        if files:
            parts.append(_csv_part(files, period) if is_csv else _parquet_part(files, period))
    return parts


def _month(text: str, folder: Path) -> UsagePeriod:
    try:
        return UsagePeriod(text)
    except InvalidPeriodError as error:
        raise InvalidPeriodError(
            f"{text!r} is not a month.",
            mend="Name the folder BILLING_PERIOD=YYYY-MM, as AWS does.",
            file=str(folder),
        ) from error


def _parquet_part(files: tuple[Path, ...], period: UsagePeriod | None) -> UsagePart:
    n_rows = 0
    columns: set[str] = set()
    contract: UsageContract | None = None
    for file in files:
        with open_parquet(file, USAGE_BUDGET) as parquet:
            schema = parquet.schema_arrow
            n_rows += parquet.metadata.num_rows
        contract = _contract_of(file, schema.names, contract)
        _check_columns(file, contract, dict(zip(schema.names, schema.types, strict=True)))
        columns.update(schema.names)
    assert contract is not None  # noqa: S101 - files is never empty
    return UsagePart(contract, files, frozenset(columns), period, is_csv=False, n_rows=n_rows)


def _csv_part(files: tuple[Path, ...], period: UsagePeriod | None) -> UsagePart:
    columns: set[str] = set()
    contract: UsageContract | None = None
    for file in files:
        if file.name.lower().endswith(".gz"):
            inflated_size(file, USAGE_BUDGET)
        with open_csv(file, USAGE_BUDGET) as stream:
            header = _header(file, stream.readline(1 << 20))
        check_column_names(file, header)
        contract = _contract_of(file, header, contract)
        _check_columns(file, contract, dict.fromkeys(header))
        columns.update(header)
    assert contract is not None  # noqa: S101 - files is never empty
    return UsagePart(contract, files, frozenset(columns), period, is_csv=True, n_rows=None)


def _header(file: Path, line: bytes) -> list[str]:
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "is not UTF-8 text.", mend="Export it again as CSV.", file=str(file)
        ) from error
    return [name.strip().strip('"') for name in text.split(",")]


def _contract_of(file: Path, names: Sequence[str], expected: UsageContract | None) -> UsageContract:
    if LEGACY_MARKER in names:
        raise MissingColumnError(
            "this is a legacy CUR, with slashes in its column names.",
            mend="Create a CUR 2.0 or FOCUS export in AWS Data Exports.",
            file=str(file),
            column=CONTRACTS[0].marker,
        )
    found = next((contract for contract in CONTRACTS if contract.marker in names), None)
    if found is None or (expected is not None and found is not expected):
        wanted = expected or CONTRACTS[0]
        raise MissingColumnError(
            "this is not a usage export." if found is None else "this file is of another format.",
            mend=_EXPORT_AGAIN,
            file=str(file),
            column=wanted.marker,
        )
    return found


def _check_columns(
    file: Path, contract: UsageContract, types: Mapping[str, pa.DataType | None]
) -> None:
    for column in contract.columns:
        if column.name not in types:
            if column.is_required:
                raise MissingColumnError(
                    "a required column is missing.",
                    mend=_EXPORT_AGAIN,
                    file=str(file),
                    column=column.name,
                )
            continue
        found = types[column.name]
        if found is not None and not _fits(found, column.kind):
            raise ColumnTypeError(
                f"holds {found}, where {column.kind} is expected.",
                mend="Deliver the column as AWS does.",
                file=str(file),
                column=column.name,
            )


def _fits(found: pa.DataType, kind: Kind) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found):
        return True
    return any(is_type(found) for is_type in _ARROW_TYPES[kind])


def _holds_texts(found: pa.MapType) -> bool:
    return _fits(found.key_type, Kind.TEXT) and _fits(found.item_type, Kind.TEXT)


_ARROW_TYPES: Final = {
    Kind.TEXT: (pa.types.is_string, pa.types.is_large_string),
    Kind.NUMBER: (pa.types.is_floating, pa.types.is_decimal, pa.types.is_integer),
    Kind.TIMESTAMP: (pa.types.is_timestamp,),
    Kind.MAP: (lambda found: pa.types.is_map(found) and _holds_texts(found),),
}


def _is_csv(file: Path) -> bool:
    return file.name.lower().endswith((".csv", ".csv.gz"))


def _quoted(files: Sequence[Path]) -> str:
    names = ", ".join("'" + path.replace("'", "''") + "'" for path in literal_paths(files))
    return f"[{names}]"


def _parquet_source(files: Sequence[Path]) -> str:
    return f"read_parquet({_quoted(files)}, union_by_name = true, hive_partitioning = false)"


def _csv_source(files: Sequence[Path]) -> str:
    return (
        f"read_csv({_quoted(files)}, all_varchar = true, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = {_NULL_WORDS}, union_by_name = true, "
        "hive_partitioning = false, auto_detect = true, ignore_errors = false, strict_mode = true, "
        "skip = 0, comment = '')"
    )
