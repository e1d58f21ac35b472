"""Rows are sums of parts in whole numbers; pods share their node by the ledger's law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA, Basis, Criterion
from crossfoot.engine.estimate import Estimates
from crossfoot.engine.impact_rows import (
    AMOUNT_COLUMNS,
    load_of_rows,
    rows_of_parts,
    shared_with_pods,
)
from crossfoot.engine.shapes import Consumers

ENERGY = AMOUNT_COLUMNS.index("energy_kwh")
MINERALS = AMOUNT_COLUMNS.index("adp_embodied_kgsbeq")


def estimates(values: list[float], basis: list[int]) -> Estimates:
    """Return parts whose every figure is their value; NaN is no figure."""
    figures = np.array(values, np.float64)
    n_parts = len(values)
    return Estimates(
        figures=np.broadcast_to(figures, (len(CRITERIA), len(BOUNDS), n_parts)).copy(),
        idle=np.broadcast_to(figures, (len(IDLE_CRITERIA), n_parts)).copy(),
        modelled_kwh=np.full(n_parts, np.nan),
        basis=np.array(basis, np.int8),
    )


def consumers(parent: list[int], used: list[int], unused: list[int]) -> Consumers:
    """Return rows of one cell, some of them pods."""
    n_rows = len(parent)
    zeros = np.zeros(n_rows, np.int64)
    return Consumers(
        account=zeros,
        region=zeros,
        bucket=zeros,
        on_demand_nano=zeros,
        keys={},
        parent=np.array(parent, np.int64),
        is_split=np.array(parent, np.int64) >= 0,
        split_used=np.array(used, np.int64),
        split_unused=np.array(unused, np.int64),
    )


def test_a_row_is_the_sum_of_its_parts_and_has_the_weakest_basis() -> None:
    """Two models of one resource are one row; the one that is less sure names the basis."""
    parts = estimates([1.5, 2.25, 4.0], [Basis.LISTED, Basis.ESTIMATED, Basis.SERVICE])
    rows, keys = rows_of_parts(parts, np.array([0, 2]), np.array([10, 20, 40]))

    assert rows.amount[ENERGY].tolist() == [3_750_000_000, 4_000_000_000]
    assert rows.amount[MINERALS].tolist() == [3_750_000_000_000_000, 4_000_000_000_000_000]
    assert rows.basis.tolist() == [Basis.ESTIMATED, Basis.SERVICE]
    assert keys.energy_nano_kwh.tolist() == [3_750_000_000, 4_000_000_000]
    assert keys.modelled_nano.tolist() == [30, 40]


def test_what_has_no_figure_is_missing_and_what_is_carried_is_zero() -> None:
    """NaN stays unknown, a zero stays a zero, and their value is told apart."""
    parts = estimates([np.nan, 0.0, 1.0], [Basis.NONE, Basis.CARRIED, Basis.PROXY])
    rows, keys = rows_of_parts(parts, np.arange(3), np.array([5, 6, 7]))
    costs = {name: rows.amount[AMOUNT_COLUMNS.index(name)].tolist() for name in AMOUNT_COLUMNS[-4:]}

    assert rows.is_known[ENERGY].tolist() == [False, True, True]
    assert rows.amount[ENERGY].tolist() == [0, 0, 1_000_000_000]
    assert costs == {
        "physical_on_demand_cost": [0, 0, 0],
        "proxy_on_demand_cost": [0, 0, 7],
        "unmodelled_on_demand_cost": [5, 0, 0],
        "carried_on_demand_cost": [0, 6, 0],
    }
    assert keys.energy_nano_kwh.tolist() == [0, 0, 0]


def test_a_row_with_one_known_part_has_its_figure() -> None:
    """A part without a figure does not hide the other one."""
    parts = estimates([np.nan, 2.0], [Basis.NONE, Basis.LISTED])
    rows, _ = rows_of_parts(parts, np.array([0]), np.array([1, 1]))

    assert rows.is_known[ENERGY].tolist() == [True]
    assert rows.amount[ENERGY].tolist() == [2_000_000_000]
    assert rows.basis.tolist() == [Basis.LISTED]


def test_pods_share_their_node_and_the_unused_part_stays() -> None:
    """Ten kilowatt hours, used 3 and 1 and 1 unused of 5: 6, 2 and 2."""
    parts = estimates([10.0, np.nan, np.nan, 1.0], [Basis.LISTED, -1, -1, Basis.LISTED])
    rows, _ = rows_of_parts(parts, np.arange(4), np.zeros(4, np.int64))
    shared = shared_with_pods(rows, consumers([-1, 0, 0, -1], [0, 3, 1, 0], [0, 1, 0, 0]))

    assert shared.amount[ENERGY].tolist() == [2 * 10**9, 6 * 10**9, 2 * 10**9, 10**9]
    assert shared.is_known[ENERGY].all()
    assert shared.carrier.tolist() == [0, 0, 0, 3]
    assert shared.is_unused_part.tolist() == [True, False, False, False]
    assert shared.basis.tolist() == [Basis.LISTED] * 4


def test_pods_without_weight_leave_everything_on_their_node() -> None:
    """Nothing says what they used, so nothing is known of them."""
    parts = estimates([10.0, np.nan], [Basis.LISTED, -1])
    rows, _ = rows_of_parts(parts, np.arange(2), np.zeros(2, np.int64))
    shared = shared_with_pods(rows, consumers([-1, 0], [0, 0], [0, 0]))

    assert shared.amount[ENERGY].tolist() == [10**10, 0]
    assert shared.is_known[ENERGY].tolist() == [True, False]
    assert not shared.is_unused_part.any()


@given(
    energy=st.floats(0, 999),
    pods=st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), max_size=9),
)
def test_a_node_and_its_pods_sum_to_what_the_node_was(
    energy: float, pods: list[tuple[int, int]]
) -> None:
    """Whatever the weights, no digit is lost in any column."""
    n_pods = len(pods)
    parts = estimates([energy] + [np.nan] * n_pods, [Basis.LISTED] + [-1] * n_pods)
    rows, _ = rows_of_parts(parts, np.arange(1 + n_pods), np.arange(1 + n_pods))
    used, unused = ([0, *(pod[index] for pod in pods)] for index in (0, 1))
    shared = shared_with_pods(rows, consumers([-1] + [0] * n_pods, used, unused))

    assert shared.amount.sum(axis=1).tolist() == rows.amount.sum(axis=1).tolist()


def test_the_load_of_a_row_is_weighed_by_the_hours_of_its_parts() -> None:
    """90 hours at 10 % and 10 at 60 % are 15 %; parts without a load do not count."""
    load = np.array([10.0, 60.0, np.nan, np.nan])
    amount = np.array([90.0, 10.0, 500.0, np.nan])

    found = load_of_rows(load, amount, np.array([0, 3]))

    assert found[0] == pytest.approx(15.0)
    assert np.isnan(found[1])


def test_no_part_gives_no_row() -> None:
    """An account without usage has an empty estimate."""
    rows, keys = rows_of_parts(estimates([], []), np.zeros(0, np.int64), np.zeros(0, np.int64))

    assert rows.amount.shape == (len(AMOUNT_COLUMNS), 0)
    assert keys.energy_nano_kwh.shape == (0,)


def test_an_estimate_beyond_all_measure_is_refused_by_name() -> None:
    """Ten billion kilowatt hours of one row are an error of the input."""
    with pytest.raises(InvalidAmountError, match="more digits"):
        rows_of_parts(estimates([1e10], [Basis.LISTED]), np.array([0]), np.array([0]))


def test_the_columns_are_those_of_the_published_table() -> None:
    """Each column of amounts is one of the table, in the same spelling."""
    assert AMOUNT_COLUMNS[: len(BOUNDS)] == ("energy_kwh", "energy_kwh_low", "energy_kwh_high")
    assert f"idle_{Criterion.ENERGY}" in AMOUNT_COLUMNS
