"""What the readers of intensity files share: one reading, and the cells it is made of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crossfoot.domain.errors import ColumnTypeError, InvalidAmountError
from crossfoot.domain.tables import IntakeNote
from crossfoot.factors.factor import Boundary

MOST_G_PER_KWH: Final = 5_000.0
"""No grid comes near: lignite alone emits about 1,200. [g CO2e/kWh]"""
_MICROS_PER_GRAM: Final = 10**6


@dataclass(frozen=True, slots=True)
class IntensitySlot:
    """One reading of a grid's intensity.

    Parameters
    ----------
    zone : str
        As Electricity Maps names the grid.
    second : int
        Start of the slot, in UTC since 1970. [s]
    micro_g_per_kwh : int
        [1e-6 g CO2e/kWh]
    finality : int
        Of two readings of one slot that of the larger finality counts.
    is_estimated : bool
        Whether its publisher estimated it.
    row : int
        Data row of the file, from 1.
    """

    zone: str
    second: int
    micro_g_per_kwh: int
    finality: int
    is_estimated: bool
    row: int


@dataclass(frozen=True, slots=True)
class IntensityFile:
    """The readings of one file.

    ``slots_per_hour`` is how many readings make an hour, none where only the distance between the
    readings can tell.
    """

    source: str
    slots: Sequence[IntensitySlot]
    slots_per_hour: frozenset[int]
    notes: tuple[IntakeNote, ...] = ()


@dataclass(frozen=True, slots=True)
class IntensityTable:
    """A file of text as rows of cells, before anybody knows what it means."""

    file: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]


def whole_intensity(text: str, *, file: str, column: str, row: int) -> int:
    """Return an intensity in millionths of a gram per kilowatt hour.

    Raises
    ------
    ColumnTypeError
        Not a number.
    InvalidAmountError
        Not finite, negative, or beyond ``MOST_G_PER_KWH``.
    """
    try:
        grams = float(text)
    except ValueError as error:
        raise ColumnTypeError(
            f"{text[:80]!r} is not a number.",
            mend="Download the file again; an hour that nobody knows is an empty cell.",
            file=file,
            column=column,
            row=row,
        ) from error
    if not (math.isfinite(grams) and 0 <= grams <= MOST_G_PER_KWH):
        raise InvalidAmountError(
            f"{text[:80]} g/kWh is not the intensity of any grid.",
            mend="Download the file again.",
            file=file,
            column=column,
            row=row,
        )
    return round(grams * _MICROS_PER_GRAM)


def cell(row: Sequence[str], index: int | None) -> str:
    """Return a cell without the spaces around it; empty where the row is too short."""
    return row[index].strip() if index is not None and index < len(row) else ""


BOUNDARIES: Final = (Boundary.LIFE_CYCLE, Boundary.DIRECT)
"""What a series may count."""

type ColumnsByBoundary = Mapping[Boundary, int]
