"""Ranges from past errors: how wide, when there is none, and what they always hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.engine.error_ranges import (
    HALF_STEP_UG,
    Band,
    band_of,
    independent_months,
    range_of,
    ratios,
    relative_bias,
    relative_error,
    sums_of,
)


def _band(published_to_nowcast: list[float], n_replays: int, horizon: int = 1) -> Band:
    band = band_of(np.array(published_to_nowcast), n_replays, horizon)
    assert band is not None
    return band


def test_few_errors_are_spread_by_student() -> None:
    """Two errors of 10 % in two months: Student's quantile for two degrees is 2.920."""
    band = _band([1.1, 1 / 1.1], 2)

    assert band.high == pytest.approx(1.1**2.920, rel=1e-4)
    assert band.low == pytest.approx(1 / band.high)


def test_errors_of_many_months_are_ranked() -> None:
    """Of 99 errors the 90th counts, as the hundredth is to fall within in nine of ten cases."""
    band = _band([math.exp(number / 1000) for number in range(1, 100)], 99)

    assert band.high == pytest.approx(math.exp(0.090))


def test_between_two_ranks_the_range_is_in_proportion() -> None:
    """Of ten errors the position is 9.9: nine tenths of the way from the ninth to the tenth."""
    band = _band([math.exp(number / 1000) for number in range(1, 11)], 10)

    assert band.high == pytest.approx(math.exp(0.0099))


def test_overlapping_replays_are_fewer_months() -> None:
    """Nineteen replays three months ahead are worth nine; eighteen are few, and spread."""
    errors = [math.exp(number / 1000) for number in range(1, 20)]

    assert independent_months(19, 3) == 9
    assert _band(errors, 19, 3).high == pytest.approx(math.exp(0.019))
    spread = math.sqrt(sum((number / 1000) ** 2 for number in range(1, 19)) / 18)
    assert _band(errors[:18], 18, 3).high == pytest.approx(math.exp(1.8595 * spread), rel=1e-5)


def test_pooled_errors_are_ranked_whatever_their_months() -> None:
    """A hundred entities of three months have the ranks of their errors, as they are many."""
    errors = [math.exp(number / 1000) for number in range(1, 100)]

    assert _band(errors, 3).high == pytest.approx(math.exp(0.090))


@pytest.mark.parametrize("kind", ["normal", "laplace", "season"])
def test_nine_of_ten_are_held_whatever_errors_are_like(kind: str) -> None:
    """Over simulated histories of three years coverage is that asked for, within some points.

    Errors that repeat themselves exactly, as those of a season without noise do, are held more
    often: the next one is never farther than one that was seen.
    """
    generator = np.random.default_rng(20261122)
    n_held = n_ranges = 0
    for _ in range(40):
        errors = {
            "normal": lambda: generator.normal(size=36),
            "laplace": lambda: generator.laplace(size=36),
            "season": lambda: (
                np.sin(generator.uniform(0, 2 * np.pi) + np.arange(36) * np.pi / 6)
                + 0.7 * generator.normal(size=36)
            ),
        }[kind]()
        ratios_seen = np.exp(errors / 20)
        for n_known in range(2, 36):
            band = _band(ratios_seen[:n_known].tolist(), n_known)
            n_held += int(band.low <= ratios_seen[n_known] <= band.high)
            n_ranges += 1

    assert 0.87 <= n_held / n_ranges <= 0.93


@pytest.mark.parametrize(
    ("errors", "n_replays", "horizon"),
    [([], 0, 1), ([1.1], 1, 1), ([1.1] * 40, 1, 1), ([1.1] * 4, 4, 3)],
)
def test_one_month_gives_no_range(errors: list[float], n_replays: int, horizon: int) -> None:
    """A range needs errors of two independent months at least."""
    assert band_of(np.array(errors), n_replays, horizon) is None


def test_figures_that_came_to_nothing_give_no_range() -> None:
    """Where a tenth of the figures vanished, no factor holds nine tenths."""
    assert band_of(np.array([0.0] * 5 + [1.0] * 20), 25, 1) is None
    assert band_of(np.array([0.0] + [1.0] * 30), 31, 1) is not None


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1), st.floats(0.1, 1), st.floats(1, 10))
def test_a_range_holds_its_value_and_a_step_of_aws(
    amounts: list[int], low: float, high: float
) -> None:
    """Half a gram lies to each side at least, but no range of a positive figure is below zero."""
    amount_ug = np.array(amounts, np.int64)
    one = np.ones(len(amounts))

    below, above = range_of(amount_ug, low * one, high * one)

    assert (above - amount_ug >= HALF_STEP_UG).all()
    assert (below <= amount_ug).all()
    assert (below[amount_ug >= 0] >= 0).all()


def test_a_zero_has_no_ratio() -> None:
    """What was told as nothing has no relative error, and does not widen the others."""
    quotient, has_ratio = ratios(np.array([4, 7, 0]), np.array([2, 0, 5]))

    assert has_ratio.tolist() == [True, False, True]
    assert quotient[has_ratio].tolist() == [2, 0]


@given(st.integers(2, 5), st.integers(1, 3), st.data())
def test_sums_by_group_keep_the_whole(n_groups: int, n_rows: int, data: st.DataObject) -> None:
    """Whole numbers in, the same whole numbers out, whatever the groups; axes stay in place."""
    n_cells = data.draw(st.integers(0, 20))
    draw = st.lists(st.integers(0, n_groups - 1), min_size=n_cells, max_size=n_cells)
    group = np.array(data.draw(draw), np.int64)
    amount = np.arange(2 * n_rows * n_cells).reshape(2, n_rows, n_cells) * 10**9

    sums = sums_of(group, n_groups, amount)

    assert sums.shape == (2, n_rows, n_groups)
    assert (sums.sum(axis=-1) == amount.sum(axis=-1)).all()


def test_errors_are_relative_to_what_was_published() -> None:
    """Two grams too much of four and one too little of six: 30 % off, 10 % too high."""
    published, told = np.array([4, 6]), np.array([6, 5])

    assert relative_error(published, told) == pytest.approx(0.3)
    assert relative_bias(published, told) == pytest.approx(0.1)


def test_nothing_published_has_no_relative_error() -> None:
    """Zero over zero is no number."""
    nothing = np.zeros(2, np.int64)

    assert relative_error(nothing, nothing) is None
    assert relative_bias(nothing[:0], nothing[:0]) is None
