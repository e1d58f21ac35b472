"""What one unit of each usage model takes: watt hours by load, and its part of making hardware.

A model is named ``kind:detail``, such as ``machine:m5.large`` or ``storage:s3-standard``; the kinds
and their units stand in ``usage_models``. Energy is of the hardware, without the site's
overhead, but for tokens, whose figures hold it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.errors import UnknownFactorError
from crossfoot.domain.impacts import Basis
from crossfoot.domain.units import BoolArray
from crossfoot.engine.impact_figures import figure_of, figures_of_criteria
from crossfoot.engine.machines_estimated import Basis as Found
from crossfoot.engine.machines_estimated import figures_of, machine_of
from crossfoot.engine.power import line_points
from crossfoot.engine.ranges import N_BOUNDS, Floats, independent_product, inverse
from crossfoot.engine.usage_models import ModelKind
from crossfoot.factors.cost_proxies import default_cost_proxy
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.machine_figures import CRITERIA, LOADS_PERCENT
from crossfoot.factors.machine_types import types_by_family
from crossfoot.factors.services import (
    Architecture,
    Embodied,
    compute_rates,
    compute_unit,
    storage,
    transfer,
)
from crossfoot.factors.tokens import billed_model, tokens

HOURS_PER_MONTH: Final = 730.0
"""What AWS bills a month of storage as."""

_GB_PER_TB: Final = 1000.0
_MB_PER_GB: Final = 1024.0
_WH_PER_KWH: Final = 1000.0

_HARDWARE: Final = frozenset({ModelKind.MACHINE, ModelKind.HOST, ModelKind.RESERVED})
_TOKENS: Final = frozenset({ModelKind.TOKENS_IN, ModelKind.TOKENS_OUT})

NO_BASIS: Final = -1
"""Basis of what has no model and no figure of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class UsageRates:
    """Rates of distinct usage models per unit; the last one is that of no model, NaN throughout.

    ``watt_hours`` has shape (3 bounds, models + 1, 4 loads), ``embodied`` (3 bounds, 3 criteria,
    models + 1): kg CO2e, MJ and kg Sb; all others (models + 1,). ``is_machine`` tells whose unit is
    an hour of a machine, ``is_reserved`` which of them nobody runs on; ``is_at_meter`` whose energy
    holds the site's overhead, ``is_by_cost`` whose unit is a dollar of on-demand value.
    """

    watt_hours: Floats
    embodied: Floats
    basis: NDArray[np.int8]
    is_machine: BoolArray
    is_reserved: BoolArray
    is_at_meter: BoolArray
    is_by_cost: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Rate:
    """Shapes: (3 bounds, 4 loads) and (3 bounds, 3 criteria)."""

    watt_hours: Floats
    embodied: Floats
    basis: int = Basis.SERVICE


@lru_cache(maxsize=64)
def usage_rates(model_names: tuple[str, ...]) -> UsageRates:
    """Return the rates of models, in the order that they were asked for.

    Raises
    ------
    UnknownFactorError
        If a name is of no model, or its detail not in the factor set. A machine is always found:
        one that is not listed is estimated, and its basis says so.
    """
    kinds = [_kind(name) for name in model_names]
    machines = _machines([name for name in model_names if _kind(name) in _HARDWARE])
    rates = [machines[n] if _kind(n) in _HARDWARE else _service(n) for n in model_names]
    rates.append(_Rate(_flat(np.full(N_BOUNDS, np.nan)), _same(np.nan), NO_BASIS))
    kinds.append("")
    return UsageRates(
        watt_hours=_frozen(np.stack([rate.watt_hours for rate in rates], axis=1)),
        embodied=_frozen(np.stack([rate.embodied for rate in rates], axis=2)),
        basis=_frozen(np.array([rate.basis for rate in rates], dtype=np.int8)),
        is_machine=_frozen(np.array([kind in _HARDWARE for kind in kinds])),
        is_reserved=_frozen(np.array([kind == ModelKind.RESERVED for kind in kinds])),
        is_at_meter=_frozen(np.array([kind in _TOKENS for kind in kinds])),
        is_by_cost=_frozen(np.array([kind == ModelKind.COST for kind in kinds])),
    )


def _kind(model_name: str) -> str:
    return model_name.partition(":")[0]


def _machines(model_names: Sequence[str]) -> Mapping[str, _Rate]:
    """Return the rates of an hour of each machine; all are looked up at once, for speed."""
    if not model_names:
        return {}
    found = figures_of([_type_of(name) for name in model_names])
    part = np.array(
        [
            each.machine.server_share if _kind(name) == ModelKind.HOST else 1.0
            for name, each in zip(model_names, found.machines, strict=True)
        ]
    )
    return {
        name: _Rate(
            found.curve_watts[:, position] / part[position],
            found.embodied_per_hour[:, :, position] / part[position],
            Basis.LISTED if machine.basis is Found.LISTED else Basis.ESTIMATED,
        )
        for position, (name, machine) in enumerate(zip(model_names, found.machines, strict=True))
    }


def _type_of(model_name: str) -> str:
    """Return the instance type; for a host, one of its family, of which it is so many."""
    kind, _, detail = model_name.partition(":")
    if kind != ModelKind.HOST:
        return detail
    whole = f"{detail}.metal"
    if machine_of(whole).basis is Found.LISTED or detail not in types_by_family():
        return whole
    return types_by_family()[detail][-1].name


