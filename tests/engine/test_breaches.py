"""Breaches as figures show them, and what is told of them after any change."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from crossfoot.engine.breaches import Breach, Point, Told, Turn, breaches_of, told_after

LIMIT, RECOVERY = 100, 90
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]

amounts = st.lists(st.sampled_from([None, 50, 90, 95, 100, 101, 150]), max_size=len(MONTHS))


def points(series: Sequence[int | None]) -> list[Point]:
    """Return the points of a year that begins with these figures."""
    return [
        Point(month, amount, LIMIT, RECOVERY) for month, amount in zip(MONTHS, series, strict=False)
    ]


def breaches(*series: int | None) -> tuple[Breach, ...]:
    """Return the breaches of these figures."""
    return breaches_of(points(series))


def lasting(told: Told) -> set[int]:
    """Return the numbers of the breaches that last."""
    return {each.number for each in told.breaches if each.is_open}


def test_the_limit_itself_is_no_breach() -> None:
    """A unit above it is one."""
    assert breaches(100, 100) == ()
    assert breaches(101) == (Breach("2026-01", "2026-01"),)


def test_a_breach_lasts_until_the_margin_is_met() -> None:
    """Between the limit and the margin, and without figure, it stays as it was."""
    assert breaches(150, 95, None, 91, 90, 95) == (Breach("2026-01", "2026-04", "2026-05"),)


def test_a_month_without_figure_begins_nothing() -> None:
    """Missing is neither above nor below."""
    assert breaches(None, 95, None) == ()
    assert breaches_of([Point("2026-01", 150, None, None)]) == ()


def test_several_breaches_are_told_in_their_order() -> None:
    """A breach that was over before anybody looked is told with its recovery."""
    told, turns = told_after(Told(), breaches(150, 50, 150))

    assert turns == (
        Turn(1, is_breach=True, start="2026-01", month="2026-01"),
        Turn(1, is_breach=False, start="2026-01", month="2026-02"),
        Turn(2, is_breach=True, start="2026-03", month="2026-03"),
    )
    assert (told.count, lasting(told)) == (2, {2})


def test_a_breach_that_the_figures_forgot_has_recovered() -> None:
    """A restatement below the limit is told, as undone."""
    told, _ = told_after(Told(), breaches(150, 150))
    after, turns = told_after(told, breaches(50, 50))

    assert turns == (Turn(1, is_breach=False, start="2026-01", month="2026-01", was_undone=True),)
    assert after == Told(1)


def test_a_recovered_breach_that_goes_on_after_all_is_a_new_one() -> None:
    """Its recovery was told, so that silence would be wrong."""
    told, _ = told_after(Told(), breaches(150, 50))
    _, turns = told_after(told, breaches(150, 150))

    assert turns == (Turn(2, is_breach=True, start="2026-01", month="2026-01"),)


def test_a_breach_that_a_restatement_parts_is_told_no_more() -> None:
    """Its later half goes on under the number that was told, and recovers once."""
    told, _ = told_after(Told(), breaches(150, 150, 150))
    parted, nothing = told_after(told, breaches(150, 50, 150))
    _, turns = told_after(parted, breaches(150, 50, 150, 50))

    assert nothing == ()
    assert turns == (Turn(1, is_breach=False, start="2026-03", month="2026-04"),)


@given(amounts)
def test_however_often_one_looks_the_same_is_told(series: list[int | None]) -> None:
    """Figures that come one by one, and all at once, give the same turns."""
    _, at_once = told_after(Told(), breaches(*series))
    told, one_by_one = Told(), []
    for n_months in range(len(series) + 1):
        told, turns = told_after(told, breaches(*series[:n_months]))
        one_by_one += turns

    assert tuple(one_by_one) == at_once


@given(st.lists(amounts, max_size=8))
def test_every_breach_is_told_once_whatever_is_restated(history: list[list[int | None]]) -> None:
    """Each number begins once and recovers at most once, after that; what lasts was told."""
    told = Told()
    begun: list[int] = []
    recovered: list[int] = []
    for series in history:
        found = breaches(*series)
        told, turns = told_after(told, found)
        for turn in turns:
            (begun if turn.is_breach else recovered).append(turn.number)
            assert turn.number in begun
        assert len(begun) == len(set(begun)) == told.count
        assert len(recovered) == len(set(recovered))
        assert set(begun) - set(recovered) == lasting(told)
        assert [(each.start, each.end) for each in told.breaches] == [
            (each.start, each.end) for each in found
        ]
        assert all(each.number in begun for each in told.breaches)
        assert told_after(told, found) == (told, ())
