"""Forecast: what a year will have been, from the months known (docs/methodology.md, F-22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, inf, log
from statistics import fmean
from typing import Final

from crossfoot.domain.forecasts import ProjectionMethod
from crossfoot.domain.period import UsagePeriod
from crossfoot.engine.carrying import YEAR, PastErrors, carried_on, method_of, past_errors
from crossfoot.engine.student import probability_below, quantile_95

_ENDLESS: Final = log(1e6)
"""A range of more than a millionfold says nothing."""


@dataclass(frozen=True, slots=True)
class KnownMonth:
    """A month's figure in whole smallest units.

    ``low`` and ``high`` are the 90 % range of a nowcast; those of a published month are of its
    allocation, and do not count here. Months of another ``model_version`` than the last one's are
    summed up, and not learnt from. A month that ``is_running`` is known so far only, and
    projected as if it were not known.
    """

    period: UsagePeriod
    amount: int
    low: int | None = None
    high: int | None = None
    is_nowcast: bool = False
    model_version: str | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the open part of a year may come out elsewhere: Student's t of its logarithm.

    Parameters
    ----------
    open_amount : float
        Middle of what is not published: nowcast and projected. [smallest unit]
    scale : float
        Of the logarithm. [1]
    n_degrees : float
        Degrees of freedom; infinite where the ranges of nowcasts are all there is. [1]
    """

    open_amount: float
    scale: float
    n_degrees: float

    @property
    def factor(self) -> float:
        """What the open part is multiplied with, or divided by, for its 90 % range."""
        return exp(self.scale * quantile_95(self.n_degrees))

    def chance_above(self, limit: float) -> float:
        """Return the probability that the open part comes out above a limit. [1]."""
        if limit <= 0:
            return 1.0
        distance = log(limit / self.open_amount)
        if self.scale == 0:
            return float(distance < 0)
        return 1 - probability_below(distance / self.scale, self.n_degrees)


@dataclass(frozen=True, slots=True)
class YearProjection:
    """What a year is told to be, in whole smallest units.

    Parameters
    ----------
    amount : int
        Sum of ``by_month``: published, nowcast and projected months.
    low, high : int or None
        90 % range; None where too few errors of the past are known. Exact where all is published.
    by_month : mapping of UsagePeriod to int
        All months asked for, in order.
    method : ProjectionMethod
        What the months that nobody knows rest on.
    n_learnt : int
        Months that they are learnt from. [1]
    n_replays : int
        Projections of the past that the range is made of. [1]
    published : int
        Part of ``amount`` that is published.
    known_to : UsagePeriod
        Last month that is published or nowcast.
    spread : Spread or None
        Distribution of the rest; None where nothing is open, or its range is not known.
    """

    amount: int
    low: int | None
    high: int | None
    by_month: Mapping[UsagePeriod, int]
    method: ProjectionMethod
    n_learnt: int
    n_replays: int
    published: int
    known_to: UsagePeriod
    spread: Spread | None

    @property
    def is_firm(self) -> bool:
        """Whether all of it is published."""
        return self.method is ProjectionMethod.PUBLISHED

    def chance_above(self, limit: int) -> float | None:
        """Return the probability that the year comes out above a limit; None if not known. [1]."""
        if self.is_firm:
            return float(self.amount > limit)
        return None if self.spread is None else self.spread.chance_above(limit - self.published)


@dataclass(frozen=True, slots=True)
class NoProjection:
    """Why a year cannot be told."""

    reason: str


def project_year(
    known: Sequence[KnownMonth], months: Sequence[UsagePeriod]
) -> YearProjection | NoProjection:
    """Project the sum of a year's months from what is known.

    Parameters
    ----------
    known : sequence of KnownMonth
        Months that have the figure, published or nowcast, in any order; also of earlier years.
    months : sequence of UsagePeriod
        Months of the year, in order: any run of months is possible.

    Returns
    -------
    YearProjection or NoProjection
        No projection where a month before the last known one is missing, or too few are known.
    """
    found = {each.period: each for each in known if not each.is_running}
    if not found:
        return NoProjection("no month is known")
    last = max(found)
    missing = next((month for month in months if month <= last and month not in found), None)
    if missing is not None:
        return NoProjection(f"{missing} has no figure")
    facts = [found[month] for month in months if month <= last]
    ahead = [month for month in months if month > last]
    return _told(facts, ahead, _Series.of(found, last))


@dataclass(frozen=True, slots=True)
class _Series:
    """Months on end up to the last one known, of one model version, as amounts a day.

    The last ``n_nowcast`` are not published: they are learnt from, and no error is measured by
    them.
    """

    last: UsagePeriod
    rates: tuple[float, ...]
    n_nowcast: int

    @classmethod
    def of(cls, found: Mapping[UsagePeriod, KnownMonth], last: UsagePeriod) -> "_Series":
        version = found[last].model_version
        newest_first: list[KnownMonth] = []
        number = _number(last)
        while (each := found.get(_month(number))) is not None and each.model_version == version:
            newest_first.append(each)
            number -= 1
        # a series begins with its first figure: before, the account was not there
        while len(newest_first) > 1 and newest_first[-1].amount == 0:
            newest_first.pop()
        n_nowcast = next(
            (n for n, each in enumerate(newest_first) if not each.is_nowcast), len(newest_first)
        )
        rates = tuple(each.amount / _days(each.period) for each in reversed(newest_first))
        return cls(last, rates, n_nowcast)

    @property
    def published(self) -> tuple[float, ...]:
        """The rates of published months."""
        return self.rates[: len(self.rates) - self.n_nowcast]


