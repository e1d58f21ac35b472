"""What holds for every job, instance and server."""

from collections.abc import Callable, Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.engine import embodied, machines_estimated, power
from crossfoot.engine.impact_figures import (
    Calculation,
    Electricity,
    Given,
    Impacts,
    data_centre_of,
    grid_of,
    independent_sum,
    use_phase,
)
from crossfoot.engine.instance_impact import impacts_of_instance
from crossfoot.engine.job import Job, Processors, default_pue, impacts_of_job
from crossfoot.engine.server_impact import Chips, Server, impacts_of_server
from crossfoot.factors import machine_figures
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.places import place
from crossfoot.factors.regions import regions

FRANKFURT = data_centre_of(place("eu-central-1"))
OWN = grid_of(place("eu-central-1"))
TINIEST = 1e-250
"""Below it, products of factors run out of digits."""

TYPES = ["m5.xlarge", "p4d.24xlarge", "i3.2xlarge", "d3.xlarge", "t3.micro", "x9z.large"]

amounts = st.floats(min_value=0, max_value=1e5)
loads = st.floats(min_value=0, max_value=100)
counts = st.integers(min_value=1, max_value=4096)
processors = st.builds(
    Processors, counts, st.floats(min_value=0, max_value=1500), st.floats(min_value=0, max_value=1)
)
jobs = st.builds(
    Job,
    hours=amounts,
    cores=processors,
    gpus=st.none() | processors,
    memory_gb=st.none() | st.floats(min_value=0, max_value=1e5),
)
chips = st.builds(
    Chips,
    st.integers(min_value=1, max_value=64),
    st.floats(min_value=1, max_value=4096),
    st.none() | st.floats(min_value=0.5, max_value=200),
)
servers = st.builds(
    Server,
    cpus=st.lists(st.tuples(counts, st.floats(min_value=10, max_value=900)), max_size=2).map(tuple),
    rams=st.lists(chips, max_size=2).map(tuple),
    ssds=st.lists(chips, max_size=2).map(tuple),
    hdds=st.integers(min_value=0, max_value=60),
    power_supplies=st.lists(
        st.tuples(counts, st.none() | st.floats(min_value=0.1, max_value=9)), max_size=1
    ).map(tuple),
    is_blade=st.booleans(),
    years=st.none() | st.floats(min_value=0.1, max_value=20),
    watts=st.none() | st.floats(min_value=0, max_value=1e4),
)


def _figures(impacts: Impacts) -> Iterator[tuple[str, machines_estimated.Floats]]:
    for field in fields(impacts):
        figure = getattr(impacts, field.name)
        if figure is not None:
            yield field.name, figure


def _in_order(calculation: Calculation) -> bool:
    found = [calculation.impacts, *(part.impacts for part in calculation.components)]
    return all(
        0 <= low <= value <= high < np.inf
        for impacts in found
        for _, (value, low, high) in _figures(impacts)
    )


def _values(impacts: Impacts, bound: int = 0) -> dict[str, float]:
    return {name: figure[bound] for name, figure in _figures(impacts)}


@given(job=jobs)
def test_a_job_lies_in_its_range(job: Job) -> None:
    """Every figure of the whole and of each part; nothing is below zero."""
    found = impacts_of_job(job, FRANKFURT)

    assert _in_order(found.calculation)
    assert all(low <= value <= high for value, low, high in found.equivalences.values())


@given(name=st.sampled_from(TYPES), hours=amounts, load=st.none() | loads)
@settings(max_examples=40)
def test_an_instance_lies_in_its_range(name: str, hours: float, load: float | None) -> None:
    """Listed or estimated, with accelerators or drives or none."""
    assert _in_order(impacts_of_instance(name, hours, load, FRANKFURT).calculation)


@given(server=servers)
@settings(max_examples=40)
def test_a_server_lies_in_its_range_and_is_its_parts(server: Server) -> None:
    """One study stands behind all parts, so value, low and high add up."""
    found = impacts_of_server(server, OWN)

    assert _in_order(found)
    for bound in range(3):
        whole = _values(found.impacts, bound)
        for name in ("ghg_embodied_kgco2e", "pe_embodied_mj", "adp_embodied_kgsbeq"):
            parts = [_values(part.impacts, bound)[name] for part in found.components]
            assert whole[name] == pytest.approx(sum(parts), rel=1e-9)


@pytest.mark.parametrize("code", regions())
def test_a_job_can_run_in_every_region(code: str) -> None:
    """All eight figures, each in its range."""
    found = impacts_of_job(
        Job(hours=1, cores=Processors(1, 10)), data_centre_of(place(code))
    ).calculation

    assert len(_values(found.impacts)) == 8
    assert _in_order(found)


@given(job=jobs)
def test_the_parts_of_a_job_are_the_whole(job: Job) -> None:
    """Values add up; ranges are narrower together, for the parts do not depend on each other."""
    found = impacts_of_job(job, FRANKFURT).calculation
    whole = _values(found.impacts)

    for name, value in whole.items():
        parts = [_values(part.impacts)[name] for part in found.components]
        assert value == pytest.approx(sum(parts), rel=1e-9, abs=TINIEST)


