"""Figures of processors, accelerators and components as arrays with their bounds.

Axes: bound (value, low, high), then criterion (GWP, PE, ADP) or load (0, 10, 50, 100 %).
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.factors.factor import factor_of

CRITERIA: Final = ("gwp", "pe", "adp")
"""kg CO2e, MJ of primary energy, kg Sb equivalent: the criterion axis."""

LOADS_PERCENT: Final = (0.0, 10.0, 50.0, 100.0)
"""The load axis of a power curve."""

COMPONENTS: Final = "components"
PROCESSORS: Final = "processors"
ACCELERATORS: Final = "accelerators"


@cache
def bounds_of(table: str, subject: str, quantity: str) -> NDArray[np.float64]:
    """Return value, low and high of one factor. Shape: (3,).

    Raises
    ------
    UnknownFactorError
        If the table has no such row.
    """
    factor = factor_of(table, subject, quantity)
    return _frozen(np.array([factor.value, factor.low, factor.high]))


@cache
def component_impacts(subject: str, quantity: str) -> NDArray[np.float64]:
    """Return what making one unit of a component's quantity costs. Shape: (3 bounds, 3 criteria).

    Parameters
    ----------
    subject, quantity : str
        Such as ``processor`` and ``die``: per mm2; the unit stands in the table.
    """
    rows = [bounds_of(COMPONENTS, subject, f"{quantity}-{criterion}") for criterion in CRITERIA]
    return _frozen(np.stack(rows, axis=1))


@cache
def curve_points(table: str, subject: str, part: str) -> NDArray[np.float64]:
    """Return the four points of a part's curve [W per its unit]. Shape: (3 bounds, 4 loads)."""
    rows = [bounds_of(table, subject, f"{part}-{load:g}") for load in LOADS_PERCENT]
    return _frozen(np.stack(rows, axis=1))


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    array.setflags(write=False)
    return array
