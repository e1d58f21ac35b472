"""Thresholds over any figure that is published: which rows, which months, compared with what.

The deployment's plain limit of a month's total is ``domain/thresholds.py``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossfoot.domain.impacts import UNITS, Criterion
from crossfoot.domain.measures import Measure, column_of
from crossfoot.domain.units import DECIMAL_SCALE

MINERALS_SCALE: Final = 15
MILLIONTHS_PER_PERCENT: Final = 10**6
_WHOLE: Final = 100 * MILLIONTHS_PER_PERCENT
_MINERALS: Final = frozenset({Criterion.ADP_USE, Criterion.ADP_EMBODIED})


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
class RowFilter:
    """Which rows count: all words of one kind are alternatives, all kinds must hold.

    ``ous`` hold for everything below them too. ``tags`` are published columns and their values.
    Without a word every row counts.
    """

    accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    carbon_services: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def words(self) -> dict[str, list[str]]:
        """Return what is filtered by, under published columns, in an order of its own."""
        kinds = {
            "usage_account_id": self.accounts,
            "ou_path": self.ous,
            "region_code": self.regions,
            "carbon_service": self.carbon_services,
            "service_code": self.service_codes,
            **dict(self.tags),
        }
        return {column: sorted(set(words)) for column, words in sorted(kinds.items()) if words}


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
    rows: RowFilter = RowFilter()

    @property
    def column(self) -> str:
        """Published column that is summed."""
        return column_of(self.figure) if isinstance(self.figure, Measure) else str(self.figure)

    @property
    def table(self) -> str:
        """Published table that has the column: AWS's figures, or the estimate."""
        return "emissions" if isinstance(self.figure, Measure) else "impacts"

    @property
    def unit(self) -> str:
        """Unit of the published column."""
        return "kg CO2e" if isinstance(self.figure, Measure) else UNITS[self.figure]

    @property
    def scale(self) -> int:
        """Decimal places of the published column."""
        return scale_of(self.figure)

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


def scale_of(figure: Measure | Criterion) -> int:
    """Return the decimal places of a figure's published column."""
    return MINERALS_SCALE if figure in _MINERALS else DECIMAL_SCALE
