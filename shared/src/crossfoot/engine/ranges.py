"""Figures with bounds as arrays: axis 0 is value, low, high."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Floats = NDArray[np.float64]

VALUE: Final = 0
LOW: Final = 1
HIGH: Final = 2
N_BOUNDS: Final = 3


def independent_product(one: ArrayLike, other: ArrayLike) -> Floats:
    """Multiply figures that do not depend on each other; their relative ranges add in quadrature.

    ``ln(high / value)`` of the product is the root of the sum of squares of the two, and so is
    ``ln(value / low)``: a range may lean to one side and never falls below zero.

    Parameters
    ----------
    one, other : array_like
        Shapes that broadcast, with the bounds first: (3, ...).

    Notes
    -----
    A value of zero has no relative range: its product is zero in all bounds. A low of zero stays
    zero.
    """
    left, right = np.broadcast_arrays(
        np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    )
    value = left[VALUE] * right[VALUE]
    return np.stack(
        [
            value,
            value * np.exp(-np.hypot(_log(left, VALUE, LOW), _log(right, VALUE, LOW))),
            value * np.exp(np.hypot(_log(left, HIGH, VALUE), _log(right, HIGH, VALUE))),
        ]
    )


def inverse(figure: ArrayLike) -> Floats:
    """Return one over a positive figure; its low and high change places."""
    bounds = np.asarray(figure, dtype=np.float64)
    return np.asarray(1.0 / bounds[[VALUE, HIGH, LOW]])


def _log(bounds: Floats, above: int, below: int) -> Floats:
    """Return ln(above / below): nothing where the value is zero, endless where the low is."""
    divisor = bounds[below]
    ratio = np.ones_like(divisor)
    np.divide(bounds[above], divisor, out=ratio, where=divisor > 0)
    endless = (divisor <= 0) & (bounds[VALUE] > 0)
    return np.where(endless, np.inf, np.log(ratio))
