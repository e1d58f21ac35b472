"""Nowcast the months that AWS has not published, with ranges from the backtest of the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.measures import TOTALS
from crossfoot.domain.nowcasts import CellNames, Grain, NowcastLevel, NowcastMonth
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.engine.nowcast import CellNowcast, CellUsage, nowcast
from crossfoot.usecases.carbon_history import CarbonHistory, months_between
from crossfoot.usecases.choose_vintage import current_deliveries
from crossfoot.usecases.past_errors import PastErrors, Ranges
from crossfoot.usecases.replay_history import (
    TOTAL_ROWS,
    Grains,
    errors_of,
    replay_history,
    totals_of,
)


@dataclass(frozen=True, slots=True)
class NowcastTotal:
    """One total of an account or of the organisation; None where it or its range is not known.

    Amounts in micrograms.
    """

    amount_ug: int | None
    low_ug: int | None
    high_ug: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Nowcast:
    """One silent month: by cell, by account and as a whole; totals in the order of ``TOTALS``."""

    month: NowcastMonth
    organisation: tuple[NowcastTotal, ...]
    accounts: dict[str, tuple[NowcastTotal, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class NowcastReceipt:
    """Silent months in the order of time, and what they were learnt from."""

    model_version: str
    learnt: tuple[UsagePeriod, ...]
    n_replays: int
    months: tuple[Nowcast, ...]


def nowcast_months(history: CarbonHistory, now: datetime) -> NowcastReceipt:
    """Nowcast the silent months of a history.

    Raises
    ------
    UnknownFigureError
        No published month has usage to learn from.
    """
    learnt = history.to_learn_from(current_deliveries(history.labels))
    if not learnt:
        raise UnknownFigureError(
            "no month of AWS's newest model version has usage to learn from.",
            mend="Run the published months with their usage first: crossfoot run --usage.",
        )
    replays = replay_history(history)
    errors = errors_of(replays.made)
    months = tuple(_nowcast(history, period, learnt, errors, now) for period in history.silent)
    periods = tuple(label.usage_period for label in learnt)
    return NowcastReceipt(learnt[-1].model_version.text, periods, len(replays.made), months)


def _nowcast(
    history: CarbonHistory,
    period: UsagePeriod,
    learnt: Sequence[DeliveryLabel],
    errors: PastErrors,
    now: datetime,
) -> Nowcast:
    usage = history.usage_of(period)
    told = nowcast(history.codes, history.learnt(learnt), usage)
    sums = _Sums(history, told, errors, months_between(history.months[-1], period))
    month = _month(sums, period, usage, is_running=period.end > now)
    named = zip(history.accounts, sums.totals(Grain.ACCOUNT), strict=True)
    listed = frozenset(month.names.account.tolist())
    return Nowcast(
        month=month,
        organisation=sums.totals(Grain.ORGANISATION)[0],
        accounts={name: totals for name, totals in named if name in listed},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums of one nowcast, with their own ranges: a range of a sum is no sum of ranges."""

    history: CarbonHistory
    told: CellNowcast
    errors: PastErrors
    horizon: int

    def ranges(self, grain: Grain) -> Ranges:
        grains, totals = Grains(self.history), totals_of(self.told)
        group = grains.groups(grain, totals)
        return self.errors.ranges(grain, self.horizon, group, grains.sums(grain, totals))

    def totals(self, grain: Grain) -> list[tuple[NowcastTotal, ...]]:
        """Return the totals of each entity."""
        grains, ranges = Grains(self.history), self.ranges(grain)
        amount_ug = grains.sums(grain, totals_of(self.told))
        n_figures = grains.sums(grain, self.told.is_figure[TOTAL_ROWS].astype(np.int64))
        return [
            tuple(
                _total(n_figures[at] > 0, ranges.has_range[at], amount_ug[at], _ends(ranges, at))
                for at in ((total, entity) for total in range(len(TOTALS)))
            )
            for entity in range(amount_ug.shape[-1])
        ]


def _ends(ranges: Ranges, at: tuple[int, int]) -> tuple[int, int]:
    return int(ranges.low_ug[at]), int(ranges.high_ug[at])


def _total(
    has_figure: np.bool_, has_range: np.bool_, amount_ug: np.int64, ends: tuple[int, int]
) -> NowcastTotal:
    if not has_figure:
        return NowcastTotal(None, None, None)
    low, high = ends if has_range else (None, None)
    return NowcastTotal(int(amount_ug), low, high)


def _month(sums: _Sums, period: UsagePeriod, usage: CellUsage, *, is_running: bool) -> NowcastMonth:
    told, names, ranges = sums.told, sums.history.names, sums.ranges(Grain.CELL)
    rows = np.flatnonzero(told.level != NowcastLevel.NONE)
    return NowcastMonth(
        usage_period=period,
        horizon=sums.horizon,
        is_running=is_running,
        names=CellNames(names.account[rows], names.region[rows], names.service[rows]),
        level=told.level[rows],
        amount_ug=told.amount_ug[:, rows],
        is_figure=told.is_figure[:, rows],
        low_ug=ranges.low_ug[:, rows],
        high_ug=ranges.high_ug[:, rows],
        has_range=ranges.has_range[:, rows] & told.is_figure[TOTAL_ROWS][:, rows],
        unknown_cost_nano=int(usage.cost_nano[told.level == NowcastLevel.NONE].sum(dtype=object)),
    )
