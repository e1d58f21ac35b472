"""Hourly CSV exports of Electricity Maps, in the spellings of 2021 to 2025.

Consumption mix of a zone, imports traced to their origin; both a direct and a life-cycle column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from crossfoot.adapters.intensity_slots import (
    ColumnsByBoundary,
    IntensityFile,
    IntensitySlot,
    IntensityTable,
    cell,
    whole_intensity,
)
from crossfoot.domain.errors import ColumnTypeError
from crossfoot.factors.factor import Boundary

SOURCE: Final = "Electricity Maps"
_SPELLINGS: Final = {Boundary.LIFE_CYCLE: ("life cycle", "(lca)"), Boundary.DIRECT: ("direct",)}


@dataclass(frozen=True, slots=True)
class ElectricityMapsColumns:
    """Where an export keeps what we read."""

    time: int
    zone: int
    intensities: ColumnsByBoundary
    estimated: int | None


def electricity_maps_columns(header: Sequence[str]) -> ElectricityMapsColumns | None:
    """Return the columns of an export of Electricity Maps; None where it is not one."""
    names = [" ".join(name.split()).casefold() for name in header]
    if "datetime (utc)" not in names or "zone id" not in names:
        return None
    return ElectricityMapsColumns(
        time=names.index("datetime (utc)"),
        zone=names.index("zone id"),
        intensities={
            boundary: index
            for boundary, spellings in _SPELLINGS.items()
            for index, name in enumerate(names)
            if name.startswith("carbon intensity") and any(text in name for text in spellings)
        },
        estimated=names.index("data estimated") if "data estimated" in names else None,
    )


def read_electricity_maps(
    table: IntensityTable, columns: ElectricityMapsColumns, boundary: Boundary
) -> IntensityFile:
    """Read the readings of every zone in the file; an empty cell is none.

    Raises
    ------
    ColumnTypeError, InvalidAmountError
        A cell is not an instant, or not an intensity.
    """
    return IntensityFile(SOURCE, tuple(_slots(table, columns, boundary)), frozenset())


def _slots(
    table: IntensityTable, columns: ElectricityMapsColumns, boundary: Boundary
) -> Iterator[IntensitySlot]:
    index = columns.intensities[boundary]
    for number, row in enumerate(table.rows, start=1):
        text = cell(row, index)
        second = _second(cell(row, columns.time), table, columns.time, number)
        if text:
            yield IntensitySlot(
                zone=cell(row, columns.zone),
                second=second,
                micro_g_per_kwh=whole_intensity(
                    text, file=table.file, column=table.header[index], row=number
                ),
                finality=0,
                is_estimated=cell(row, columns.estimated).casefold() == "true",
                row=number,
            )


def _second(text: str, table: IntensityTable, index: int, row: int) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ColumnTypeError(
            f"{text[:80]!r} is not an instant.",
            mend="Write it as 2026-09-01 00:00:00, in UTC.",
            file=table.file,
            column=table.header[index],
            row=row,
        ) from error
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return round(aware.timestamp())
