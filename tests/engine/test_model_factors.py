"""Every model and place can say which factors stand behind it."""

import pytest

from crossfoot.domain.errors import UnknownFactorError
from crossfoot.engine.model_factors import factors_of_model, factors_of_place
from crossfoot.engine.usage_rates import usage_rates
from crossfoot.factors.factor import Boundary

MODELS = (
    *("machine:m6i.large", "machine:p4d.24xlarge", "machine:unknown", "machine:m99.large"),
    *("reserved:c5.2xlarge", "host:m5", "vcpu:x86", "vcpu:arm", "memory", "function:arm"),
    *("unit:nat-gateway", "storage:ebs-gp3", "transfer:internet"),
    *("tokens-in:ClaudeSonnet4", "tokens-out:ClaudeSonnet4", "cost"),
)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_sources(model: str) -> None:
    """A model that the estimate knows has factors, each with its source, licence and range."""
    usage_rates((model,))
    factors = factors_of_model(model)

    assert factors
    assert all(each.source and each.licence and each.unit for each in factors)
    assert all(each.low <= each.value <= each.high for each in factors)
    assert {Boundary.EMBODIED} <= {each.boundary for each in factors}


def test_what_is_carried_elsewhere_has_no_factor_of_its_own() -> None:
    """Zero rests on nothing."""
    assert factors_of_model("carried") == ()


def test_an_accelerator_brings_its_own_factors() -> None:
    """A machine with GPUs rests on more than the machine without."""
    tables = {each.id.partition("/")[0] for each in factors_of_model("machine:p4d.24xlarge")}

    assert tables == {"processors", "components", "accelerators"}


@pytest.mark.parametrize("model", ["vcpu:mips", "nonsense", "storage:floppy"])
def test_a_model_that_there_is_not_is_named(model: str) -> None:
    """No factor is made up for a name that nobody knows."""
    with pytest.raises(UnknownFactorError, match=model.partition(":")[2] or model):
        factors_of_model(model)


def test_a_place_tells_its_six_factors() -> None:
    """Grid, PUE, WUE, water, primary energy and minerals; life cycle, of the year or before."""
    factors = factors_of_place("eu-west-1", 2025)
    tables = [each.id.partition("/")[0] for each in factors]

    assert sorted(tables) == [
        *("electricity_impacts", "electricity_impacts", "facility", "facility"),
        *("grid_intensity", "water"),
    ]
    assert all(each.year <= 2025 for each in factors)


def test_a_place_that_there_is_not_has_none() -> None:
    """An unknown Region has no figure, so it has no factor."""
    assert factors_of_place("mars-north-1", 2025) == ()
