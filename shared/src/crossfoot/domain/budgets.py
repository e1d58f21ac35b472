"""Budgets: what each month may emit, by months of their own or by years spread over them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from crossfoot.domain.errors import ConfigurationError, InvalidPeriodError
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.period import UsagePeriod

_SPELLED: Final = 'Write months as "2026-04", and years as "2026", or as "FY2026" if fiscal.'


@dataclass(frozen=True, slots=True)
class Budget:
    """Amounts by month, in whole smallest units and in the order of the months."""

    months: tuple[tuple[UsagePeriod, int], ...] = ()

    @classmethod
    def of(cls, amounts: Mapping[str, int], fiscal_year: FiscalYear) -> Self:
        """Return the budget of amounts by year and by month; a year is spread by days.

        Raises
        ------
        ConfigurationError
            A key is neither a month nor a year, or a month has its own amount and its year's.
        """
        months: dict[UsagePeriod, int] = {}
        for key, amount in sorted(amounts.items()):
            for month, part in _spread(_months_of(key, fiscal_year), amount):
                if month in months:
                    raise ConfigurationError(
                        f"The budget has {month} twice.",
                        mend="Give a year an amount, or its months, and not both.",
                    )
                months[month] = part
        return cls(tuple(sorted(months.items())))

    def sum_of(self, months: Sequence[UsagePeriod]) -> tuple[int | None, str | None]:
        """Return the budget of some months, or None and why there is none."""
        amounts = dict(self.months)
        missing = next((month for month in months if month not in amounts), None)
        if missing is not None:
            return None, f"{missing} has no budget"
        return sum(amounts[month] for month in months), None


def _months_of(key: str, fiscal_year: FiscalYear) -> tuple[UsagePeriod, ...]:
    digits = key.removeprefix("FY")
    try:
        period = UsagePeriod(digits)
    except InvalidPeriodError as error:
        raise _misspelt(key) from error
    if period.is_month:
        if digits != key:
            raise _misspelt(key)
        return (period,)
    months = fiscal_year.months_of_year(UsagePeriod.of_month(period.year, _before(fiscal_year)))
    if fiscal_year.year_of(months[0]) != key:
        raise _misspelt(key)
    return months


def _before(fiscal_year: FiscalYear) -> int:
    """Return the month in which a fiscal year ends: it is in the year that gives the name."""
    return (fiscal_year.start_month - 2) % 12 + 1


def _spread(months: Sequence[UsagePeriod], amount: int) -> Iterator[tuple[UsagePeriod, int]]:
    """Share an amount out by days, so that the months sum to it exactly (F-3)."""
    days = [(month.end - month.start).days for month in months]
    total, passed, given = sum(days), 0, 0
    for month, n_days in zip(months, days, strict=True):
        passed += n_days
        share = (2 * amount * passed + total) // (2 * total)
        yield month, share - given
        given = share


def _misspelt(key: str) -> ConfigurationError:
    return ConfigurationError(f"{key!r} is no month or year of the budget.", mend=_SPELLED)
