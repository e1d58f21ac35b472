"""Exact units: mass in micrograms, money in nano-units, usage in micro-units, all int64.

AWS writes ``MTCO2e`` for *metric tons*. It becomes micrograms once, at the door.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

type Int64Array = NDArray[np.int64]
type Float64Array = NDArray[np.float64]
type BoolArray = NDArray[np.bool_]

EMISSION_UNIT: Final = "MTCO2e"
MICROGRAMS_PER_TONNE: Final = 10**12
MICROGRAMS_PER_KILOGRAM: Final = 10**9
MICROGRAMS_PER_GRAM: Final = 10**6
NANOS_PER_UNIT: Final = 10**9
"""Money: one unit of currency is 10^9 nano-units; a request of 0.0000004 USD keeps its digits."""
MICROS_PER_UNIT: Final = 10**6
"""Usage amounts: one hour, GB-month or request is 10^6 micro-units."""

DECIMAL_PRECISION: Final = 18
DECIMAL_SCALE: Final = 9
LARGEST_AMOUNT: Final = 10**DECIMAL_PRECISION - 1
"""Largest integer that ``DECIMAL(18,9)`` holds: 999,999 t CO2e, or 10^9 units of currency."""


def micrograms_from_tonnes(amount_t_co2e: Float64Array) -> Int64Array:
    """Convert AWS's metric tons to whole micrograms, once and for all.

    Parameters
    ----------
    amount_t_co2e : ndarray of float64
        Finite, and within ``LARGEST_AMOUNT`` micrograms; the caller has checked. [t CO2e]

    Returns
    -------
    ndarray of int64, same shape
        ``rint(amount * 10**12)``. [ug CO2e]
    """
    return np.rint(amount_t_co2e * MICROGRAMS_PER_TONNE).astype(np.int64)
