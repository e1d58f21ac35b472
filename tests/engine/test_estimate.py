"""Figures of parts of usage: by hand, as the calculators have them, and as laws."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.errors import BoundaryError, InvalidAmountError, UnknownFactorError
from crossfoot.domain.impacts import CRITERIA, IDLE_CRITERIA, Basis, Criterion
from crossfoot.engine import estimate as estimate_module
from crossfoot.engine.estimate import CHUNK_PARTS, Estimates, UsageParts, estimate, unknown_regions
from crossfoot.engine.impact_figures import data_centre_of
from crossfoot.engine.instance_impact import impacts_of_instance
from crossfoot.engine.ranges import independent_product
from crossfoot.engine.usage_rates import NO_BASIS
from crossfoot.factors.factor import with_upstream
from crossfoot.factors.machine_types import machine_types
from crossfoot.factors.places import place
from crossfoot.factors.regions import regions
from crossfoot.factors.tokens import tokens

YEAR = 2025
UNKNOWN = np.nan
DUBLIN = place("eu-west-1", YEAR)
MODELS = (
    *("machine:m5.large", "machine:p4d.24xlarge", "machine:t4g.micro", "machine:m5.6xlarge"),
    *("machine:qq7z.large", "reserved:r5.xlarge", "host:c5", "vcpu:x86", "vcpu:arm", "memory"),
    *("function:arm", "unit:nat-gateway", "storage:s3-standard", "storage:ebs-gp3"),
    *("transfer:internet", "tokens-in:claude-haiku-4-5", "tokens-out:default", "cost", "carried"),
)
REGIONS = ("eu-west-1", "us-east-1", "global", "us-east-1-bos-1a", "cn-north-1", "eu-nowhere-7")
ENERGY, GHG, EMBODIED, SITE, GENERATION = (
    CRITERIA.index(criterion)
    for criterion in (
        Criterion.ENERGY,
        Criterion.GHG_USE,
        Criterion.GHG_EMBODIED,
        Criterion.WATER_SITE,
        Criterion.WATER_GENERATION,
    )
)


def usage(*models: str, region: str = "eu-west-1", **columns: float | list[float]) -> UsageParts:
    """Return one part of each model in a Region; columns that are not given are unknown."""
    n_parts = len(models)
    names = tuple(dict.fromkeys(models))
    unknown = dict.fromkeys(
        ("load_percent", "measured_kwh", "measured_hours", "grid_g_per_kwh", "on_demand_usd"),
        UNKNOWN,
    )
    filled = {"amount": 1.0, **unknown, **columns}
    return UsageParts(
        model=np.array([names.index(model) for model in models]),
        model_names=names,
        region=np.zeros(n_parts, dtype=np.int64),
        regions=(region,),
        year=YEAR,
        **{name: np.broadcast_to(np.array(it, float), n_parts) for name, it in filled.items()},
    )


@st.composite
def some_usage(draw: st.DrawFn, n_parts: int = 24) -> UsageParts:
    """Draw parts of all models, with and without loads, measurements, intensities and dollars."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))

    def some(most: float, share: float) -> np.ndarray:
        known = random.random(n_parts) < share
        return np.where(known, random.random(n_parts) * most, np.nan)

    return UsageParts(
        model=random.integers(-1, len(MODELS), n_parts),
        model_names=MODELS,
        region=random.integers(0, len(REGIONS), n_parts),
        regions=REGIONS,
        amount=some(1e4, 0.95),
        load_percent=some(100.0, 0.6),
        measured_kwh=some(1e3, 0.3),
        measured_hours=some(2e4, 0.5),
        grid_g_per_kwh=some(1e3, 0.3),
        on_demand_usd=some(1e4, 0.8),
        year=YEAR,
    )


def assert_same(one: Estimates, other: Estimates) -> None:
    """Compare all figures, to the last digit."""
    np.testing.assert_array_equal(one.figures, other.figures)
    np.testing.assert_array_equal(one.idle, other.idle)
    np.testing.assert_array_equal(one.modelled_kwh, other.modelled_kwh)
    np.testing.assert_array_equal(one.basis, other.basis)


