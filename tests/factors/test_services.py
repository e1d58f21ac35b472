"""Services without a machine: storage, compute by the vCPU, transfer, tokens, cost."""

from itertools import pairwise

import numpy as np
import pytest

from crossfoot.domain.errors import UnknownFactorError
from crossfoot.factors.cost_proxies import default_cost_proxy
from crossfoot.factors.factor import Boundary, Factor
from crossfoot.factors.services import (
    Architecture,
    compute_rates,
    compute_unit,
    compute_units,
    storage,
    storages,
    transfer,
    transfers,
)
from crossfoot.factors.tokens import Basis, billed_model, token_models, tokens

CCF_PUE = 1.135
CCF_TONNES_PER_KWH = 0.000415755


def is_in_order(factor: Factor) -> bool:
    """Return whether value lies in the range, and the range is above nothing."""
    return 0 < factor.low <= factor.value <= factor.high


@pytest.mark.parametrize(
    ("name", "medium_wh", "copies"),
    [
        ("ebs-gp3", 1.2, 2),
        ("ebs-st1", 0.65, 2),
        ("ebs-snapshot", 0.65, 3),
        ("s3-standard", 0.65, 6),
        ("s3-one-zone-ia", 0.65, 2),
        ("efs-standard", 1.2, 3),
        ("rds-ssd-multi-az", 1.2, 2),
        ("aurora", 1.2, 6),
        ("dynamodb", 1.2, 2),
        ("ecr", 0.65, 3),
        ("redshift-managed", (0.65 + 1.2) / 2, 2),
    ],
)
def test_energy_of_storage_is_its_medium_times_its_copies(
    name: str, medium_wh: float, copies: float
) -> None:
    """Cloud Carbon Footprint's coefficients and replication factors."""
    found = storage(name)

    assert found.replication.value == copies
    assert found.energy_wh_per_tb_hour.value == pytest.approx(medium_wh * copies, rel=1e-9)
    assert found.energy_wh_per_tb_hour.boundary is Boundary.USE


def test_making_storage_is_spread_over_six_years() -> None:
    """A terabyte of S3 on six copies: 6 x 31.11 kg over drives of 14 TB and 52,560 hours."""
    made = storage("s3-standard").embodied_per_tb_hour

    assert made.gwp_kgco2e.value == pytest.approx(6 * 31.11 / 14 / 52_560, rel=1e-6)
    assert made.pe_mj.value == pytest.approx(6 * 276 / 14 / 52_560, rel=1e-6)
    assert made.adp_kgsbeq.value == pytest.approx(6 * 0.00025 / 14 / 52_560, rel=1e-6)
    assert made.gwp_kgco2e.boundary is Boundary.EMBODIED


def test_a_solid_state_drive_is_made_of_its_chips_and_the_rest() -> None:
    """3,840 GB at 48.5 GB/cm2: 2.2 kg per cm2, and 6.34 kg."""
    made = storage("ephemeral-ssd").embodied_per_tb_hour.gwp_kgco2e

    assert made.value == pytest.approx((3840 / 48.5 * 2.2 + 6.34) / 3.84 / 52_560, rel=1e-6)


@pytest.mark.parametrize("name", storages().names)
def test_every_class_of_storage_is_whole(name: str) -> None:
    """Energy and the three embodied criteria, each in its range."""
    found = storage(name)
    made = found.embodied_per_tb_hour

    assert is_in_order(found.energy_wh_per_tb_hour)
    assert all(is_in_order(it) for it in (made.gwp_kgco2e, made.pe_mj, made.adp_kgsbeq))


def test_an_unknown_medium_widens_the_range() -> None:
    """Where AWS does not say disk or solid state, the range reaches from one to the other."""
    known = storage("s3-standard").embodied_per_tb_hour.gwp_kgco2e
    unknown = storage("s3-vectors").embodied_per_tb_hour.gwp_kgco2e

    assert unknown.high / unknown.low > 5 * known.high / known.low


def test_arrays_of_storage_say_what_the_classes_say() -> None:
    """Value, low and high by row; they cannot be written to."""
    table = storages()
    row = table.names.index("ebs-gp3")
    energy = storage("ebs-gp3").energy_wh_per_tb_hour

    assert tuple(table.energy_wh_per_tb_hour[row]) == (energy.value, energy.low, energy.high)
    assert table.adp_kgsbeq_per_tb_hour.shape == (len(table.names), 3)
    with pytest.raises(ValueError, match="read-only"):
        table.energy_wh_per_tb_hour[row, 0] = 0.0


