"""What a kilowatt hour of the hardware costs in each Region, with ranges ready to be combined.

A range is kept as the square of its logarithm, so that a row's own only has to be added and rooted:
independent figures multiply with their relative ranges in quadrature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.errors import UnknownRegionError
from crossfoot.domain.impacts import Criterion
from crossfoot.engine.ranges import HIGH, LOW, N_BOUNDS, VALUE, Floats
from crossfoot.factors.places import PlaceTable, places, region_of_place

USE_CRITERIA: Final = (
    Criterion.ENERGY,
    Criterion.GHG_USE,
    Criterion.PE_USE,
    Criterion.ADP_USE,
    Criterion.WATER_SITE,
    Criterion.WATER_GENERATION,
)
"""Those that follow from energy, in the order of axis 0 of the arrays."""

GRAMS_PER_KILOGRAM: Final = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class PlaceRates:
    """Per kilowatt hour of the hardware in each place; NaN where the Region is not known.

    Shapes: (6 criteria of use, 2 x Regions). The first half of the places serves energy of the
    hardware, the second half energy that was taken at the meter. ``below`` and ``above`` are
    ``ln(value / low)^2`` and ``ln(high / value)^2``.
    """

    value: Floats
    below: Floats
    above: Floats
    is_known: NDArray[np.bool_]


@lru_cache(maxsize=64)
def place_rates(regions: tuple[str, ...], year: int) -> PlaceRates:
    """Return the rates of Regions, in the order that they were asked for.

    Parameters
    ----------
    regions : tuple of str
        Codes, also of Local Zones, and ``global``.
    year : int
        Of the usage; of each factor the year's figure is taken, else the latest before it.
    """
    table = places(year)
    is_known = np.array([is_region_known(code) for code in regions], dtype=np.bool_)
    known = [code for code, is_one in zip(regions, is_known, strict=True) if is_one]
    rates = np.full((N_BOUNDS, len(USE_CRITERIA), 2, len(regions)), np.nan)
    rates[..., is_known] = _rates_of(table, table.rows_of(known))
    rates.setflags(write=False)
    value, below, above = rates.reshape(N_BOUNDS, len(USE_CRITERIA), -1)
    return PlaceRates(value=value, below=below, above=above, is_known=is_known)


def is_region_known(code: str) -> bool:
    """Return whether there are factors for the place."""
    try:
        region_of_place(code)
    except UnknownRegionError:
        return False
    return True


def _rates_of(table: PlaceTable, rows: NDArray[np.intp]) -> Floats:
    """Return value and squared ranges. Shape: (3, 6 criteria, 2 ways, Regions)."""
    pue, wue = (_figure(each[rows]) for each in (table.pue, table.wue))
    one, grid = np.zeros_like(pue), _figure(table.grid_life_cycle[rows])
    one[VALUE] = 1.0
    grid[VALUE] /= GRAMS_PER_KILOGRAM
    at_meter = [
        one,
        grid,
        _figure(table.pe_mj_per_kwh[rows]),
        _figure(table.adp_kgsbeq_per_kwh[rows]),
        _product(wue, _inverse(pue)),
        _figure(table.water_of_generation[rows]),
    ]
    of_hardware = [_product(pue, each) for each in at_meter]
    # the site's water is told per kilowatt hour of the hardware: no PUE is in it
    of_hardware[USE_CRITERIA.index(Criterion.WATER_SITE)] = wue
    return np.stack([np.stack(each, axis=1) for each in (of_hardware, at_meter)], axis=2)


def _figure(bounds: Floats) -> Floats:
    """Return value and squared logarithms of the range. Shapes: (Regions, 3) to (3, Regions)."""
    value, low, high = bounds[:, VALUE], bounds[:, LOW], bounds[:, HIGH]
    return np.stack([value, *squared_ranges(value, low, high)])


def _product(one: Floats, other: Floats) -> Floats:
    return np.concatenate([one[:1] * other[:1], one[1:] + other[1:]])


def _inverse(figure: Floats) -> Floats:
    return np.stack([1.0 / figure[VALUE], figure[HIGH], figure[LOW]])


def squared_ranges(value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return ``ln(value / low)^2`` and ``ln(high / value)^2``.

    A value of zero has no range; a low of zero beneath a value is endlessly far below.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = np.square(np.log(value / low)), np.square(np.log(high / value))
    below[value == 0.0] = above[value == 0.0] = 0.0
    return below, above


def codes_unknown(regions: Sequence[str]) -> tuple[str, ...]:
    """Return the places without factors, each once, in the order of their codes."""
    return tuple(sorted(code for code in set(regions) if not is_region_known(code)))
