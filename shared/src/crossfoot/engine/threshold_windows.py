"""Months summed up as a threshold asks: one point a month, in laps that begin afresh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crossfoot.domain.fiscal import MONTHS_OF_A_YEAR, month_after
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import MILLIONTHS, Against, Level, On, ThresholdRule
from crossfoot.engine.breaches import Point
from crossfoot.engine.forecast import KnownMonth, NoProjection, project_year
from crossfoot.engine.noise import FEWEST_MONTHS, Expectation, expectation_of


class Figure(Protocol):
    """A month's figure, with its range, and whose it is; in whole smallest units."""

    @property
    def amount(self) -> int | None:
        """None where the month has no such figure."""
        ...

    @property
    def low(self) -> int | None:
        """Low end of its range."""
        ...

    @property
    def high(self) -> int | None:
        """High end of its range."""
        ...

    @property
    def is_nowcast(self) -> bool:
        """Whether AWS has not published the month."""
        ...

    @property
    def version(self) -> str | None:
        """What the figure was made with, where it is known."""
        ...

    @property
    def is_running(self) -> bool:
        """Whether the month was not over when the figure was told."""
        ...


type Figures = Mapping[UsagePeriod, Figure]


@dataclass(frozen=True, slots=True)
class _Sum:
    """What is compared: the amount and its range, or why there is none."""

    amount: int | None = None
    low: int | None = None
    high: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Base:
    """What it is compared with, or why there is nothing."""

    amount: int | None = None
    expectation: Expectation | None = None
    reason: str | None = None


def laps_of(rule: ThresholdRule, level: Level, figures: Figures) -> dict[str, tuple[Point, ...]]:
    """Return the points of a level by lap: one lap of all months, or a quarter's or a year's own.

    What adds up within a quarter or a year says nothing of the next one.
    """
    laps: dict[str, list[Point]] = {}
    for month in sorted(figures):
        laps.setdefault(rule.lap_of(month), []).append(_point(rule, level, figures, month))
    return {lap: tuple(points) for lap, points in laps.items()}


def _point(rule: ThresholdRule, level: Level, figures: Figures, month: UsagePeriod) -> Point:
    found = (
        _projected(rule, figures, month)
        if rule.on is On.FORECAST
        else _summed(rule.months_to(month), figures)
    )
    base = _base(rule, figures, month)
    limit = _limit(rule, level, base)
    reason = found.reason or base.reason
    if limit is None and reason is None:
        reason = _NO_LIMIT[rule.against]
    return Point(
        month=month.text,
        amount=found.amount,
        limit=limit,
        recovery_limit=_recovery_limit(rule, limit, figures, month),
        base=base.amount,
        reason=reason,
        low=found.low,
        high=found.high,
        nowcasts=_nowcasts(rule, figures, month),
    )


_NO_LIMIT = {
    Against.LAST_YEAR: "nothing was emitted in the same months of last year",
    Against.NOISE: "the months before differ too much",
}


def _base(rule: ThresholdRule, figures: Figures, month: UsagePeriod) -> _Base:
    match rule.against:
        case Against.AMOUNT:
            return _Base()
        case Against.LAST_YEAR:
            months = [month_after(each, -MONTHS_OF_A_YEAR) for each in rule.compared_months(month)]
            last_year = _summed(months, figures)
            return _Base(last_year.amount, reason=last_year.reason)
        case Against.BUDGET:
            amount, reason = rule.budget.sum_of(rule.compared_months(month))
            return _Base(amount, reason=reason)
        case Against.NOISE:
            return _expected(rule, figures, month)


def _limit(rule: ThresholdRule, level: Level, base: _Base) -> int | None:
    if rule.against is not Against.NOISE:
        return rule.limit_of(level, base.amount)
    return None if base.expectation is None else base.expectation.limit(level.bound / MILLIONTHS)


def _recovery_limit(
    rule: ThresholdRule, limit: int | None, figures: Figures, month: UsagePeriod
) -> int | None:
    """Return what ends a breach; a sum with a month that is not over may still come out above."""
    window = [figures[each] for each in rule.months_to(month) if each in figures]
    is_open = rule.on is not On.FORECAST and any(each.is_running for each in window)
    return None if limit is None or is_open else rule.recovery_limit_of(limit)


def _summed(months: Sequence[UsagePeriod], figures: Figures) -> _Sum:
    amounts: list[int] = []
    for month in months:
        if month not in figures:
            return _Sum(reason=f"{month} is not published")
        amount = figures[month].amount
        if amount is None:
            return _Sum(reason=f"{month} has no such figure")
        amounts.append(amount)
    low, high = (_all_of([getattr(figures[each], end) for each in months]) for end in _ENDS)
    return _Sum(sum(amounts), low, high)


_ENDS = ("low", "high")


def _all_of(bounds: Sequence[int | None]) -> int | None:
    known = [each for each in bounds if each is not None]
    return sum(known) if len(known) == len(bounds) else None


def _projected(rule: ThresholdRule, figures: Figures, month: UsagePeriod) -> _Sum:
    """Return the year as it could be told when a month was the last one known."""
    known = [
        KnownMonth(
            *(each, figure.amount, figure.low, figure.high, figure.is_nowcast),
            model_version=figure.version,
            is_running=figure.is_running,
        )
        for each, figure in sorted(figures.items())
        if each <= month and figure.amount is not None
    ]
    if not any(each.period == month for each in known):
        return _Sum(reason=f"{month} has no such figure")
    found = project_year(known, rule.compared_months(month))
    if isinstance(found, NoProjection):
        return _Sum(reason=found.reason)
    return _Sum(found.amount, found.low, found.high)


def _expected(rule: ThresholdRule, figures: Figures, month: UsagePeriod) -> _Base:
    """Return what the months before make of a month; all of one method, or they say nothing."""
    before = _like_months_before(figures, month)
    if len(before) < FEWEST_MONTHS:
        return _Base(reason=f"{len(before)} like months before it are too few")
    if min(before.values()) < 0:
        return _Base(reason="a month before it is below zero")
    expectation = expectation_of(
        tuple(before.values()),
        tuple(map(_days, before)),
        n_days=_days(month),
        resolution=rule.resolution,
    )
    return _Base(None if expectation is None else expectation.amount, expectation)


def _like_months_before(figures: Figures, month: UsagePeriod) -> dict[UsagePeriod, int]:
    """Return the months on end before a month, in order, that are of its version."""
    amounts: dict[UsagePeriod, int] = {}
    before = month_after(month, -1)
    while (
        (found := figures.get(before)) is not None
        and found.amount is not None
        and found.version == figures[month].version
    ):
        amounts[before] = found.amount
        before = month_after(before, -1)
    return dict(sorted(amounts.items()))


def _days(month: UsagePeriod) -> int:
    return (month.end - month.start).days


def _nowcasts(rule: ThresholdRule, figures: Figures, month: UsagePeriod) -> tuple[str, ...]:
    found = {each: figures.get(each) for each in rule.months_to(month)}
    return tuple(
        each.text for each, figure in found.items() if figure is not None and figure.is_nowcast
    )
