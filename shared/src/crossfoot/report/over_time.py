"""What the report says of time: why months differ, how figures were restated, what is not told yet.

The use cases have counted; here their whole micrograms become the exact kilograms of a page, and
the steps between two figures become bars. Nothing is added that they did not add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final

from crossfoot.domain.history import BoundaryLine, Cause, Effect
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.nowcasts import Grain
from crossfoot.domain.units import DECIMAL_SCALE, Int64Array
from crossfoot.report.periods import long_name
from crossfoot.usecases.backtest_nowcast import Backtest, ErrorLine
from crossfoot.usecases.compare_base_year import BaseYearComparison
from crossfoot.usecases.compare_months import MonthComparison
from crossfoot.usecases.compare_states import StateComparison

TOTALS: Final = {"lbm": Measure.TOTAL_LBM, "mbm": Measure.TOTAL_MBM}

EFFECT_LABELS: Final = {
    Effect.DEPARTED_ACCOUNTS: "Accounts that left",
    Effect.NEW_ACCOUNTS: "New accounts",
    Effect.USAGE_VOLUME: "More or less usage",
    Effect.MIX: "Other services and Regions",
    Effect.INTENSITY: "AWS's grams for the same usage",
    Effect.METHOD: "AWS's method",
}
CAUSE_LABELS: Final = {
    Cause.CORRECTION: "AWS corrected it",
    Cause.MODEL_VERSION: "AWS's method",
    Cause.USAGE: "our usage",
    Cause.POLICY: "our factors or settings",
    Cause.USAGE_AND_POLICY: "our usage and settings at once",
    Cause.ORGANISATION: "our organisation",
}
_WIDTH: Final = Decimal(100)
_PLACES: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar lies in its cell: from ``left`` on, both in per cent of the cell."""

    left: Decimal
    width: Decimal
    css_class: str


@dataclass(frozen=True, slots=True)
class Stride:
    """One line on the way from a figure to another, in both series. [kg CO2e].

    ``note`` says why there is no amount.
    """

    label: str
    amounts: Mapping[str, Decimal | None]
    bar: Bar | None
    is_end: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """An account that is not where it was, with its grams on both sides. [kg CO2e, LBM]."""

    change: str
    account: str
    before: str
    after: str
    grams_before: Decimal | None
    grams_after: Decimal | None


@dataclass(frozen=True, slots=True)
class Walk:
    """The way from one figure to another; the strides between the ends sum to their difference.

    ``crossings`` are accounts that joined, left, were renamed or moved on the way.
    """

    first: str
    last: str
    strides: tuple[Stride, ...]
    note: str = ""
    crossings: tuple[Crossing, ...] = ()


@dataclass(frozen=True, slots=True)
class RestatedMonth:
    """How one month's figure came from its first publication to what it is. [kg CO2e].

    ``steps`` are lines of text: when, why, and what was not as before.
    """

    period: str
    walk: Walk
    steps: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class BaseYearRule:
    """The base year beside its published rule: what it was, what it is, and by which causes."""

    name: str
    measure: str
    threshold_percent: Decimal
    before: Decimal
    after: Decimal
    percent: Decimal | None
    is_passed: bool
    causes: tuple[tuple[str, Decimal], ...]
    n_months: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class RivalLine:
    """How far nowcasts were off beside two rivals; shares of what AWS published. [1]."""

    horizon: int
    basis: str
    n_months: int
    nowcast: float | None
    last_month: float | None
    last_year: float | None
    nowcast_then: float | None
    n_ranges: int
    n_held: int


@dataclass(frozen=True, slots=True)
class OverTime:
    """All that the section needs; empty parts say nothing in the page."""

    walks: tuple[Walk, ...] = ()
    restated: tuple[RestatedMonth, ...] = ()
    rivals: tuple[RivalLine, ...] = ()
    notes: tuple[str, ...] = ()
    base_year: BaseYearRule | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.walks or self.restated or self.rivals or self.notes or self.base_year)


def walk_of_difference(series: Mapping[str, MonthComparison]) -> Walk:
    """Return why one month is not as another, in both series.

    Parameters
    ----------
    series : mapping of str to MonthComparison
        ``lbm`` and ``mbm``, or one of them where AWS did not report the other.
    """
    some = next(iter(series.values()))
    hidden = {basis for basis, each in series.items() if each.is_method_apart is False}
    amounts = {
        effect: {
            basis: None
            if effect is Effect.METHOD and basis in hidden
            else kilograms(_sum(each.difference.effect_ug[row]))
            for basis, each in series.items()
        }
        for row, effect in enumerate(Effect)
    }
    ends = [
        {basis: kilograms(_sum(each.difference.before_ug)) for basis, each in series.items()},
        {basis: kilograms(_sum(each.difference.after_ug)) for basis, each in series.items()},
    ]
    between = {EFFECT_LABELS[effect]: found for effect, found in amounts.items()}
    note = (
        "AWS delivered neither month by the other's method, so a change of method cannot be set "
        "apart: it is in AWS's grams for the same usage."
        if hidden
        else ""
    )
    walk = _walk([long_name(each.text) for each in some.periods], ends, between, note)
    return replace(walk, crossings=_crossings(some.boundary))


