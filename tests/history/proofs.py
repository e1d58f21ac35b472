"""Laws of a history, proved over every state of a life that it was lived through in."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tests.history.lived import Life, answers

from crossfoot.bootstrap.histories import base_year, difference, restatement
from crossfoot.bootstrap.reading import open_session
from crossfoot.domain.history import Cause, Effect
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.units import DECIMAL_SCALE

_SUMS = ", ".join(f"sum({each}_kgco2e) AS {each}" for each in MEASURES)
_LEDGER = (
    f"SELECT usage_period AS month, {_SUMS} FROM emissions WHERE status = 'published' GROUP BY 1"
)


def rows(warehouse: Path, sql: str, at: datetime | None = None, **names: object) -> list[Any]:
    """Ask the warehouse, as known now or at an instant."""
    with open_session(warehouse, None if at is None else at.isoformat()) as session:
        return session.rows(sql, names)


def told_otherwise(life: Life) -> Iterator[tuple[datetime, str]]:
    """Yield every answer that is not, as known at its instant, what was said then."""
    for moment in life.moments:
        again = answers(life.warehouse, moment.published_at, asked=moment.said)
        assert set(again) == set(moment.said)
        yield from (
            (moment.published_at, name) for name in again if again[name] != moment.said[name]
        )


def states_of(life: Life, month: str) -> list[datetime]:
    """Return when each state of a month was published."""
    return [
        each.published_at for each in life.moments if month in each.months and not each.is_nowcast
    ]


def published_ug(life: Life, month: str, at: datetime) -> list[int]:
    """Return the ledger's sums of a month in the order of ``MEASURES``. [ug CO2e]."""
    return _ledger_ug(life.warehouse, at)[month]


@cache
def _ledger_ug(warehouse: Path, at: datetime) -> dict[str, list[int]]:
    """Ask once an instant: it never answers otherwise."""
    return {
        row["month"]: [int((row[each] or Decimal(0)).scaleb(DECIMAL_SCALE)) for each in MEASURES]
        for row in rows(warehouse, _LEDGER, at)
    }


def restated_base_year(life: Life, configuration: Path, at: datetime | None = None) -> Decimal:
    """Prove the base year's change by cause and month; return it. [percent].

    It runs from each month's first publication to what is known, as both were in the ledger.
    """
    told = base_year(life.warehouse, configuration, None if at is None else at.isoformat())
    row = MEASURES.index(told.change.rule.measure)
    for each in told.months:
        month = str(each.way.period)
        states = [state for state in states_of(life, month) if at is None or state <= at]
        sides = (each.before_ug, each.after_ug)
        assert sides == tuple(published_ug(life, month, states[n])[row] for n in (0, -1))
        assert sum(each.change_ug.values()) == each.after_ug - each.before_ug
    assert sum(told.by_cause().values()) == told.change.difference_ug
    return 100 * Decimal(told.change.difference_ug) / told.change.before_ug


def causes_of(life: Life, month: str) -> set[str]:
    """Prove the bridge of every pair of states of a month; return the causes that were met.

    Each adds up in every cell and measure, ends at what the ledger said at both instants, and is
    the sum of the bridges between.
    """
    states = states_of(life, month)
    whole: dict[tuple[datetime, datetime], dict[Cause, Any]] = {}
    met: set[str] = set()
    for start, end in combinations(states, 2):
        told = restatement(life.warehouse, month, start.isoformat(), end.isoformat())
        for found in (told.reported, told.estimated):
            change = sum(found.change_ug.values())
            assert np.array_equal(change, found.after_ug - found.before_ug)
        ends = (told.reported.before_ug, told.reported.after_ug)
        for side, instant in zip(ends, (start, end), strict=True):
            assert side.sum(axis=1).tolist() == published_ug(life, month, instant)
        whole[start, end] = {
            cause: amount.sum(axis=1) for cause, amount in told.reported.change_ug.items()
        }
        met |= {str(cause) for step in told.steps for cause in step.causes}
    for (start, end), changes in whole.items():
        parts = [whole[pair] for pair in pairwise(states) if start <= pair[0] and pair[1] <= end]
        for cause, amount in changes.items():
            assert np.array_equal(amount, sum(part[cause] for part in parts))
    return met


def effects_of(life: Life, months: Iterable[str], at: datetime, measure: Measure) -> set[str]:
    """Prove that each month differs from the one before by effects that add up, there and back.

    Return the effects that moved something.
    """
    met: set[str] = set()
    for pair in pairwise(sorted(months)):
        there = difference(life.warehouse, pair, measure, at.isoformat()).difference
        back = difference(life.warehouse, pair[::-1], measure, at.isoformat()).difference
        for told in (there, back):
            assert np.array_equal(told.effect_ug.sum(axis=0), told.after_ug - told.before_ug)
        place = MEASURES.index(measure)
        assert int(there.after_ug.sum()) == published_ug(life, pair[1], at)[place]
        assert int(back.after_ug.sum()) == published_ug(life, pair[0], at)[place]
        effects = zip(Effect, there.effect_ug, strict=True)
        met |= {str(effect) for effect, amount_ug in effects if amount_ug.any()}
    return met