@given(job=jobs, more=st.floats(min_value=1, max_value=100))
def test_a_longer_job_costs_more_in_proportion(job: Job, more: float) -> None:
    """Every figure and bound scales with the hours."""
    longer = Job(hours=job.hours * more, cores=job.cores, gpus=job.gpus, memory_gb=job.memory_gb)
    short = impacts_of_job(job, FRANKFURT).calculation.impacts
    long = impacts_of_job(longer, FRANKFURT).calculation.impacts

    for bound in range(3):
        scaled = {name: value * more for name, value in _values(short, bound).items()}
        assert _values(long, bound) == pytest.approx(scaled, rel=1e-9, abs=TINIEST)


@given(job=jobs, more=counts)
def test_more_cores_cost_no_less(job: Job, more: int) -> None:
    """Use and making both grow with the cores."""
    assert job.cores is not None
    cores = Processors(job.cores.count + more, job.cores.watts, job.cores.usage)
    wider = Job(hours=job.hours, cores=cores, gpus=job.gpus, memory_gb=job.memory_gb)
    few = _values(impacts_of_job(job, FRANKFURT).calculation.impacts)
    many = _values(impacts_of_job(wider, FRANKFURT).calculation.impacts)

    assert all(many[name] >= few[name] * (1 - 1e-12) for name in few)


@given(name=st.sampled_from(TYPES), one=loads, other=loads, hours=amounts)
@settings(max_examples=40)
def test_more_load_uses_no_less_and_embodies_the_same(
    name: str, one: float, other: float, hours: float
) -> None:
    """Load moves electricity, never the hardware."""
    calm, busy = (
        _values(impacts_of_instance(name, hours, load, FRANKFURT).calculation.impacts)
        for load in sorted((one, other))
    )

    for figure, value in calm.items():
        if "embodied" in figure:
            assert busy[figure] == value
        else:
            assert busy[figure] >= value * (1 - 1e-12)


def test_no_hours_use_nothing() -> None:
    """Zero is zero in all bounds; only the server, which was made, still cost that."""
    job = impacts_of_job(Job(hours=0, cores=Processors(8, 10), memory_gb=4), FRANKFURT)
    machine = impacts_of_instance("m5.xlarge", 0, None, FRANKFURT)
    server = impacts_of_server(Server(watts=0), OWN).impacts

    for _, figure in (
        *_figures(job.calculation.impacts),
        *_figures(machine.calculation.impacts),
    ):
        assert figure.tolist() == [0, 0, 0]
    assert server.energy_kwh is not None
    assert server.energy_kwh.tolist() == [0, 0, 0]
    assert server.ghg_embodied_kgco2e is not None
    assert server.ghg_embodied_kgco2e[1] > 0


def test_what_is_not_known_is_none() -> None:
    """An intensity says nothing of water; watts that nobody gave make no use phase."""
    grid = Electricity(grid=Given("given/intensity", 100, "gCO2e/kWh"), pue=default_pue())
    job = impacts_of_job(Job(hours=1, memory_gb=1), grid).calculation.impacts
    server = impacts_of_server(Server(), OWN).impacts

    assert (job.pe_use_mj, job.adp_use_kgsbeq, job.water_l) == (None, None, None)
    assert {name for name, _ in _figures(server)} == {
        "ghg_embodied_kgco2e",
        "pe_embodied_mj",
        "adp_embodied_kgsbeq",
    }


def test_one_grid_stands_behind_all_parts() -> None:
    """Two parts without range of their own have together the grid's relative range, not less."""
    job = Job(hours=10, cores=Processors(4, 10), gpus=Processors(1, 300))
    grid = Electricity(grid=place("eu-central-1").grid_life_cycle)
    found = impacts_of_job(job, grid).calculation
    whole = found.impacts.ghg_use_kgco2e
    parts = [part.impacts.ghg_use_kgco2e for part in found.components]

    assert whole is not None
    np.testing.assert_allclose(whole, np.sum([part for part in parts if part is not None], axis=0))


def test_what_is_independent_adds_in_quadrature() -> None:
    """Three and four make five, on each side for itself."""
    together = independent_sum([np.array([10.0, 7, 10]), np.array([20.0, 16, 32])])

    assert together.tolist() == [30, 25, 42]


def test_a_range_leans_as_its_factor_does() -> None:
    """Low and high sides are kept apart: here only the high side is wide."""
    leaning = Factor(
        "x", 100, 100, 300, "gCO2e/kWh", place("eu-west-1").pue.boundary, "x", 2025, "x", "fact"
    )
    found = use_phase(np.ones(3), Electricity(grid=leaning)).ghg_use_kgco2e

    assert found is not None
    assert found.tolist() == pytest.approx([0.1, 0.1, 0.3], rel=1e-12)


