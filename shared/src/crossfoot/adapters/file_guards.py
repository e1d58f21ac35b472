"""What a data file must pass before anything of it is decoded."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, override

import pyarrow.parquet as pq
from pyarrow.lib import ArrowException

from crossfoot.domain.errors import (
    DuplicateColumnError,
    InputNotFoundError,
    OversizedInputError,
    UnreadableFileError,
)
from crossfoot.domain.tables import SourceFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC: Final = b"PAR1"
_ENCRYPTED_MAGIC: Final = b"PARE"
_SMALLEST_PARQUET: Final = 12
"""Magic, an empty footer, the length of the footer, magic. [byte]"""
_TAIL: Final = 8

DELIVER_AGAIN: Final = "Fetch the file again from the export's bucket."


@dataclass(frozen=True, slots=True)
class InputBudget:
    """How much one file may hold before it is taken for a bomb.

    A real CUR holds 0.05 rows per byte, while a bomb of 500 million equal rows fits in 3.6 MB, 139
    rows per byte. Its declared size is as small as the file, so the row count must be the guard.

    Parameters
    ----------
    rows, columns : int
        Most rows, and most leaf columns.
    rows_per_byte : float
        Most rows per byte of the file, counted beyond ``free_rows``.
    free_rows : int
        Rows that any file may have, however small it is.
    inflated_bytes : int
        Most bytes after decompression.
    inflation : float
        Most bytes after decompression per byte of the file, counted beyond ``free_bytes``.
    free_bytes : int
        Bytes that any file may inflate to.
    footer_bytes : int
        Largest Parquet footer.
    thrift_string_bytes, thrift_items : int
        Largest text and longest list in a Parquet footer or page header.
    """

    rows: int = 2_000_000_000
    columns: int = 1_000
    rows_per_byte: float = 20.0
    free_rows: int = 2_000_000
    inflated_bytes: int = 1 << 40
    inflation: float = 200.0
    free_bytes: int = 64 << 20
    footer_bytes: int = 64 << 20
    thrift_string_bytes: int = 16 << 20
    thrift_items: int = 200_000


USAGE_BUDGET: Final = InputBudget()
CARBON_BUDGET: Final = InputBudget(rows=10_000_000, inflated_bytes=8 << 30)


def fingerprint(path: Path) -> SourceFile:
    """Return the file's size and the digest of its bytes, read in pieces."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return SourceFile(str(path), file.tell(), digest.hexdigest())
    except OSError as error:
        raise _unopenable(path, error) from error


def open_parquet(
    path: Path, budget: InputBudget, *, read_dictionary: Sequence[str] = ()
) -> pq.ParquetFile:
    """Open a Parquet file whose footer keeps to the budget; nothing is decoded yet.

    INT96 timestamps are read as microseconds. Decode inside :func:`decoding`, so that what the
    pages hide gets its name as well.

    Parameters
    ----------
    path : Path
        The file.
    budget : InputBudget
        What it may hold.
    read_dictionary : sequence of str
        Columns of text to decode as dictionaries, in any case, where they are there: seven times
        cheaper for keys, and a long text repeated a million times is held once.

    Raises
    ------
    UnreadableFileError
        Not Parquet, truncated, encrypted, or a footer that contradicts itself.
    OversizedInputError
        Beyond the budget.
    DuplicateColumnError
        Two columns of one name, or of names that differ only in case.
    """
    size = _check_envelope(path, budget)
    with decoding(path):
        parquet = _parquet_file(path, budget, ())
        names = parquet.schema_arrow.names
    _check_footer(path, parquet.metadata, size, budget)
    check_column_names(path, names)
    wanted = {name.casefold() for name in read_dictionary}
    # a nested column has no leaf of its own name
    leaves = {parquet.metadata.schema.column(i).path for i in range(parquet.metadata.num_columns)}
    present = [name for name in names if name.casefold() in wanted and name in leaves]
    if not present:
        return parquet
    parquet.close()
    with decoding(path):
        return _parquet_file(path, budget, present)


def _parquet_file(
    path: Path, budget: InputBudget, read_dictionary: Sequence[str]
) -> pq.ParquetFile:
    return pq.ParquetFile(
        path,
        read_dictionary=list(read_dictionary),
        coerce_int96_timestamp_unit="us",
        thrift_string_size_limit=budget.thrift_string_bytes,
        thrift_container_size_limit=budget.thrift_items,
        page_checksum_verification=True,
        arrow_extensions_enabled=False,
    )


