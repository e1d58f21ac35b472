"""Finding the files of grid intensities, and their text: CSV with commas, semicolons or tabs."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crossfoot.adapters.file_guards import InputBudget, open_csv
from crossfoot.adapters.intensity_slots import IntensityTable
from crossfoot.domain.errors import InputNotFoundError, UnreadableFileError

_ENDINGS: Final = (".csv", ".csv.gz", ".tsv", ".txt", ".xls")
"""RTE's files of text are called ``.xls``."""
_SEPARATORS: Final = ("\t", ";", ",")
_BUDGET: Final = InputBudget(inflated_bytes=1 << 30)
_ZIP: Final = b"PK"
_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def intensity_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files at some paths, each once, in sorted order.

    Raises
    ------
    InputNotFoundError
        No such path, or a folder without a file that could be one.
    """
    return tuple(sorted({file for path in paths for file in _files_at(path)}))


def read_intensity_table(path: Path) -> IntensityTable:
    """Read a file as rows of text, in UTF-8 or else in Latin-1; blank lines are passed over.

    Raises
    ------
    UnreadableFileError
        A zip or a workbook, binary, empty, or not CSV.
    OversizedInputError
        Beyond all measure.
    """
    with open_csv(path, _BUDGET) as stream:
        content = stream.read()
    _check_is_text(content, path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise UnreadableFileError("is empty.", mend="Download it again.", file=str(path))
    separator = max(_SEPARATORS, key=lines[0].count)
    try:
        header, *rows = csv.reader(lines, delimiter=separator, strict=True)
    except csv.Error as error:
        raise UnreadableFileError(
            f"is not CSV ({error}).", mend="Download it again.", file=str(path)
        ) from error
    return IntensityTable(str(path), tuple(name.strip() for name in header), rows)


def _files_at(path: Path) -> list[Path]:
    if not path.is_dir():
        # whether it is there, and can be read, is known when it is opened
        return [path]
    found = [
        file
        for file in path.rglob("*")
        if file.name.lower().endswith(_ENDINGS) and not file.name.startswith(".")
    ]
    if not found:
        raise InputNotFoundError(
            "there is no file of intensities in this folder.",
            mend=f"Give a file, or a folder with some ({', '.join(_ENDINGS)}).",
            file=str(path),
        )
    return found


def _check_is_text(content: bytes, path: Path) -> None:
    if content.startswith((_ZIP, _EXCEL)) or b"\0" in content:
        raise UnreadableFileError(
            "is packed, or a workbook, and not text.",
            mend="Unpack it, or save it as CSV.",
            file=str(path),
        )