@lru_cache(maxsize=4096)
def _service(model_name: str) -> _Rate:
    kind, _, detail = model_name.partition(":")
    build = _SERVICES.get(kind)
    if build is None:
        raise UnknownFactorError(
            f"There is no usage model {model_name!r}.",
            mend=f"Use one of: {', '.join(ModelKind)}.",
        )
    return build(detail)


def _vcpu(architecture: str) -> _Rate:
    """One vCPU for an hour, without memory."""
    it = _architecture(architecture)
    lines = [(figure_of(factor_of("serverless", it, end))) for end in ("idle", "max")]
    return _Rate(line_points(*lines), _criteria(compute_rates(it).vcpu_embodied_per_hour))


def _memory(_detail: str) -> _Rate:
    """One gigabyte for an hour."""
    rates = compute_rates()
    return _Rate(
        _flat(figure_of(rates.memory_power_w_per_gb)), _criteria(rates.memory_embodied_per_gb_hour)
    )


def _function(architecture: str) -> _Rate:
    """One gigabyte of a function for an hour, and the vCPU share that AWS grants with it."""
    vcpus = _MB_PER_GB * inverse(figure_of(factor_of("serverless", "lambda", "memory-per-vcpu")))
    return _together(_times(vcpus, _vcpu(architecture)), _memory(""))


def _unit(name: str) -> _Rate:
    """One unit of a service for an hour, by its vCPUs and memory at the load of the fleet."""
    unit = compute_unit(name)
    power = _flat(figure_of(compute_rates(Architecture.X86).vcpu_power_w))
    vcpu = _Rate(power, _vcpu(Architecture.X86).embodied)
    return _together(
        _times(figure_of(unit.vcpus), vcpu), _times(figure_of(unit.memory_gb), _memory(""))
    )


def _storage(name: str) -> _Rate:
    """One gigabyte for a month, all copies."""
    kept = storage(name)
    terabyte_hours = HOURS_PER_MONTH / _GB_PER_TB
    return _Rate(
        _flat(figure_of(kept.energy_wh_per_tb_hour)) * terabyte_hours,
        _criteria(kept.embodied_per_tb_hour) * terabyte_hours,
    )


def _transfer(way: str) -> _Rate:
    """One gigabyte moved."""
    moved = transfer(way)
    return _Rate(
        _flat(figure_of(moved.energy_kwh_per_gb)) * _WH_PER_KWH, _criteria(moved.embodied_per_gb)
    )


def _tokens(label: str, *, are_output: bool) -> _Rate:
    """One thousand tokens of the model that a bill's label names."""
    it = tokens(billed_model(label).model)
    if are_output:
        return _Rate(_flat(figure_of(it.output_energy_wh)), _criteria(it.output_embodied))
    return _Rate(_flat(figure_of(it.input_energy_wh)), _criteria(it.input_embodied))


def _by_cost(_detail: str) -> _Rate:
    """One US dollar of on-demand value."""
    proxy = default_cost_proxy()
    watt_hours = _flat(figure_of(proxy.energy_kwh_per_usd)) * _WH_PER_KWH
    return _Rate(watt_hours, _criteria(proxy.embodied_per_usd), Basis.PROXY)


def _carried(_detail: str) -> _Rate:
    """Nothing of its own."""
    return _Rate(_flat(np.zeros(N_BOUNDS)), _same(0.0), Basis.CARRIED)


_SERVICES: Final[Mapping[str, Callable[[str], _Rate]]] = {
    ModelKind.VCPU: _vcpu,
    ModelKind.MEMORY: _memory,
    ModelKind.FUNCTION: _function,
    ModelKind.UNIT: _unit,
    ModelKind.STORAGE: _storage,
    ModelKind.TRANSFER: _transfer,
    ModelKind.TOKENS_IN: partial(_tokens, are_output=False),
    ModelKind.TOKENS_OUT: partial(_tokens, are_output=True),
    ModelKind.COST: _by_cost,
    ModelKind.CARRIED: _carried,
}


def _architecture(name: str) -> Architecture:
    if name not in set(Architecture):
        raise UnknownFactorError(
            f"There is no architecture {name!r}.", mend=f"Use {' or '.join(Architecture)}."
        )
    return Architecture(name)


def _flat(figure: Floats) -> Floats:
    """Return a figure that no load moves at the four loads. Shapes: (3,) to (3, 4)."""
    return np.repeat(figure[:, np.newaxis], len(LOADS_PERCENT), axis=1)


def _same(value: float) -> Floats:
    return np.full((N_BOUNDS, len(CRITERIA)), value)


def _criteria(embodied: Embodied) -> Floats:
    factors: tuple[Factor, ...] = (embodied.gwp_kgco2e, embodied.pe_mj, embodied.adp_kgsbeq)
    return figures_of_criteria(factors)


def _times(amount: Floats, rate: _Rate) -> _Rate:
    each = amount[:, np.newaxis]
    return _Rate(
        independent_product(each, rate.watt_hours), independent_product(each, rate.embodied)
    )


def _together(one: _Rate, other: _Rate) -> _Rate:
    """Add parts of one thing; their bounds are added, for one assumption stands behind them."""
    return _Rate(one.watt_hours + other.watt_hours, one.embodied + other.embodied)


def _frozen[T: np.ndarray](array: T) -> T:
    array.setflags(write=False)
    return array