@pytest.mark.parametrize("load", [None, 0.0, 7.5, 10.0, 50.0, 100.0])
@pytest.mark.parametrize(
    "name", ["m5.xlarge", "p4d.24xlarge", "a1.2xlarge", "db.r6g.large", "m5.6xlarge"]
)
@pytest.mark.parametrize("region", ["eu-west-1", "ap-south-1", "global"])
def test_one_instance_is_as_the_calculator_has_it(
    name: str, load: float | None, region: str
) -> None:
    """Every criterion that both have, value, low and high."""
    asked = usage(
        f"machine:{name}",
        region=region,
        amount=730.0,
        load_percent=UNKNOWN if load is None else load,
    )
    electricity = data_centre_of(place(region, YEAR))
    by_calculator = impacts_of_instance(name, 730.0, load, electricity).calculation.impacts

    figures = estimate(asked).figures[:, :, 0]
    for criterion, found in zip(CRITERIA, figures, strict=True):
        if criterion not in {Criterion.WATER_SITE, Criterion.WATER_GENERATION}:
            expected = getattr(by_calculator, criterion.value)
            assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-12)
    assert by_calculator.water_l is not None
    assert figures[[SITE, GENERATION], 0].sum() == pytest.approx(by_calculator.water_l[0])


def test_a_gigabyte_of_storage_by_hand() -> None:
    """2.847 Wh a month of S3 times Dublin's PUE, grid and water; making it for 730 hours."""
    found = estimate(usage("storage:s3-standard", amount=1000.0)).figures[:, 0, 0]
    kwh = 2.847 * DUBLIN.pue.value

    assert found[[ENERGY, GHG, SITE, GENERATION]].tolist() == pytest.approx(
        [
            kwh,
            kwh * DUBLIN.grid_life_cycle.value / 1000,
            2.847 * DUBLIN.wue.value,
            kwh * DUBLIN.water_of_generation.value,
        ]
    )
    assert found[EMBODIED] == pytest.approx(6 * 2.222143 / 52_560 * 730)


def test_a_graviton_of_the_first_generation_by_hand() -> None:
    """a1.2xlarge at half load has Teads' 25.4 W: an hour in Dublin."""
    found = estimate(usage("machine:a1.2xlarge", load_percent=50.0)).figures[ENERGY, 0, 0]

    assert found == pytest.approx(25.4 / 1000 * DUBLIN.pue.value, rel=0.005)


def test_an_accelerator_s_power_is_in() -> None:
    """p4d.24xlarge takes near 3.8 kW at half load, not 0.7."""
    found = estimate(usage("machine:p4d.24xlarge", load_percent=50.0)).figures[ENERGY, 0, 0]

    assert found == pytest.approx(3.7818 * DUBLIN.pue.value, rel=0.05)


def test_ranges_add_in_quadrature() -> None:
    """Watts, overhead and grid do not depend on each other."""
    found = estimate(usage("memory", amount=1000.0)).figures
    pue, grid = ([it.value, it.low, it.high] for it in (DUBLIN.pue, DUBLIN.grid_life_cycle))
    energy = independent_product([0.392, 0.2, 0.6], pue)

    assert found[ENERGY, :, 0].tolist() == pytest.approx(energy.tolist())
    ghg = independent_product(energy, grid) / 1000
    assert found[GHG, :, 0].tolist() == pytest.approx(ghg.tolist())


def test_tokens_are_at_the_meter_already() -> None:
    """No overhead is put on them, and the site's water is of the energy behind it."""
    found = estimate(usage("tokens-out:claude-haiku-4-5", amount=1000.0)).figures[:, :, 0]
    known = tokens("claude-haiku-4-5").output_energy_wh

    assert found[ENERGY].tolist() == pytest.approx([known.value, known.low, known.high])
    assert found[SITE, 0] == pytest.approx(known.value / DUBLIN.pue.value * DUBLIN.wue.value)


def test_an_empty_reservation_idles() -> None:
    """At no load, whatever is told of it, and all of it is idle."""
    reserved = estimate(usage("reserved:m5.large", load_percent=80.0))
    idling = estimate(usage("machine:m5.large", load_percent=0.0))

    np.testing.assert_array_equal(reserved.figures, idling.figures)
    rows = [CRITERIA.index(criterion) for criterion in IDLE_CRITERIA]
    np.testing.assert_allclose(reserved.idle, reserved.figures[rows, 0])