def restated_month(found: StateComparison) -> RestatedMonth:
    """Return how a month was restated, in both series."""
    bridge = found.reported
    rows = {basis: MEASURES.index(total) for basis, total in TOTALS.items()}
    ends = [
        {
            basis: kilograms(_sum(amount[row])) if known[row].any() else None
            for basis, row in rows.items()
        }
        for amount, known in (
            (bridge.before_ug, bridge.is_before),
            (bridge.after_ug, bridge.is_after),
        )
    ]
    causes = list(dict.fromkeys(cause for step in found.steps for cause in step.causes))
    between = {
        CAUSE_LABELS.get(cause, str(cause)): {
            basis: kilograms(_sum(bridge.change_ug[cause][row])) for basis, row in rows.items()
        }
        for cause in causes
    }
    month = long_name(found.period.text)
    names = [f"{month} as first published", f"{month} as published now"]
    steps = tuple(
        (
            step.run.published_at.isoformat(timespec="seconds"),
            ", ".join(CAUSE_LABELS.get(cause, str(cause)) for cause in step.causes),
            ", ".join(step.changed) or "nothing that moves a figure",
        )
        for step in found.steps
    )
    walk = replace(_walk(names, ends, between), crossings=_crossings(found.boundary))
    return RestatedMonth(found.period.text, walk, steps)


def base_year_rule(found: BaseYearComparison) -> BaseYearRule:
    """Return how the base year stands to its rule."""
    change = found.change
    causes = tuple(
        (CAUSE_LABELS.get(cause, str(cause)), kilograms(amount))
        for cause, amount in found.by_cause().items()
        if amount
    )
    return BaseYearRule(
        name=change.rule.name,
        measure=str(change.rule.measure),
        threshold_percent=change.rule.threshold_percent,
        before=kilograms(change.before_ug),
        after=kilograms(change.after_ug),
        percent=change.percent,
        is_passed=change.is_passed,
        causes=causes,
        n_months=change.n_months,
        n_missing=len(found.missing),
    )


def rivals(found: Backtest) -> tuple[RivalLine, ...]:
    """Return the organisation's lines of a backtest, by months ahead and series."""
    return tuple(
        _rival(line, basis)
        for basis, total in TOTALS.items()
        for line in found.lines
        if line.grain is Grain.ORGANISATION and line.measure is total
    )


def kilograms(amount_ug: int) -> Decimal:
    """Return whole micrograms as exact kilograms."""
    return Decimal(amount_ug).scaleb(-DECIMAL_SCALE)


def _crossings(lines: Sequence[BoundaryLine]) -> tuple[Crossing, ...]:
    total = Measure.TOTAL_LBM
    return tuple(
        Crossing(
            str(line.change),
            line.account_id,
            line.before or "",
            line.after or "",
            *(
                None if total not in side else kilograms(side[total])
                for side in (line.before_ug, line.after_ug)
            ),
        )
        for line in lines
    )


def _sum(amount_ug: Int64Array) -> int:
    return sum(amount_ug.tolist())


def _rival(line: ErrorLine, basis: str) -> RivalLine:
    return RivalLine(
        line.horizon,
        basis,
        line.n_months,
        line.nowcast,
        line.last_month,
        line.last_year,
        line.nowcast_then,
        line.n_ranges,
        line.n_held,
    )


def _walk(
    names: Sequence[str],
    ends: Sequence[Mapping[str, Decimal | None]],
    between: Mapping[str, Mapping[str, Decimal | None]],
    note: str = "",
) -> Walk:
    drawn = next((basis for basis in TOTALS if ends[0].get(basis) is not None), "lbm")
    start, end = (each.get(drawn) or Decimal(0) for each in ends)
    steps = [amounts.get(drawn) or Decimal(0) for amounts in between.values()]
    bars = _bars(start, steps, end)
    return Walk(
        names[0],
        names[1],
        (
            Stride(names[0], ends[0], bars[0], is_end=True),
            *(
                Stride(label, amounts, bar, note="cannot be set apart")
                for (label, amounts), bar in zip(between.items(), bars[1:-1], strict=True)
            ),
            Stride(names[1], ends[1], bars[-1], is_end=True),
        ),
        note,
    )


def _bars(start: Decimal, steps: Sequence[Decimal], end: Decimal) -> list[Bar | None]:
    """Return a mark for both ends, and floating bars for the steps between, on one scale.

    The scale goes from the lowest level of the way to the highest, not from zero: steps are often
    a hundredth of the figures. A step of nothing has no bar.
    """
    levels = list(accumulate(steps, initial=start))
    low = min(*levels, end)
    reach = max(*levels, end) - low
    if reach == 0:
        return [None] * (len(steps) + 2)

    def at(level: Decimal) -> Decimal:
        return ((level - low) / reach * _WIDTH).quantize(_PLACES)

    bars = [
        Bar(at(min(pair)), at(max(pair)) - at(min(pair)), "up" if pair[1] > pair[0] else "down")
        if pair[0] != pair[1]
        else None
        for pair in pairwise(levels)
    ]
    return [Bar(at(start), Decimal(0), "end"), *bars, Bar(at(end), Decimal(0), "end")]