def test_an_unknown_load_is_half_in_its_range() -> None:
    """The value is that of 50 %, and the range is wider on both sides."""
    known = impacts_of_instance("m5.xlarge", 1, 50, FRANKFURT).watts
    unknown = impacts_of_instance("m5.xlarge", 1, None, FRANKFURT).watts

    assert unknown[0] == known[0]
    assert unknown[1] < known[1]
    assert unknown[2] > known[2]


def test_an_unknown_type_is_estimated_and_marked() -> None:
    """From its family, or by its size; never silently, and wider than a listed one."""
    sibling = impacts_of_instance("m5.36xlarge", 1, 50, FRANKFURT)
    stranger = impacts_of_instance("x9z.large", 1, 50, FRANKFURT)

    assert sibling.machine.basis == "estimated-from-family"
    assert "m5" in sibling.machine.note
    assert stranger.machine.basis == "estimated-from-size"
    assert stranger.watts[2] / stranger.watts[0] > 2


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("load", [None, 50.0])
def test_the_list_of_factors_is_what_was_read(
    name: str, load: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every factor read is listed, but for drives that the machine has none of, and conversely."""
    read: set[str] = set()

    def recorded(table: str, subject: str, quantity: str) -> Factor:
        found = factor_of(table, subject, quantity)
        read.add(found.id)
        return found

    for cached in (machine_figures.bounds_of, machine_figures.component_impacts):
        cached.cache_clear()
    machine_figures.curve_points.cache_clear()
    monkeypatch.setattr(machine_figures, "factor_of", recorded)
    found = impacts_of_instance(name, 1, load, Electricity())
    machine = found.machine.machine
    listed = {factor.id for factor in found.calculation.factors}
    needless = {
        *(one for one in read if "/ssd/" in one and not machine.ssds),
        *(one for one in read if "/hdd/" in one and not machine.hdds),
        *(one for one in read if one == "components/server/load" and load is not None),
    }

    assert listed == read - needless


def test_the_gpu_of_a_job_is_the_parametric_model_s() -> None:
    """The stand-in is an A100 of 40 GB, and reaches from an L4 to a B200."""
    typical = embodied.accelerator_impacts("gpu-a100", 40)[0, :, 0]
    least = embodied.accelerator_impacts("gpu-l4", 24)[1, :, 0]
    most = embodied.accelerator_impacts("gpu-b200", 180)[2, :, 0]

    for number, name in enumerate(("gwp", "pe", "adp")):
        factor = factor_of("calculators", "gpu", f"embodied-{name}")
        assert factor.value == pytest.approx(typical[number], rel=0.01)
        assert factor.low <= least[number]
        assert factor.high >= most[number]


def test_the_default_load_is_the_engine_s() -> None:
    """What the inputs say is what the curve was read at."""
    inputs = impacts_of_instance("m5.xlarge", 1, None, FRANKFURT).calculation.inputs
    (load,) = (stated for stated in inputs if stated.name == "load")
    curves = machines_estimated.figures_of(["m5.xlarge"]).curve_watts

    assert not load.is_given
    assert isinstance(load.value, float)
    assert power.watts_of(curves, [np.nan])[0, 0] == power.watts_of(curves, [load.value])[0, 0]


_WRONG: dict[str, Callable[[], object]] = {
    "hours below zero": lambda: impacts_of_job(Job(hours=-1, memory_gb=1), FRANKFURT),
    "hours that are none": lambda: impacts_of_job(Job(hours=np.nan, memory_gb=1), FRANKFURT),
    "endless memory": lambda: impacts_of_job(Job(hours=1, memory_gb=np.inf), FRANKFURT),
    "nothing that runs": lambda: impacts_of_job(Job(hours=1), FRANKFURT),
    "no cores": lambda: impacts_of_job(Job(hours=1, cores=Processors(0, 1)), FRANKFURT),
    "usage in percent": lambda: impacts_of_job(Job(hours=1, cores=Processors(1, 1, 50)), FRANKFURT),
    "no functional units": lambda: impacts_of_job(
        Job(hours=1, memory_gb=1, functional_units=0), FRANKFURT
    ),
    "load above full": lambda: impacts_of_instance("m5.large", 1, 101, FRANKFURT),
    "no type": lambda: impacts_of_instance("machine", 1, 50, FRANKFURT),
    "a die of nothing": lambda: impacts_of_server(Server(cpus=((1, 0.0),)), OWN),
    "a density of nothing": lambda: impacts_of_server(Server(rams=(Chips(1, 1, 0),)), OWN),
    "a life of nothing": lambda: impacts_of_server(Server(years=0), OWN),
}


@pytest.mark.parametrize("name", _WRONG)
def test_what_cannot_be_computed_is_refused(name: str) -> None:
    """By name, with the mend."""
    with pytest.raises(InvalidArgumentError) as caught:
        _WRONG[name]()

    assert caught.value.mend
