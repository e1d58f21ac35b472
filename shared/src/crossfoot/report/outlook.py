"""What the report says of what is to come: the year, its targets, and the limits that people set.

A forecast is never written like a figure of AWS: estimates have four digits and a range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from crossfoot.domain.forecasts import ProjectionMethod
from crossfoot.engine.forecast import NoProjection
from crossfoot.report.mass import significant
from crossfoot.report.over_time import kilograms
from crossfoot.report.periods import long_name
from crossfoot.usecases.evaluate_thresholds import Verdict
from crossfoot.usecases.forecast_years import ForecastLine
from crossfoot.usecases.judge_targets import TargetStanding, YearOutlook

METHOD_LABELS: Final = {
    ProjectionMethod.PUBLISHED: "published, all of it",
    ProjectionMethod.NOWCAST: "published and nowcast",
    ProjectionMethod.SEASONAL: "last year's months, times the growth since",
    ProjectionMethod.TREND: "the line through the last months",
}
_WIDTH: Final = Decimal(100)
_PLACES: Final = Decimal("0.01")
_ALL_BUT_SURE: Final = 0.01
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class YearLine:
    """What a year of the organisation comes to. [kg CO2e].

    ``published_width`` and ``width`` are of the bar, in per cent of the largest figure drawn.
    """

    year: str
    basis: str
    published: Decimal | None
    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    by: str
    known_to: str
    published_width: Decimal
    width: Decimal


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What a target allows in a year, and what the year comes to, in words of four digits.

    ``moved`` says that the base year is not what it was when the target was kept last.
    """

    name: str
    figure: str
    path: str
    base: str
    year: str
    allowed: str
    comes_to: str
    span: str
    misses: str
    is_likely_missed: bool
    unit: str
    note: str
    moved: str


@dataclass(frozen=True, slots=True)
class LimitLine:
    """How one limit stands at the last month that it was judged in."""

    name: str
    severity: str
    figure: str
    window: str
    month: str
    actual: str
    limit: str
    unit: str
    state: str
    is_breached: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that the section needs; it is left out where there is nothing to tell."""

    years: tuple[YearLine, ...] = ()
    targets: tuple[TargetLine, ...] = ()
    limits: tuple[LimitLine, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.years or self.targets or self.limits)


def outlook(
    forecasts: Sequence[ForecastLine],
    standings: Sequence[TargetStanding],
    verdicts: Sequence[Verdict],
) -> Outlook:
    """Return what is to come, as the page says it.

    Parameters
    ----------
    forecasts : sequence of ForecastLine
        Only those of the organisation are told; `crossfoot forecast` has the accounts too.
    standings, verdicts
        As targets and thresholds were judged.
    """
    whole = [each for each in forecasts if each.account is None]
    amounts = [
        each.projection.high or each.projection.amount
        for each in whole
        if not isinstance(each.projection, NoProjection)
    ]
    largest = max([1, *amounts])
    return Outlook(
        tuple(_year(each, largest) for each in whole),
        tuple(_target(each, year) for each in standings for year in each.years),
        tuple(_limit(each) for each in verdicts),
    )


def _year(line: ForecastLine, largest_ug: int) -> YearLine:
    told, basis = line.projection, str(line.measure).removeprefix("total_")
    if isinstance(told, NoProjection):
        nothing = Decimal(0)
        return YearLine(line.year, basis, None, None, None, None, told.reason, "", nothing, nothing)
    low, high = (None if end is None else kilograms(end) for end in (told.low, told.high))
    return YearLine(
        year=line.year,
        basis=basis,
        published=kilograms(told.published),
        amount=kilograms(told.amount),
        low=low,
        high=high,
        by=METHOD_LABELS[told.method],
        known_to=long_name(told.known_to.text),
        published_width=_part(told.published, largest_ug),
        width=_part(told.amount - told.published, largest_ug),
    )


def _part(amount_ug: int, largest_ug: int) -> Decimal:
    return (max(Decimal(amount_ug), Decimal(0)) / largest_ug * _WIDTH).quantize(_PLACES)


def _target(each: TargetStanding, year: YearOutlook) -> TargetLine:
    target, outcome = each.target, year.outcome
    scale = target.selection.scale
    chance = None if outcome is None else outcome.chance_above
    low, high = (None, None) if outcome is None else (outcome.low, outcome.high)
    moved = each.moved_from
    return TargetLine(
        name=target.name,
        figure=str(target.selection.figure),
        path=f"{target.path}, {each.base_year} to {each.target_year}",
        base=_digits(each.base, scale),
        year=year.year,
        allowed=_digits(year.allowance, scale),
        comes_to=_digits(None if outcome is None else outcome.amount, scale),
        span="no range" if low is None else f"{_digits(low, scale)} to {_digits(high, scale)}",
        misses="not known" if chance is None else _chance(chance),
        is_likely_missed=chance is not None and chance > 0.5,  # noqa: PLR2004 - more likely than not
        unit=target.unit,
        note=year.reason or ("" if year.method is None else METHOD_LABELS[year.method]),
        moved=""
        if moved is None
        else f"the base was {_digits(moved.base, scale)} on {moved.recorded_at:%Y-%m-%d}",
    )


def _limit(verdict: Verdict) -> LimitLine:
    rule, point = verdict.rule, verdict.point
    scale = rule.selection.scale
    reason = "" if verdict.reason is None else f": {verdict.reason}"
    since = "" if verdict.since is None else f" since {long_name(verdict.since)}"
    told = ", by a nowcast" if point is not None and point.nowcasts else ""
    return LimitLine(
        name=rule.name,
        severity=str(verdict.level.severity),
        figure=str(rule.figure),
        window=str(rule.window),
        month="" if point is None else long_name(point.month),
        actual=_digits(None if point is None else _whole(point.amount), scale),
        limit=_digits(None if point is None else _whole(point.limit), scale),
        unit=rule.selection.unit,
        state=f"{verdict.state}{since}{told}{reason}",
        is_breached=verdict.since is not None,
    )


def _whole(amount: int | None) -> Fraction | None:
    return None if amount is None else Fraction(amount)


def _digits(amount: Fraction | None, scale: int) -> str:
    if amount is None:
        return "no figure"
    exact = amount / 10**scale
    return significant(round(Decimal(exact.numerator) / exact.denominator, _DIGITS))


def _chance(chance: float) -> str:
    if chance < _ALL_BUT_SURE:
        return "under 1 %"
    return "over 99 %" if chance > 1 - _ALL_BUT_SURE else f"{chance:.0%}".replace("%", " %")
