"""What the report says of time, put together from the comparisons of a warehouse."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from crossfoot.adapters.month_history import FolderMonthHistory
from crossfoot.adapters.nowcast_history import read_history
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.base_year import BaseYear
from crossfoot.domain.errors import InvalidArgumentError, UnknownFigureError
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.report.over_time import (
    TOTALS,
    BaseYearRule,
    OverTime,
    RestatedMonth,
    RivalLine,
    Walk,
    base_year_rule,
    restated_month,
    rivals,
    walk_of_difference,
)
from crossfoot.report.periods import previous, year_before
from crossfoot.usecases.backtest_nowcast import backtest_nowcast
from crossfoot.usecases.compare_base_year import compare_base_year
from crossfoot.usecases.compare_months import MonthComparison, compare_months
from crossfoot.usecases.compare_states import compare_states

type _Pair = tuple[UsagePeriod, UsagePeriod]

_MOST_RESTATED: Final = 6
"""Restated months that are told in full; a new method restates all that there are."""

_MOST_CELLS: Final = 20_000
"""Cells up to which a backtest takes seconds; beyond, people ask for it by its command."""


def over_time(
    warehouse: Warehouse,
    session: QuerySession,
    instant: datetime | None,
    rule: BaseYear | None = None,
) -> OverTime:
    """Compare what the session's snapshot knows: the latest months, restatements, nowcasts.

    Parameters
    ----------
    instant : datetime or None
        The one that the session's snapshot was chosen by; None for now.
    rule : BaseYear or None
        The organisation's rule for its base year, where it has one.
    """
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        history = FolderMonthHistory(warehouse, Path(scratch))
        told = _Told(history, session, instant)
        walks = tuple(told.walks())
        restated = tuple(told.restated())
        base_year = None if rule is None else told.base_year(rule)
        return OverTime(walks, restated, told.rivals(), tuple(told.notes), base_year)


class _Told:
    """One look at a snapshot, with notes of what could not be told."""

    def __init__(
        self, history: FolderMonthHistory, session: QuerySession, instant: datetime | None
    ) -> None:
        self._history = history
        self._session = session
        self._instant = instant
        self._months = sorted(each for each in session.catalog.months if each.is_month)
        self.notes: list[str] = []

    def walks(self) -> Iterator[Walk]:
        """Compare the latest month with the one before, and with that of the year before."""
        for pair in _pairs(self._months):
            found = {
                basis: compared
                for basis, total in TOTALS.items()
                if (compared := self._compared(pair, total)) is not None
            }
            if found:
                yield walk_of_difference(found)

    def restated(self) -> Iterator[RestatedMonth]:
        """Tell how the latest restated months came to their figures."""
        again = sorted(set(self._months) & self._session.catalog.superseded.keys(), reverse=True)
        for period in again[:_MOST_RESTATED]:
            yield restated_month(compare_states(self._history, period, None, self._instant))
        if len(again) > _MOST_RESTATED:
            self.notes.append(
                f"{len(again)} months were restated; the latest {_MOST_RESTATED} are told here, "
                "and `crossfoot diff --period` tells each."
            )

    def base_year(self, rule: BaseYear) -> BaseYearRule | None:
        """Tell how the base year stands to its rule, where any of it is published."""
        try:
            return base_year_rule(compare_base_year(self._history, rule, self._instant))
        except UnknownFigureError as error:
            self.notes.append(error.message)
            return None

    def rivals(self) -> tuple[RivalLine, ...]:
        """Replay the history, where that takes seconds."""
        history = read_history(self._session, {})
        if len(history.names) > _MOST_CELLS:
            self.notes.append("How good nowcasts would have been is told by `crossfoot backtest`.")
            return ()
        try:
            return rivals(backtest_nowcast(history))
        except UnknownFigureError:
            # too young a history to replay: nothing to tell yet
            return ()

    def _compared(self, pair: _Pair, total: Measure) -> MonthComparison | None:
        try:
            return compare_months(self._history, pair, total, self._instant)
        except (UnknownFigureError, InvalidArgumentError) as error:
            note = f"{pair[1]} is not compared with {pair[0]}: {error.message}"
            if note not in self.notes:
                self.notes.append(note)
            return None


def _pairs(months: Sequence[UsagePeriod]) -> list[_Pair]:
    """Return the last month after the one before it, and after its own of the year before."""
    if not months:
        return []
    last, known = months[-1], frozenset(months)
    wanted = (previous(last.text), year_before(last.text))
    earlier = [UsagePeriod(text) for text in wanted if text is not None]
    return [(each, last) for each in earlier if each in known]
