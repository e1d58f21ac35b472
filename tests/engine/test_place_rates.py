"""What a kilowatt hour of the hardware costs in each Region."""

import math

import numpy as np
import pytest

from crossfoot.domain.impacts import Criterion
from crossfoot.engine.place_rates import USE_CRITERIA, codes_unknown, place_rates, squared_ranges
from crossfoot.factors.factor import Boundary, Factor
from crossfoot.factors.places import place
from crossfoot.factors.regions import regions

YEAR = 2025
ENERGY, GHG, SITE, GENERATION = (
    USE_CRITERIA.index(criterion)
    for criterion in (
        Criterion.ENERGY,
        Criterion.GHG_USE,
        Criterion.WATER_SITE,
        Criterion.WATER_GENERATION,
    )
)


def above(*factors: Factor) -> float:
    """Return the sum of squared logarithms of the factors' high sides."""
    return sum(math.log(factor.high / factor.value) ** 2 for factor in factors)


def test_every_region_has_every_rate() -> None:
    """Positive, with ranges, at the hardware and at the meter."""
    rates = place_rates(tuple(regions()), YEAR)

    assert rates.is_known.all()
    assert (rates.value > 0).all()
    assert (rates.below >= 0).all()
    assert (rates.above >= 0).all()


def test_rates_are_products_of_the_place_s_factors() -> None:
    """PUE in all but the site's water; independent ranges add in quadrature."""
    rates, dublin = place_rates(("eu-west-1",), YEAR), place("eu-west-1", YEAR)
    pue, grid, wue = dublin.pue, dublin.grid_life_cycle, dublin.wue
    water = dublin.water_of_generation

    assert rates.value[[ENERGY, GHG, SITE, GENERATION], 0].tolist() == pytest.approx(
        [pue.value, pue.value * grid.value / 1000, wue.value, pue.value * water.value]
    )
    assert rates.above[[ENERGY, GHG, SITE, GENERATION], 0].tolist() == pytest.approx(
        [above(pue), above(pue, grid), above(wue), above(pue, water)]
    )


def test_water_is_the_site_s_and_that_of_power_stations() -> None:
    """A hundred kWh in Oregon: 16 litres at the site, and 1,062 where 112 kWh are made."""
    rates = place_rates(("us-west-2",), YEAR)

    assert (100 * rates.value[[SITE, GENERATION], 0]).tolist() == pytest.approx(
        [100 * 0.16, 100 * 1.12 * 9.48246]
    )


def test_energy_of_the_meter_gets_no_overhead_again() -> None:
    """Its grid is the bare one, and the site's water is per kilowatt hour behind the overhead."""
    rates, dublin = place_rates(("us-east-1", "eu-west-1"), YEAR), place("eu-west-1", YEAR)
    at_meter = rates.value[:, 3]

    assert at_meter[[ENERGY, GHG, SITE]].tolist() == pytest.approx(
        [1.0, dublin.grid_life_cycle.value / 1000, dublin.wue.value / dublin.pue.value]
    )
    assert rates.above[ENERGY, 3] == 0


def test_the_grid_is_of_the_life_cycle_and_nothing_is_added_to_it() -> None:
    """Upstream emissions are in it already."""
    for code in regions():
        assert place(code, YEAR).grid_life_cycle.boundary is Boundary.LIFE_CYCLE
    rates = place_rates(("us-east-1",), YEAR)

    ratio = rates.value[GHG, 0] / rates.value[ENERGY, 0]
    assert ratio * 1000 == pytest.approx(place("us-east-1", YEAR).grid_life_cycle.value)


def test_the_year_decides() -> None:
    """Overhead and the site's water are those of the year of use."""
    early, late = (place_rates(("eu-west-1", "global"), year) for year in (2022, 2025))

    assert early.value[SITE, 1] == pytest.approx(0.19)
    assert late.value[SITE, 1] == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("code", "like"),
    [
        ("", "global"),
        ("Global", "global"),
        ("us-east-1-bos-1a", "us-east-1"),
        ("eu-west-1a", "eu-west-1"),
    ],
)
def test_zones_and_global_have_a_place(code: str, like: str) -> None:
    """A zone has its Region's rates, and what is of no Region the stated mix."""
    rates = place_rates((code, like), YEAR)

    np.testing.assert_array_equal(rates.value[:, 0], rates.value[:, 1])


def test_global_is_the_widest() -> None:
    """Its energy and greenhouse gases reach further than those of a Region with figures."""
    rates = place_rates(("global", "eu-west-1"), YEAR)

    assert (rates.above[[ENERGY, GHG], 0] > rates.above[[ENERGY, GHG], 1]).all()


def test_an_unknown_region_has_no_rate() -> None:
    """It is NaN throughout, leaves the others as they are, and is named."""
    codes = ("eu-west-1", "eu-nowhere-7")
    rates, alone = place_rates(codes, YEAR), place_rates(codes[:1], YEAR)

    assert rates.is_known.tolist() == [True, False]
    assert np.isnan(rates.value[:, [1, 3]]).all()
    np.testing.assert_array_equal(rates.value[:, [0, 2]], alone.value)
    assert codes_unknown((*codes, "aa-new-1", "aa-new-1")) == ("aa-new-1", "eu-nowhere-7")


def test_a_value_of_zero_has_no_range() -> None:
    """A low of zero beneath a value is endlessly far below."""
    value, low, high = np.array([0.0, 2.0]), np.array([0.0, 0.0]), np.array([3.0, 2.0 * math.e])
    below, over = squared_ranges(value, low, high)

    assert below.tolist() == [0.0, math.inf]
    assert over.tolist() == pytest.approx([0.0, 1.0])
