"""Published examples of machines' power and embodied impacts, by the engine's own functions."""

import numpy as np
import pytest

from crossfoot.engine.embodied import embodied_of, per_hour
from crossfoot.engine.machines_estimated import figures_of
from crossfoot.engine.power import (
    energy_kwh,
    line_points,
    power_curves,
    thermal_design_points,
    watts_at,
    watts_of,
)
from crossfoot.factors.machine_types import machine_types

GRAMS = 1000.0


def test_a1_by_hand() -> None:
    """T-BVP-2: a1.2xlarge part by part, 226.616 kg, 4.3116 g an hour over six years."""
    found = embodied_of([machine_types()["a1.2xlarge"]])
    parts = {name: part[0, 0, 0] for name, part in found.parts.items()}

    assert parts["processor"] == pytest.approx(9.0616, rel=1e-9)
    assert parts["memory"] == pytest.approx(33.508, rel=1e-4)
    assert parts["frame"] == pytest.approx(72.657 + 75 + 33.05 + 3.34, rel=1e-9)
    assert found.total[0, 0, 0] == pytest.approx(226.616, rel=1e-5)
    assert GRAMS * per_hour(found.total)[0, 0, 0] == pytest.approx(4.3116, rel=1e-4)


def test_a1_in_all_criteria() -> None:
    """T-BV: its primary energy and minerals an hour, as BoaviztAPI 2.5.0 gives them."""
    gwp, pe, adp = per_hour(embodied_of([machine_types()["a1.2xlarge"]]).total)[0, :, 0]

    assert [gwp, pe, adp] == pytest.approx([0.00431157, 0.0602782, 9.41098e-7], rel=1e-5)


@pytest.mark.parametrize(
    ("name", "kilograms"),
    [
        ("a1.4xlarge", 0.00862314),
        ("c5.2xlarge", 0.0014947),
        ("m5.xlarge", 0.000913358),
        ("m6g.xlarge", 0.00104713),
        ("r5.xlarge", 0.00150121),
        ("t3.micro", 0.000199493),
        ("c7g.xlarge", 0.000750631),
        ("i3.2xlarge", 0.0046656),
        ("p4d.24xlarge", 0.10597),
    ],
)
def test_embodied_impacts_agree_with_boaviztapi(name: str, kilograms: float) -> None:
    """T-BV, by the same formulas: what differs is die areas, modules, flash density, supplies."""
    hourly = per_hour(embodied_of([machine_types()[name]]).total)[:, 0, 0]

    assert hourly[0] == pytest.approx(kilograms, rel=0.05)
    assert hourly[1] < kilograms < hourly[2]


@pytest.mark.parametrize(
    ("name", "watts"),
    [
        ("a1.2xlarge", [9.5, 15.2, 25.4, 34.0]),
        ("c5.2xlarge", [19.4, 31.3, 53.1, 71.9]),
        ("m5.xlarge", [8.8, 14.0, 28.2, 39.9]),
        ("p4d.24xlarge", [744.8, 1687.5, 3781.8, 5245.0]),
    ],
)
def test_power_is_that_of_teads(name: str, watts: list[float]) -> None:
    """At idle, 10, 50 and 100 %, accelerators included, to the rounding of the source."""
    curves = power_curves([machine_types()[name]]).total

    np.testing.assert_allclose(curves[0, 0], watts, rtol=0.005)


@pytest.mark.parametrize(
    ("name", "watts"),
    [("a1.2xlarge", 22.592), ("c5.2xlarge", 55.761), ("m5.xlarge", 22.592), ("i3.2xlarge", 50.323)],
)
def test_boaviztapis_power_lies_in_our_range(name: str, watts: float) -> None:
    """T-BV, at half load: another model of the same machine."""
    _, low, high = watts_of(figures_of([name]).curve_watts, [50])[:, 0]

    assert low < watts < high


def test_energy_of_a_vcpu_by_its_line() -> None:
    """T-CCF-1: one vCPU-hour at 1 %, PUE 1.135, two copies; T-CCF-2: 350 W."""
    watts = watts_at(line_points(0.71, 3.46), 1)

    assert energy_kwh(2 * watts, 1, pue=1.135) == pytest.approx(0.001674125, rel=1e-9)
    assert energy_kwh(350, 1, pue=1.135) == pytest.approx(0.39725, rel=1e-9)


def test_energy_of_memory() -> None:
    """T-CCF-3: 80 GB hours at 0.392 W/GB."""
    assert energy_kwh(80 * 0.392, 1, pue=1.135) == pytest.approx(0.0355936, rel=1e-9)


@pytest.mark.parametrize(
    ("design_watts", "load", "kilowatt_hours"),
    [
        (200, 50, 0.15),
        (300, 10, 0.096),
        (300, 15, 0.112125),
        (300, 50, 0.225),
        (300, 55, 0.2331),
        (300, 100, 0.306),
    ],
)
def test_the_curve_of_impact_framework(
    design_watts: float, load: float, kilowatt_hours: float
) -> None:
    """T-IF: Teads' ratios, an hour, straight between the points."""
    watts = watts_at(thermal_design_points(design_watts), load)

    assert energy_kwh(watts, 1) == pytest.approx(kilowatt_hours, rel=1e-9)


def test_a_share_of_the_server_by_vcpus() -> None:
    """T-IF: one of 64 vCPUs of 0.15 kWh."""
    watts = watts_at(thermal_design_points(200), 50)

    assert energy_kwh(watts / 64, 1) == pytest.approx(0.00234375, rel=1e-9)
