"""Software carbon intensity, ISO/IEC 21031: ``(E * I + M) / R``, location-based."""

from numpy.typing import ArrayLike

from crossfoot.engine.impact_figures import independent_sum
from crossfoot.engine.ranges import Floats, independent_product, inverse


def embodied_share(
    total: ArrayLike, reserved_hours: float, lifetime_hours: ArrayLike, resource_share: float = 1.0
) -> Floats:
    """Return ``M = TE * (TiR / EL) * (RR / ToR)``: the part of making it that falls to a use.

    Parameters
    ----------
    total : array_like
        What making the hardware cost. Shape: (3 bounds, ...).
    reserved_hours : float
        How long the hardware was reserved.
    lifetime_hours : array_like
        How long it serves. Shape: (3 bounds, ...), to broadcast against the total.
    resource_share : float
        Part of the hardware that was reserved; above one for several pieces.
    """
    return independent_product(total, inverse(lifetime_hours)) * (reserved_hours * resource_share)


def intensity(operational: Floats, embodied: Floats, functional_units: float) -> Floats:
    """Return emissions per functional unit; grid and hardware do not depend on each other."""
    return independent_sum([operational, embodied]) / functional_units
