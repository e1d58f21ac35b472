"""Every Region's electricity, site and water, as factors and as arrays by Region.

Where a Region has no figure of its own, a wider area's stands in and says so
(``Factor.is_stand_in``). How the figures and their ranges come about: ``docs/factors.md``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.errors import BoundaryError, UnknownFactorError, UnknownRegionError
from crossfoot.factors.factor import Boundary, Factor, factor_of, newest
from crossfoot.factors.regions import normalised_region, regions

NO_ENERGY_RULE: Final = frozenset({"ca-central-1", "af-south-1"})
"""Where AWS says that energy cannot be had from its Scope 2."""

_ZONE: Final = re.compile(
    r"(?P<region>[a-z]+(?:-[a-z]+)+-\d+)(?:[a-z]|-(?:wl\d+-)?[a-z]{3}(?:-wlz)?-\d+[a-z]?)"
)
"""An Availability Zone, a Local Zone or a Wavelength Zone: its code starts with its Region's."""


@dataclass(frozen=True, slots=True)
class PlaceFactors:
    """What a kilowatt hour of a place is made of and costs.

    ``region_code`` is the place asked for, ``figures_of`` the Region whose figures it has: another
    one for a Local Zone, whose own grid may differ. ``grid_direct`` and ``water_stress`` are None
    where no open figure exists.
    """

    region_code: str
    figures_of: str
    grid_life_cycle: Factor
    grid_direct: Factor | None
    pue: Factor
    wue: Factor
    water_of_generation: Factor
    water_stress: Factor | None
    pe_mj_per_kwh: Factor
    adp_kgsbeq_per_kwh: Factor

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Names of the figures that are of a wider area."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return tuple(name for name, it in named if isinstance(it, Factor) and it.is_stand_in)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceTable:
    """All places at once, for engines; one row per Region.

    Each array has the shape (Regions, 3): value, low, high; NaN where no open figure exists.
    ``codes`` are in the order of the rows.
    """

    codes: tuple[str, ...]
    grid_life_cycle: NDArray[np.float64]
    grid_direct: NDArray[np.float64]
    pue: NDArray[np.float64]
    wue: NDArray[np.float64]
    water_of_generation: NDArray[np.float64]
    water_stress: NDArray[np.float64]
    pe_mj_per_kwh: NDArray[np.float64]
    adp_kgsbeq_per_kwh: NDArray[np.float64]

    def rows_of(self, region_codes: Sequence[str | None]) -> NDArray[np.intp]:
        """Return the row of each code; distinct codes are looked at once.

        Raises
        ------
        UnknownRegionError
            If a code is of no place that we know.
        """
        rows = {code: row for row, code in enumerate(self.codes)}
        known = {code: rows[region_of_place(code)] for code in set(region_codes)}
        return np.fromiter((known[code] for code in region_codes), np.intp, len(region_codes))


@dataclass(frozen=True, slots=True)
class Building:
    """What the buildings and their equipment embody, per kilowatt hour of the hardware in them."""

    gwp_kgco2e_per_kwh: Factor
    pe_mj_per_kwh: Factor
    adp_kgsbeq_per_kwh: Factor


def region_of_place(code: str | None) -> str:
    """Return the Region of a place: itself, or that of a Local, Wavelength or Availability Zone.

    None, the empty text and any spelling of Global are ``global``.

    Raises
    ------
    UnknownRegionError
        If neither the place nor the Region in its code is known.
    """
    text = normalised_region(code)
    zone = _ZONE.fullmatch(text)
    for candidate in (text, zone["region"] if zone else None):
        if candidate in regions():
            return str(candidate)
    raise UnknownRegionError(
        f"There are no factors for Region {text!r}.",
        mend="Add it to the factor tables, or correct the code; nothing stands in for it.",
    )


@cache
def place(region_code: str | None, year: int | None = None) -> PlaceFactors:
    """Return the factors of a place.

    Parameters
    ----------
    region_code : str or None
        Code of a Region, of a zone of one, or ``global`` for edge services: a stated mix.
    year : int, optional
        Of each figure, that of this year is taken, else the latest before it, else the first
        after it; without a year, the newest.

    Raises
    ------
    UnknownRegionError
        If there is no such Region.
    """
    region = region_of_place(region_code)
    return PlaceFactors(
        region_code=normalised_region(region_code),
        figures_of=region,
        grid_life_cycle=_needed("grid_intensity", region, "life-cycle", year),
        grid_direct=newest("grid_intensity", region, "direct", year),
        pue=_needed("facility", region, "pue", year),
        wue=_needed("facility", region, "wue", year),
        water_of_generation=_needed("water", region, "generation", year),
        water_stress=newest("water", region, "stress", year),
        pe_mj_per_kwh=_needed("electricity_impacts", region, "primary-energy", year),
        adp_kgsbeq_per_kwh=_needed("electricity_impacts", region, "adp", year),
    )


@cache
def places(year: int | None = None) -> PlaceTable:
    """Return every Region's factors as arrays; they are shared, so they cannot be written to."""
    codes = tuple(regions())
    found = [place(code, year) for code in codes]
    names = [field.name for field in fields(PlaceTable) if field.name != "codes"]
    arrays = {name: _column([getattr(it, name) for it in found]) for name in names}
    return PlaceTable(codes=codes, **arrays)


@cache
def building() -> Building:
    """Return what the site itself embodies; not of one Region."""
    return Building(
        gwp_kgco2e_per_kwh=factor_of("facility", "building", "embodied-gwp"),
        pe_mj_per_kwh=factor_of("facility", "building", "embodied-pe"),
        adp_kgsbeq_per_kwh=factor_of("facility", "building", "embodied-adp"),
    )


def energy_of_scope_2(region_code: str, location_based_kgco2e: float, intensity: Factor) -> float:
    """Return the kilowatt hours behind a location-based Scope 2, as AWS describes it.

    Raises
    ------
    BoundaryError
        If the intensity is not direct: Scope 2 holds no upstream emissions.
    UnknownFactorError
        If the Region is one for which AWS says that the rule does not hold.
    """
    if intensity.boundary is not Boundary.DIRECT:
        raise BoundaryError(
            f"{intensity.id} is of the {intensity.boundary}; Scope 2 is direct emissions.",
            mend="Divide by a direct intensity.",
        )
    if region_code in NO_ENERGY_RULE:
        raise UnknownFactorError(
            f"AWS's rule from Scope 2 to energy does not hold for {region_code}.",
            mend="Estimate the energy from usage.",
        )
    return location_based_kgco2e * 1000.0 / intensity.value


def _needed(table: str, region: str, quantity: str, year: int | None) -> Factor:
    found = newest(table, region, quantity, year)
    if found is None:
        raise UnknownRegionError(
            f"Region {region!r} has no {quantity} in the factors of {table}.",
            mend="Add the figure, or a stand-in that says so.",
        )
    return found


def _column(found: Sequence[Factor | None]) -> NDArray[np.float64]:
    none = (np.nan, np.nan, np.nan)
    column = np.array([none if it is None else (it.value, it.low, it.high) for it in found])
    column.setflags(write=False)
    return column


STRESS_LABELS: Final[Mapping[int, str]] = {
    0: "low",
    1: "low to medium",
    2: "medium to high",
    3: "high",
    4: "extremely high",
}
"""Aqueduct's name of each category of water stress."""
