"""Names and organizational units of accounts, from a CSV such as an Organizations listing."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crossfoot.adapters.inventory_places import ACCOUNTS_NAME, find_inventory
from crossfoot.domain.accounts import Account, AccountDirectory
from crossfoot.domain.errors import (
    InputNotFoundError,
    InvalidAccountError,
    MissingColumnError,
    UnreadableFileError,
)

_ID_COLUMNS: Final = ("account_id", "Id", "id")
_NAME_COLUMNS: Final = ("account_name", "Name", "name")
_OU_COLUMNS: Final = ("ou_path", "Path", "path")


def read_accounts(path: Path | None) -> AccountDirectory:
    """Read ``accounts.csv`` at a path, in a folder, or in a copy of a deployment's bucket.

    A place that has inventory and no list names nobody.

    Raises
    ------
    InputNotFoundError, UnreadableFileError, MissingColumnError, InvalidAccountError
        The file is not there, or cannot be used.
    """
    file = None if path is None else find_inventory(path).accounts
    if file is None:
        return AccountDirectory({})
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            id_column = _first(reader.fieldnames or (), _ID_COLUMNS, file)
            return AccountDirectory(
                {
                    _account_id(row[id_column], file, number): Account(
                        name=_cell(row, _NAME_COLUMNS), ou_path=_cell(row, _OU_COLUMNS)
                    )
                    for number, row in enumerate(reader, start=1)
                }
            )
    except OSError as error:
        raise InputNotFoundError(
            f"cannot be opened ({error.strerror}).",
            mend=f"Give a folder with {ACCOUNTS_NAME}, or the file itself.",
            file=str(file),
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(
            f"is not a CSV file ({error}).", mend="Export it again.", file=str(file)
        ) from error


def _first(names: Sequence[str], wanted: tuple[str, ...], file: Path) -> str:
    found = [name for name in wanted if name in names]
    if not found:
        raise MissingColumnError(
            "a required column is missing.",
            mend="Name the column of account ids account_id.",
            file=str(file),
            column=wanted[0],
        )
    return found[0]


def _account_id(text: str | None, file: Path, row: int) -> str:
    if text is None or not (text.isascii() and text.isdigit()):
        raise InvalidAccountError(
            f"{text!r} is not an account id.",
            mend="Keep account ids as text, with their leading zeros.",
            file=str(file),
            row=row,
        )
    return text


def _cell(row: dict[str, str], columns: tuple[str, ...]) -> str | None:
    return next((row[name] for name in columns if row.get(name)), None)
