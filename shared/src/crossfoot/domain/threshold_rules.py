"""Thresholds over any figure that is published: which rows, which months, compared with what.

The deployment's plain limit of a month's total is ``domain/thresholds.py``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import ALL_ROWS, RowFilter, Selection

MILLIONTHS_PER_PERCENT: Final = 10**6
_WHOLE: Final = 100 * MILLIONTHS_PER_PERCENT


class Window(StrEnum):
    """Which months are summed up before they are compared."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "year-to-date"


class Severity(StrEnum):
    """How much it matters; each has a limit of its own, and is told of on its own."""

    WARNING = "warning"
    CRITICAL = "critical"


class Against(StrEnum):
    """What a figure is compared with."""

    AMOUNT = "amount"
    LAST_YEAR = "last-year"


@dataclass(frozen=True, slots=True)
class Level:
    """One limit of a rule.

    ``bound`` is whole smallest published units (micrograms of a mass); against last year it is
    millionths of a percent above that year's figure.
    """

    severity: Severity
    bound: int


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """What people want to be told of.

    ``recovery_margin`` is how far below its limit a figure must come before it has recovered, in
    millionths of a percent of the limit.
    """

    name: str
    figure: Measure | Criterion
    window: Window
    against: Against
    levels: tuple[Level, ...]
    recovery_margin: int = 0
    rows: RowFilter = ALL_ROWS

    @property
    def selection(self) -> Selection:
        """What the rule asks of a series."""
        return Selection(self.figure, self.rows)

    def limit_of(self, level: Level, last_year: int | None) -> int | None:
        """Return the most that is no breach; None where there is nothing to compare with.

        A year in which nothing or less was emitted cannot be exceeded by a percentage.
        """
        if self.against is Against.AMOUNT:
            return level.bound
        if last_year is None or last_year <= 0:
            return None
        return last_year * (_WHOLE + level.bound) // _WHOLE

    def recovery_limit_of(self, limit: int) -> int:
        """Return the most at which a breach of the limit has recovered."""
        return limit * (_WHOLE - self.recovery_margin) // _WHOLE

    def identity(self, level: Level) -> tuple[str, ...]:
        """Return what makes a breach one of this threshold: any other setting is another one."""
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
        )
