"""Student's t with whole degrees of freedom: the spread of what few errors can tell."""

from functools import cache
from math import atan, cos, erf, isinf, pi, sin, sqrt
from typing import Final

_UPPER: Final = 0.95
_FARTHEST_T: Final = 1e3
_HALVINGS: Final = 60
_NEARLY_NORMAL: Final = 500


def probability_below(t: float, n_degrees: float) -> float:
    """Return the probability that Student's t is at most ``t``. [1].

    Parameters
    ----------
    t : float
        The limit. [1]
    n_degrees : float
        Whole degrees of freedom, at least one; infinite is the normal distribution. [1]

    References
    ----------
    Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4.
    """
    if isinf(n_degrees) or n_degrees > _NEARLY_NORMAL:
        return 0.5 * (1 + erf(t / sqrt(2)))
    degrees = int(n_degrees)
    theta = atan(t / sqrt(degrees))
    within = _odd(theta, degrees) if degrees % 2 else _even(theta, degrees)
    return 0.5 * (1 + within)


@cache
def quantile_95(n_degrees: float) -> float:
    """Return what Student's t is below in 95 of 100 cases. [1]."""
    low, high = 0.0, _FARTHEST_T
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if probability_below(middle, n_degrees) < _UPPER:
            low = middle
        else:
            high = middle
    return high


def _odd(theta: float, degrees: int) -> float:
    term, terms = cos(theta), 0.0
    for order in range(1, degrees - 1, 2):
        terms += term
        term *= cos(theta) ** 2 * (order + 1) / (order + 2)
    return 2 / pi * (theta + sin(theta) * terms)


def _even(theta: float, degrees: int) -> float:
    term, terms = 1.0, 0.0
    for order in range(0, degrees - 1, 2):
        terms += term
        term *= cos(theta) ** 2 * (order + 1) / (order + 2)
    return sin(theta) * terms