@pytest.mark.parametrize("lookup", [storage, compute_unit, transfer, tokens])
def test_an_unknown_service_is_an_error_that_names_it(lookup: object) -> None:
    """Nothing stands in for it here: the cost proxy is for that, and marked."""
    with pytest.raises(UnknownFactorError, match="floppy-disk"):
        lookup("floppy-disk")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("architecture", "load", "watts"),
    [
        (Architecture.X86, 0.0, 0.74),
        (Architecture.X86, 1.0, 3.5),
        (Architecture.X86, None, 2.12),
        (Architecture.ARM, 0.5, (0.474 + 1.693) / 2),
    ],
)
def test_power_of_a_vcpu_is_a_line_between_idle_and_full(
    architecture: Architecture, load: float | None, watts: float
) -> None:
    """Half load where nothing is known."""
    power = compute_rates(architecture, load).vcpu_power_w

    assert power.value == pytest.approx(watts, rel=1e-9)
    assert is_in_order(power)


def test_power_never_falls_with_load() -> None:
    """Value, low and high alike."""
    steps = [compute_rates(load=load).vcpu_power_w for load in np.linspace(0, 1, 11)]

    for lower, higher in pairwise(steps):
        assert lower.value <= higher.value
        assert lower.low <= higher.low
        assert lower.high <= higher.high


def test_an_unknown_load_has_the_wider_range() -> None:
    """It holds the range of a known one."""
    known, unknown = compute_rates(load=0.5).vcpu_power_w, compute_rates().vcpu_power_w

    assert unknown.low < known.low
    assert known.high < unknown.high


def test_a_server_is_the_sum_of_its_vcpus_and_gigabytes() -> None:
    """96 vCPU and 384 GB over six years: the components of one server of two sockets."""
    rates = compute_rates()
    hours = 52_560
    kilograms = hours * (
        96 * rates.vcpu_embodied_per_hour.gwp_kgco2e.value
        + 384 * rates.memory_embodied_per_gb_hour.gwp_kgco2e.value
    )
    processors = 2 * (694 * 0.0197 + 9.14)
    memory = 12 * (32 / 1.24436 * 2.2 + 5.22)
    shell = 150 + 66.1 + 6.68 + 2 * 2.99 * 24.3

    assert kilograms == pytest.approx(processors + memory + shell, rel=1e-6)


@pytest.mark.parametrize("name", compute_units())
def test_every_unit_of_a_service_takes_something(name: str) -> None:
    """Load balancers, gateways, capacity units: vCPU and memory, each in its range."""
    unit = compute_unit(name)

    assert is_in_order(unit.vcpus)
    assert is_in_order(unit.memory_gb)


@pytest.mark.parametrize("name", transfers())
def test_every_way_of_data_is_whole(name: str) -> None:
    """Electricity and making, each in its range; none below the same zone's."""
    found = transfer(name)
    made = found.embodied_per_gb

    assert is_in_order(found.energy_kwh_per_gb)
    assert all(is_in_order(it) for it in (made.gwp_kgco2e, made.pe_mj, made.adp_kgsbeq))
    assert found.energy_kwh_per_gb.value >= transfer("same-zone").energy_kwh_per_gb.value


@pytest.mark.parametrize("name", ["internet", "cdn", "between-regions"])
def test_ways_that_nobody_has_measured_are_wide(name: str) -> None:
    """A factor of ten and more between low and high."""
    energy = transfer(name).energy_kwh_per_gb

    assert energy.high / energy.low > 10


def test_network_as_cloud_carbon_footprint_has_it() -> None:
    """T-CCF-4: ten million gigabytes are 11,350 kWh and 4.71881925 t."""
    kwh = 1e7 * transfer("between-zones").energy_kwh_per_gb.value * CCF_PUE

    assert kwh == pytest.approx(11_350, rel=1e-9)
    assert kwh * CCF_TONNES_PER_KWH == pytest.approx(4.71881925, rel=1e-9)


