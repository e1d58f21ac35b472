"""The examples of ``worked_examples.md``, by the engine's own functions."""

import numpy as np
import pytest

from crossfoot.domain.configuration import RedistributionHow
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.units import MICROGRAMS_PER_TONNE
from crossfoot.engine.accounting import (
    energy_from_location_based,
    market_based_emissions,
    restated_inventory,
    software_carbon_intensity,
    software_embodied,
)
from crossfoot.engine.allocation import allocate
from crossfoot.engine.redistribution import redistribute


@pytest.mark.parametrize(
    ("amount_t", "weights", "expected_t"),
    [
        pytest.param(500, [150, 50, 800], [75, 25, 400], id="T-AWS-1"),
        pytest.param(400, [50, 700, 250], [20, 280, 100], id="T-AWS-2"),
        pytest.param(300, [400, 200, 200], [150, 75, 75], id="T-AWS-3"),
    ],
)
def test_awss_own_allocation_examples_are_exact(
    amount_t: int, weights: list[int], expected_t: list[int]
) -> None:
    """Cluster, rack type and service, in whole micrograms."""
    amount = np.array([[amount_t * MICROGRAMS_PER_TONNE]])

    split = allocate(amount, np.array([0, 3]), np.array(weights))

    assert split.tolist() == [[part * MICROGRAMS_PER_TONNE for part in expected_t]]


@pytest.mark.parametrize(
    ("amount", "n_equal", "expected"),
    [(5, 2, [3, 2]), (-5, 2, [-3, -2]), (100, 3, [33, 34, 33])],
)
def test_halves_go_away_from_zero(amount: int, n_equal: int, expected: list[int]) -> None:
    """T-LAW: rounding of the running share decides who bears the last microgram."""
    weights = np.ones(n_equal, dtype=np.int64)

    assert allocate(np.array([[amount]]), np.array([0, n_equal]), weights).tolist() == [expected]


def test_energy_follows_from_the_location_based_figure() -> None:
    """T-AWS-6: 100 t at 500 kg/MWh are 200 MWh."""
    assert energy_from_location_based(100.0, 500.0, region_code="eu-west-1") == 200.0


def test_energy_is_refused_where_it_does_not_follow() -> None:
    """T-AWS-6: two Regions are excluded by AWS, and a factor of zero by arithmetic."""
    for region_code, factor in (
        ("ca-central-1", 500.0),
        ("af-south-1", 500.0),
        ("eu-west-1", 0.0),
        ("eu-west-1", float("nan")),
    ):
        with pytest.raises(InvalidAmountError):
            energy_from_location_based(100.0, factor, region_code=region_code)


def test_market_based_emissions_follow_the_instruments() -> None:
    """T-GHG-2: 0 + 500 + 750 + 1,000 = 2,250 t."""
    energy_mwh = np.array([4_000.0, 1_000.0, 3_000.0, 2_000.0])

    emissions_t = market_based_emissions(energy_mwh, np.array([0.0, 0.5, 0.25, 0.5]))

    assert emissions_t == 2_250.0


def test_each_instrument_needs_its_factor() -> None:
    """A factor that is missing must not be stretched over all."""
    with pytest.raises(ValueError, match="factors"):
        market_based_emissions(np.array([1.0, 2.0]), np.array([0.5]))


def test_an_acquisition_restates_the_base_year() -> None:
    """T-GHG-3: 65, 80 and 80; a sale takes away."""
    assert restated_inventory(25.0 + 25.0, acquired_t_co2e=15.0) == 65.0
    assert restated_inventory(30.0 + 30.0, acquired_t_co2e=20.0) == 80.0
    assert restated_inventory(30.0 + 30.0 + 20.0) == 80.0
    assert restated_inventory(65.0, divested_t_co2e=15.0) == 50.0


@pytest.mark.parametrize(
    ("embodied_kg", "expected_g"),
    [(1_000.0, 28.538812785), (1_100.0, 31.392694064), (1_300.0, 37.100456621)],
)
def test_software_reserves_its_share_of_the_hardware(embodied_kg: float, expected_g: float) -> None:
    """T-SCI-1: one hour of four years; printed with nine decimals."""
    embodied_g = software_embodied(
        embodied_kg, lifetime_years=4.0, reserved_h=1.0, resource_share=1.0
    )

    assert embodied_g == pytest.approx(expected_g, abs=5e-10)


def test_software_carbon_intensity_is_per_functional_unit() -> None:
    """T-SCI-1: 5.02 g over 100 users; none over no users."""
    intensity = software_carbon_intensity(5.0, 0.02, functional_units=100.0)

    assert intensity == pytest.approx(0.0502, rel=1e-12)
    with pytest.raises(InvalidAmountError):
        software_carbon_intensity(5.0, 0.02, functional_units=0.0)


@pytest.mark.parametrize(
    ("how", "from_network", "from_platform"),
    [
        (RedistributionHow.DIRECT, [375, 225], [100, 100]),
        (RedistributionHow.STEP_DOWN, [360, 240], [100, 100]),
        (RedistributionHow.RECIPROCAL, [365, 235], [109, 91]),
    ],
)
def test_two_pools_are_passed_on_as_written_out(
    how: RedistributionHow, from_network: list[int], from_platform: list[int]
) -> None:
    """T-RED: direct, step-down and reciprocal."""
    driver = np.array([[0, 20, 50, 30], [40, 0, 30, 30]])

    received = redistribute(np.array([[600, 200]]), driver, how=how)

    assert received.tolist() == [[from_network, from_platform]]
