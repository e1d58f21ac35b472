"""éCO2mix of RTE, France by the half hour or quarter: its own files, and the open-data portal's.

RTE calls its text files ``.xls``: they are tabs in Latin-1. ``Taux de CO2`` is the carbon of what
is produced in France, at the stacks: direct, without imports and without what comes before.

Times are Paris's. The hour that is skipped in spring does not exist, whatever a file writes into
its rows. The hour that comes twice in autumn is often written once: it then stands for both.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from crossfoot.adapters.intensity_slots import (
    ColumnsByBoundary,
    IntensityFile,
    IntensitySlot,
    IntensityTable,
    cell,
    whole_intensity,
)
from crossfoot.domain.errors import ColumnTypeError, UnknownRegionError
from crossfoot.domain.tables import IntakeNote
from crossfoot.factors.factor import Boundary

SOURCE: Final = "RTE éCO2mix"
_ZONE: Final = "FR"
_PARIS: Final = ZoneInfo("Europe/Paris")
_HALF_HOURS_OR_QUARTERS: Final = frozenset({2, 4})
_UNKNOWN: Final = frozenset({"", "nd", "-", "n/a"})
_FRENCH_DATE: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_FINALITIES: Final = ("temps reel", "consolid", "definiti")
"""In the order in which RTE restates a day."""


@dataclass(frozen=True, slots=True)
class Eco2mixColumns:
    """Where a file keeps what we read; ``instant`` is the portal's time with its offset."""

    date: int
    time: int
    intensities: ColumnsByBoundary
    perimeter: int | None
    nature: int | None
    instant: int | None


@dataclass(frozen=True, slots=True)
class _LocalReading:
    """A reading at a time as Paris's clocks show it; ``fold`` where the file tells which one."""

    local: datetime
    fold: int | None
    slot: IntensitySlot


def eco2mix_columns(header: Sequence[str]) -> Eco2mixColumns | None:
    """Return the columns of a file of éCO2mix; None where it is not one."""
    names = [_plain(name).removesuffix(" (g/kwh)").replace("_", " ") for name in header]

    def first(*spellings: str) -> int | None:
        return next((i for i, name in enumerate(names) if name in spellings), None)

    date, time, rate = first("date"), first("heures", "heure"), first("taux de co2", "taux co2")
    if date is None or time is None or rate is None:
        return None
    return Eco2mixColumns(
        date=date,
        time=time,
        intensities={Boundary.DIRECT: rate},
        perimeter=first("perimetre"),
        nature=first("nature"),
        instant=first("date et heure", "date - heure", "date heure"),
    )


def read_eco2mix(table: IntensityTable, columns: Eco2mixColumns) -> IntensityFile:
    """Read the rate of every half hour or quarter that has one.

    Raises
    ------
    ColumnTypeError, InvalidAmountError
        A cell is not a date, not a time, or not an intensity.
    UnknownRegionError
        The file is of a part of France.
    """
    readings = list(_readings(table, columns))
    if readings and readings[0].local > readings[-1].local:
        readings.reverse()
    existing = [reading for reading in readings if _exists(reading.local)]
    twice = [reading for reading in existing if _comes_twice(reading.local)]
    skipped = len(readings) - len(existing)
    slots = [r.slot for r in existing if not _comes_twice(r.local)]
    message = f"{table.file}: {skipped} readings of an hour that the clocks skip, not read"
    notes = (IntakeNote("skipped-hour", message),) if skipped else ()
    return IntensityFile(SOURCE, (*slots, *_unfolded(twice)), _HALF_HOURS_OR_QUARTERS, notes)


def _readings(table: IntensityTable, columns: Eco2mixColumns) -> Iterator[_LocalReading]:
    index = columns.intensities[Boundary.DIRECT]
    for number, row in enumerate(table.rows, start=1):
        text = cell(row, index).replace(",", ".")
        if text.casefold() in _UNKNOWN:
            # every other row of a half-hourly file, and the notice of liability at its end
            continue
        _require_france(cell(row, columns.perimeter), table, number)
        local = _local(row, table, columns, number)
        value = whole_intensity(text, file=table.file, column=table.header[index], row=number)
        slot = IntensitySlot(
            zone=_ZONE,
            second=_second(local, 0),
            micro_g_per_kwh=value,
            finality=_finality(cell(row, columns.nature)),
            is_estimated=False,
            row=number,
        )
        yield _LocalReading(local, _fold(cell(row, columns.instant), local), slot)


def _unfolded(readings: Sequence[_LocalReading]) -> Iterator[IntensitySlot]:
    """Tell the two hours of one name apart: by their offset, else by their order."""
    by_time: dict[datetime, list[_LocalReading]] = {}
    for reading in readings:
        by_time.setdefault(reading.local, []).append(reading)
    for local, found in by_time.items():
        both = found if len(found) > 1 else found * 2
        for order, reading in enumerate(both):
            is_told = len(found) > 1 and reading.fold is not None
            fold = reading.fold if is_told and reading.fold is not None else min(order, 1)
            yield replace(reading.slot, second=_second(local, fold))


def _require_france(perimeter: str, table: IntensityTable, row: int) -> None:
    if perimeter and _plain(perimeter) != "france":
        raise UnknownRegionError(
            f"{perimeter[:80]!r} is a part of France, and its rate is not that of the grid.",
            mend="Give the national file.",
            file=table.file,
            row=row,
        )


def _local(
    row: Sequence[str], table: IntensityTable, columns: Eco2mixColumns, number: int
) -> datetime:
    date = _FRENCH_DATE.sub(r"\3-\2-\1", cell(row, columns.date))
    text = f"{date} {cell(row, columns.time)}"
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise ColumnTypeError(
            f"{text[:80]!r} is not a date and a time.",
            mend="Download the file again.",
            file=table.file,
            column=table.header[columns.date],
            row=number,
        ) from error


def _second(local: datetime, fold: int) -> int:
    return round(local.replace(tzinfo=_PARIS, fold=fold).timestamp())


def _exists(local: datetime) -> bool:
    there = local.replace(tzinfo=_PARIS).astimezone(UTC).astimezone(_PARIS)
    return there.replace(tzinfo=None) == local


def _comes_twice(local: datetime) -> bool:
    return _second(local, 0) != _second(local, 1)


def _fold(instant: str, local: datetime) -> int | None:
    """Return which of two hours of one name the portal's instant means; None without one."""
    try:
        found = datetime.fromisoformat(instant)
    except ValueError:
        return None
    if found.tzinfo is None:
        return None
    return int(round(found.timestamp()) == _second(local, 1))


def _finality(nature: str) -> int:
    plain = _plain(nature)
    return next((i for i, text in enumerate(_FINALITIES) if text in plain), 0)


def _plain(text: str) -> str:
    """Return a text without accents, case and double spaces."""
    spread = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))
