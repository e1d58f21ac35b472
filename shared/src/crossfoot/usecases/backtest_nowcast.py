"""Backtest: how far nowcasts were off, beside two naive rivals, and how often ranges held."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.measures import TOTALS, Measure
from crossfoot.domain.nowcasts import HORIZONS, SHARE_CLASSES, Grain
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.error_ranges import relative_bias, relative_error
from crossfoot.usecases.carbon_history import CarbonHistory
from crossfoot.usecases.replay_history import Replay, Seen, replay_history

EVERY: Final = "all"


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """Errors of one measure, horizon and group; relative to what AWS published. [1].

    Parameters
    ----------
    grain, group
        What was compared, such as accounts, and which of them.
    measure, horizon
        A total, and months after the last published one.
    n_months, n_figures : int
        Months replayed, and figures compared in them.
    nowcast, bias : float or None
        Sum of absolute errors, and sum of errors, over what was published; None where AWS
        published nothing.
    last_month : float or None
        Error of the rival who repeats the last published month.
    n_last_year : int
        Months for which a figure of the same model version was known a year before.
    last_year, nowcast_then : float or None
        Error of the rival who repeats it, and the nowcast's own in the same months.
    n_ranges, n_held : int
        Figures that had a range, and those whose range held what AWS published.
    """

    grain: Grain
    group: str
    measure: Measure
    horizon: int
    n_months: int
    n_figures: int
    nowcast: float | None
    bias: float | None
    last_month: float | None
    n_last_year: int
    last_year: float | None
    nowcast_then: float | None
    n_ranges: int
    n_held: int

    @property
    def coverage(self) -> float | None:
        """Part of the ranges that held; None where there was none."""
        return self.n_held / self.n_ranges if self.n_ranges else None


@dataclass(frozen=True, slots=True)
class Backtest:
    """Errors by group, and what they are of.

    Parameters
    ----------
    first, last : UsagePeriod
        First and last month that was nowcast.
    n_replays, n_hindsight : int
        Replays made, and those whose vintages a backfill had brought together.
    left : mapping of str to int
        Replays that could not be made, by reason: ``model-version`` where AWS changed its method
        in between, ``no-usage`` where no usage is kept.
    lines : tuple of ErrorLine
        By grain, group, measure and horizon.
    """

    first: UsagePeriod
    last: UsagePeriod
    n_replays: int
    n_hindsight: int
    left: Mapping[str, int]
    lines: tuple[ErrorLine, ...]


def backtest_nowcast(history: CarbonHistory) -> Backtest:
    """Replay a history month by month and compare with what AWS published first.

    Raises
    ------
    UnknownFigureError
        No month can be replayed.
    """
    replays = replay_history(history)
    if not replays.made:
        raise UnknownFigureError(
            "no month of this warehouse can be replayed.",
            mend="It takes two successive months of one model version, both with usage.",
        )
    targets = [replay.target for replay in replays.made]
    groups = [
        (Grain.ORGANISATION, EVERY, None),
        *((Grain.BUCKET, name or "none", code) for code, name in enumerate(history.services)),
        *((Grain.ACCOUNT, name, code) for code, name in enumerate(SHARE_CLASSES)),
        (Grain.CELL, EVERY, None),
    ]
    lines = (
        _line(_Compared.of(replays.made, grain, code, horizon), group, total)
        for grain, group, code in groups
        for total in range(len(TOTALS))
        for horizon in HORIZONS
    )
    return Backtest(
        first=min(targets),
        last=max(targets),
        n_replays=len(replays.made),
        n_hindsight=sum(replay.is_hindsight for replay in replays.made),
        left=replays.left,
        lines=tuple(line for line in lines if line.n_figures),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Replays of one horizon, each with the entities of the group."""

    grain: Grain
    horizon: int
    seen: Sequence[tuple[Seen, BoolArray]]

    @classmethod
    def of(
        cls, replays: Sequence[Replay], grain: Grain, code: int | None, horizon: int
    ) -> "_Compared":
        every = (each.seen[grain] for each in replays if each.horizon == horizon)
        chosen = [
            (seen, np.ones(len(seen.group), np.bool_) if code is None else seen.group == code)
            for seen in every
        ]
        return cls(grain, horizon, [(seen, member) for seen, member in chosen if member.any()])

    def column(self, name: str, total: int, *, with_last_year: bool = False) -> Int64Array:
        """Return one side over all replays, or over those with a rival of the year before."""
        parts = list(self._parts(name, total, with_last_year=with_last_year))
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def _parts(self, name: str, total: int, *, with_last_year: bool) -> Iterator[Int64Array]:
        for seen, member in self.seen:
            if not with_last_year or seen.last_year is not None:
                amount: Int64Array = getattr(seen, name)
                yield amount[total, member]

    def held(self, total: int) -> tuple[int, int]:
        """Return how many figures had a range, and how many of the ranges held."""
        n_ranges = n_held = 0
        for seen, member in self.seen:
            ranges = seen.ranges
            has_range = ranges.has_range[total] & member
            holds = (ranges.low_ug[total] <= seen.published[total]) & (
                seen.published[total] <= ranges.high_ug[total]
            )
            n_ranges += int(has_range.sum())
            n_held += int((holds & has_range).sum())
        return n_ranges, n_held


def _line(compared: _Compared, group: str, total: int) -> ErrorLine:
    published, told = (compared.column(name, total) for name in ("published", "told"))
    published_then, told_then, last_year = (
        compared.column(name, total, with_last_year=True)
        for name in ("published", "told", "last_year")
    )
    n_ranges, n_held = compared.held(total)
    return ErrorLine(
        grain=compared.grain,
        group=group,
        measure=TOTALS[total],
        horizon=compared.horizon,
        n_months=len(compared.seen),
        n_figures=len(published),
        nowcast=relative_error(published, told),
        bias=relative_bias(published, told),
        last_month=relative_error(published, compared.column("last_month", total)),
        n_last_year=sum(seen.last_year is not None for seen, _ in compared.seen),
        last_year=relative_error(published_then, last_year),
        nowcast_then=relative_error(published_then, told_then),
        n_ranges=n_ranges,
        n_held=n_held,
    )