def check_column_names(path: Path, names: Sequence[str]) -> None:
    """Raise ``DuplicateColumnError`` where two names differ at most in case."""
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.get(name.casefold())
        seen[name.casefold()] = name
        if twin is not None:
            raise DuplicateColumnError(
                f"there are two such columns, {twin!r} and {name!r}.",
                mend="Name each column once in the query of the export.",
                file=str(path),
                column=name,
            )


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Give whatever Arrow cannot decode in this file the name ``UnreadableFileError``."""
    try:
        yield
    except (ArrowException, OSError, UnicodeDecodeError) as error:
        text = str(error).strip().splitlines()[0][:300] if str(error).strip() else "no reason given"
        if "Exceeded size limit" in text:
            raise _oversized(path, "its footer holds a text or a list beyond all measure") from None
        raise UnreadableFileError(
            f"cannot be decoded ({text}).", mend=DELIVER_AGAIN, file=str(path)
        ) from error


def open_csv(path: Path, budget: InputBudget) -> io.BufferedReader:
    """Open a CSV or a gzipped CSV; the stream itself keeps to the budget while it is read.

    Raises
    ------
    InputNotFoundError
        No such file.
    """
    if path.name.lower().endswith(".gz"):
        return open_csv_gz(path, budget)
    size = _size_of(path)
    return io.BufferedReader(_GuardedStream(path, path.open("rb"), size, budget), 1 << 20)


def open_csv_gz(path: Path, budget: InputBudget) -> io.BufferedReader:
    """Open a gzipped CSV as a stream that never holds more than its buffer.

    Reading it raises ``OversizedInputError`` as soon as it has inflated beyond the budget, and
    ``UnreadableFileError`` where it is not gzip, or is cut off.
    """
    size = _size_of(path)
    source = gzip.GzipFile(path, "rb")
    return io.BufferedReader(_GuardedStream(path, source, size, budget), 1 << 20)


def inflated_size(path: Path, budget: InputBudget) -> int:
    """Return how long a gzipped CSV really is, and so prove that it may be handed on. [byte].

    For readers that take a path, such as DuckDB. Raises as :func:`open_csv_gz` does.
    """
    with open_csv_gz(path, budget) as stream:
        buffer = bytearray(1 << 20)
        return sum(iter(lambda: stream.readinto(buffer), 0))


class _GuardedStream(io.RawIOBase):
    """Counts what comes out, and names what goes wrong."""

    def __init__(
        self,
        path: Path,
        source: gzip.GzipFile | io.BufferedReader,
        size: int,
        budget: InputBudget,
    ) -> None:
        super().__init__()
        self._path = path
        self._source = source
        self._inflated = 0
        self._limit = min(
            budget.inflated_bytes, max(budget.free_bytes, int(size * budget.inflation))
        )

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        try:
            count = self._source.readinto(buffer)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFileError(
                f"is not gzip, or is cut off ({error}).", mend=DELIVER_AGAIN, file=str(self._path)
            ) from error
        self._inflated += count
        if self._inflated > self._limit:
            raise _oversized(self._path, f"it inflates to more than {self._limit:,} bytes")
        return count

    @override
    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


def _check_envelope(path: Path, budget: InputBudget) -> int:
    """Check size, magic and the length of the footer; return the file's size. [byte]."""
    size = _size_of(path)
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        file.seek(max(0, size - _TAIL))
        tail = file.read(_TAIL)
    if _ENCRYPTED_MAGIC in (head, tail[-4:]):
        problem = "is encrypted Parquet."
    elif head != _MAGIC:
        problem = "is empty." if size == 0 else "is not Parquet."
    elif size < _SMALLEST_PARQUET or tail[-4:] != _MAGIC:
        problem = "is truncated: Parquet's closing mark is missing."
    elif (footer := int.from_bytes(tail[:4], "little")) > size - _SMALLEST_PARQUET:
        problem = "is truncated: its footer is longer than the file."
    elif footer > budget.footer_bytes:
        raise _oversized(path, f"its footer takes {footer:,} bytes")
    else:
        return size
    raise UnreadableFileError(problem, mend=DELIVER_AGAIN, file=str(path))


def _check_footer(path: Path, footer: pq.FileMetaData, size: int, budget: InputBudget) -> None:
    if footer.num_columns > budget.columns:
        raise _oversized(path, f"it has {footer.num_columns:,} columns")
    check_row_count(path, footer.num_rows, size, budget)
    groups = [footer.row_group(index) for index in range(footer.num_row_groups)]
    counts = [group.num_rows for group in groups]
    if min(counts, default=0) < 0 or sum(counts) != footer.num_rows:
        raise UnreadableFileError(
            f"its footer promises {footer.num_rows:,} rows and its row groups {sum(counts):,}.",
            mend=DELIVER_AGAIN,
            file=str(path),
        )
    inflated = sum(group.total_byte_size for group in groups)
    if inflated > budget.inflated_bytes or inflated > max(
        budget.free_bytes, size * budget.inflation
    ):
        raise _oversized(path, f"it inflates to {inflated:,} bytes")


def check_row_count(path: Path, n_rows: int, size: int, budget: InputBudget) -> None:
    """Raise ``OversizedInputError`` for more rows than the budget, or than the bytes explain."""
    if n_rows > budget.rows:
        raise _oversized(path, f"it has {n_rows:,} rows; at most {budget.rows:,} are read")
    if n_rows > max(budget.free_rows, size * budget.rows_per_byte):
        raise _oversized(path, f"it claims {n_rows:,} rows in {size:,} bytes")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unopenable(path, error) from error


def _unopenable(path: Path, error: OSError) -> InputNotFoundError:
    return InputNotFoundError(
        f"cannot be opened ({error.strerror}).",
        mend="Check the path and its permissions.",
        file=str(path),
    )


def _oversized(path: Path, problem: str) -> OversizedInputError:
    return OversizedInputError(
        f"is refused as a decompression bomb: {problem}.",
        mend="If the file is genuine, split it or coarsen the export.",
        file=str(path),
    )
