"""A first, small physical model: energy and embodied carbon of one unit of usage.

Power is linear between idle and full load, as Cloud Carbon Footprint has it; embodied carbon is its
server formula, spread over the six years that AWS writes racks off in. Sources and ranges stand in
``physical_factors.csv``, worked figures in ``docs/classification.md``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from crossfoot.engine.instance_types import Machine
from crossfoot.factors.machines import InstanceFamily, instance_families
from crossfoot.factors.physical_factors import PhysicalModel, factor_value, physical_models
from crossfoot.factors.usage_rules import unit_ratio

HOURS_PER_MONTH: Final = 730.0
SECONDS_PER_HOUR: Final = 3600.0
GRAMS_PER_KILOGRAM: Final = 1000.0
GB_PER_TB: Final = 1000.0
MB_PER_GB: Final = 1024.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of one unit of usage. [Wh, g CO2e]."""

    watt_hours: float
    embodied_grams: float

    def times(self, factor: float) -> "Footprint":
        """Return the footprint of so many units."""
        return Footprint(self.watt_hours * factor, self.embodied_grams * factor)

    def plus(self, other: "Footprint") -> "Footprint":
        """Return both together."""
        return Footprint(
            self.watt_hours + other.watt_hours, self.embodied_grams + other.embodied_grams
        )


def footprint_of(model_name: str, machine: Machine, unit: str | None) -> Footprint | None:
    """Return energy and embodied carbon of one unit of usage, at the load of the fleet.

    Parameters
    ----------
    model_name : str
        Name in ``physical_models.csv``, or ``none``.
    machine : Machine
        The instance or host, for the models that are made of one.
    unit : str or None
        As AWS writes it; the model is refused where the unit does not fit.

    Returns
    -------
    Footprint or None
        ``None`` where there is no model: the caller weighs such usage by cost.
    """
    model = physical_models().get(model_name)
    if model is None:
        return None
    ratio = unit_ratio(unit, model.dimension)
    return None if ratio is None else _KINDS[model.kind](model, machine).times(float(ratio))


def machine_footprint(machine: Machine, load: float) -> Footprint:
    """Return the footprint of one hour of a machine. ``load`` in [0, 1]."""
    share = machine.vcpus / machine.family.server_vcpus
    watts = machine.vcpus * _vcpu_watts(machine.family.platform, load)
    watts += machine.memory_gb * factor_value("memory", "idle")
    if machine.accelerators:
        watts += machine.accelerators * _accelerator_watts(machine.family.accelerator, load)
    kilograms = share * server_embodied_kilograms(machine.family)
    kilograms += machine.accelerators * factor_value("server", "embodied-accelerator")
    return Footprint(watts, _grams_per_hour(kilograms))


def server_embodied_kilograms(family: InstanceFamily) -> float:
    """Return the embodied carbon of a family's server without accelerators. [kg CO2e].

    Cloud Carbon Footprint: a base server, and so much for each further socket, gigabyte and drive.
    """
    memory_gb = family.server_vcpus * family.memory_gb_per_vcpu
    beyond_gb = max(0.0, memory_gb - factor_value("server", "embodied-memory-included"))
    return (
        factor_value("server", "embodied-base")
        + factor_value("server", "embodied-socket") * (family.server_sockets - 1)
        + factor_value("server", "embodied-memory") * beyond_gb
        + factor_value("server", "embodied-ssd") * family.server_ssds
        + factor_value("server", "embodied-hdd") * family.server_hdds
    )


def _load(model: PhysicalModel) -> float:
    percent = model.load_percent
    return (factor_value("fleet", "load") if percent is None else percent) / 100.0


def _linear(subject: str, part: str, load: float) -> float:
    idle = factor_value(subject, f"{part}-idle")
    return idle + load * (factor_value(subject, f"{part}-max") - idle)


def _vcpu_watts(platform: str, load: float) -> float:
    return _linear(platform, "vcpu", load) + factor_value(platform, "vcpu-rest")


def _accelerator_watts(accelerator: str, load: float) -> float:
    return _linear(accelerator, "accelerator", load)


def _grams_per_hour(kilograms: float) -> float:
    return kilograms * GRAMS_PER_KILOGRAM / factor_value("server", "lifetime")


@cache
def _processor(family_name: str, load: float) -> Footprint:
    """One hour of one vCPU, without memory."""
    family = instance_families()[family_name]
    kilograms = factor_value("server", "embodied-base") + factor_value(
        "server", "embodied-socket"
    ) * (family.server_sockets - 1)
    return Footprint(
        _vcpu_watts(family.platform, load), _grams_per_hour(kilograms / family.server_vcpus)
    )


@cache
def _memory() -> Footprint:
    """One hour of one gigabyte."""
    return Footprint(
        factor_value("memory", "idle"), _grams_per_hour(factor_value("server", "embodied-memory"))
    )


@cache
def _function(family_name: str, load: float) -> Footprint:
    """One gigabyte-second: memory, and the vCPU share that comes with it."""
    vcpus = MB_PER_GB / factor_value("function", "memory-per-vcpu")
    return _processor(family_name, load).times(vcpus).plus(_memory()).times(1.0 / SECONDS_PER_HOUR)


@cache
def _capacity_unit(family_name: str, load: float) -> Footprint:
    """One hour of one Aurora capacity unit."""
    processor = _processor(family_name, load).times(factor_value("aurora-capacity-unit", "vcpus"))
    return processor.plus(_memory().times(factor_value("aurora-capacity-unit", "memory")))


@cache
def _storage(medium: str, replication: str) -> Footprint:
    """One gigabyte for a month, all copies."""
    terabyte_hours = factor_value(replication, "replication") * HOURS_PER_MONTH / GB_PER_TB
    kilograms = factor_value("drive", f"embodied-{medium}-per-tb")
    return Footprint(
        factor_value(medium, "storage") * terabyte_hours,
        _grams_per_hour(kilograms) * terabyte_hours,
    )


_KINDS: Final[Mapping[str, Callable[[PhysicalModel, Machine], Footprint]]] = {
    "machine": lambda model, machine: machine_footprint(machine, _load(model)).times(
        float(model.copies)
    ),
    "host": lambda model, machine: machine_footprint(machine, _load(model)),
    "storage": lambda model, _: _storage(model.part, model.copies),
    "processor": lambda model, _: _processor(model.part, _load(model)),
    "memory": lambda _model, _machine: _memory(),
    "function": lambda model, _: _function(model.part, _load(model)),
    "capacity-unit": lambda model, _: _capacity_unit(model.part, _load(model)),
}
