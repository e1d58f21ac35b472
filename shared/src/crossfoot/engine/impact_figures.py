"""Impacts of one thing in every criterion, and the use phase that they share.

A figure is an array of value, low and high. What multiplies independently combines by
``independent_product``; what one study or one grid stands behind is added linearly; the rest is
added in quadrature.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from crossfoot.engine.ranges import HIGH, LOW, N_BOUNDS, VALUE, Floats, independent_product
from crossfoot.factors.factor import Factor
from crossfoot.factors.places import PlaceFactors

_GRAMS_PER_KILOGRAM: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Given:
    """A factor that the user gave: it has no range and no source but the user."""

    id: str
    value: float
    unit: str


type AnyFactor = Factor | Given


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Impacts:
    """What a thing used and cost. Each figure has shape (3,); None where there is no data."""

    energy_kwh: Floats | None = None
    ghg_use_kgco2e: Floats | None = None
    ghg_embodied_kgco2e: Floats | None = None
    pe_use_mj: Floats | None = None
    pe_embodied_mj: Floats | None = None
    adp_use_kgsbeq: Floats | None = None
    adp_embodied_kgsbeq: Floats | None = None
    water_l: Floats | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a thing, and its part of the impacts."""

    name: str
    impacts: Impacts


@dataclass(frozen=True, slots=True)
class Stated:
    """An input as it was taken, and whether the user gave it."""

    name: str
    value: float | str
    unit: str
    is_given: bool = True


@dataclass(frozen=True, slots=True)
class Calculation:
    """The answer of a calculator: impacts, their parts, every factor used, every input taken."""

    impacts: Impacts
    components: tuple[Component, ...]
    factors: tuple[AnyFactor, ...]
    inputs: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Electricity:
    """What a kilowatt hour costs where it is used; None where there is no data.

    Without a PUE, the energy is that of the meter already.
    """

    grid: AnyFactor | None = None
    pue: AnyFactor | None = None
    wue: Factor | None = None
    water_of_generation: Factor | None = None
    pe_mj_per_kwh: Factor | None = None
    adp_kgsbeq_per_kwh: Factor | None = None

    @property
    def factors(self) -> tuple[AnyFactor, ...]:
        """All that there are."""
        every = (
            *(self.grid, self.pue, self.wue, self.water_of_generation),
            *(self.pe_mj_per_kwh, self.adp_kgsbeq_per_kwh),
        )
        return tuple(factor for factor in every if factor is not None)


def data_centre_of(place: PlaceFactors) -> Electricity:
    """Return the electricity of a place in AWS's data centre there."""
    return Electricity(
        grid=place.grid_life_cycle,
        pue=place.pue,
        wue=place.wue,
        water_of_generation=place.water_of_generation,
        pe_mj_per_kwh=place.pe_mj_per_kwh,
        adp_kgsbeq_per_kwh=place.adp_kgsbeq_per_kwh,
    )


def grid_of(place: PlaceFactors) -> Electricity:
    """Return the electricity of a place outside AWS's data centre: its PUE and WUE do not hold."""
    return replace(data_centre_of(place), pue=None, wue=None)


def use_phase(energy_kwh: Floats, electricity: Electricity) -> Impacts:
    """Return the impacts of using energy.

    Parameters
    ----------
    energy_kwh : ndarray
        Energy of the hardware; at the meter where the electricity has no PUE. Shape: (3,).
    electricity : Electricity
        Where it is used.
    """
    at_meter = _times(energy_kwh, electricity.pue, otherwise=energy_kwh)
    ghg_g = _times(at_meter, electricity.grid)
    return Impacts(
        energy_kwh=at_meter,
        ghg_use_kgco2e=None if ghg_g is None else ghg_g / _GRAMS_PER_KILOGRAM,
        pe_use_mj=_times(at_meter, electricity.pe_mj_per_kwh),
        adp_use_kgsbeq=_times(at_meter, electricity.adp_kgsbeq_per_kwh),
        water_l=_water(energy_kwh, electricity),
    )


def with_embodied(impacts: Impacts, embodied: Floats) -> Impacts:
    """Return the impacts with those of making the hardware. Shape: (3 bounds, 3 criteria)."""
    ghg, pe, adp = embodied.T
    return replace(impacts, ghg_embodied_kgco2e=ghg, pe_embodied_mj=pe, adp_embodied_kgsbeq=adp)


def figure_of(factor: AnyFactor) -> Floats:
    """Return value, low and high of a factor."""
    if isinstance(factor, Given):
        return exact(factor.value)
    return np.array([factor.value, factor.low, factor.high])


def figures_of_criteria(factors: Iterable[Factor]) -> Floats:
    """Return the factors of the three criteria side by side. Shape: (3 bounds, 3 criteria)."""
    return np.stack([figure_of(factor) for factor in factors], axis=1)


def exact(value: float) -> Floats:
    """Return a figure without range."""
    return np.full(N_BOUNDS, value, dtype=np.float64)


def independent_sum(figures: Sequence[Floats]) -> Floats:
    """Add figures that do not depend on each other: their deviations add in quadrature.

    Low and high sides each for itself. Shapes: (3 bounds, ...), all alike; at least one.
    """
    parts = np.stack(figures)
    value = parts[:, VALUE].sum(axis=0)
    # hypot, for the square of a mineral's kilograms may be too small for a float
    below = np.hypot.reduce(parts[:, VALUE] - parts[:, LOW], axis=0)
    above = np.hypot.reduce(parts[:, HIGH] - parts[:, VALUE], axis=0)
    return np.stack([value, value - below, value + above])


def _times(
    figure: Floats | None, factor: AnyFactor | None, otherwise: Floats | None = None
) -> Floats | None:
    if figure is None or factor is None:
        return otherwise
    return independent_product(figure, figure_of(factor))


def _water(energy_kwh: Floats, electricity: Electricity) -> Floats | None:
    """Return the water of power stations and, where it is known, of the site [L].

    The energy is common to both, so only the litres per kilowatt hour are independent.
    """
    if electricity.water_of_generation is None:
        return None
    generation = figure_of(electricity.water_of_generation)
    if electricity.pue is not None:
        generation = independent_product(generation, figure_of(electricity.pue))
    if electricity.wue is not None:
        generation = independent_sum([generation, figure_of(electricity.wue)])
    return independent_product(energy_kwh, generation)