def test_memory_as_cloud_carbon_footprint_has_it() -> None:
    """T-CCF-3: 80 gigabyte-hours are 0.0355936 kWh and 1.4798217e-5 t."""
    kwh = 80 * compute_rates().memory_power_w_per_gb.value / 1000 * CCF_PUE

    assert kwh == pytest.approx(0.0355936, rel=1e-6)
    assert kwh * CCF_TONNES_PER_KWH == pytest.approx(1.4798217e-5, rel=1e-6)


def test_storage_as_cloud_carbon_footprint_has_it() -> None:
    """A terabyte of gp3 for 730 hours: 1.2 Wh x 730 x 1.135 x 2 copies."""
    kwh = 730 * storage("ebs-gp3").energy_wh_per_tb_hour.value / 1000 * CCF_PUE

    assert kwh == pytest.approx(1.98852, rel=1e-9)


@pytest.mark.parametrize("model", token_models())
def test_every_model_is_whole(model: str) -> None:
    """Tokens in and out, energy and making; the site's overhead is inside the energy."""
    found = tokens(model)
    made = (found.output_embodied, found.input_embodied)

    assert is_in_order(found.output_energy_wh)
    assert is_in_order(found.input_energy_wh)
    assert found.input_energy_wh.value < found.output_energy_wh.value
    assert found.output_energy_wh.boundary is Boundary.USE_WITH_SITE
    for it in made:
        assert all(is_in_order(factor) for factor in (it.gwp_kgco2e, it.pe_mj, it.adp_kgsbeq))


def test_tokens_of_a_model_are_ecologits_figures() -> None:
    """Claude 3 Haiku: 1.840338 Wh and 3.647679e-5 kg per 1,000 tokens out."""
    found = tokens("claude-3-haiku-20240307")

    assert found.output_energy_wh.value == pytest.approx(1.840338, rel=1e-9)
    assert found.output_embodied.gwp_kgco2e.value == pytest.approx(3.647679e-5, rel=1e-9)


def test_hardware_that_the_source_lost_is_put_back() -> None:
    """Open models have a hundred-thousandth of the hardware of like models there."""
    lost = tokens("mistralai/Mistral-7B-v0.3")
    like = tokens("open-mistral-7b")

    ratio = lost.output_embodied.gwp_kgco2e.value / like.output_embodied.gwp_kgco2e.value
    assert 0.3 < ratio < 3
    assert "lost" in lost.output_embodied.gwp_kgco2e.source


@pytest.mark.parametrize(
    ("text", "model", "basis"),
    [
        ("EUW2-Mistral7B-output-tokens", "mistralai/Mistral-7B-v0.3", Basis.SAME),
        ("USE1-MistralLarge-input-tokens-batch", "mistral-large-latest", Basis.SAME),
        ("Claude Sonnet 4.5 (Amazon Bedrock Edition)", "claude-sonnet-4-5", Basis.SAME),
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307", Basis.SAME),
        ("anthropic.claude-v2:1", "claude-sonnet-4-0", Basis.NEAR),
        (
            "us.meta.llama3-3-70b-instruct-v1:0",
            "meta-llama/Meta-Llama-3.1-70B-Instruct",
            Basis.NEAR,
        ),
        ("cohere.command-r-plus-v1:0", "command-r-plus-08-2024", Basis.SAME),
        ("USE1-NovaMicro-input-tokens", "class-small", Basis.CLASS),
        ("USE1-SomethingNew-input-tokens", "default", Basis.UNKNOWN),
    ],
)
def test_a_label_of_a_bill_names_its_model(text: str, model: str, basis: Basis) -> None:
    """The longest label within decides, and the basis says how near the figures are."""
    found = billed_model(text)

    assert (found.model, found.basis) == (model, basis)
    assert tokens(found.model)


def test_an_unknown_model_has_the_widest_range() -> None:
    """It reaches over every model's."""
    default = tokens("default").output_energy_wh

    for model in token_models():
        energy = tokens(model).output_energy_wh
        assert default.low <= energy.low
        assert energy.high <= default.high


def test_the_default_proxy_is_of_machines_and_their_prices() -> None:
    """Teads watts at half load of four types over their price per hour."""
    watts_and_prices = ((25.4, 0.204), (53.1, 0.34), (28.2, 0.192), (3781.8, 32.7726))
    mean = np.mean([watts / 1000 / price for watts, price in watts_and_prices])
    proxy = default_cost_proxy()

    assert proxy.energy_kwh_per_usd.value == pytest.approx(mean, rel=0.005)
    assert is_in_order(proxy.energy_kwh_per_usd)
