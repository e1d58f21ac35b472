"""CSV files as tables of text: every cell as it was written, empty cells as nulls.

Types are the contract's business: a reader that guesses them drops the zeros of account ids.
"""

import codecs
import csv
import io
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as arrow_csv

from crossfoot.adapters.file_guards import (
    InputBudget,
    check_column_names,
    check_row_count,
    decoding,
    inflated_size,
    open_csv,
)
from crossfoot.domain.errors import OversizedInputError, UnreadableFileError

_HEAD: Final = 1 << 20
"""A header must end within this. [byte]"""
_BLOCK: Final = 1 << 23
"""No line may be longer. [byte]"""


def read_header(path: Path, budget: InputBudget) -> tuple[str, ...]:
    """Return the column names of a CSV; none for a file without any text.

    Raises
    ------
    UnreadableFileError
        Not UTF-8, not CSV, or not gzip.
    DuplicateColumnError
        Two columns whose names differ at most in case.
    OversizedInputError
        More columns than the budget, or a header without end.
    """
    names, _ = _head(path, budget)
    return names


def read_text_table(path: Path, budget: InputBudget) -> pa.Table:
    """Return a CSV, plain or gzipped, as a table of strings.

    A byte order mark, CRLF and line breaks inside quotes are read as what they are; blank lines are
    skipped. Raises as :func:`read_header` does, and for lines of another length than the header.
    """
    names, has_rows = _head(path, budget)
    if not has_rows:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    is_gzip = path.name.lower().endswith(".gz")
    if is_gzip:
        inflated_size(path, budget)
    # Arrow's own stream: its reader runs ahead in a thread, which must never wait for Python's lock
    with decoding(path), pa.input_stream(path, "gzip" if is_gzip else None) as stream:
        reader = arrow_csv.open_csv(
            stream,
            # one thread, so that an error names its row
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=names, skip_rows_after_names=1
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return pa.Table.from_batches(_bounded(reader, path, budget), reader.schema)


def _bounded(
    reader: arrow_csv.CSVStreamingReader, path: Path, budget: InputBudget
) -> list[pa.RecordBatch]:
    batches: list[pa.RecordBatch] = []
    n_rows = 0
    for batch in reader:
        n_rows += batch.num_rows
        check_row_count(path, n_rows, path.stat().st_size, budget)
        batches.append(batch)
    return batches


def _head(path: Path, budget: InputBudget) -> tuple[tuple[str, ...], bool]:
    """Return the names, and whether anything follows them."""
    with open_csv(path, budget) as stream:
        start = stream.read(_HEAD)
        is_whole = not stream.read(1)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start, final=is_whole)
        records = (record for record in csv.reader(io.StringIO(text, newline=""), strict=True))
        filled = (record for record in records if record)
        header = next(filled, [])
        has_rows = not is_whole or next(filled, None) is not None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(
            f"is not CSV in UTF-8 ({error}).", mend="Export it again as CSV.", file=str(path)
        ) from error
    names = tuple(name.strip() for name in header)
    if len(names) > budget.columns or (not is_whole and len(text.splitlines()) == 1):
        raise OversizedInputError(
            "its header has no end."
            if len(names) <= budget.columns
            else f"it has {len(names):,} columns.",
            mend="Check that this is a CSV export.",
            file=str(path),
        )
    check_column_names(path, names)
    return names, has_rows
