"""Ranges from errors of the past, and how large those errors were (docs/methodology.md, F-21)."""

from dataclasses import dataclass
from math import ceil, exp, log, prod, sqrt
from typing import Final

import numpy as np

from crossfoot.domain.units import MICROGRAMS_PER_GRAM, BoolArray, Float64Array, Int64Array

HELD: Final = 0.9
"""Part of the published figures that a range is to hold."""

HALF_STEP_UG: Final = MICROGRAMS_PER_GRAM // 2
"""AWS shows whole grams: no range is narrower than what that hides."""

_ENOUGH_FOR_RANKS: Final = 19
"""From so many errors on their ranks are taken; below it, their spread."""

_STUDENT_T_95: Final = (
    *(6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833),
    *(1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740, 1.734),
)
"""95 % quantile of Student's t for 1 to 18 degrees of freedom; any statistical table has them."""

_NORMAL_95: Final = 1.645
_ENDLESS: Final = log(1e6)
"""A range of more than a millionfold says nothing."""
_FEWEST_MONTHS: Final = 2


@dataclass(frozen=True, slots=True)
class Band:
    """What a nowcast is multiplied by for the two ends of its range."""

    low: float
    high: float


def band_of(published_to_nowcast: Float64Array, n_months: int) -> Band | None:
    """Return the band that is to hold nine of ten figures published next.

    Parameters
    ----------
    published_to_nowcast : ndarray of float64, shape (error,)
        Ratios of the past, none of them infinite. [1]
    n_months : int
        Independent months that they are of: errors of one month share its grid. [1]

    Returns
    -------
    Band or None
        As far down as up: a year that has only seen the nowcast too low may not shift the range.
        None for fewer than two months.
    """
    n_errors = len(published_to_nowcast)
    if min(n_errors, n_months) < _FEWEST_MONTHS:
        return None
    is_positive = published_to_nowcast > 0
    distance = np.full(n_errors, np.inf)
    distance[is_positive] = np.abs(np.log(published_to_nowcast[is_positive]))
    student = _STUDENT_T_95[min(n_months, len(_STUDENT_T_95)) - 1]
    if n_errors < _ENOUGH_FOR_RANKS:
        reach = student * sqrt(float(np.square(distance).mean()))
    else:
        rank = min(ceil((n_errors + 1) * HELD), n_errors) - 1
        few = student / _NORMAL_95 if n_months <= len(_STUDENT_T_95) else 1.0
        reach = float(np.partition(distance, rank)[rank]) * few
    return Band(exp(-reach), exp(reach)) if reach < _ENDLESS else None


def range_of(amount_ug: Int64Array, low: Float64Array, high: Float64Array) -> Int64Array:
    """Return the ends of ranges, shape (2, figure): the bands applied, and AWS's step.

    A range holds its value, and does not fall below zero unless the value does. [ug CO2e].
    """
    ends = np.sort(np.stack([amount_ug * low, amount_ug * high]), axis=0)
    below = np.minimum(np.floor(ends[0]), amount_ug) - HALF_STEP_UG
    above = np.maximum(np.ceil(ends[1]), amount_ug) + HALF_STEP_UG
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
