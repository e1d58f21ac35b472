"""Watts from load."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.errors import InvalidAmountError
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

P4D = machine_types()["p4d.24xlarge"]
loads = st.floats(min_value=0, max_value=100)


def test_points_are_met_exactly() -> None:
    """At 0, 10, 50 and 100 % the figure itself comes back."""
    points = [9.5, 15.2, 25.4, 34.0]

    assert watts_at(points, [0, 10, 50, 100]).tolist() == points


def test_between_points_the_curve_is_straight() -> None:
    """T-IF: 15 and 55 % of a processor of 300 W."""
    points = thermal_design_points(300)

    assert watts_at(points, [15, 55]) == pytest.approx([112.125, 233.1], rel=1e-9)


def test_an_array_is_as_its_elements() -> None:
    """Every machine at its own load, as one by one."""
    curves = power_curves([machine_types()[name] for name in ("a1.large", "m7i.xlarge")]).total
    together = watts_of(curves, [20, 70])

    for position, load in enumerate((20, 70)):
        alone = watts_of(curves[:, position : position + 1], [load])
        assert together[:, position].tolist() == alone[:, 0].tolist()


def test_rows_of_one_machine_share_its_curve() -> None:
    """A row names its machine; both ways to the watts are one."""
    curves = power_curves([machine_types()[name] for name in ("a1.large", "m7i.xlarge")]).total
    machine, load = np.array([1, 0, 1, 1]), np.array([0.0, 10.0, 49.9, 100.0])

    np.testing.assert_allclose(
        watts_of(curves, load, machine), watts_at(curves[:, machine], load), rtol=1e-12
    )


def test_an_unknown_load_is_half_with_its_range() -> None:
    """The value is that of 50 %; the bounds reach further than those of a known load."""
    curves = power_curves([machine_types()["m5.xlarge"]]).total
    known, unknown = watts_of(curves, [50.0]), watts_of(curves, [np.nan])

    assert unknown[0] == pytest.approx(known[0])
    assert unknown[1] < known[1]
    assert unknown[2] > known[2]


@pytest.mark.parametrize("load", [-5.0, 150.0, float("inf"), float("nan")])
def test_what_is_no_load_is_refused(load: float) -> None:
    """A load is from 0 to 100 %; a missing one has its own function."""
    with pytest.raises(InvalidAmountError, match="not from 0 to 100"):
        watts_at([1, 2, 3, 4], load)


def test_rounding_of_a_meter_is_forgiven() -> None:
    """100.2 % is full load."""
    assert watts_at([1, 2, 3, 4], 100.2) == 4


@given(low=loads, high=loads, name=st.sampled_from(sorted(machine_types())))
def test_more_load_never_takes_less_power(low: float, high: float, name: str) -> None:
    """For every type, in value and bounds; and the value lies within the bounds."""
    curves = power_curves([machine_types()[name]]).total
    less, more = (watts_of(curves, [load])[:, 0] for load in sorted((low, high)))

    assert (more >= less * (1 - 1e-12)).all()
    assert 0 < less[1] <= less[0] <= less[2]


def test_every_type_draws_power() -> None:
    """More than nothing at idle, and more at work."""
    curves = power_curves(list(machine_types().values())).total

    assert (curves[0, :, 0] > 0).all()
    assert (curves[0, :, 3] > curves[0, :, 0]).all()


def test_accelerators_are_in_the_power() -> None:
    """p4d.24xlarge: near 3.8 kW at half load, of which its accelerators are two thirds."""
    curves = power_curves([P4D])
    accelerator = watts_of(curves.accelerator, [50])[0, 0]

    assert watts_of(curves.total, [50])[0, 0] == pytest.approx(3782, rel=0.005)
    assert accelerator == pytest.approx(2407, rel=0.005)


def test_local_drives_count_beyond_what_the_rest_holds() -> None:
    """24 hard disks draw 154 W, more than Teads' 43 W beside processor and memory."""
    curves = power_curves([machine_types()["d3en.12xlarge"], machine_types()["m5d.24xlarge"]])

    assert curves.rest[0, 0].tolist() == pytest.approx([24 * 6.4] * 4)
    assert curves.rest[0, 1, 0] > 4 * 8.0


def test_memory_of_the_tested_server_is_not_counted_twice() -> None:
    """SPECpower's line holds it: only what a server has above that is added."""
    curves = power_curves([machine_types()["c7i.xlarge"], machine_types()["r7i.xlarge"]])

    assert 0 < curves.memory[0, 0, 0] < 0.392 * 8
    assert curves.memory[0, 0, 0] < curves.memory[0, 1, 0] < 0.392 * 32


def test_an_estimate_has_wider_bounds() -> None:
    """Than the listed type that it was made from; its value is that type's scaled."""
    listed, estimated = (
        figures_of([name]).curve_watts[:, 0, 2] for name in ("m8g.xlarge", "m9g.xlarge")
    )

    assert estimated[0] == pytest.approx(listed[0])
    assert estimated[1] < listed[1]
    assert estimated[2] > listed[2]


def test_energy_is_power_times_time() -> None:
    """In kWh, with the site's overhead where it is given."""
    assert energy_kwh([1000.0, 500.0], 2.0).tolist() == [2.0, 1.0]
    assert energy_kwh(1000.0, 1.0, pue=1.15) == pytest.approx(1.15)


def test_a_line_is_straight() -> None:
    """From idle to full load; the points are those of the axis."""
    assert line_points(10.0, 110.0).tolist() == [10.0, 20.0, 60.0, 110.0]
