"""Places: every Region's electricity, site and water."""

import numpy as np
import pytest

from crossfoot.domain.errors import BoundaryError, UnknownFactorError, UnknownRegionError
from crossfoot.factors.factor import Boundary, Factor, combined, factors_of, with_upstream
from crossfoot.factors.places import (
    STRESS_LABELS,
    PlaceFactors,
    building,
    energy_of_scope_2,
    place,
    places,
    region_of_place,
)
from crossfoot.factors.regions import regions


def a_factor(
    value: float = 100.0,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "gCO2e/kWh",
    boundary: Boundary = Boundary.DIRECT,
) -> Factor:
    """Return a factor of nowhere."""
    return Factor(
        id="test/place/intensity",
        value=value,
        low=value if low is None else low,
        high=value if high is None else high,
        unit=unit,
        boundary=boundary,
        geography="nowhere",
        year=2024,
        source="a test",
        licence="none",
    )


@pytest.mark.parametrize("code", regions())
def test_every_region_has_its_factors(code: str) -> None:
    """Commercial, GovCloud, China, sovereign and global: nothing is missing, nothing falls back."""
    found = place(code)

    assert found.figures_of == code
    assert found.grid_life_cycle.boundary is Boundary.LIFE_CYCLE
    assert found.grid_life_cycle.value > 0
    assert 1 <= found.pue.low <= found.pue.value <= found.pue.high
    assert found.wue.value > 0
    assert found.water_of_generation.value > 0
    assert found.pe_mj_per_kwh.low >= 3.6


@pytest.mark.parametrize(
    ("code", "grams", "year"),
    [
        ("us-east-1", 384.4, 2025),
        ("us-west-1", 177.11, 2025),
        ("ap-south-1", 658.97, 2025),
        ("ap-south-2", 679.88, 2025),
        ("eu-west-3", 41.44, 2025),
        ("eusc-de-east-1", 329.65, 2025),
        ("us-gov-west-1", 184.02, 2025),
        ("cn-northwest-1", 525.34, 2025),
        ("ap-east-1", 682.0, 2023),
        ("me-south-1", 902.24, 2023),
    ],
)
def test_life_cycle_intensities_are_embers(code: str, grams: float, year: int) -> None:
    """By state in the United States and India, by country elsewhere; Hong Kong has its own."""
    intensity = place(code).grid_life_cycle

    assert (intensity.value, intensity.year, intensity.unit) == (grams, year, "gCO2e/kWh")


@pytest.mark.parametrize(
    ("code", "other"),
    [("me-south-1", 488.0), ("ca-central-1", 41.0), ("ca-west-1", 540.0), ("ap-east-1", 810.0)],
)
def test_an_outlier_holds_what_others_publish(code: str, other: float) -> None:
    """The range of a doubtful figure reaches the figure that contradicts it."""
    intensity = place(code).grid_life_cycle

    assert intensity.low <= other <= intensity.high


@pytest.mark.parametrize(
    ("code", "grams", "geography"),
    [
        ("us-west-1", 195.037, "eGRID CAMX"),
        ("us-east-1", 270.5, "eGRID SRVC"),
        ("us-east-2", 415.5, "eGRID RFCW"),
        ("us-west-2", 288.2, "eGRID NWPP"),
        ("eu-central-1", 311.0, "DE"),
    ],
)
def test_direct_intensities_are_of_the_grid_of_the_region(
    code: str, grams: float, geography: str
) -> None:
    """Stack emissions, by eGRID's sub-region and the EEA's country."""
    intensity = place(code).grid_direct

    assert intensity is not None
    assert intensity.boundary is Boundary.DIRECT
    assert (round(intensity.value, 1), intensity.geography) == (round(grams, 1), geography)


def test_a_direct_intensity_is_missing_where_none_is_open() -> None:
    """Nothing stands in for it: not the life cycle, not a mean."""
    assert place("ap-southeast-3").grid_direct is None
    assert np.isnan(places().grid_direct[places().codes.index("ap-southeast-3")]).all()


@pytest.mark.parametrize(
    ("code", "year", "expected"),
    [
        ("eu-central-1", 2024, (342.1, 2024, 1.35)),
        ("eu-central-1", 2023, (342.1, 2024, 1.33)),
        ("eu-central-1", 2026, (329.65, 2025, 1.35)),
        ("global", 2023, (360.211, 2025, 1.15)),
        ("global", None, (360.211, 2025, 1.14)),
    ],
)
def test_a_year_has_its_figures(
    code: str, year: int | None, expected: tuple[float, int, float]
) -> None:
    """The year's own, else the latest before, else the first after."""
    found = place(code, year)

    assert (found.grid_life_cycle.value, found.grid_life_cycle.year, found.pue.value) == expected


def test_a_figure_of_a_wider_area_says_so() -> None:
    """London has no figure of its own for PUE and WUE; Dublin has."""
    assert place("eu-west-2").stand_ins == ("pue", "wue", "pe_mj_per_kwh", "adp_kgsbeq_per_kwh")
    assert place("eu-west-2").pue.geography == "Europe (stand-in)"
    assert place("eu-west-1").stand_ins == ("pe_mj_per_kwh", "adp_kgsbeq_per_kwh")
    assert place("eu-west-3").stand_ins == ("pue", "wue")


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("us-west-2-lax-1", "us-west-2"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("eusc-de-east-1a", "eusc-de-east-1"),
        ("", "global"),
        (None, "global"),
        ("Global", "global"),
    ],
)
def test_a_zone_has_the_figures_of_its_region(code: str | None, region: str) -> None:
    """Local, Wavelength and Availability Zones; and the place asked for stays visible."""
    assert (region_of_place(code), place(code).figures_of) == (region, region)


