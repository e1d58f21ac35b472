"""Functional units from CSV files: ``usage_period,unit,amount``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from crossfoot.adapters.csv_tables import read_text_table
from crossfoot.adapters.file_guards import InputBudget
from crossfoot.domain.errors import (
    DuplicateRowError,
    InputNotFoundError,
    InvalidAmountError,
    InvalidPeriodError,
    MissingColumnError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit
from crossfoot.usecases.unit_ports import MICROS

_COLUMNS: Final = ("usage_period", "unit", "amount")
_MONTH: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)
_BUDGET: Final = InputBudget(rows=1_000_000, inflated_bytes=64 << 20)
_MEND: Final = "Write one line a month and unit: usage_period,unit,amount."


class FileUnits:
    """Counts from the files that targets name, beside the configuration; or from one for all.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    instead : Path, optional
        A file that takes the place of all of them, and of metrics.
    """

    def __init__(self, folder: Path, instead: Path | None = None) -> None:
        self._folder = folder
        self._instead = instead

    def amounts(self, functional_unit: FunctionalUnit) -> Mapping[UsagePeriod, int]:
        """Return the unit's counts by month; none for a metric that no file stands in for."""
        if self._instead is not None:
            return read_units(self._instead, functional_unit.unit)
        if functional_unit.source is None:
            return {}
        return read_units(self._folder / functional_unit.source, functional_unit.unit)


def read_units(path: Path, unit: str) -> dict[UsagePeriod, int]:
    """Read one unit's counts; lines of other units are passed over. [10^-6 unit].

    Raises
    ------
    InputNotFoundError, UnreadableFileError, OversizedInputError
        The file is not there, or no CSV.
    MissingColumnError, InvalidPeriodError, InvalidAmountError
        A column, a month or a count cannot be used.
    DuplicateRowError
        A month of the unit is there twice.
    """
    if not path.is_file():
        raise InputNotFoundError("no such file.", mend="Check `source`.", file=str(path))
    table = read_text_table(path, _BUDGET)
    for column in _COLUMNS:
        if column not in table.column_names:
            raise MissingColumnError(
                "a required column is missing.", mend=_MEND, file=str(path), column=column
            )
    counts: dict[UsagePeriod, int] = {}
    for number, row in enumerate(table.select(_COLUMNS).to_pylist(), start=1):
        if row["unit"] != unit:
            continue
        line = _Line(str(path), number)
        month = line.month(row["usage_period"] or "")
        if month in counts:
            raise DuplicateRowError(
                f"{month} is there twice for {unit!r}.", mend=_MEND, file=line.file, row=number
            )
        counts[month] = line.count(row["amount"] or "")
    return counts


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    number: int

    def month(self, text: str) -> UsagePeriod:
        month = UsagePeriod(text) if _MONTH.fullmatch(text) else None
        if month is None:
            raise InvalidPeriodError(
                f"{text!r} is no month.",
                mend="Write it as 2026-09.",
                file=self.file,
                column="usage_period",
                row=self.number,
            )
        return month

    def count(self, text: str) -> int:
        if _NUMBER.fullmatch(text) is None:
            raise InvalidAmountError(
                f"{text!r} cannot be a count.",
                mend="Write a number that is not negative, with six decimal places at most.",
                file=self.file,
                column="amount",
                row=self.number,
            )
        return int(Decimal(text) * MICROS)
