"""Shared costs: what pools carry is passed on to those whom they serve, by the allocation law.

The three ways of cost accounting. They differ in what a pool does with what it serves to other
pools: ``direct`` ignores it; ``step-down`` passes it on in the given order, once; ``reciprocal``
solves the circle of mutual services as one linear system. A pool's service to itself never counts.

Amounts may be any measures; a total is redistributed by redistributing its scopes and summing
them, so that columns still cross-foot.
"""

from typing import Final

import numpy as np

from crossfoot.domain.configuration import RedistributionHow
from crossfoot.domain.errors import AllocationError
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array
from crossfoot.engine.allocation import allocate

_SHARE_SCALE: Final = 2.0**50
"""Solved shares become whole weights of this scale: the finest that the law takes at full speed."""

_SOLVE_TOLERANCE: Final = 1e-9
"""Shares of a pool sum to 1; a system that misses it by more has lost its digits."""


def redistribute(
    pool_amount: Int64Array, driver: Int64Array, *, how: RedistributionHow
) -> Int64Array:
    """Pass what pools carry on to consumers; every pool's amounts arrive in full.

    Parameters
    ----------
    pool_amount : ndarray of int64, shape (measure, pool)
        What each pool carries itself; may be negative. [ug CO2e]
    driver : ndarray of int64, shape (pool, pool + consumer)
        What each pool serves to each pool and consumer, in one unit per pool; not negative. [any]
    how : RedistributionHow
        For ``STEP_DOWN`` the pools are passed on in the order of their index.

    Returns
    -------
    ndarray of int64, shape (measure, pool, consumer)
        What each consumer receives of each pool; sums over consumers to ``pool_amount`` exactly.
        [ug CO2e]

    Raises
    ------
    AllocationError
        If a driver is negative, a pool reaches no consumer, or the system cannot be solved.

    Notes
    -----
    Direct and reciprocal lie within one microgram of the exact share of their weights; step-down
    rounds once per step.

    References
    ----------
    C. T. Horngren, S. M. Datar, M. V. Rajan, *Cost Accounting: A Managerial Emphasis*, chapter
    "Allocation of Support-Department Costs".
    """
    n_pools = pool_amount.shape[1]
    if driver.shape[0] != n_pools or driver.shape[1] < n_pools:
        raise ValueError(f"driver has shape {driver.shape}, not ({n_pools}, {n_pools} + consumer)")
    if driver.size and driver.min() < 0:
        raise AllocationError("A driver is negative.", mend="Drivers are quantities served.")
    served = driver.copy()
    np.fill_diagonal(served[:, :n_pools], 0)
    if how is RedistributionHow.STEP_DOWN:
        return _step_down(pool_amount, served)
    if how is RedistributionHow.RECIPROCAL:
        return _split_rows(pool_amount, _reciprocal_weights(served))
    return _split_rows(pool_amount, served[:, n_pools:])


def _split_rows(amount: Int64Array, weight: Int64Array) -> Int64Array:
    """Split the amount of each pool over its row of weights; (measure, pool, consumer)."""
    n_pools, n_consumers = weight.shape
    _check_reaches(weight.any(axis=1))
    offsets = np.arange(n_pools + 1, dtype=np.int64) * n_consumers
    split = allocate(amount, offsets, weight.ravel())
    return split.reshape(len(amount), n_pools, n_consumers)


def _step_down(pool_amount: Int64Array, served: Int64Array) -> Int64Array:
    """Close the pools one by one; each origin's amounts are followed on their own."""
    n_measures, n_pools = pool_amount.shape
    held = np.zeros((n_measures, n_pools, served.shape[1]), dtype=np.int64)
    own = np.arange(n_pools)
    held[:, own, own] = pool_amount
    for pool in range(n_pools):
        later = served[pool, pool + 1 :]
        _check_reaches(np.append(np.ones(pool, dtype=np.bool_), later.any()))
        passed_on = allocate(
            held[:, :, pool].reshape(-1, 1), np.array([0, len(later)], dtype=np.int64), later
        )
        held[:, :, pool + 1 :] += passed_on.reshape(n_measures, n_pools, -1)
    return held[:, :, n_pools:]


def _reciprocal_weights(served: Int64Array) -> Int64Array:
    """Return whole weights of each pool's final shares; shape (pool, consumer)."""
    n_pools = len(served)
    reach = _reach(served[:, :n_pools] > 0)
    consumer_reach = (reach.astype(np.int64) @ (served[:, n_pools:] > 0)) > 0
    _check_reaches(consumer_reach.any(axis=1))
    final = _solve(served[:, :n_pools], served[:, n_pools:])
    weight = np.maximum(np.rint(final * _SHARE_SCALE), 1).astype(np.int64)
    # where no path leads there is exactly nothing, whatever the solver's last digit says
    return np.where(consumer_reach, weight, 0)


def _solve(to_pools: Int64Array, to_consumers: Int64Array) -> Float64Array:
    """Solve ``total * final = to_consumers + to_pools @ final`` for the final shares. [1]."""
    total = to_pools.sum(axis=1, dtype=np.float64) + to_consumers.sum(axis=1, dtype=np.float64)
    try:
        final: Float64Array = np.linalg.solve(
            np.diag(total) - to_pools, to_consumers.astype(np.float64)
        )
    except np.linalg.LinAlgError as error:
        raise _unsolvable() from error
    if np.any(np.abs(final.sum(axis=1) - 1) > _SOLVE_TOLERANCE):
        raise _unsolvable()
    return final


def _unsolvable() -> AllocationError:
    return AllocationError(
        "Pools serve almost only each other, so their final shares cannot be computed.",
        mend="Use step-down, or check the drivers.",
    )


def _reach(serves: BoolArray) -> BoolArray:
    """Return which pools each pool reaches, itself included, over any number of steps."""
    reach = serves | np.eye(len(serves), dtype=np.bool_)
    for middle in range(len(serves)):
        reach |= reach[:, [middle]] & reach[[middle], :]
    return reach


def _check_reaches(reaches: BoolArray) -> None:
    stuck = np.flatnonzero(~reaches)
    if stuck.size:
        raise AllocationError(
            f"Pool {stuck[0]} serves no consumer, directly or through other pools.",
            mend="Give it a driver for a consumer, or leave its amount where it is.",
        )
