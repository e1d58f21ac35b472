"""What a month's figure is expected to be, and how far months stray (docs/methodology.md, F-24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import erf, exp, floor, log, pi, sqrt
from statistics import fmean, median
from typing import Final

from crossfoot.engine.student import probability_below

FEWEST_ERRORS: Final = 6
"""Below it, a median of errors says next to nothing."""

_MONTHS_BEFORE: Final = 3
_MOST_ERRORS: Final = 24
"""What is older than two years is of another organisation."""

FEWEST_MONTHS: Final = FEWEST_ERRORS + _MONTHS_BEFORE

_MEDIAN_TO_SIGMA: Final = 1.4826
"""The median of absolute deviations of normal errors, as a part of their standard deviation."""
_MEAN_TO_SIGMA: Final = sqrt(pi / 2)
_FEW: Final = (1.200, 1.140, 1.129, 1.107)
"""What a median of 6 to 9 absolute deviations falls short by."""
_FALLS_SHORT: Final = 0.8

_FARTHEST_T: Final = 1e6
_HALVINGS: Final = 80
_ENDLESS: Final = log(1e6)
"""A limit a millionfold above what is expected is none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a month should be by the months before it.

    Parameters
    ----------
    amount : int
        Expected figure, in whole smallest units.
    spread : float
        Robust standard deviation of the logarithm of past errors. [1]
    n_errors : int
        Past errors that it is made of. [1]
    resolution : int
        Smallest step that the figure can make, in whole smallest units.
    """

    amount: int
    spread: float
    n_errors: int
    resolution: int

    def limit(self, multiple: float) -> int | None:
        """Return the most that noise explains, at a multiple of its standard deviation.

        As unlikely as that multiple is of the normal distribution, by Student's t of as many
        errors as are known; and never less than as many steps. None where it is no limit.
        """
        reach = _widened(multiple, self.n_errors) * self.spread
        if reach > _ENDLESS:
            return None
        noise = floor((self.amount + self.resolution) * (exp(reach) - 1))
        return self.amount + max(noise, floor(multiple * self.resolution))


def expectation_of(
    amounts: Sequence[int], days: Sequence[int], *, n_days: int, resolution: int
) -> Expectation | None:
    """Return what a month is expected to be by those before it.

    Parameters
    ----------
    amounts : sequence of int, shape (month,)
        Months on end up to the one before it; none below zero.
    days : sequence of int, shape (month,)
        Days of each of them. [d]
    n_days : int
        Days of the month itself. [d]
    resolution : int
        Smallest step of the figure, so that a zero has a logarithm.

    Returns
    -------
    Expectation or None
        None where there are fewer than ``FEWEST_MONTHS`` months.
    """
    levels = [
        log((amount + resolution) / of_month)
        for amount, of_month in zip(amounts, days, strict=True)
    ]
    errors = [levels[at] - _level(levels[:at]) for at in range(_MONTHS_BEFORE, len(levels))][
        -_MOST_ERRORS:
    ]
    if len(errors) < FEWEST_ERRORS:
        return None
    middle = exp(_level(levels) + median(errors)) * n_days - resolution
    return Expectation(max(round(middle), 0), _sigma(errors), len(errors), resolution)


def _level(levels: Sequence[float]) -> float:
    """Return the median of the last months: one that strayed does not move it."""
    return median(levels[-_MONTHS_BEFORE:])


def _sigma(errors: Sequence[float]) -> float:
    centre = median(errors)
    deviations = [abs(each - centre) for each in errors]
    n_errors = len(errors)
    at = n_errors - FEWEST_ERRORS
    correction = _FEW[at] if at < len(_FEW) else n_errors / (n_errors - _FALLS_SHORT)
    robust = median(deviations) * _MEDIAN_TO_SIGMA * correction
    # more than half of them alike: the rest must not count for nothing
    return robust if robust > 0 else fmean(deviations) * _MEAN_TO_SIGMA


@cache
def _widened(multiple: float, n_errors: int) -> float:
    """Return the multiple that is as rarely passed when the noise is known from few errors."""
    wanted = 0.5 * (1 + erf(multiple / sqrt(2)))
    low, high = multiple, _FARTHEST_T
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if probability_below(middle, n_errors - 1) < wanted:
            low = middle
        else:
            high = middle
    return low * sqrt(1 + 1 / n_errors)
