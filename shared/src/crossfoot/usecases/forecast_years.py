"""Forecast the year that is running, for the organisation and each account."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossfoot.domain.fiscal import FiscalYear, month_after
from crossfoot.domain.measures import TOTALS, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.engine.forecast import KnownMonth, NoProjection, YearProjection, project_year
from crossfoot.usecases.series_ports import MonthFigure, Series, SeriesSource


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What one year of the organisation, or of an account, is told to be.

    ``account`` is None for the organisation.
    """

    account: str | None
    measure: Measure
    year: str
    projection: YearProjection | NoProjection


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts by measure and year, the organisation first, then accounts by their ids."""

    snapshot: int
    lines: tuple[ForecastLine, ...]


def forecast_years(
    source: SeriesSource, fiscal: FiscalYear, measures: Sequence[Measure] = TOTALS
) -> Forecasts:
    """Forecast the year of the last known month; where that ends the year, the next one as well.

    Nowcast months count as known, with their range; those of accounts have none of their own.
    """
    lines = [line for measure in measures for line in _lines(source, fiscal, measure)]
    return Forecasts(source.snapshot, tuple(lines))


def known_months(
    series: Series, account: str | None = None, *, is_estimate: bool = False
) -> tuple[KnownMonth, ...]:
    """Return the months of a series that have the figure, of all accounts or of one.

    In a month that has the figure, an account without rows has emitted nothing. An estimate is
    made of the month's own usage, whether AWS has published or not: it is as firm as it will be.
    """
    return tuple(
        KnownMonth(
            month,
            each.amount if account is None else each.by_account.get(account, 0),
            *((each.amount, each.amount) if is_estimate else _range_of(each, account)),
            is_nowcast=each.is_nowcast,
            model_version=each.version,
            is_running=each.is_running,
        )
        for month, each in series.months.items()
        if each.amount is not None
    )


def year_to_come(fiscal: FiscalYear, last: UsagePeriod) -> tuple[UsagePeriod, ...]:
    """Return a month of each year that is of interest after a month: its own, and the next."""
    own = fiscal.months_of_year(last)
    return (last,) if own[-1] != last else (last, month_after(last, 1))


def _lines(source: SeriesSource, fiscal: FiscalYear, measure: Measure) -> list[ForecastLine]:
    series = source.series(Selection(measure, with_nowcasts=True))
    have = [each.period for each in known_months(series) if not each.is_running]
    if not have:
        return []
    accounts = sorted({name for each in series.months.values() for name in each.by_account})
    return [
        ForecastLine(
            account,
            measure,
            fiscal.year_of(month),
            project_year(known_months(series, account), fiscal.months_of_year(month)),
        )
        for month in year_to_come(fiscal, max(have))
        for account in (None, *accounts)
    ]


def _range_of(each: MonthFigure, account: str | None) -> tuple[int | None, int | None]:
    # a range of a sum says nothing of its parts
    return (each.low, each.high) if account is None else (None, None)
