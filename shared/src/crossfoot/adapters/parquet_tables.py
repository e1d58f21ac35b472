"""Published tables as Parquet: the schema from the declaration, and the writer."""

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.arrow_decimals import DECIMAL64, DECIMAL128, MINERALS64
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.domain.columns import Column, Table

ROW_GROUP_ROWS: Final = 64 * 1024
_ROW_GROUP_BYTES: Final = 512 * 1024**2
"""A row group ends early here, so that rows of long texts cannot fill the memory."""

_DICTIONARY_BYTES: Final = 64 * 1024**2
_ZSTD_LEVEL: Final = 1

_ARROW_TYPES: Final = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "decimal(18,9)": DECIMAL64,
    "decimal(18,15)": MINERALS64,
    "decimal(38,9)": DECIMAL128,
}


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of declared columns; unit and meaning become field metadata."""
    return pa.schema([_field(column) for column in columns])


def _field(column: Column) -> pa.Field:
    metadata = {"meaning": column.meaning}
    if column.unit:
        metadata["unit"] = column.unit
    arrow_type = _ARROW_TYPES[column.athena_type]
    return pa.field(column.name, arrow_type, nullable=column.is_nullable, metadata=metadata)


class TableWriter:
    """Writes one published table to one new Parquet file, in the order given.

    Equal rows give equal bytes, however they are cut into batches: row groups have a fixed number
    of rows unless their texts are huge. One row group is compressed in a thread of its own while
    the next one comes in, so memory is bounded by two row groups and one batch.

    Parameters
    ----------
    path : Path
        File to make; an existing one is refused.
    table : Table
        The declared table, whose name appears in errors.
    tag_columns : tuple of str
        Configured tag columns.
    """

    def __init__(self, path: Path, table: Table, tag_columns: tuple[str, ...]) -> None:
        self.path = path
        self.n_rows = 0
        self._table = table
        self._schema = arrow_schema(table.with_tags(tag_columns))
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._pending_bytes = 0
        with disk_errors_named(f"writing {table.name}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)
        self._stream = io.BufferedWriter(self._file)
        self._writer = _parquet_writer(self._stream, self._schema)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parquet-writer")
        self._in_flight: Future[None] | None = None

    def write(self, batch: pa.Table | pa.RecordBatch) -> None:
        """Append rows; columns are taken by name and cast to the declared types.

        Raises
        ------
        ValueError
            A column is missing, unknown, of a type that cannot be cast, or null where the
            declaration forbids it.
        WarehouseFullError
            The disk is full.
        """
        rows = self._conformed(batch)
        self.n_rows += rows.num_rows
        self._pending.append(rows)
        self._pending_rows += rows.num_rows
        self._pending_bytes += rows.nbytes
        while self._pending_rows >= ROW_GROUP_ROWS or self._pending_bytes >= _ROW_GROUP_BYTES:
            self._hand_over_row_group()

    def close(self) -> None:
        """Write what is pending and the footer, and make the file durable. Safe to repeat."""
        if self._file.closed:
            return
        while self._pending_rows:
            self._hand_over_row_group()
        self._await_row_group()
        self._worker.shutdown()
        with disk_errors_named(f"writing {self._table.name}"):
            self._writer.close()
            self._stream.flush()
            os.fsync(self._file.fileno())
            self._stream.close()

    def abandon(self) -> None:
        """Let go of the file without finishing it; the caller removes it."""
        self._pending.clear()
        self._pending_rows = 0
        self._worker.shutdown(cancel_futures=True)
        # without this the writer would try to write a footer when it is collected
        self._writer.is_open = False
        # the file and not its buffer, which would try to write to the full disk once more
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _conformed(self, batch: pa.Table | pa.RecordBatch) -> pa.Table:
        rows = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        names = self._schema.names
        if sorted(rows.column_names) != sorted(names):
            wrong = sorted(set(rows.column_names) ^ set(names)) or "a column twice"
            raise ValueError(f"{self._table.name} is not as declared: {wrong}")
        try:
            return rows.select(names).cast(self._schema)
        except (ValueError, pa.ArrowNotImplementedError) as error:
            raise ValueError(f"{self._table.name} is not as declared: {error}") from error

    def _hand_over_row_group(self) -> None:
        pending = pa.concat_tables(self._pending)
        group, rest = pending.slice(0, ROW_GROUP_ROWS), pending.slice(ROW_GROUP_ROWS)
        self._pending = [rest] if rest.num_rows else []
        self._pending_rows = rest.num_rows
        self._pending_bytes = rest.nbytes
        self._await_row_group()
        self._in_flight = self._worker.submit(self._write_row_group, group)

    def _await_row_group(self) -> None:
        if self._in_flight is not None:
            self._in_flight.result()

    def _write_row_group(self, group: pa.Table) -> None:
        with disk_errors_named(f"writing {self._table.name}"):
            # one chunk per column: page borders must not depend on how the rows came
            self._writer.write_table(group.combine_chunks(), row_group_size=ROW_GROUP_ROWS)


def _parquet_writer(stream: BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
    # amounts and resources hardly repeat, so that a dictionary of them costs time and space
    texts = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) and not field.name.endswith("resource_id")
    ]
    return pq.ParquetWriter(
        stream,
        schema,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        use_dictionary=texts,
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        write_page_index=True,
        write_page_checksum=True,
        store_decimal_as_integer=True,
    )
