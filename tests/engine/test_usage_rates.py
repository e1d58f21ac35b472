"""What one unit of each usage model takes."""

import numpy as np
import pytest

from crossfoot.domain.errors import UnknownFactorError
from crossfoot.domain.impacts import Basis
from crossfoot.engine.machines_estimated import figures_of
from crossfoot.engine.usage_rates import NO_BASIS, UsageRates, usage_rates
from crossfoot.factors.factor import factors_of
from crossfoot.factors.machine_types import machine_types, types_by_family
from crossfoot.factors.services import compute_rates, compute_units, storage, transfers
from crossfoot.factors.tokens import token_models, tokens

STORAGE = tuple(it for it, quantity in factors_of("storage") if quantity == "replication")
EVERY_MODEL = (
    *(f"machine:{name}" for name in machine_types()),
    *("machine:db.r6g.large", "machine:qq7z.4xlarge", "machine:nonsense"),
    *(f"host:{name}" for name in types_by_family()),
    *("host:", "host:zz9", "reserved:m5.large", "vcpu:x86", "vcpu:arm", "memory"),
    *("function:x86", "function:arm", "cost", "carried"),
    *(f"unit:{name}" for name in compute_units()),
    *(f"storage:{name}" for name in STORAGE),
    *(f"transfer:{name}" for name in transfers()),
    *(f"tokens-in:{name}" for name in token_models()),
    *(f"tokens-out:{name}" for name in token_models()),
    "tokens-out:USE1-SomethingNew-output-tokens",
)
HALF = 2


def watt_hours(rates: UsageRates) -> list[list[float]]:
    """Return value, low and high of each model at half load."""
    return [list(bounds) for bounds in rates.watt_hours[:, :-1, HALF].T]


def test_every_model_of_the_factor_set_has_figures() -> None:
    """In order of value and range, positive in everything but what others carry."""
    rates = usage_rates(EVERY_MODEL)
    carried = EVERY_MODEL.index("carried")

    for figures in (rates.watt_hours[:, :-1], rates.embodied[:, :, :-1].swapaxes(1, 2)):
        value, low, high = np.delete(figures, carried, axis=1)
        assert (low > 0).all()
        assert (low <= value).all()
        assert (value <= high).all()
        assert (figures[:, carried] == 0).all()


def test_the_last_row_is_of_no_model() -> None:
    """It has no figure, which is not zero, so that nothing can be taken for it."""
    rates = usage_rates(("cost",))

    assert np.isnan(rates.watt_hours[:, -1]).all()
    assert np.isnan(rates.embodied[:, :, -1]).all()
    assert rates.basis.tolist() == [Basis.PROXY, NO_BASIS]


def test_machines_are_those_of_the_factor_set() -> None:
    """Watts and making of an hour; a service's prefix falls away, and a reservation is one too."""
    names = ["m5.large", "p4d.24xlarge", "db.r6g.large"]
    rates = usage_rates(("machine:m5.large", "reserved:p4d.24xlarge", "machine:db.r6g.large"))
    figures = figures_of(names)

    np.testing.assert_allclose(rates.watt_hours[:, :-1], figures.curve_watts)
    np.testing.assert_allclose(rates.embodied[..., :-1], figures.embodied_per_hour)
    assert rates.is_reserved.tolist() == [False, True, False, False]
    assert rates.is_machine.tolist() == [True, True, True, False]


def test_a_machine_that_is_not_listed_is_marked() -> None:
    """Its basis is an estimate, and never that of a listed one."""
    names = ("machine:m5.large", "machine:m5.6xlarge", "machine:qq7z.4xlarge", "host:zz9", "host:")

    assert usage_rates(names).basis[:-1].tolist() == [
        Basis.LISTED,
        *4 * [Basis.ESTIMATED],
    ]


