"""Ranges from errors of the past, and how large those errors were (docs/methodology.md, F-21)."""

from dataclasses import dataclass
from math import exp, inf, log, prod, sqrt
from typing import Final

import numpy as np

from crossfoot.domain.units import MICROGRAMS_PER_GRAM, BoolArray, Float64Array, Int64Array
from crossfoot.engine.student import quantile_95

HELD: Final = 0.9
"""Part of the published figures that a range is to hold."""

HALF_STEP_UG: Final = MICROGRAMS_PER_GRAM // 2
"""AWS shows whole grams: no range is narrower than what that hides."""

_ENOUGH_FOR_RANKS: Final = 9
"""Of so many independent months the ranks tell nine of ten; below it, their spread."""

_ENOUGH_POOLED: Final = 19
"""From so many errors of many entities on their ranks are taken."""

_ENDLESS: Final = log(1e6)
"""A range of more than a millionfold says nothing."""
_FEWEST_MONTHS: Final = 2


@dataclass(frozen=True, slots=True)
class Band:
    """What a nowcast is multiplied by for the two ends of its range."""

    low: float
    high: float


def band_of(published_to_nowcast: Float64Array, n_replays: int, horizon: int) -> Band | None:
    """Return the band that is to hold nine of ten figures published next.

    Parameters
    ----------
    published_to_nowcast : ndarray of float64, shape (error,)
        Ratios of the past, none of them infinite: one of each replay, or of many entities of one
        kind in each. [1]
    n_replays : int
        Replays that they are of. [1]
    horizon : int
        Months ahead: replays of one horizon overlap, and share their errors.

    Returns
    -------
    Band or None
        As far down as up: a year that has only seen the nowcast too low may not shift the range.
        None for fewer than two independent months.
    """
    n_errors = len(published_to_nowcast)
    n_months = independent_months(min(n_errors, n_replays), horizon)
    if n_months < _FEWEST_MONTHS:
        return None
    is_positive = published_to_nowcast > 0
    distance = np.full(n_errors, np.inf)
    distance[is_positive] = np.abs(np.log(published_to_nowcast[is_positive]))
    if n_errors > n_replays and n_errors >= _ENOUGH_POOLED:
        reach = _at_position(distance, HELD * (n_errors + 1))
    elif n_errors > n_replays or n_months < _ENOUGH_FOR_RANKS:
        reach = quantile_95(n_months) * sqrt(float(np.square(distance).mean()))
    else:
        reach = _at_position(distance, HELD * n_errors * (n_months + 1) / n_months)
    return Band(exp(-reach), exp(reach)) if reach < _ENDLESS else None


def independent_months(n_replays: int, horizon: int) -> int:
    """Return how many independent errors overlapping replays are worth, for their spread.

    Errors of ``h`` months ahead are sums of the changes of ``h`` months, so that two which are
    ``k`` months apart share ``h - k`` of them: ``1 + 2 * sum((1 - k / h) ** 2)`` in place of one.

    References
    ----------
    Bayley and Hammersley, The effective number of independent observations in an autocorrelated
    time series, Supplement to the Journal of the Royal Statistical Society 8, 1946.
    """
    return n_replays * 3 * horizon // (2 * horizon * horizon + 1)


def _at_position(distance: Float64Array, position: float) -> float:
    """Return the distance at a position, from 1, of their order; between two, in proportion."""
    last = len(distance) - 1
    at = min(max(position - 1, 0.0), float(last))
    lower, upper = int(at), min(int(at) + 1, last)
    ordered = np.partition(distance, (lower, upper))
    if np.isinf(ordered[upper]):
        return inf
    return float(ordered[lower] + (ordered[upper] - ordered[lower]) * (at - lower))


def range_of(amount_ug: Int64Array, low: Float64Array, high: Float64Array) -> Int64Array:
    """Return the ends of ranges, shape (2, figure): the bands applied, and AWS's step at least.

    A range does not fall below zero unless the value does. [ug CO2e].
    """
    ends = np.sort(np.stack([amount_ug * low, amount_ug * high]), axis=0)
    below = np.minimum(np.floor(ends[0]), amount_ug - HALF_STEP_UG)
    above = np.maximum(np.ceil(ends[1]), amount_ug + HALF_STEP_UG)
    below = np.where(amount_ug >= 0, np.maximum(below, 0), below)
    return np.stack([below, above]).astype(np.int64)


def ratios(published_ug: Int64Array, nowcast_ug: Int64Array) -> tuple[Float64Array, BoolArray]:
    """Return published to nowcast, and where there is such a ratio: the nowcast is positive."""
    has_ratio = nowcast_ug > 0
    quotient = np.ones(len(published_ug))
    np.divide(published_ug, nowcast_ug, out=quotient, where=has_ratio)
    return quotient, has_ratio


def sums_of(group: Int64Array, n_groups: int, amount: Int64Array) -> Int64Array:
    """Return whole sums by group; shape (..., group) of an amount of shape (..., cell)."""
    rows = amount.reshape(prod(amount.shape[:-1]), amount.shape[-1])
    sums = np.zeros((len(rows), n_groups), np.int64)
    for row, into in zip(rows, sums, strict=True):
        np.add.at(into, group, row)
    return sums.reshape((*amount.shape[:-1], n_groups))


def relative_error(published_ug: Int64Array, told_ug: Int64Array) -> float | None:
    """Return the sum of absolute errors over the sum published; None where nothing was. [1]."""
    return _over(np.abs(told_ug - published_ug), published_ug)


def relative_bias(published_ug: Int64Array, told_ug: Int64Array) -> float | None:
    """Return how much too high the sum was, over the sum published; None where nothing was."""
    return _over(told_ug - published_ug, published_ug)


def _over(excess_ug: Int64Array, published_ug: Int64Array) -> float | None:
    whole = float(np.abs(published_ug).sum(dtype=np.float64))
    return float(excess_ug.sum(dtype=np.float64)) / whole if whole else None
