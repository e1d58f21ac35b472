"""Replays stand where one could have stood: what was known then, and what could not be."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.cells import texts
from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.nowcasts import CellNames, Grain
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.backtest_nowcast import Backtest, ErrorLine, backtest_nowcast
from crossfoot.usecases.carbon_history import (
    CarbonHistory,
    DeliveredFigures,
    UsedCells,
    first_published,
    months_after,
    months_between,
    vantages,
)
from crossfoot.usecases.nowcast_months import nowcast_months
from crossfoot.usecases.replay_history import replay_history, sizes_of

GRAM = 1_000_000
NOW = datetime(2026, 6, 15, tzinfo=UTC)
type Delivered = tuple[str, str, datetime, float]
"""Month, model version, instant, grams of each scope in the only cell."""


def _month(number: int) -> str:
    return months_after(UsagePeriod("2025-01"), number).text


def _came(month: str, day: int = 17) -> datetime:
    return months_after(UsagePeriod(month), 1).start.replace(day=day)


def _history(
    delivered: list[Delivered], usage: dict[str, int], silent: dict[str, int] | None = None
) -> CarbonHistory:
    """Return a history of one account in one Region and bucket, whose key is its cost."""
    cell, measures = np.zeros(1, np.int64), len(MEASURES)
    labels = [
        DeliveryLabel(f"d-{number}", UsagePeriod(month), ModelVersion(version), instant, "1")
        for number, (month, version, instant, _) in enumerate(delivered)
    ]
    figures = {
        label.delivery_id: DeliveredFigures(
            cell,
            np.full((measures, 1), round(row[3] * GRAM), np.int64),
            np.ones((measures, 1), np.bool_),
        )
        for label, row in zip(labels, delivered, strict=True)
    }
    used, unpublished = (
        {UsagePeriod(month): UsedCells(cell, cell + key, cell + key) for month, key in each.items()}
        for each in (usage, silent or {})
    )
    names = CellNames(texts(["7"]), texts(["eu-west-1"]), texts(["Other"]))
    return CarbonHistory(
        names, cell, cell, cell, ("7",), ("Other",), tuple(labels), figures, used, unpublished
    )


def _steady(n_months: int, grams_per_unit: float = 2.0) -> CarbonHistory:
    usage = {_month(number): 100 + 10 * number for number in range(n_months)}
    delivered = [
        (month, "v3.0.0", _came(month), grams_per_unit * key) for month, key in usage.items()
    ]
    return _history(delivered, usage)


def _line(found: Backtest, grain: Grain, horizon: int) -> ErrorLine:
    (line,) = (
        line
        for line in found.lines
        if (line.grain, line.horizon, line.measure) == (grain, horizon, "total_lbm")
    )
    return line


def test_carbon_that_follows_usage_is_told_exactly_and_rivals_are_not() -> None:
    """With a constant intensity no error is left; last month and last year lag behind."""
    found = backtest_nowcast(_steady(15))

    for horizon, n_months in ((1, 14), (2, 13), (3, 12)):
        line = _line(found, Grain.ORGANISATION, horizon)
        assert line.nowcast == 0
        assert line.n_months == n_months
        assert line.coverage == 1
        assert line.last_month is not None
        assert line.last_month > 0
        assert line.n_last_year == 3
        assert line.last_year is not None
        assert line.last_year > line.last_month


def test_a_restatement_is_not_known_before_it_came() -> None:
    """The replay of the month in between learns from the figure that stood then."""
    first, second, third = (_month(number) for number in range(3))
    usage = dict.fromkeys((first, second, third), 100)
    restated = (first, "v3.0.0", _came(second, day=20), 500.0)
    history = _history(
        [(month, "v3.0.0", _came(month), 100.0) for month in usage] + [restated], usage
    )

    told = {
        (replay.origin.text, replay.horizon): int(replay.seen[Grain.CELL].told[0, 0])
        for replay in replay_history(history).made
    }

    assert told == {
        (first, 1): 300 * GRAM,
        (first, 2): 300 * GRAM,
        (second, 1): 300 * GRAM,
    }
    known = {each.origin.text: each.current for each in vantages(history.labels)}
    assert known[second][UsagePeriod(first)].delivery_id == "d-3"
    assert known[first][UsagePeriod(first)].delivery_id == "d-0"
    assert first_published(history.labels)[UsagePeriod(first)].delivery_id == "d-0"


_DELIVERIES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(1, 300)), min_size=2, max_size=14
)
"""Month, months until it was delivered, and grams."""


def _delivered(rows: list[tuple[int, int, int]]) -> list[Delivered]:
    return [
        (_month(number), "v3.0.0", _came(_month(number + late)), float(grams))
        for number, late, grams in rows
    ]


@given(_DELIVERIES)
def test_nobody_knows_what_had_not_come(rows: list[tuple[int, int, int]]) -> None:
    """A vantage knows no later month, and nothing delivered when the next month was, or after."""
    labels = _history(_delivered(rows), {}).labels
    for vantage in vantages(labels):
        later = [each for each in labels if each.usage_period > vantage.origin]
        following = min(each.usage_period for each in later)
        instant = min(each.delivered_at for each in later if each.usage_period == following)

        assert max(vantage.current) == vantage.origin
        for known in vantage.current.values():
            assert known.delivered_at < instant or (
                vantage.is_hindsight and known.delivered_at == instant
            )


@given(_DELIVERIES, st.integers(0, 5))
def test_the_future_cannot_change_a_replay(rows: list[tuple[int, int, int]], origin: int) -> None:
    """Other figures after a vantage leave what is told from it, and its range, as they are."""
    usage = {_month(number): 100 + number for number in range(6)}
    before = _history(_delivered(rows), usage)
    instants = [
        each.instant for each in vantages(before.labels) if each.origin.text == _month(origin)
    ]
    changed_from = min(instants, default=NOW)
    changed = [
        (number, late, grams if label.delivered_at <= changed_from else 7 * grams + 1)
        for label, (number, late, grams) in zip(before.labels, rows, strict=True)
    ]

    was, now = (
        {
            replay.horizon: replay.seen[Grain.ORGANISATION]
            for replay in replay_history(history).made
            if replay.origin.text == _month(origin)
        }
        for history in (before, _history(_delivered(changed), usage))
    )

    assert was.keys() == now.keys()
    for horizon, seen in was.items():
        assert (seen.told == now[horizon].told).all()
        assert (seen.ranges.low_ug == now[horizon].ranges.low_ug).all()
        assert (seen.ranges.high_ug == now[horizon].ranges.high_ug).all()


def test_a_change_of_method_is_told_and_not_counted_as_an_error() -> None:
    """Months first published under another model version than was known are left, by number."""
    usage = dict.fromkeys(map(_month, range(4)), 100)
    versions = ("v2.0.0", "v2.0.0", "v3.0.0", "v3.0.0")
    delivered = [
        (month, version, _came(month), 50.0) for month, version in zip(usage, versions, strict=True)
    ]

    found = backtest_nowcast(_history(delivered, usage))

    assert found.n_replays == 2
    assert found.left == {"model-version": 4}


def test_a_backfill_is_replayed_in_hindsight_and_says_so() -> None:
    """Months that came at one instant are replayed from the vintages that came."""
    usage = dict.fromkeys(map(_month, range(4)), 100)
    delivered = [(month, "v3.0.0", NOW, 50.0) for month in usage]

    found = backtest_nowcast(_history(delivered, usage))

    assert (found.n_replays, found.n_hindsight) == (6, 6)


def test_ranges_are_of_errors_that_were_known_at_the_time() -> None:
    """The first two origins have none; later ones do, and a jump lies outside of them."""
    usage = dict.fromkeys(map(_month, range(8)), 100)
    grams = [100.0, 101.0, 100.0, 101.0, 100.0, 101.0, 100.0, 300.0]
    delivered = [
        (month, "v3.0.0", _came(month), each) for month, each in zip(usage, grams, strict=True)
    ]

    replays = [
        each for each in replay_history(_history(delivered, usage)).made if each.horizon == 1
    ]
    has_range = [bool(each.seen[Grain.ORGANISATION].ranges.has_range[0, 0]) for each in replays]
    found = backtest_nowcast(_history(delivered, usage))

    assert has_range == [False, False, True, True, True, True, True]
    line = _line(found, Grain.ORGANISATION, 1)
    assert (line.n_held, line.n_ranges) == (4, 5)


def test_months_without_usage_are_left() -> None:
    """No usage, no replay; a history without any pair of months is refused by name."""
    delivered = [(_month(number), "v3.0.0", _came(_month(number)), 50.0) for number in range(3)]
    found = backtest_nowcast(_history(delivered, {_month(0): 100, _month(1): 100}))

    assert found.left == {"no-usage": 2}
    with pytest.raises(UnknownFigureError, match="no month of this warehouse can be replayed"):
        backtest_nowcast(_history(delivered[:1], {_month(0): 100}))


def test_silent_months_are_told_with_the_range_of_their_horizon() -> None:
    """Figures of the months after the last, as far as three with a range; the fifth runs still."""
    steady = _steady(12)
    silent = {_month(12): 250, _month(15): 250, _month(17): 250}
    labels = [
        (label.usage_period.text, "v3.0.0", label.delivered_at, 2.0 * key)
        for label, key in zip(steady.labels, range(100, 220, 10), strict=True)
    ]
    usage = {month.text: int(used.key_nano[0]) for month, used in steady.usage.items()}

    receipt = nowcast_months(_history(labels, usage, silent), NOW)

    months = [each.month for each in receipt.months]
    assert [each.horizon for each in months] == [1, 4, 6]
    assert [each.is_running for each in months] == [False, False, True]
    assert [bool(each.has_range.all()) for each in months] == [True, False, False]
    assert [each.organisation[0].amount_ug for each in receipt.months] == [1500 * GRAM] * 3
    assert receipt.months[0].organisation == receipt.months[0].accounts["7"]
    assert receipt.months[1].organisation[0].low_ug is None
    assert [period.text for period in receipt.learnt] == [_month(9), _month(10), _month(11)]


def test_nothing_to_learn_from_is_refused() -> None:
    """A newest model version without usage has no intensities."""
    delivered = [(_month(0), "v2.0.0", _came(_month(0)), 5.0), (_month(1), "v3.0.0", NOW, 5.0)]

    with pytest.raises(UnknownFigureError, match="has usage to learn from"):
        nowcast_months(_history(delivered, {_month(0): 100}, {_month(2): 100}), NOW)


def test_accounts_are_sized_by_their_share() -> None:
    """Half a percent, five percent, and the rest."""
    assert sizes_of(np.array([5, 50, 945])).tolist() == [0, 1, 2]


@pytest.mark.parametrize("n_months", [-14, -1, 0, 1, 11, 12, 25])
def test_months_are_counted_over_years(n_months: int) -> None:
    """Going so many months and counting them are inverse."""
    start = UsagePeriod("2025-11")

    assert months_between(start, months_after(start, n_months)) == n_months