@dataclass(frozen=True, slots=True)
class _Year:
    """A year with a figure in every month, and how each was come by."""

    facts: Sequence[KnownMonth]
    by_month: Mapping[UsagePeriod, int]
    series: _Series
    method: ProjectionMethod | None

    @property
    def published(self) -> int:
        return sum(each.amount for each in self.facts if not each.is_nowcast)

    def errors(self, months: Sequence[UsagePeriod]) -> PastErrors | None:
        """Return how far off such months were told; None where nothing says so."""
        if not months or self.method is None:
            return None
        # a nowcast without a range is no firmer ground than a projection from before it
        is_all_ahead = min(months) > self.series.last
        origin = _number(self.series.last) - (0 if is_all_ahead else self.series.n_nowcast)
        steps = [_number(month) - origin for month in months]
        # until the better way can be replayed, errors of the poorer one are the best that is known
        tried = (
            past_errors(way, self.series.published, n_ahead=max(steps), mean_ahead=fmean(steps))
            for way in dict.fromkeys((self.method, ProjectionMethod.TREND))
        )
        return next((errors for errors in tried if errors is not None), None)

    def projection(self) -> YearProjection:
        """Return the year with its range."""
        reaches = {each.period: reach for each in self.facts if (reach := _reach(each)) is not None}
        infirm = [month for month in self.by_month if month not in reaches]
        errors = self.errors(infirm)
        spread = None if infirm and errors is None else self._spread(reaches, errors)
        amount = sum(self.by_month.values())
        low, high = _ends(amount, self.published, spread)
        is_ahead = len(self.by_month) > len(self.facts)
        return YearProjection(
            amount=amount,
            low=low,
            high=high,
            by_month=self.by_month,
            method=self.method if is_ahead and self.method else ProjectionMethod.NOWCAST,
            n_learnt=len(self.series.rates) if is_ahead else 0,
            n_replays=0 if errors is None else errors.n_replays,
            published=self.published,
            known_to=self.series.last,
            spread=spread,
        )

    def _spread(
        self, reaches: Mapping[UsagePeriod, float], errors: PastErrors | None
    ) -> Spread | None:
        open_amount = sum(self.by_month.values()) - self.published
        if open_amount <= 0:
            return None
        n_degrees = inf if errors is None else float(errors.n_degrees)
        student = quantile_95(n_degrees)
        own = 0.0 if errors is None else errors.scale * student
        # no quadrature: what is carried on from a nowcast that is too low is too low as well
        sides = (reaches.get(month, own) * abs(each) for month, each in self.by_month.items())
        scale = sum(sides) / open_amount / student
        return Spread(open_amount, scale, n_degrees) if scale * student < _ENDLESS else None


def _told(
    facts: Sequence[KnownMonth], ahead: Sequence[UsagePeriod], series: _Series
) -> YearProjection | NoProjection:
    by_month = {each.period: each.amount for each in facts}
    if not ahead and not any(each.is_nowcast for each in facts):
        return _published(by_month, series.last)
    method = method_of(series.rates)
    if ahead:
        n_known = len(series.rates)
        n_ahead = _number(ahead[-1]) - _number(series.last)
        if method is None:
            return NoProjection(f"{n_known} months on end are too few")
        if method is ProjectionMethod.TREND and n_ahead > YEAR:
            return NoProjection(f"{n_known} months on end say nothing of {ahead[-1]}")
        rates = carried_on(method, series.rates, n_ahead)[-len(ahead) :]
        by_month |= {
            month: round(rate * _days(month)) for month, rate in zip(ahead, rates, strict=True)
        }
    return _Year(facts, by_month, series, method).projection()


def _published(by_month: Mapping[UsagePeriod, int], last: UsagePeriod) -> YearProjection:
    amount = sum(by_month.values())
    method = ProjectionMethod.PUBLISHED
    return YearProjection(amount, amount, amount, by_month, method, 0, 0, amount, last, None)


def _reach(each: KnownMonth) -> float | None:
    """Return the logarithm that a month's range reaches; None where it has none."""
    if not each.is_nowcast or each.amount == 0:
        return 0.0
    if each.low is None or each.high is None or each.amount < 0:
        return None
    below = log(each.amount / each.low) if each.low > 0 else 0.0
    return max(log(each.high / each.amount), below)


def _ends(amount: int, published: int, spread: Spread | None) -> tuple[int | None, int | None]:
    if spread is None:
        return None, None
    low = published + floor(spread.open_amount / spread.factor)
    high = published + ceil(spread.open_amount * spread.factor)
    return min(low, amount), max(high, amount)


def _number(month: UsagePeriod) -> int:
    return month.year * YEAR + int(month.text[5:]) - 1


def _month(number: int) -> UsagePeriod:
    return UsagePeriod.of_month(number // YEAR, number % YEAR + 1)


def _days(month: UsagePeriod) -> int:
    return (month.end - month.start).days