def test_the_idle_part_is_idle_power_in_the_time_without_load() -> None:
    """At a quarter of load, three quarters of idle power and of making."""
    found = estimate(usage("machine:m5.large", amount=100.0, load_percent=25.0))
    idling = estimate(usage("machine:m5.large", amount=100.0, load_percent=0.0)).figures
    rows = [CRITERIA.index(criterion) for criterion in IDLE_CRITERIA]

    np.testing.assert_allclose(found.idle[:, 0], 0.75 * idling[rows, 0, 0])


def test_a_busy_machine_idles_never_and_an_unknown_load_tells_nothing() -> None:
    """Zero is not missing, and missing is not zero; storage does not idle."""
    found = estimate(
        usage(
            *("machine:m5.large", "machine:m5.large", "storage:ebs-gp3"),
            load_percent=[100.0, UNKNOWN, 10.0],
        )
    ).idle

    assert found[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(found[:, 1:]).all()


def test_measured_energy_takes_the_model_s_place() -> None:
    """Overhead and grid come on top; making is the model's, which stays beside it."""
    modelled = estimate(usage("machine:m5.large", amount=100.0, load_percent=20.0))
    found = estimate(usage("machine:m5.large", amount=100.0, load_percent=20.0, measured_kwh=3.0))
    pue = [DUBLIN.pue.value, DUBLIN.pue.low, DUBLIN.pue.high]

    assert found.basis.tolist() == [Basis.MEASURED]
    assert found.figures[ENERGY, :, 0].tolist() == pytest.approx([3.0 * each for each in pue])
    np.testing.assert_array_equal(found.figures[EMBODIED], modelled.figures[EMBODIED])
    np.testing.assert_allclose(found.modelled_kwh, modelled.figures[ENERGY, 0])
    assert np.isnan(modelled.modelled_kwh).all()
    share = modelled.idle[0, 0] / modelled.figures[ENERGY, 0, 0]
    assert found.idle[0, 0] == pytest.approx(share * found.figures[ENERGY, 0, 0])


def test_hours_that_were_not_measured_stay_modelled() -> None:
    """Sixty of a hundred hours measured: forty by the model, and their range."""
    whole = estimate(usage("machine:m5.large", amount=100.0, load_percent=20.0)).figures
    found = estimate(
        usage(
            *("machine:m5.large", "machine:m5.large"),
            amount=100.0,
            load_percent=20.0,
            measured_kwh=[2.0, 0.0],
            measured_hours=[60.0, 0.0],
        )
    ).figures

    assert found[ENERGY, 0, 0] == pytest.approx(2.0 * DUBLIN.pue.value + 0.4 * whole[ENERGY, 0, 0])
    np.testing.assert_allclose(found[:, :, 1], whole[:, :, 0])


def test_a_measurement_of_more_hours_than_were_billed_leaves_nothing_to_model() -> None:
    """Its energy is all there is; and energy of zero is a figure, without a range."""
    found = estimate(
        usage(
            *("machine:m5.large", "machine:m5.large"),
            amount=[10.0, 10.0],
            measured_kwh=[1.0, 0.0],
            measured_hours=[11.0, UNKNOWN],
        )
    ).figures

    assert found[ENERGY, 0, 0] == pytest.approx(DUBLIN.pue.value)
    assert found[[ENERGY, GHG, SITE], :, 1].tolist() == [[0.0, 0.0, 0.0]] * 3
    assert (found[EMBODIED, :, 1] > 0).all()


def test_an_hour_s_own_intensity_replaces_the_year_s() -> None:
    """It has no range of its own, and moves nothing but greenhouse gases of use."""
    by_year = estimate(usage("machine:m5.large")).figures
    found = estimate(usage("machine:m5.large", grid_g_per_kwh=50.0)).figures
    rest = [row for row in range(len(CRITERIA)) if row != GHG]

    np.testing.assert_allclose(found[GHG], found[ENERGY] * 0.05)
    np.testing.assert_array_equal(found[rest], by_year[rest])


def test_upstream_emissions_are_never_added_to_the_grid_s() -> None:
    """The intensity that estimates stand on refuses them."""
    with pytest.raises(BoundaryError):
        with_upstream(DUBLIN.grid_life_cycle, DUBLIN.grid_life_cycle)


def test_value_stands_in_where_there_is_no_model() -> None:
    """By the dollar, marked; without a value in dollars there is no figure."""
    found = estimate(usage("cost", "cost", amount=UNKNOWN, on_demand_usd=[2.0, UNKNOWN]))

    assert found.figures[ENERGY, 0, 0] == pytest.approx(2 * 0.136 * DUBLIN.pue.value)
    assert found.basis.tolist() == [Basis.PROXY, Basis.NONE]
    assert np.isnan(found.figures[:, :, 1]).all()


def test_what_another_line_carries_is_zero() -> None:
    """Known to be nothing, which is not unknown, though it has no amount."""
    found = estimate(usage("carried", "carried", amount=[UNKNOWN, 7.0], on_demand_usd=5.0))

    assert (found.figures == 0).all()
    assert found.basis.tolist() == [Basis.CARRIED, Basis.CARRIED]


def test_what_has_no_figure_of_its_own_has_none() -> None:
    """A pod's row, also where something was measured under its name."""
    parts = replace(usage("memory", measured_kwh=1.0), model=np.array([-1]))
    found = estimate(parts)

    assert np.isnan(found.figures).all()
    assert found.basis.tolist() == [NO_BASIS]


def test_an_unknown_region_has_no_figure_and_is_named() -> None:
    """Nothing stands in for it, not even for what needs no grid."""
    parts = usage("machine:m5.large", "carried", region="eu-nowhere-7", measured_kwh=1.0)
    found = estimate(parts)

    assert np.isnan(found.figures).all()
    assert found.basis.tolist() == [Basis.UNKNOWN_REGION, Basis.UNKNOWN_REGION]
    assert unknown_regions(parts) == ("eu-nowhere-7",)
    assert unknown_regions(replace(parts, regions=("eu-west-1",))) == ()


def test_bases_are_those_of_the_models() -> None:
    """From a listed machine to nothing of its own."""
    names = ("machine:m5.large", "machine:qq7z.large", "storage:ebs-gp3", "cost", "carried")

    assert estimate(usage(*names, on_demand_usd=1.0)).basis.tolist() == [
        *(Basis.LISTED, Basis.ESTIMATED, Basis.SERVICE, Basis.PROXY, Basis.CARRIED)
    ]


def test_nothing_has_no_figures() -> None:
    """No part, no row; shapes as ever."""
    found = estimate(usage())

    assert found.figures.shape == (len(CRITERIA), 3, 0)
    assert found.idle.shape == (len(IDLE_CRITERIA), 0)


@pytest.mark.parametrize("load", [-5.0, 130.0])
def test_an_impossible_load_is_refused(load: float) -> None:
    """A share told as percent, or the other way round, must not pass."""
    with pytest.raises(InvalidAmountError):
        estimate(usage("machine:m5.large", load_percent=load))


def test_an_unknown_model_is_refused() -> None:
    """A name that nobody knows is a fault of ours, and named."""
    with pytest.raises(UnknownFactorError):
        estimate(usage("storage:floppy"))


@given(parts=some_usage())
def test_the_value_lies_in_its_range(parts: UsageParts) -> None:
    """In every criterion of every part that has a figure, and no figure is below zero."""
    found = estimate(parts)
    value, low, high = found.figures.swapaxes(0, 1)
    has_none = np.isnan(value)

    assert ((low <= value * (1 + 1e-12)) | has_none).all()
    assert ((value <= high * (1 + 1e-12)) | has_none).all()
    assert ((low >= 0) | has_none).all()
    idle_rows = [CRITERIA.index(criterion) for criterion in IDLE_CRITERIA]
    assert ((found.idle <= value[idle_rows] * (1 + 1e-12)) | np.isnan(found.idle)).all()


@given(parts=some_usage())
def test_figures_are_all_there_or_none_is(parts: UsageParts) -> None:
    """Whoever has no figure says why, and whoever has one has it in all bounds."""
    found = estimate(parts)
    has_use = ~np.isnan(found.figures[ENERGY, 0])

    assert (np.isnan(found.figures).all(axis=1) | ~np.isnan(found.figures).any(axis=1)).all()
    assert (has_use == ~np.isin(found.basis, [NO_BASIS, Basis.NONE, Basis.UNKNOWN_REGION])).all()
    is_unknown = (found.basis == Basis.UNKNOWN_REGION).any()
    assert not is_unknown or unknown_regions(parts) == ("eu-nowhere-7",)


@given(parts=some_usage(), factor=st.sampled_from([-1.0, 0.0, 1e-6, 0.5, 24.0]))
def test_figures_are_linear_in_the_amount(parts: UsageParts, factor: float) -> None:
    """So many times the amount, so many times every bound; a correction takes off as much."""
    parts = replace(parts, measured_kwh=np.full(len(parts.model), np.nan))
    times = replace(parts, amount=parts.amount * factor, on_demand_usd=parts.on_demand_usd * factor)

    np.testing.assert_allclose(estimate(times).figures, estimate(parts).figures * factor)
    np.testing.assert_allclose(estimate(times).idle, estimate(parts).idle * factor)


@given(parts=some_usage(), share=st.floats(min_value=0, max_value=1))
def test_parts_of_a_part_sum_to_it(parts: UsageParts, share: float) -> None:
    """Cutting a part in two, its measurement too, changes no sum in any bound."""
    fields = ("amount", "measured_kwh", "measured_hours", "on_demand_usd")

    def cut(of: float) -> np.ndarray:
        return estimate(replace(parts, **{it: getattr(parts, it) * of for it in fields})).figures

    np.testing.assert_allclose(
        cut(share) + cut(1 - share), estimate(parts).figures, rtol=1e-9, atol=1e-12
    )


@given(parts=some_usage())
def test_a_part_does_not_depend_on_the_others(parts: UsageParts) -> None:
    """Alone, in another order or in other chunks, its figures are the same to the last digit."""
    order = np.argsort(parts.amount)
    arrays = [
        *("model", "region", "amount", "load_percent", "measured_kwh", "measured_hours"),
        *("grid_g_per_kwh", "on_demand_usd"),
    ]
    taken = replace(parts, **{name: getattr(parts, name)[order] for name in arrays})
    found, ordered = estimate(parts), estimate(taken)

    np.testing.assert_array_equal(ordered.figures, found.figures[:, :, order])
    np.testing.assert_array_equal(ordered.basis, found.basis[order])


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts come out the same, however they are cut."""
    random = np.random.default_rng(5)
    n_parts = 1000
    parts = usage(
        *random.choice(MODELS, n_parts),
        amount=random.random(n_parts).tolist(),
        on_demand_usd=1.0,
        measured_kwh=np.where(random.random(n_parts) < 0.2, 1.0, np.nan).tolist(),
    )
    assert n_parts < CHUNK_PARTS
    whole = estimate(parts)
    monkeypatch.setattr(estimate_module, "CHUNK_PARTS", 7)

    assert_same(estimate(parts), whole)


@pytest.mark.parametrize("name", ["m5.large", "c7g.xlarge", "p4d.24xlarge", "x9z.large"])
def test_power_never_falls_with_load(name: str) -> None:
    """Value, low and high, and what is idle of it never grows."""
    loads = np.linspace(0, 100, 41).tolist()
    found = estimate(usage(*41 * [f"machine:{name}"], load_percent=loads))

    assert (np.diff(found.figures[ENERGY], axis=1) >= -1e-12).all()
    assert all(later <= earlier for earlier, later in pairwise(found.idle[0]))


def test_all_machines_in_all_regions() -> None:
    """Every listed type in every Region has all figures."""
    types, codes = tuple(machine_types()), tuple(regions())
    grid = np.meshgrid(np.arange(len(types)), np.arange(len(codes)), indexing="ij")
    model, region = (axis.ravel() for axis in grid)
    unknown = partial(np.full, len(model), np.nan)
    parts = UsageParts(
        model=model,
        model_names=tuple(f"machine:{name}" for name in types),
        region=region,
        regions=codes,
        amount=np.ones(len(model)),
        load_percent=unknown(),
        measured_kwh=unknown(),
        measured_hours=unknown(),
        grid_g_per_kwh=unknown(),
        on_demand_usd=unknown(),
        year=YEAR,
    )
    found = estimate(parts)

    assert (found.figures > 0).all()
    assert (found.basis == Basis.LISTED).all()