@pytest.mark.parametrize("code", ["xx-new-9", "us-east-9", "us-east-9-lax-1", "Atlantis"])
def test_an_unknown_region_is_an_error_that_names_it(code: str) -> None:
    """No mean of the world, and no neighbour, in its place."""
    with pytest.raises(UnknownRegionError, match=code):
        place(code)
    with pytest.raises(UnknownRegionError, match=code):
        places().rows_of(["eu-west-1", code])


def test_arrays_say_what_the_places_say() -> None:
    """Row by row, value, low and high; they cannot be written to."""
    table = places()
    rows = table.rows_of(["eu-west-1", None, "us-west-2-lax-1", "eu-west-1"])

    assert [table.codes[row] for row in rows] == ["eu-west-1", "global", "us-west-2", "eu-west-1"]
    for code, row in zip(table.codes, table.pue, strict=True):
        pue = place(code).pue
        assert tuple(row) == (pue.value, pue.low, pue.high)
    with pytest.raises(ValueError, match="read-only"):
        table.pue[0, 0] = 1.0


def test_water_stress_has_a_name_or_is_unknown() -> None:
    """Aqueduct's categories; Singapore's and the edge's are not known."""
    assert {
        STRESS_LABELS[int(stress.value)]
        for code in regions()
        if (stress := place(code).water_stress)
    } == set(STRESS_LABELS.values())
    assert place("us-west-1").water_stress is not None
    assert place("ap-southeast-1").water_stress is None
    assert place("global").water_stress is None


def test_upstream_emissions_are_never_added_to_a_life_cycle() -> None:
    """They are in it already; on top of a direct intensity they make one."""
    upstream = a_factor(60.0, low=40.0, high=90.0, boundary=Boundary.UPSTREAM)
    direct = place("us-east-1").grid_direct
    assert direct is not None

    with pytest.raises(BoundaryError, match="life-cycle"):
        with_upstream(place("us-east-1").grid_life_cycle, upstream)
    with pytest.raises(BoundaryError, match="twice"):
        with_upstream(direct, direct)
    with pytest.raises(BoundaryError, match="unit"):
        with_upstream(direct, a_factor(0.06, unit="kgCO2e/kWh", boundary=Boundary.UPSTREAM))
    whole = with_upstream(direct, upstream)

    assert whole.boundary is Boundary.LIFE_CYCLE
    assert whole.value == pytest.approx(direct.value + 60.0)
    with pytest.raises(BoundaryError):
        with_upstream(whole, upstream)


def test_energy_behind_a_location_based_scope_2() -> None:
    """AWS's example: 100 t at 500 kg/MWh are 200 MWh."""
    energy_kwh = energy_of_scope_2("us-east-1", 100_000.0, a_factor(500.0))

    assert energy_kwh == pytest.approx(200_000.0, rel=1e-9)


def test_energy_is_not_had_where_aws_says_that_the_rule_fails() -> None:
    """Canada (Central) and Cape Town; and never from a life-cycle intensity."""
    with pytest.raises(UnknownFactorError, match="ca-central-1"):
        energy_of_scope_2("ca-central-1", 1.0, a_factor(500.0))
    with pytest.raises(BoundaryError, match="direct"):
        energy_of_scope_2("us-east-1", 1.0, place("us-east-1").grid_life_cycle)


def test_ranges_of_independent_factors_combine_in_quadrature() -> None:
    """Twice and thrice either way make exp(hypot(ln 2, ln 3)), and a divisor turns around."""
    two = a_factor(10.0, low=5.0, high=20.0)
    three = a_factor(4.0, low=4.0, high=12.0)
    product = combined("p", unit="1", times=(two, three))
    quotient = combined("q", unit="1", times=(two,), over=(three,))
    spread = np.exp(np.hypot(np.log(2), np.log(3)))

    assert (product.value, product.low) == pytest.approx((40.0, 20.0))
    assert product.high == pytest.approx(40.0 * spread)
    assert (quotient.value, quotient.high) == pytest.approx((2.5, 5.0))
    assert quotient.low == pytest.approx(2.5 / spread)


def test_a_range_down_to_nothing_stays_at_nothing() -> None:
    """A low of zero is zero after any product."""
    assert combined("p", unit="1", times=(a_factor(3.0, low=0.0), a_factor(2.0))).low == 0.0


def test_buildings_embody_something_per_kilowatt_hour() -> None:
    """In all three criteria, after ADEME and ARCEP."""
    found = building()

    assert found.gwp_kgco2e_per_kwh.value == 0.02265
    assert found.pe_mj_per_kwh.value == 0.574
    assert found.adp_kgsbeq_per_kwh.value == 1.016e-6


def test_the_edge_is_a_mix_of_whole_regions() -> None:
    """The stated shares are of one, and the mix lies among its parts."""
    parts = [f.value for (_, q), f in factors_of("grid_intensity").items() if q[:4] == "life"]
    found: PlaceFactors = place("global")

    assert min(parts) < found.grid_life_cycle.value < max(parts)
    assert found.grid_direct is None
    assert found.grid_life_cycle.geography == "edge mix"
