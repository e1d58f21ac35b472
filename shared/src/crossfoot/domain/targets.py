"""Targets: how much of a base year a later year may still have (docs/methodology.md, F-23)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from crossfoot.domain.columns import Column, Table
from crossfoot.domain.deliveries import event_id_of
from crossfoot.domain.record_columns import RECORD_COLUMNS
from crossfoot.domain.selections import Selection

SBTI_YEARLY: Final = Fraction(42, 1000)
"""Part of the base year that 1.5 degrees ask for each year, in the absolute contraction approach.

SBTi, Foundations of Science-based Target Setting, version 1.0, 2019.
"""


class TargetPath(StrEnum):
    """How the allowance falls from the base year to the target year."""

    LINEAR = "linear"
    """The same step each year, to the reduction that is asked for."""

    SBTI = "sbti"
    """The same part of the base year each year, as in SBTi's absolute contraction."""


@dataclass(frozen=True, slots=True)
class UnitMetric:
    """A CloudWatch metric that counts functional units, by the sum of its values."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionalUnit:
    """What an intensity is per, such as a booking, and where it is counted.

    ``source`` is the name of a CSV file, ``metric`` a metric; one of the two.
    """

    unit: str
    source: str | None = None
    metric: UnitMetric | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a year may emit, as a part of what the base year did.

    Parameters
    ----------
    yearly : Fraction
        Part of the base year by which the allowance falls each year. [1]
    functional_unit : FunctionalUnit or None
        The figure is taken per unit; None for an absolute target.
    """

    name: str
    selection: Selection
    base_year: int
    target_year: int
    path: TargetPath
    yearly: Fraction
    functional_unit: FunctionalUnit | None = None

    @property
    def target_id(self) -> str:
        """Equal as long as the target stays what it is; another reduction is another target."""
        words = self.selection.rows.words()
        unit = "" if self.functional_unit is None else self.functional_unit.unit
        parts = (
            *(self.name, str(self.selection.figure), str(self.path), str(self.yearly), unit),
            *(str(self.base_year), str(self.target_year)),
            *(f"{column}={word}" for column, listed in words.items() for word in listed),
        )
        return f"g-{event_id_of('target', *parts).removeprefix('e-')}"

    @property
    def unit(self) -> str:
        """Unit of its figures, such as ``kg CO2e`` or ``kg CO2e per booking``."""
        per = "" if self.functional_unit is None else f" per {self.functional_unit.unit}"
        return f"{self.selection.unit}{per}"

    def remaining_in(self, year: int) -> Fraction:
        """Return the part of the base year that a year may still have. [1].

        Before the base year all of it; from the target year on it stays.
        """
        n_years = min(max(year, self.base_year), self.target_year) - self.base_year
        return max(1 - self.yearly * n_years, Fraction(0))


@dataclass(frozen=True, slots=True)
class KeptBase:
    """What the base year was when a target was kept last, and when that was."""

    base: Fraction
    recorded_at: datetime


TARGETS: Final = Table(
    "targets",
    "judgement x target x year; how each target stood when it was kept",
    (
        *RECORD_COLUMNS,
        Column("target_id", "string", "equal while the target is not changed", is_nullable=False),
        Column("target_name", "string", "as configured", is_nullable=False),
        Column("measure", "string", "measure or criterion", is_nullable=False),
        Column("unit", "string", "unit of the figures, such as kg CO2e", is_nullable=False),
        Column("path", "string", "linear or sbti", is_nullable=False),
        Column("base_year", "string", "year that the target begins with", is_nullable=False),
        Column("target_year", "string", "year that it ends with", is_nullable=False),
        Column("year", "string", "year that the row is of", is_nullable=False),
        Column("base_exact", "string", "the base as a quotient of smallest units; null if unknown"),
        Column("base_amount", "double", "base year's figure, as published now", "unit"),
        Column("allowance", "double", "most that the year may have", "unit"),
        Column("forecast", "double", "what the year is told to be", "unit"),
        Column("low", "double", "low end of its 90 % range", "unit"),
        Column("high", "double", "high end of its 90 % range", "unit"),
        Column("miss_probability", "double", "chance to be above the allowance", "1"),
        Column("forecast_method", "string", "published, nowcast, seasonal or trend"),
        Column("known_to", "string", "last month that is known, YYYY-MM"),
        Column("reason", "string", "why a figure is missing"),
    ),
)
