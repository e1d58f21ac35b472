"""Months summed up as a threshold asks: one point a month, in laps that begin afresh."""

from collections.abc import Mapping, Sequence
from typing import Final

from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import Against, Level, ThresholdRule, Window
from crossfoot.engine.breaches import Point

_MONTHS_OF_A_QUARTER: Final = 3

type Amounts = Mapping[UsagePeriod, int | None]
"""Figures of published months; None where a published month has none."""


def laps_of(rule: ThresholdRule, level: Level, amounts: Amounts) -> dict[str, tuple[Point, ...]]:
    """Return the points of a level by lap: one lap of all months, or a quarter's or a year's own.

    What adds up within a quarter or a year says nothing of the next one.
    """
    laps: dict[str, list[Point]] = {}
    for month in sorted(amounts):
        laps.setdefault(_lap(rule.window, month), []).append(_point(rule, level, amounts, month))
    return {lap: tuple(points) for lap, points in laps.items()}


def months_of(window: Window, month: UsagePeriod) -> tuple[UsagePeriod, ...]:
    """Return the months of the window that ends with a month."""
    last = int(month.text[5:])
    match window:
        case Window.MONTH:
            first = last
        case Window.QUARTER:
            first = last - (last - 1) % _MONTHS_OF_A_QUARTER
        case Window.YEAR_TO_DATE:
            first = 1
    return tuple(UsagePeriod.of_month(month.year, each) for each in range(first, last + 1))


def _lap(window: Window, month: UsagePeriod) -> str:
    match window:
        case Window.MONTH:
            return "all"
        case Window.QUARTER:
            return f"{month.year}-Q{(int(month.text[5:]) - 1) // _MONTHS_OF_A_QUARTER + 1}"
        case Window.YEAR_TO_DATE:
            return str(month.year)


def _point(rule: ThresholdRule, level: Level, amounts: Amounts, month: UsagePeriod) -> Point:
    months = months_of(rule.window, month)
    amount, reason = _sum(months, amounts)
    last_year: int | None = None
    if rule.against is Against.LAST_YEAR:
        last_year, reason_before = _sum([_year_before(each) for each in months], amounts)
        reason = reason or reason_before
    limit = rule.limit_of(level, last_year)
    if limit is None:
        reason = reason or "nothing was emitted in the same months of last year"
        return Point(month.text, amount, None, None, last_year, reason)
    return Point(month.text, amount, limit, rule.recovery_limit_of(limit), last_year, reason)


def _sum(months: Sequence[UsagePeriod], amounts: Amounts) -> tuple[int | None, str | None]:
    total = 0
    for month in months:
        if month not in amounts:
            return None, f"{month} is not published"
        amount = amounts[month]
        if amount is None:
            return None, f"{month} has no such figure"
        total += amount
    return total, None


def _year_before(month: UsagePeriod) -> UsagePeriod:
    return UsagePeriod(f"{month.year - 1}{month.text[4:]}")
