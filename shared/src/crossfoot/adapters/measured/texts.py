"""Files of instruments as text, and the cells in them; every one that cannot be read is named."""

import gzip
import math
import zlib
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from crossfoot.domain.errors import (
    ColumnTypeError,
    InputNotFoundError,
    OversizedInputError,
    UnreadableFileError,
)

type Json = Any
"""What a JSON document may be."""

MEASURE_AGAIN: Final = "Write it again, or take the file away."
_LARGEST: Final = 1 << 30
"""A file may unfold into this many bytes. [byte]"""


def text_of(path: Path) -> str:
    """Return a file's text, gzipped or not, without a byte order mark.

    Raises
    ------
    InputNotFoundError
        It cannot be opened.
    UnreadableFileError
        It is not gzip where its name says so, or not UTF-8.
    OversizedInputError
        It holds more than 1 GiB.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFileError(
            f"is not a whole gzip file ({error}).", mend=MEASURE_AGAIN, file=str(path)
        ) from error
    except OSError as error:
        raise InputNotFoundError(
            f"cannot be opened ({error.strerror}).",
            mend="Check the path and its permissions.",
            file=str(path),
        ) from error
    if len(content) > _LARGEST:
        raise OversizedInputError(
            "holds more than 1 GiB.", mend="Split it, or measure in longer steps.", file=str(path)
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"is not text in UTF-8 (byte {error.start:,}).", mend=MEASURE_AGAIN, file=str(path)
        ) from error


def amount(
    text: object, file: str, column: str, row: int | None = None, *, least: float = 0.0
) -> float:
    """Return a number of a cell.

    Raises
    ------
    ColumnTypeError
        If it is no number, not finite, or below the least.
    """
    try:
        number = float(text) if isinstance(text, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or number < least:
        raise ColumnTypeError(
            f"{text!r} is not a number of {least:g} or more.",
            mend=MEASURE_AGAIN,
            file=file,
            column=column,
            row=row,
        )
    return number


def instant(text: str, zone: tzinfo, file: str, column: str, row: int | None = None) -> float:
    """Return an instant in seconds since 1970; one without a zone is taken to be of the given one.

    Raises
    ------
    ColumnTypeError
        If it is not an instant as ISO 8601 writes it.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError) as error:
        raise ColumnTypeError(
            f"{text!r} is not an instant.",
            mend="Write it as ISO 8601, such as 2026-09-01T12:00:00Z.",
            file=file,
            column=column,
            row=row,
        ) from error
