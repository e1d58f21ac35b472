"""Small formulas of the carbon standards that customers put on top of the ledger's figures."""

from typing import Final

import numpy as np

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.units import Float64Array

KILOGRAMS_PER_TONNE: Final = 1_000
GRAMS_PER_KILOGRAM: Final = 1_000
HOURS_PER_YEAR: Final = 365 * 24

REGIONS_WITHOUT_ENERGY: Final = frozenset({"ca-central-1", "af-south-1"})
"""Where AWS says that energy cannot be had from its location-based figure."""


def energy_from_location_based(
    scope_2_lbm_t_co2e: float, factor_kg_co2e_per_mwh: float, *, region_code: str
) -> float:
    """Return the electricity behind a location-based scope 2 figure.

    Parameters
    ----------
    scope_2_lbm_t_co2e : float
        AWS's scope 2, location-based; the market-based one gives no energy. [t CO2e]
    factor_kg_co2e_per_mwh : float
        Location-based grid factor of the Region and year. [kg CO2e/MWh]
    region_code : str
        Region of the figure.

    Returns
    -------
    float
        [MWh]

    Raises
    ------
    InvalidAmountError
        If the factor is not positive, or AWS excludes the Region.

    References
    ----------
    AWS, *AWS Sustainability User Guide*, page on the calculation of energy.
    """
    if region_code in REGIONS_WITHOUT_ENERGY:
        raise InvalidAmountError(
            f"energy in {region_code} does not follow from location-based emissions.",
            mend="Leave this Region out; AWS says that the calculation is not valid there.",
        )
    _check_positive("the grid factor", factor_kg_co2e_per_mwh)
    return scope_2_lbm_t_co2e * KILOGRAMS_PER_TONNE / factor_kg_co2e_per_mwh


def market_based_emissions(energy_mwh: Float64Array, factor_t_co2e_per_mwh: Float64Array) -> float:
    """Return market-based scope 2 emissions: each part of the energy by its own instrument.

    Parameters
    ----------
    energy_mwh : ndarray of float64, shape (instrument,)
        Energy covered by each certificate, contract, supplier rate or residual mix. [MWh]
    factor_t_co2e_per_mwh : ndarray of float64, shape (instrument,)
        [t CO2e/MWh]

    Returns
    -------
    float
        [t CO2e]

    References
    ----------
    WRI and WBCSD, *GHG Protocol Scope 2 Guidance*, 2015, tables 6.3 and 6.5.
    """
    if energy_mwh.shape != factor_t_co2e_per_mwh.shape:
        raise ValueError(f"{energy_mwh.shape} energies, {factor_t_co2e_per_mwh.shape} factors")
    return float(np.sum(energy_mwh * factor_t_co2e_per_mwh))


def restated_inventory(
    reported_t_co2e: float, *, acquired_t_co2e: float = 0.0, divested_t_co2e: float = 0.0
) -> float:
    """Return the inventory of a past year as if today's structure had stood then.

    Parameters
    ----------
    reported_t_co2e : float
        Inventory of the year as first reported. [t CO2e]
    acquired_t_co2e, divested_t_co2e : float
        What the acquired or divested units emitted in that same year; 0 where a unit did not
        exist then, which by the standard needs no restatement. [t CO2e]

    Returns
    -------
    float
        [t CO2e]

    References
    ----------
    WRI and WBCSD, *GHG Protocol Corporate Standard*, revised edition, chapter 5, figure 6.
    """
    return reported_t_co2e + acquired_t_co2e - divested_t_co2e


def software_embodied(
    embodied_kg_co2e: float, *, lifetime_years: float, reserved_h: float, resource_share: float
) -> float:
    """Return the embodied carbon that a piece of software reserves: ``M`` of the SCI.

    ``M = TE * (TiR / EL) * (RR / ToR)``.

    Parameters
    ----------
    embodied_kg_co2e : float
        ``TE``, all of the hardware. [kg CO2e]
    lifetime_years : float
        ``EL``, expected life; a year has 8,760 hours. [a]
    reserved_h : float
        ``TiR``, time reserved. [h]
    resource_share : float
        ``RR / ToR``, from 0 to 1. [1]

    Returns
    -------
    float
        [g CO2e]

    Raises
    ------
    InvalidAmountError
        If the lifetime is not positive.

    References
    ----------
    ISO/IEC 21031:2024, *Software Carbon Intensity (SCI) specification*.
    """
    _check_positive("the lifetime", lifetime_years)
    lifetime_h = lifetime_years * HOURS_PER_YEAR
    return embodied_kg_co2e * GRAMS_PER_KILOGRAM * (reserved_h / lifetime_h) * resource_share


def software_carbon_intensity(
    operational_g_co2e: float, embodied_g_co2e: float, *, functional_units: float
) -> float:
    """Return emissions per functional unit: ``SCI = (O + M) / R``.

    Parameters
    ----------
    operational_g_co2e : float
        ``O = E * I``: energy, idle share and PUE included, times the *location-based* factor;
        neither market instruments nor offsets. [g CO2e]
    embodied_g_co2e : float
        ``M``, see ``software_embodied``. [g CO2e]
    functional_units : float
        ``R``: users, requests, jobs. [1]

    Returns
    -------
    float
        [g CO2e per unit]

    Raises
    ------
    InvalidAmountError
        If there is no functional unit.

    References
    ----------
    ISO/IEC 21031:2024, *Software Carbon Intensity (SCI) specification*.
    """
    _check_positive("the number of functional units", functional_units)
    return (operational_g_co2e + embodied_g_co2e) / functional_units


def _check_positive(what: str, value: float) -> None:
    # written so that NaN fails too
    if not value > 0:
        raise InvalidAmountError(f"{what} is {value}, not positive.", mend="Give a positive value.")
