"""Fiscal years: twelve months that begin in a month of the organisation's choice."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.period import UsagePeriod

MONTHS_OF_A_YEAR: Final = 12
_MONTHS_OF_A_QUARTER: Final = 3
_MONTHS_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """How months are put into years and quarters.

    ``start_month`` is 1 for calendar years, which are called ``2026``. Any other year has the
    name of the calendar year in which it ends, such as ``FY2026``.
    """

    start_month: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= MONTHS_OF_A_YEAR:
            raise ConfigurationError(
                f"A year cannot begin in month {self.start_month}.",
                mend="Write 1 for January to 12 for December.",
            )

    @property
    def is_calendar(self) -> bool:
        """Whether years are calendar years."""
        return self.start_month == 1

    def year_of(self, period: UsagePeriod) -> str:
        """Return the name of the year that a month is in."""
        last_month = self.months_of_year(period)[-1]
        return f"{last_month.year}" if self.is_calendar else f"FY{last_month.year}"

    def quarter_of(self, period: UsagePeriod) -> str:
        """Return the name of a month's quarter, such as ``2026-Q2`` or ``FY2026-Q2``."""
        return f"{self.year_of(period)}-Q{self._place(period) // _MONTHS_OF_A_QUARTER + 1}"

    def months_of_year(self, period: UsagePeriod) -> tuple[UsagePeriod, ...]:
        """Return the twelve months of the year that a month is in."""
        return _months_from(period, -self._place(period), MONTHS_OF_A_YEAR)

    def months_ending_in(self, year: int) -> tuple[UsagePeriod, ...]:
        """Return the twelve months of the year that ends in a calendar year."""
        last_month = (self.start_month - 2) % MONTHS_OF_A_YEAR + 1
        return self.months_of_year(UsagePeriod.of_month(year, last_month))

    def months_of_quarter(self, period: UsagePeriod) -> tuple[UsagePeriod, ...]:
        """Return the three months of the quarter that a month is in."""
        back = self._place(period) % _MONTHS_OF_A_QUARTER
        return _months_from(period, -back, _MONTHS_OF_A_QUARTER)

    def _place(self, period: UsagePeriod) -> int:
        """Return how many months of its year lie before a month."""
        return (period.start.month - self.start_month) % MONTHS_OF_A_YEAR


def month_after(period: UsagePeriod, n_months: int) -> UsagePeriod:
    """Return the month that many months later; earlier where the number is negative."""
    number = period.year * MONTHS_OF_A_YEAR + period.start.month - 1 + n_months
    return UsagePeriod.of_month(number // MONTHS_OF_A_YEAR, number % MONTHS_OF_A_YEAR + 1)


@lru_cache(maxsize=_MONTHS_REMEMBERED)
def _months_from(period: UsagePeriod, start: int, n_months: int) -> tuple[UsagePeriod, ...]:
    return tuple(month_after(period, start + each) for each in range(n_months))
