"""Results of a query as a table, CSV, JSON or Parquet: every digit kept, nothing executed."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from crossfoot.adapters.query_cells import (
    CellText,
    column_texts,
    csv_text,
    is_number,
    json_text,
    terminal_text,
)
from crossfoot.domain.errors import QueryError

type ResultFormat = Literal["table", "csv", "json", "parquet"]
type Result = pa.Table | pa.RecordBatchReader

SHOWN_ROWS: Final = 1000
"""A table for people ends here and says so; files get every row."""


def write_result(
    result: Result, result_format: ResultFormat, stream: BinaryIO, *, width: int | None = None
) -> None:
    """Write a result to a binary stream, such as ``sys.stdout.buffer``, as UTF-8 or Parquet.

    Parameters
    ----------
    result : pyarrow.Table or pyarrow.RecordBatchReader
        A reader is written batch by batch, in bounded memory.
    result_format : {"table", "csv", "json", "parquet"}
        ``table`` shows at most ``SHOWN_ROWS`` rows and says how many there are; the others write
        all.
    stream : binary stream
        Left open.
    width : int, optional
        Columns of the terminal, for ``table``; cells are folded to fit. Without it the table is
        as wide as it needs to be.

    Raises
    ------
    QueryError
        JSON or Parquet of two columns with one name, or a type that Parquet does not have.
    """
    match result_format:
        case "table":
            stream.write(_table_text(result, width).encode())
        case "csv":
            _write_csv(result, stream)
        case "json":
            _write_json(result, stream)
        case "parquet":
            _write_parquet(result, stream)


def _batches(result: Result) -> Iterator[pa.RecordBatch]:
    yield from result.to_batches() if isinstance(result, pa.Table) else result


def _rows(batch: pa.RecordBatch, as_text: CellText) -> Iterator[tuple[str, ...]]:
    return zip(*(column_texts(column, as_text) for column in batch.columns), strict=True)


def _write_csv(result: Result, stream: BinaryIO) -> None:
    stream.write((",".join(map(csv_text, result.schema.names)) + "\r\n").encode())
    for batch in _batches(result):
        lines = (",".join(row) + "\r\n" for row in _rows(batch, csv_text))
        stream.write("".join(lines).encode())


def _write_json(result: Result, stream: BinaryIO) -> None:
    _refuse_repeated_names(result.schema)
    keys = [json_text(name) for name in result.schema.names]
    separator = b"[\n"
    for batch in _batches(result):
        objects = (
            "{" + ",".join(map(":".join, zip(keys, row, strict=True))) + "}"
            for row in _rows(batch, json_text)
        )
        if batch.num_rows:
            stream.write(separator + ",\n".join(objects).encode())
            separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def _write_parquet(result: Result, stream: BinaryIO) -> None:
    _refuse_repeated_names(result.schema)
    try:
        with pq.ParquetWriter(
            stream, result.schema, compression="zstd", store_decimal_as_integer=True
        ) as writer:
            for batch in _batches(result):
                writer.write_batch(batch)
    except pa.ArrowNotImplementedError as error:
        raise QueryError(
            f"Parquet cannot hold this result: {error}.",
            mend="Cast the column to text or to a number.",
        ) from error


def _table_text(result: Result, width: int | None) -> str:
    shown: list[tuple[str, ...]] = []
    n_rows = 0
    for batch in _batches(result):
        n_rows += batch.num_rows
        shown.extend(_rows(batch.slice(0, SHOWN_ROWS - len(shown)), terminal_text))
    rich_table = _rich_table(result.schema, shown)
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None, legacy_windows=False)
    if width is None:
        console.width = max(1, console.measure(rich_table, options=_unbounded(console)).maximum)
    console.print(rich_table)
    return text.getvalue() + _row_count(n_rows, len(shown))


def _unbounded(console: Console) -> Any:  # noqa: ANN401 - rich's own options
    return console.options.update(width=1_000_000)


def _rich_table(schema: pa.Schema, rows: list[tuple[str, ...]]) -> RichTable:
    table = RichTable(box=box.ROUNDED, highlight=False)
    for field in schema:
        table.add_column(
            # Text, not str: square brackets in a name or a cell are no markup
            Text(terminal_text(field.name)),
            justify="right" if is_number(field.type) else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _row_count(n_rows: int, n_shown: int) -> str:
    rows = f"{n_rows:,} row{'' if n_rows == 1 else 's'}"
    if n_shown == n_rows:
        return f"{rows}\n"
    return f"first {n_shown:,} of {rows}; --format csv, json or parquet writes all\n"


def _refuse_repeated_names(schema: pa.Schema) -> None:
    repeated = {name for name in schema.names if schema.names.count(name) > 1}
    if repeated:
        raise QueryError(
            f"Two columns of the result are called {min(repeated)!r}.",
            mend="Give each column a name of its own with AS.",
        )
