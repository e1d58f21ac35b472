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
    range_of,
    ratios,
    relative_bias,
    relative_error,
    sums_of,
)


def _band(published_to_nowcast: list[float], n_months: int) -> Band:
    band = band_of(np.array(published_to_nowcast), n_months)
    assert band is not None
    return band


def test_few_errors_are_spread_by_student() -> None:
    """Two errors of 10 % in two months: Student's quantile for two degrees is 2.920."""
    band = _band([1.1, 1 / 1.1], 2)

    assert band.high == pytest.approx(1.1**2.920)
    assert band.low == pytest.approx(1 / band.high)


def test_many_errors_of_many_months_are_ranked() -> None:
    """Of 99 errors the 90th counts, as the hundredth is to fall within in nine of ten cases."""
    band = _band([math.exp(number / 1000) for number in range(1, 100)], 99)

    assert band.high == pytest.approx(math.exp(0.090))


def test_many_errors_of_few_months_reach_further() -> None:
    """Errors of one month share its grid: a hundred of three months are no hundred months."""
    errors = [math.exp(number / 1000) for number in range(1, 100)]

    assert _band(errors, 3).high == pytest.approx(math.exp(0.090 * 2.353 / 1.645))


@pytest.mark.parametrize(("errors", "n_months"), [([], 0), ([1.1], 1), ([1.1] * 40, 1)])
def test_one_month_gives_no_range(errors: list[float], n_months: int) -> None:
    """A range needs errors of two months at least."""
    assert band_of(np.array(errors), n_months) is None


def test_figures_that_came_to_nothing_give_no_range() -> None:
    """Where a tenth of the figures vanished, no factor holds nine tenths."""
    assert band_of(np.array([0.0] * 5 + [1.0] * 20), 20) is None
    assert band_of(np.array([0.0] + [1.0] * 30), 20) is not None


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
