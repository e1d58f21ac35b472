"""Shared pools passed on by the three ways of cost accounting: integers, nothing lost."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.configuration import RedistributionHow
from crossfoot.domain.errors import AllocationError
from crossfoot.domain.units import Int64Array
from crossfoot.engine.redistribution import redistribute
from crossfoot.engine.totals import sums_of_scopes

type Problem = tuple[Int64Array, Int64Array]
"""Pool amounts (measure, pool) and drivers (pool, pool + consumer)."""

WAYS = st.sampled_from(list(RedistributionHow))


@st.composite
def problems(draw: st.DrawFn, n_measures: int = 2) -> Problem:
    """Draw pools that each serve at least one consumer."""
    n_pools, n_consumers = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    served = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 10**9))
    row = st.tuples(
        st.lists(served, min_size=n_pools, max_size=n_pools),
        st.lists(served, min_size=n_consumers, max_size=n_consumers).filter(any),
    )
    driver = [pools + consumers for pools, consumers in draw(_exactly(row, n_pools))]
    amounts = draw(_exactly(_exactly(st.integers(-(10**15), 10**15), n_pools), n_measures))
    return np.array(amounts, dtype=np.int64), np.array(driver, dtype=np.int64)


def _exactly[T](element: st.SearchStrategy[T], n: int) -> st.SearchStrategy[list[T]]:
    return st.lists(element, min_size=n, max_size=n)


def exact_shares(driver: Int64Array) -> list[list[Fraction]]:
    """Solve the reciprocal system by elimination in fractions; (pool, consumer)."""
    n_pools = len(driver)
    rows = []
    for pool, served in enumerate(driver.tolist()):
        served[pool] = 0
        total = sum(served)
        among = [Fraction(int(pool == p)) - Fraction(served[p], total) for p in range(n_pools)]
        rows.append(among + [Fraction(value, total) for value in served[n_pools:]])
    for pivot in range(n_pools):
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for other in range(n_pools):
            if other != pivot:
                factor = rows[other][pivot]
                rows[other] = [
                    a - factor * b for a, b in zip(rows[other], rows[pivot], strict=True)
                ]
    return [row[n_pools:] for row in rows]


@given(problems(), WAYS)
def test_consumers_receive_every_pool_in_full(problem: Problem, how: RedistributionHow) -> None:
    """For each measure and pool the sum over consumers is the pool's amount, exactly."""
    amount, driver = problem

    with np.errstate(divide="raise", invalid="raise", over="raise"):
        received = redistribute(amount, driver, how=how)

    assert received.shape == (*amount.shape, driver.shape[1] - amount.shape[1])
    assert (received.sum(axis=2) == amount).all()


@given(problems())
def test_reciprocal_shares_are_the_solution_of_the_circle(problem: Problem) -> None:
    """Against elimination in fractions: one microgram, plus the solver's last digits."""
    amount, driver = problem

    received = redistribute(amount, driver, how=RedistributionHow.RECIPROCAL)

    for pool, shares in enumerate(exact_shares(driver)):
        for consumer, share in enumerate(shares):
            for measure in range(len(amount)):
                whole = int(amount[measure, pool])
                # the system's condition is bounded by the ratio of drivers, at most 4e9 here
                slack = 1 + abs(whole) * Fraction(1, 10**6)
                assert abs(int(received[measure, pool, consumer]) - whole * share) <= slack


@given(problems())
def test_who_is_not_served_receives_nothing(problem: Problem) -> None:
    """A consumer that no pool serves receives exactly zero, whatever the way."""
    amount, driver = problem
    unserved = np.append(driver, np.zeros((len(driver), 1), dtype=np.int64), axis=1)

    for how in RedistributionHow:
        assert not redistribute(amount, unserved, how=how)[:, :, -1].any()


@given(problems(), WAYS)
def test_a_pools_service_to_itself_does_not_count(problem: Problem, how: RedistributionHow) -> None:
    """The diagonal of the drivers changes no byte."""
    amount, driver = problem
    changed = driver.copy()
    np.fill_diagonal(changed[:, : len(driver)], 77)

    received = redistribute(amount, changed, how=how)

    assert received.tobytes() == redistribute(amount, driver, how=how).tobytes()


@given(problems(n_measures=5), WAYS)
def test_redistributed_scopes_sum_to_redistributed_totals(
    problem: Problem, how: RedistributionHow
) -> None:
    """Totals are sums of redistributed scopes, and still sum to the pools' totals."""
    scopes, driver = problem

    totals = sums_of_scopes(redistribute(scopes, driver, how=how))

    assert (totals.sum(axis=2) == sums_of_scopes(scopes)).all()


def test_axes_of_different_lengths_keep_their_places() -> None:
    """Five measures, two pools, three consumers."""
    driver = np.array([[0, 1, 1, 1, 2], [2, 0, 0, 0, 6]])

    received = redistribute(np.full((5, 2), 80), driver, how=RedistributionHow.DIRECT)

    assert received.shape == (5, 2, 3)
    assert received[0].tolist() == [[20, 20, 40], [0, 0, 80]]


def test_no_pools_is_an_empty_redistribution() -> None:
    """An organisation without shared accounts."""
    for how in RedistributionHow:
        received = redistribute(
            np.zeros((5, 0), dtype=np.int64), np.zeros((0, 3), dtype=np.int64), how=how
        )
        assert received.shape == (5, 0, 3)


@pytest.mark.parametrize(
    ("how", "driver"),
    [
        (RedistributionHow.DIRECT, [[0, 5, 0], [0, 0, 1]]),
        (RedistributionHow.STEP_DOWN, [[0, 5, 1], [5, 0, 0]]),
        # 0 and 1 return everything to each other for ever
        (RedistributionHow.RECIPROCAL, [[0, 3, 0], [7, 0, 0]]),
        (RedistributionHow.RECIPROCAL, [[9, 0, 0], [0, 0, 1]]),
    ],
)
def test_a_pool_that_reaches_no_consumer_is_refused(
    how: RedistributionHow, driver: list[list[int]]
) -> None:
    """Its amount would have nowhere to go, or go round for ever."""
    with pytest.raises(AllocationError, match="serves no consumer"):
        redistribute(np.array([[1, 1]]), np.array(driver), how=how)


@pytest.mark.parametrize("among_pools", [10**17, 10**15 + 7])
def test_a_circle_with_hardly_a_way_out_is_refused(among_pools: int) -> None:
    """Hardly a part leaves the circle: float64 loses it, so the engine says so."""
    driver = np.array([[0, among_pools, 1], [among_pools // 3, 0, 1]])

    with pytest.raises(AllocationError, match="each other"):
        redistribute(np.array([[1, 1]]), driver, how=RedistributionHow.RECIPROCAL)


def test_negative_drivers_and_wrong_shapes_are_refused() -> None:
    """A driver is a quantity served."""
    with pytest.raises(AllocationError, match="negative"):
        redistribute(np.array([[1]]), np.array([[0, -1]]), how=RedistributionHow.DIRECT)
    with pytest.raises(ValueError, match="driver has shape"):
        redistribute(np.array([[1, 2]]), np.array([[0, 1]]), how=RedistributionHow.DIRECT)
