"""Say why the base year is not what it was: the bridges of its months, summed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossfoot.domain.base_year import BaseYear, BaseYearChange
from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.history import BoundaryLine, Cause
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.engine.boundaries import summed
from crossfoot.usecases.compare_states import MonthHistory, StateComparison, compare_states


@dataclass(frozen=True, slots=True)
class BaseYearMonth:
    """One month of the base year, and how it came from what was calculated to what is known.

    ``change_ug`` sums to the difference of the two sides. [ug CO2e]
    """

    way: StateComparison
    before_ug: int
    after_ug: int
    change_ug: dict[Cause, int]


@dataclass(frozen=True, slots=True)
class BaseYearComparison:
    """The change of a base year by cause and month. ``missing`` months count on neither side."""

    change: BaseYearChange
    months: tuple[BaseYearMonth, ...]
    missing: tuple[UsagePeriod, ...]

    def by_cause(self) -> dict[Cause, int]:
        """Return the change of the year by cause; they sum to its difference. [ug CO2e]."""
        return {cause: sum(each.change_ug[cause] for each in self.months) for cause in Cause}

    def boundary(self) -> tuple[BoundaryLine, ...]:
        """Return what the accounts did in the months, with the grams of all of these together."""
        return summed(line for month in self.months for line in month.way.boundary)


def compare_base_year(
    history: MonthHistory, rule: BaseYear, instant: datetime | None = None
) -> BaseYearComparison:
    """Return how the base year changed since it was last calculated, as known at an instant.

    Raises
    ------
    UnknownFigureError
        None of its months was published with the measure by then.
    """
    months = tuple(_known(history, rule, instant))
    if not months:
        raise UnknownFigureError(
            f"nothing of the base year {rule.name} was published with {rule.measure}.",
            mend="Publish its months, or name another year in [base_year].",
        )
    told = {each.way.period for each in months}
    change = BaseYearChange(
        rule,
        sum(each.before_ug for each in months),
        sum(each.after_ug for each in months),
        len(months),
    )
    missing = tuple(period for period in rule.months if period not in told)
    return BaseYearComparison(change, months, missing)


def _known(
    history: MonthHistory, rule: BaseYear, instant: datetime | None
) -> Iterator[BaseYearMonth]:
    row = MEASURES.index(rule.measure)
    for period in rule.months:
        way = _way(history, period, _starts(rule, instant), instant)
        if way is None:
            continue
        told = way.reported
        if told.is_before[row].any() and told.is_after[row].any():
            yield BaseYearMonth(
                way,
                sum(told.before_ug[row].tolist()),
                sum(told.after_ug[row].tolist()),
                {cause: sum(it[row].tolist()) for cause, it in told.change_ug.items()},
            )


def _starts(rule: BaseYear, instant: datetime | None) -> Sequence[datetime | None]:
    """Return where a month may begin: at the recalculation, else with its first publication."""
    since = rule.recalculated_at
    is_known = since is not None and (instant is None or since <= instant)
    return (since, None) if is_known else (None,)


def _way(
    history: MonthHistory,
    period: UsagePeriod,
    starts: Sequence[datetime | None],
    instant: datetime | None,
) -> StateComparison | None:
    for start in starts:
        try:
            return compare_states(history, period, start, instant)
        except UnknownFigureError:
            continue
    return None