@pytest.mark.parametrize(
    ("host", "machine", "machines"),
    [("m5", "m5.metal", 1), ("t3", "t3.2xlarge", 12), ("p3", "p3.16xlarge", 9 / 8)],
)
def test_a_host_is_the_whole_server(host: str, machine: str, machines: float) -> None:
    """The listed whole one, else as many of the largest as fit on it."""
    rates = usage_rates((f"host:{host}", f"machine:{machine}"))

    np.testing.assert_allclose(rates.watt_hours[:, 0], machines * rates.watt_hours[:, 1])
    np.testing.assert_allclose(rates.embodied[..., 0], machines * rates.embodied[..., 1])
    assert rates.basis[0] == Basis.LISTED


@pytest.mark.parametrize(
    ("architecture", "idle", "full"), [("x86", 0.74, 3.5), ("arm", 0.474, 1.693)]
)
def test_a_vcpu_is_straight_between_idle_and_full(
    architecture: str, idle: float, full: float
) -> None:
    """Cloud Carbon Footprint's line, by hand."""
    value = usage_rates((f"vcpu:{architecture}",)).watt_hours[0, 0]

    assert value.tolist() == pytest.approx(
        [idle, idle + 0.1 * (full - idle), (idle + full) / 2, full]
    )


def test_a_function_is_its_memory_and_the_vcpu_share_that_comes_with_it() -> None:
    """1,024 of 1,792 MB of a vCPU at half load, and one gigabyte: 1.6034 Wh."""
    by_hand = 1024 / 1792 * (0.74 + 0.5 * (3.5 - 0.74)) + 0.392

    assert watt_hours(usage_rates(("function:x86",)))[0][0] == pytest.approx(by_hand)


def test_a_unit_is_its_vcpus_and_memory() -> None:
    """A DPU of Glue: 4 vCPU and 16 GB at half load, whatever load is told: 14.752 Wh."""
    rates = usage_rates(("unit:glue-dpu",))
    power = compute_rates().vcpu_power_w

    assert rates.watt_hours[0, 0].tolist() == pytest.approx(4 * [4 * 2.12 + 16 * 0.392])
    assert rates.watt_hours[1, 0, 0] == pytest.approx(4 * power.low + 16 * 0.2)


def test_storage_is_for_a_month_and_all_copies() -> None:
    """S3: six copies of 0.65 Wh per TB hour are 2.847 Wh per GB and month of 730 hours."""
    rates = usage_rates(("storage:s3-standard",))
    embodied = storage("s3-standard").embodied_per_tb_hour.gwp_kgco2e

    assert watt_hours(rates)[0][0] == pytest.approx(2.847)
    assert rates.embodied[0, 0, 0] == pytest.approx(embodied.value * 0.73)


def test_transfer_is_by_the_gigabyte() -> None:
    """Two watt hours between Regions."""
    assert watt_hours(usage_rates(("transfer:between-regions",)))[0][0] == pytest.approx(2.0)


def test_tokens_are_by_the_thousand_and_at_the_meter() -> None:
    """In and out of the model that the label names; the site's overhead is in them."""
    rates = usage_rates(("tokens-in:MistralLarge", "tokens-out:EUW2-MistralLarge-output-tokens"))
    known = tokens("mistral-large-latest")

    assert [each[0] for each in watt_hours(rates)] == pytest.approx(
        [known.input_energy_wh.value, known.output_energy_wh.value]
    )
    assert rates.is_at_meter.tolist() == [True, True, False]


def test_cost_is_by_the_dollar() -> None:
    """The stated default: 136 Wh and 0.005 kg CO2e, and the widest range of all bases."""
    rates = usage_rates(("cost", "machine:m5.large"))

    assert watt_hours(rates)[0][0] == pytest.approx(136.0)
    assert rates.embodied[0, 0, 0] == pytest.approx(0.005)
    assert rates.is_by_cost.tolist() == [True, False, False]


@pytest.mark.parametrize(
    "name", ["", "engine:m5.large", "storage:floppy", "unit:none", "transfer:post", "vcpu:mips"]
)
def test_an_unknown_model_is_named(name: str) -> None:
    """Nothing stands in for it."""
    with pytest.raises(UnknownFactorError):
        usage_rates(("cost", name))
