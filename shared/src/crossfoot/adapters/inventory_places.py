"""Where an inventory lies: the list of accounts, and the Parquet files of the days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crossfoot.adapters.inventory_loads import days_that_tell, is_inventory
from crossfoot.adapters.tree_walk import listed_files
from crossfoot.domain.errors import InputNotFoundError
from crossfoot.domain.period import UsagePeriod

ACCOUNTS_NAME: Final = "accounts.csv"
_SYNCED_NAME: Final = "accounts/accounts.csv"
"""Where a deployment's curated bucket has the list, and so a folder synced from it."""

_FOLDER_NAME: Final = "inventory"
"""Where it has the days, and where `crossfoot sample` puts them."""

_DAY: Final = re.compile(r"day=(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)
_PARTITION: Final = re.compile(r"(day|account)=.+", re.ASCII)


@dataclass(frozen=True, slots=True)
class InventoryPlace:
    """What was found: ``accounts`` is None where there is no list; ``files`` are sorted."""

    accounts: Path | None
    files: tuple[Path, ...]

    def files_of(self, period: UsagePeriod) -> tuple[Path, ...]:
        """Return the files that may tell of a month: those of its days, and those of no day."""
        first, last = days_that_tell(period)
        return tuple(
            file for file in self.files if (day := _day_of(file)) is None or first <= day <= last
        )


def find_inventory(path: Path) -> InventoryPlace:
    """Find a list of accounts and inventory at a path.

    A ``.parquet`` file is inventory, any other file a list of accounts. A folder may have
    ``accounts.csv`` (or ``accounts/accounts.csv``), a folder ``inventory``, folders ``day=...``
    or inventory's files themselves; Parquet of other tables beside them is passed over.

    Raises
    ------
    InputNotFoundError
        Nothing of it is there.
    """
    if path.is_dir():
        return _in_folder(path)
    if path.name.lower().endswith(".parquet"):
        if not path.is_file():
            raise _nothing(path)
        return InventoryPlace(None, (path,))
    return InventoryPlace(path, ())


def _in_folder(folder: Path) -> InventoryPlace:
    listing = next(
        (folder / name for name in (ACCOUNTS_NAME, _SYNCED_NAME) if (folder / name).is_file()),
        None,
    )
    own = folder / _FOLDER_NAME
    files = (*_loose(folder), *(_below(own) if own.is_dir() else ()), *_partitioned(folder))
    if listing is None and not files:
        raise _nothing(folder)
    return InventoryPlace(listing, tuple(sorted(files)))


def _loose(folder: Path) -> Iterator[Path]:
    """Yield Parquet files of the folder itself that have the inventory's columns."""
    for file in _parquet_in(folder):
        if _PARTITION.fullmatch(folder.name) or is_inventory(file):
            yield file


def _partitioned(folder: Path) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if _PARTITION.fullmatch(child.name) and _is_own_folder(child):
            yield from _below(child)


def _below(folder: Path) -> Iterator[Path]:
    yield from _parquet_in(folder)
    for child in sorted(folder.iterdir()):
        if _is_own_folder(child):
            yield from _below(child)


def _is_own_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _parquet_in(folder: Path) -> Iterator[Path]:
    return (file for file in listed_files(folder) if file.name.lower().endswith(".parquet"))


def _day_of(file: Path) -> str | None:
    """Return the day of the innermost folder that names one."""
    found = (_DAY.fullmatch(name) for name in reversed(file.parts[:-1]))
    return next((match["day"] for match in found if match is not None), None)


def _nothing(path: Path) -> InputNotFoundError:
    return InputNotFoundError(
        f"there is no {ACCOUNTS_NAME} and no inventory.",
        mend=f"Give a folder with {ACCOUNTS_NAME} or the inventory's days, or one of its files.",
        file=str(path),
    )
