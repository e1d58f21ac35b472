"""Replay history: nowcast every month as if AWS had not published it, with what was known then."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from crossfoot.domain.measures import MEASURES, TOTALS
from crossfoot.domain.nowcasts import HORIZONS, SHARE_CLASSES, Grain
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.units import Int64Array
from crossfoot.engine.error_ranges import sums_of
from crossfoot.engine.nowcast import CellNowcast, nowcast, with_summed_totals
from crossfoot.usecases.carbon_history import (
    CarbonHistory,
    Vantage,
    first_published,
    months_after,
    vantages,
)
from crossfoot.usecases.past_errors import PastErrors, Ranges

TOTAL_ROWS: Final = [MEASURES.index(total) for total in TOTALS]
"""Where the two totals stand among the measures."""

_SHARE_LIMITS: Final = (0.01, 0.1)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One grain of one replay; arrays of shape (total, entity), in micrograms.

    ``group`` is, by entity, the bucket, the size of the account, or both; ``entity`` its code.
    ``last_year`` is None where no month of the same model version was known a year before.
    """

    entity: Int64Array
    group: Int64Array
    published: Int64Array
    told: Int64Array
    last_month: Int64Array
    last_year: Int64Array | None
    ranges: Ranges


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One month nowcast from one vantage, beside what AWS published first of it."""

    origin: UsagePeriod
    instant: datetime
    target: UsagePeriod
    horizon: int
    is_hindsight: bool
    seen: Mapping[Grain, Seen]


@dataclass(frozen=True, slots=True, eq=False)
class Replays:
    """Every replay that could be made, and how many could not, by reason."""

    made: tuple[Replay, ...]
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Grains:
    """Entities of each grain over the cells of a history."""

    history: CarbonHistory

    def sums(self, grain: Grain, amount_ug: Int64Array) -> Int64Array:
        """Return amounts of cells, shape (..., cell), by entity."""
        n_cells = len(self.history.names)
        match grain:
            case Grain.ORGANISATION:
                return amount_ug.sum(axis=-1, keepdims=True)
            case Grain.BUCKET:
                return sums_of(self.history.service, len(self.history.services), amount_ug)
            case Grain.ACCOUNT:
                return sums_of(self.history.account, len(self.history.accounts), amount_ug)
            case Grain.CELL:
                return amount_ug.reshape((*amount_ug.shape[:-1], n_cells))

    def groups(self, grain: Grain, told: Int64Array) -> Int64Array:
        """Return the group of each entity, by what was told of the first total."""
        size = sizes_of(self.sums(Grain.ACCOUNT, told[0]))
        match grain:
            case Grain.ORGANISATION:
                return np.zeros(1, np.int64)
            case Grain.BUCKET:
                return np.arange(len(self.history.services))
            case Grain.ACCOUNT:
                return size
            case Grain.CELL:
                of_account = size[self.history.account]
                return self.history.service * len(SHARE_CLASSES) + of_account


def sizes_of(account_ug: Int64Array) -> Int64Array:
    """Return the position in ``SHARE_CLASSES`` of each account, by its share of the whole."""
    limits = np.array(_SHARE_LIMITS) * float(account_ug.sum())
    return np.searchsorted(limits, account_ug.astype(np.float64), side="right").astype(np.int64)


def totals_of(told: CellNowcast) -> Int64Array:
    """Return the two totals of a nowcast, shape (total, cell); no figure counts as nothing."""
    return np.where(told.is_figure[TOTAL_ROWS], told.amount_ug[TOTAL_ROWS], 0)


def replay_history(history: CarbonHistory) -> Replays:
    """Nowcast each month from the vantages up to three months before, as far as history reaches.

    Ranges come from errors that were known at the vantage, so their coverage is a true test.
    """
    truths = first_published(history.labels)
    made: list[Replay] = []
    left: Counter[str] = Counter()
    for vantage in vantages(history.labels):
        learnt = history.to_learn_from(vantage.current)
        errors = errors_of(replay for replay in made if _is_known(replay, vantage))
        for horizon in HORIZONS:
            truth = truths.get(months_after(vantage.origin, horizon))
            if truth is None:
                continue
            reason = _left_because(history, learnt, truth)
            if reason is None:
                seen = _seen(_Sides.of(history, vantage, learnt, truth), horizon, errors)
                made.append(_replay(vantage, truth, horizon, seen))
            else:
                left[reason] += 1
    return Replays(tuple(made), dict(sorted(left.items())))


def errors_of(replays: Iterable[Replay]) -> PastErrors:
    """Return the errors of replays, to range what comes next."""
    errors = PastErrors()
    for replay in replays:
        for grain, seen in replay.seen.items():
            errors.add(
                grain,
                replay.horizon,
                group=seen.group,
                published=seen.published,
                told=seen.told,
            )
    return errors


def _left_because(
    history: CarbonHistory, learnt: Sequence[DeliveryLabel], truth: DeliveryLabel
) -> str | None:
    if not learnt or truth.usage_period not in history.usage:
        return "no-usage"
    return None if truth.model_version == learnt[-1].model_version else "model-version"


def _is_known(replay: Replay, vantage: Vantage) -> bool:
    """Tell whether a replay and its truth were both there at the vantage."""
    return replay.instant <= vantage.instant and replay.target in vantage.current


def _replay(
    vantage: Vantage, truth: DeliveryLabel, horizon: int, seen: Mapping[Grain, Seen]
) -> Replay:
    return Replay(
        origin=vantage.origin,
        instant=vantage.instant,
        target=truth.usage_period,
        horizon=horizon,
        is_hindsight=vantage.is_hindsight,
        seen=seen,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """What was told of a month, what AWS published, and the rivals.

    ``known`` has the shape (told published last_month, total, cell), ``last_year`` (total, cell).
    """

    grains: Grains
    known: Int64Array
    last_year: Int64Array | None

    @classmethod
    def of(
        cls,
        history: CarbonHistory,
        vantage: Vantage,
        learnt: Sequence[DeliveryLabel],
        truth: DeliveryLabel,
    ) -> "_Sides":
        usage = history.usage_of(truth.usage_period)
        year_before = vantage.current.get(months_after(truth.usage_period, -12))
        is_like = year_before is not None and year_before.model_version == truth.model_version
        known = (
            totals_of(nowcast(history.codes, history.learnt(learnt), usage)),
            _totals(history, truth),
            _totals(history, vantage.current[vantage.origin]),
        )
        last_year = _totals(history, year_before) if is_like and year_before else None
        return cls(Grains(history), np.stack(known), last_year)


def _seen(sides: _Sides, horizon: int, errors: PastErrors) -> dict[Grain, Seen]:
    return {grain: _of_grain(sides, grain, horizon, errors) for grain in Grain}


def _of_grain(sides: _Sides, grain: Grain, horizon: int, errors: PastErrors) -> Seen:
    """Return the entities of a grain that any side knows."""
    known = sides.grains.sums(grain, sides.known)
    last_year = None if sides.last_year is None else sides.grains.sums(grain, sides.last_year)
    is_there = known.any(axis=(0, 1))
    if last_year is not None:
        is_there |= last_year.any(axis=0)
    entity = np.flatnonzero(is_there)
    told, published, last_month = known[..., entity]
    rival = None if last_year is None else last_year[:, entity]
    group = sides.grains.groups(grain, sides.known[0])[entity]
    ranges = errors.ranges(grain, horizon, group, told)
    return Seen(entity, group, published, told, last_month, rival, ranges)


def _totals(history: CarbonHistory, label: DeliveryLabel) -> Int64Array:
    figures = history.figures_of(label.delivery_id)
    return with_summed_totals(figures.amount_ug, figures.is_reported)[TOTAL_ROWS]
