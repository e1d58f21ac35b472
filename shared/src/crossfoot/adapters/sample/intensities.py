"""What a unit of a carbon bucket's driver emits, per Region and scope, in the sample world.

Round numbers of the right order of magnitude, invented for the sample: they are no factor data.
"""

from typing import Final

import numpy as np

from crossfoot.adapters.sample.places import PLACES, Place
from crossfoot.adapters.sample.skus import BUCKETS, Bucket
from crossfoot.domain.units import Float64Array

_ENERGY: Final = {
    Bucket.EC2: 0.0036,
    Bucket.S3: 0.0014,
    Bucket.CLOUDFRONT: 0.001,
    Bucket.OTHER: 0.06,
}
"""Electricity per driver unit: normalised instance-hour, GB-month, GB out, USD. [kWh/unit]"""
_EMBODIED: Final = {
    Bucket.EC2: 0.0006,
    Bucket.S3: 0.0003,
    Bucket.CLOUDFRONT: 0.0002,
    Bucket.OTHER: 0.015,
}
"""Hardware and buildings per driver unit. [kg CO2e/unit]"""
_SCOPE_1: Final = 0.004
"""Generators and refrigerants. [kg CO2e/kWh]"""
_UPSTREAM: Final = 0.15
"""Fuel- and energy-related activities per scope 2. [1]"""
_CARBON_FREE_UPSTREAM: Final = 0.012
"""Upstream part that remains where energy is matched. [kg CO2e/kWh]"""
COST_BASED: Final = BUCKETS.index(Bucket.OTHER)


def intensities(month_of_year: int) -> Float64Array:
    """Return kilograms per driver unit, shape (bucket, place, scope). [kg CO2e/unit].

    The grid is dirtier in winter, by up to a tenth.
    """
    season = 1 + 0.1 * float(np.cos((month_of_year - 1) * np.pi / 6))
    return np.array([[scopes_of(bucket, place, season) for place in PLACES] for bucket in BUCKETS])


def scopes_of(bucket: Bucket, place: Place, season: float = 1.0) -> tuple[float, ...]:
    """Return the five scope measures of one driver unit, in their fixed order. [kg CO2e/unit]."""
    energy, embodied = _ENERGY[bucket], _EMBODIED[bucket]
    location = energy * place.grid_kg_per_kwh * season
    market = location * place.market_share
    upstream = energy * _CARBON_FREE_UPSTREAM + _UPSTREAM * market
    return (
        energy * _SCOPE_1,
        location,
        market,
        embodied + _UPSTREAM * location,
        embodied + upstream,
    )
