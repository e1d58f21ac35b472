"""Names and organizational units of accounts, from a CSV such as an Organizations listing."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from crossfoot.adapters.inventory_places import ACCOUNTS_NAME, find_inventory
from crossfoot.domain.accounts import Account, AccountDirectory, Stay
from crossfoot.domain.errors import (
    InputNotFoundError,
    InvalidAccountError,
    MissingColumnError,
    UnreadableFileError,
)

_ID_COLUMNS: Final = ("account_id", "Id", "id")
_NAME_COLUMNS: Final = ("account_name", "Name", "name")
_OU_COLUMNS: Final = ("ou_path", "Path", "path")
_STATE_COLUMNS: Final = ("state", "State", "Status")
_FROM: Final = "valid_from"
_TO: Final = "valid_to"
_HEADER: Final = ("account_id", "account_name", "ou_path", "state", _FROM, _TO)

type _Row = Mapping[str, str | None]


def read_accounts(path: Path | None) -> AccountDirectory:
    """Read ``accounts.csv`` at a path, in a folder, or in a copy of a deployment's bucket.

    With ``valid_from`` or ``valid_to`` an account may have several rows, one for each time in
    which it was known otherwise. A place that has inventory and no list names nobody.

    Raises
    ------
    InputNotFoundError, UnreadableFileError, MissingColumnError, InvalidAccountError
        The file is not there, or cannot be used.
    """
    file = None if path is None else find_inventory(path).accounts
    if file is None:
        return AccountDirectory({})
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputNotFoundError(
            f"cannot be opened ({error.strerror}).",
            mend=f"Give a folder with {ACCOUNTS_NAME}, or the file itself.",
            file=str(file),
        ) from error
    return parse_accounts(content, str(file))


def parse_accounts(content: bytes, file: str) -> AccountDirectory:
    """Read the bytes of a list of accounts; ``file`` is what errors call it.

    Raises
    ------
    UnreadableFileError, MissingColumnError, InvalidAccountError
        They cannot be used.
    """
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        names = reader.fieldnames or ()
        id_column = _first(names, _ID_COLUMNS, file)
        rows = [(_account_id(row[id_column], file, n), row) for n, row in enumerate(reader, 1)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(
            f"is not a CSV file ({error}).", mend="Export it again.", file=file
        ) from error
    if {_FROM, _TO}.isdisjoint(names):
        return AccountDirectory({key: _account(row) for key, row in rows})
    return AccountDirectory.of_stays(_stays(rows, file))


def accounts_csv(stays: Mapping[str, Sequence[Stay]]) -> bytes:
    """Return a list as ``parse_accounts`` reads it: equal histories give equal bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for account_id in sorted(stays):
        for stay in stays[account_id]:
            names = (stay.account.name, stay.account.ou_path, stay.state)
            writer.writerow((account_id, *names, stay.valid_from, stay.valid_to))
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class _NumberedStay:
    """A stay, and the row of the file that tells it."""

    stay: Stay
    row: int

    @property
    def begins(self) -> date:
        return self.stay.valid_from or date.min

    @property
    def ends(self) -> date:
        return self.stay.valid_to or date.max


def _stays(rows: Iterable[tuple[str, _Row]], file: str) -> dict[str, tuple[Stay, ...]]:
    """Return the stays of every account in the order of time; refuse those that overlap."""
    found: dict[str, list[_NumberedStay]] = {}
    for number, (account_id, row) in enumerate(rows, start=1):
        days = _day(row, _FROM, file, number), _day(row, _TO, file, number)
        told = _NumberedStay(Stay(_account(row), *days, _cell(row, _STATE_COLUMNS)), number)
        if told.begins >= told.ends:
            raise _contradiction(f"account {account_id} ends before it begins.", file, told.row)
        found.setdefault(account_id, []).append(told)
    ordered = {key: sorted(told, key=lambda each: each.begins) for key, told in found.items()}
    for account_id, of_account in ordered.items():
        for earlier, later in pairwise(of_account):
            if later.begins < earlier.ends:
                message = f"account {account_id} is known in two ways at once."
                raise _contradiction(message, file, later.row)
    return {key: tuple(each.stay for each in told) for key, told in ordered.items()}


def _contradiction(message: str, file: str, row: int) -> InvalidAccountError:
    return InvalidAccountError(
        message,
        mend=f"End a row where the next begins: {_TO} is the first day on which it is not so.",
        file=file,
        row=row,
        column=_TO,
    )


def _day(row: _Row, column: str, file: str, number: int) -> date | None:
    text = row.get(column)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InvalidAccountError(
            f"{text!r} is not a day.",
            mend="Write it as YYYY-MM-DD, or leave it empty where there is no such day.",
            file=file,
            row=number,
            column=column,
        )
    return day


def _account(row: _Row) -> Account:
    return Account(name=_cell(row, _NAME_COLUMNS), ou_path=_cell(row, _OU_COLUMNS))


def _first(names: Sequence[str], wanted: tuple[str, ...], file: str) -> str:
    found = [name for name in wanted if name in names]
    if not found:
        raise MissingColumnError(
            "a required column is missing.",
            mend="Name the column of account ids account_id.",
            file=file,
            column=wanted[0],
        )
    return found[0]


def _account_id(text: str | None, file: str, row: int) -> str:
    if text is None or not (text.isascii() and text.isdigit()):
        raise InvalidAccountError(
            f"{text!r} is not an account id.",
            mend="Keep account ids as text, with their leading zeros.",
            file=file,
            row=row,
        )
    return text


def _cell(row: _Row, columns: tuple[str, ...]) -> str | None:
    return next((text for name in columns if (text := row.get(name))), None)
