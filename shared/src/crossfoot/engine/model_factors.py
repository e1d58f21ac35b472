"""Which factors stand behind an estimate: of a usage model, and of the place it runs in.

The estimate itself works on arrays of rates; this is for telling where a figure comes from.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from crossfoot.domain.errors import UnknownFactorError, UnknownRegionError
from crossfoot.engine.impact_figures import Electricity, data_centre_of
from crossfoot.engine.instance_impact import impacts_of_instance
from crossfoot.engine.machines_estimated import Basis, machine_of
from crossfoot.factors.cost_proxies import default_cost_proxy
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.machine_figures import COMPONENTS
from crossfoot.factors.places import place
from crossfoot.factors.services import (
    Architecture,
    Embodied,
    compute_rates,
    compute_unit,
    storage,
    transfer,
)
from crossfoot.factors.tokens import billed_model, tokens


@lru_cache(maxsize=4096)
def factors_of_model(model_name: str) -> tuple[Factor, ...]:
    """Return the factors behind the energy and the hardware of a usage model.

    Parameters
    ----------
    model_name : str
        Such as ``machine:m5.large`` or ``storage:s3-standard``; ``carried`` has none.

    Raises
    ------
    UnknownFactorError
        If a name is of no model, or its detail not in the factor set.
    """
    kind, _, detail = model_name.partition(":")
    tell = _KINDS.get(kind)
    if tell is None:
        raise UnknownFactorError(
            f"There is no usage model {model_name!r}.",
            mend="Ask for a model as the table `usage` names them.",
        )
    return tell(detail)


@lru_cache(maxsize=1024)
def factors_of_place(region_code: str, year: int) -> tuple[Factor, ...]:
    """Return what a kilowatt hour stands for in a Region; nothing where it is not known."""
    try:
        electricity = data_centre_of(place(region_code, year))
    except UnknownRegionError:
        return ()
    return tuple(factor for factor in electricity.factors if isinstance(factor, Factor))


def _machine(instance_type: str) -> tuple[Factor, ...]:
    found = machine_of(instance_type)
    is_readable = found.basis is not Basis.UNREADABLE
    name = instance_type if is_readable else found.machine.name
    # of an unknown load, which adds the load that is assumed; without a place
    known = impacts_of_instance(name, 1.0, None, Electricity()).calculation.factors
    widened = () if is_readable else (factor_of(COMPONENTS, "estimate", "from-size"),)
    return (*(factor for factor in known if isinstance(factor, Factor)), *widened)


def _host(family: str) -> tuple[Factor, ...]:
    return _machine(f"{family}.metal")


def _vcpu(architecture: str) -> tuple[Factor, ...]:
    if architecture not in set(Architecture):
        raise UnknownFactorError(
            f"There is no architecture {architecture!r}.",
            mend=f"Ask for {' or '.join(Architecture)}.",
        )
    rates = compute_rates(Architecture(architecture))
    return (rates.vcpu_power_w, *_embodied(rates.vcpu_embodied_per_hour))


def _memory(_detail: str = "") -> tuple[Factor, ...]:
    rates = compute_rates()
    return (rates.memory_power_w_per_gb, *_embodied(rates.memory_embodied_per_gb_hour))


def _function(architecture: str) -> tuple[Factor, ...]:
    share = factor_of("serverless", "lambda", "memory-per-vcpu")
    return (share, *_vcpu(architecture), *_memory())


def _unit(name: str) -> tuple[Factor, ...]:
    unit = compute_unit(name)
    return (unit.vcpus, unit.memory_gb, *_vcpu(Architecture.X86), *_memory())


def _storage(name: str) -> tuple[Factor, ...]:
    kept = storage(name)
    return (kept.energy_wh_per_tb_hour, *_embodied(kept.embodied_per_tb_hour))


def _transfer(way: str) -> tuple[Factor, ...]:
    moved = transfer(way)
    return (moved.energy_kwh_per_gb, *_embodied(moved.embodied_per_gb))


def _tokens_in(label: str) -> tuple[Factor, ...]:
    it = tokens(billed_model(label).model)
    return (it.input_energy_wh, *_embodied(it.input_embodied))


def _tokens_out(label: str) -> tuple[Factor, ...]:
    it = tokens(billed_model(label).model)
    return (it.output_energy_wh, *_embodied(it.output_embodied))


def _cost(_detail: str) -> tuple[Factor, ...]:
    proxy = default_cost_proxy()
    return (proxy.energy_kwh_per_usd, *_embodied(proxy.embodied_per_usd))


def _carried(_detail: str) -> tuple[Factor, ...]:
    return ()


def _embodied(embodied: Embodied) -> tuple[Factor, Factor, Factor]:
    return embodied.gwp_kgco2e, embodied.pe_mj, embodied.adp_kgsbeq


_KINDS: Final[Mapping[str, Callable[[str], tuple[Factor, ...]]]] = {
    "machine": _machine,
    "reserved": _machine,
    "host": _host,
    "vcpu": _vcpu,
    "memory": _memory,
    "function": _function,
    "unit": _unit,
    "storage": _storage,
    "transfer": _transfer,
    "tokens-in": _tokens_in,
    "tokens-out": _tokens_out,
    "cost": _cost,
    "carried": _carried,
}
