"""Thresholds over any figure that is published: which rows, which months, compared with what.

The deployment's plain limit of a month's total is ``domain/thresholds.py``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossfoot.domain.budgets import Budget
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import ALL_ROWS, RowFilter, Selection
from crossfoot.domain.units import MICROGRAMS_PER_GRAM

MILLIONTHS_PER_PERCENT: Final = 10**6
MILLIONTHS: Final = 10**6
_WHOLE: Final = 100 * MILLIONTHS_PER_PERCENT
_CALENDAR: Final = FiscalYear()
_NO_BUDGET: Final = Budget()


class Window(StrEnum):
    """Which months are summed up before they are compared."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "year-to-date"
    YEAR = "year"
    """All of it, as it is forecast."""


class Severity(StrEnum):
    """How much it matters; each has a limit of its own, and is told of on its own."""

    WARNING = "warning"
    CRITICAL = "critical"


class Against(StrEnum):
    """What a figure is compared with."""

    AMOUNT = "amount"
    LAST_YEAR = "last-year"
    BUDGET = "budget"
    NOISE = "noise"
    """The months before, and how far they strayed: what is above is a jump."""


class On(StrEnum):
    """Which months are looked at."""

    PUBLISHED = "published"
    NOWCAST = "nowcast"
    """Published ones, and those that stand in until AWS publishes."""
    FORECAST = "forecast"
    """The same, and what is projected of the rest of the year."""


@dataclass(frozen=True, slots=True)
class Level:
    """One limit of a rule.

    ``bound`` is whole smallest published units (micrograms of a mass). Against last year it is
    millionths of a percent above that year's figure, against a budget millionths of a percent of
    it, and against noise millionths of its standard deviation.
    """

    severity: Severity
    bound: int


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """What people want to be told of.

    ``recovery_margin`` is how far below its limit a figure must come before it has recovered, in
    millionths of a percent of the limit. ``fiscal_year`` says what a quarter and a year are.
    """

    name: str
    figure: Measure | Criterion
    window: Window
    against: Against
    levels: tuple[Level, ...]
    recovery_margin: int = 0
    rows: RowFilter = ALL_ROWS
    on: On = On.PUBLISHED
    budget: Budget = _NO_BUDGET
    fiscal_year: FiscalYear = _CALENDAR

    @property
    def selection(self) -> Selection:
        """What the rule asks of a series."""
        return Selection(self.figure, self.rows, with_nowcasts=self.on is not On.PUBLISHED)

    @property
    def resolution(self) -> int:
        """Smallest step of the figure: AWS rounds to a gram, the estimate to its last place."""
        return MICROGRAMS_PER_GRAM if isinstance(self.figure, Measure) else 1

    def lap_of(self, month: UsagePeriod) -> str:
        """Return the quarter or year in which a window begins afresh; ``all`` for months."""
        match self.window:
            case Window.MONTH:
                return "all"
            case Window.QUARTER:
                return self.fiscal_year.quarter_of(month)
            case Window.YEAR_TO_DATE | Window.YEAR:
                return self.fiscal_year.year_of(month)

    def months_to(self, month: UsagePeriod) -> tuple[UsagePeriod, ...]:
        """Return the months of the window up to a month."""
        match self.window:
            case Window.MONTH:
                return (month,)
            case Window.QUARTER:
                months = self.fiscal_year.months_of_quarter(month)
            case Window.YEAR_TO_DATE | Window.YEAR:
                months = self.fiscal_year.months_of_year(month)
        return tuple(each for each in months if each <= month)

    def compared_months(self, month: UsagePeriod) -> tuple[UsagePeriod, ...]:
        """Return the months that the figure of a month is of: a forecast is of the whole year."""
        if self.window is Window.YEAR:
            return self.fiscal_year.months_of_year(month)
        return self.months_to(month)

    def limit_of(self, level: Level, base: int | None) -> int | None:
        """Return the most that is no breach; None where there is nothing to compare with.

        A year in which nothing or less was emitted cannot be exceeded by a percentage. The limit
        of a jump is not a part of its base (``engine/noise.py``).
        """
        if self.against is Against.AMOUNT:
            return level.bound
        if base is None or (self.against is Against.LAST_YEAR and base <= 0):
            return None
        part = level.bound if self.against is Against.BUDGET else _WHOLE + level.bound
        return base * part // _WHOLE

    def recovery_limit_of(self, limit: int) -> int:
        """Return the most at which a breach of the limit has recovered."""
        return limit * (_WHOLE - self.recovery_margin) // _WHOLE

    def identity(self, level: Level) -> tuple[str, ...]:
        """Return what makes a breach one of this threshold: any other setting is another one.

        Another budget is none: it is the same wish, and its breaches are judged by it.
        """
        words = self.rows.words()
        return (
            self.name,
            str(self.figure),
            self.window,
            self.against,
            level.severity,
            str(level.bound),
            str(self.recovery_margin),
            *(f"{column}={word}" for column, listed in words.items() for word in listed),
            *self._further_settings(),
        )

    def _further_settings(self) -> tuple[str, ...]:
        """Return what is not as it was when there was no choice: old breaches keep their names."""
        on = () if self.on is On.PUBLISHED else (f"on={self.on}",)
        is_of_years = self.window is not Window.MONTH and not self.fiscal_year.is_calendar
        return (*on, *((f"fiscal={self.fiscal_year.start_month}",) if is_of_years else ()))
