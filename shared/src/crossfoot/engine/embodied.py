"""What making hardware costs, from its components, and a machine's share of it per hour.

Axes: bound (value, low, high), criterion (GWP kg CO2e, PE MJ, ADP kg Sb), server or machine.
Formulas: Simon et al., HotCarbon 2024, equations 1 to 4; accelerators: Falk et al. 2025.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crossfoot.engine.power import drives_of
from crossfoot.engine.ranges import N_BOUNDS, independent_product, inverse
from crossfoot.factors.machine_figures import (
    ACCELERATORS,
    COMPONENTS,
    CRITERIA,
    PROCESSORS,
    bounds_of,
    component_impacts,
)
from crossfoot.factors.machine_types import NO_ACCELERATOR, MachineType, Platform, platforms

type Floats = NDArray[np.float64]

_MM2_PER_CM2: Final = 100.0


@dataclass(frozen=True, slots=True)
class Embodied:
    """Impacts of making each machine's share of its server, over its whole life.

    Shapes: (3 bounds, 3 criteria, n machines).
    """

    processor: Floats
    memory: Floats
    drives: Floats
    accelerators: Floats
    frame: Floats

    @property
    def total(self) -> Floats:
        """All parts together; their bounds are added, for one study stands behind them."""
        return self.processor + self.memory + self.drives + self.accelerators + self.frame

    @property
    def parts(self) -> Mapping[str, Floats]:
        """Each part by its name."""
        return {
            "processor": self.processor,
            "memory": self.memory,
            "drives": self.drives,
            "accelerators": self.accelerators,
            "frame": self.frame,
        }


def embodied_of(machines: Sequence[MachineType]) -> Embodied:
    """Return what making each machine's share costs.

    Processors and frame by the share of vCPUs, memory by the share of memory, drives by the share
    of storage, accelerators by their number.
    """
    servers = [platforms()[machine.platform] for machine in machines]
    share = np.array([machine.server_share for machine in machines])
    return Embodied(
        processor=_processors(machines, servers) * share,
        memory=_memory(machines, servers),
        drives=_drives(machines, servers),
        accelerators=_accelerators(machines),
        frame=_frames(servers) * share,
    )


def per_hour(impacts: ArrayLike) -> Floats:
    """Return impacts of a life as those of an hour; a long life lowers the low bound.

    Parameters
    ----------
    impacts : array_like
        Shape: (3 bounds, ...).
    """
    whole = np.asarray(impacts, dtype=np.float64)
    hourly = inverse(bounds_of(COMPONENTS, "server", "lifetime"))
    return independent_product(whole, hourly.reshape(-1, *(1,) * (whole.ndim - 1)))


def processor_impacts(die_mm2: ArrayLike) -> Floats:
    """Return the impacts of one processor by its silicon [mm2]."""
    return _linear(die_mm2, component_impacts("processor", "die")) + _unit("processor", "base")


def memory_impacts(gigabytes: ArrayLike, density: ArrayLike | None = None) -> Floats:
    """Return the impacts of one memory module of so many GB; density in GB/cm2."""
    return _flash("memory", gigabytes, density) + _unit("memory", "base")


def ssd_impacts(gigabytes: ArrayLike, density: ArrayLike | None = None) -> Floats:
    """Return the impacts of one solid state drive of so many GB; density in GB/cm2."""
    return _flash("ssd", gigabytes, density) + _unit("ssd", "base")


def hdd_impacts() -> Floats:
    """Return the impacts of one hard disk, of whatever size."""
    return _unit("hdd", "base")


def power_supply_impacts(weight_kg: ArrayLike | None = None) -> Floats:
    """Return the impacts of one power supply; of usual weight where none is given."""
    usual = bounds_of(COMPONENTS, "power-supply", "weight")[:, np.newaxis]
    weight = usual if weight_kg is None else weight_kg
    return _linear(weight, component_impacts("power-supply", "mass"))


def mainboard_impacts() -> Floats:
    """Return the impacts of one mainboard."""
    return _unit("mainboard", "base")


def assembly_impacts() -> Floats:
    """Return the impacts of putting one server together."""
    return _unit("assembly", "base")


def case_impacts(*, blade: bool = False) -> Floats:
    """Return the impacts of a rack case, or of a blade and its part of the chassis."""
    if not blade:
        return _unit("case-rack", "base")
    blades = bounds_of(COMPONENTS, "blade-chassis", "blades")[0]
    return np.asarray(_unit("case-blade", "base") + _unit("blade-chassis", "base") / blades)


def accelerator_impacts(name: str, memory_gb: float) -> Floats:
    """Return the impacts of one accelerator with its memory. Shape: (3 bounds, 3 criteria, 1)."""
    die = bounds_of(ACCELERATORS, name, "die")[:, np.newaxis]
    dies = bounds_of(ACCELERATORS, name, "dies")[:, np.newaxis]
    stack = bounds_of(COMPONENTS, "accelerator", "memory-die")[:, np.newaxis]
    memory_area = memory_gb * bounds_of(COMPONENTS, "accelerator", "memory-area")[:, np.newaxis]
    sizes = {
        "die": dies * wafer_area_mm2(die),
        "memory": memory_area * wafer_area_mm2(stack) / stack,
        **{
            part: bounds_of(ACCELERATORS, name, part)[:, np.newaxis]
            for part in ("casing", "heat-sink", "board", "mass")
        },
    }
    parts = [_linear(size, component_impacts("accelerator", part)) for part, size in sizes.items()]
    return np.asarray(np.sum(parts, axis=0))


def wafer_area_mm2(die_mm2: ArrayLike) -> Floats:
    """Return the area of wafer that one good die uses up [mm2].

    Dies are cut from a round wafer, whose edge is lost; of the whole ones, Murphy's share is good.
    """
    die = np.asarray(die_mm2, dtype=np.float64)
    diameter = bounds_of(COMPONENTS, "wafer", "diameter")[0]
    defects = die / _MM2_PER_CM2 * bounds_of(COMPONENTS, "wafer", "defects")[0]
    wafer = np.pi * (diameter / 2) ** 2
    dies = wafer / die - np.pi * diameter / np.sqrt(2 * die)
    good = (-np.expm1(-defects) / defects) ** 2
    return np.asarray(wafer / (dies * good))


def _linear(amount: ArrayLike, impacts: Floats) -> Floats:
    """Multiply an amount with the impacts of one. Shapes: ([3,] n) with (3, 3) is (3, 3, n)."""
    each = np.atleast_1d(np.asarray(amount, dtype=np.float64))
    bounded = each if each.ndim > 1 else np.repeat(each[np.newaxis, :], N_BOUNDS, axis=0)
    return independent_product(bounded[:, np.newaxis, :], impacts[..., np.newaxis])


def _flash(kind: str, gigabytes: ArrayLike, density: ArrayLike | None) -> Floats:
    """Return the impacts of the dies of memory; the densest gives the lowest."""
    per_gb = (
        inverse(bounds_of(COMPONENTS, kind, "density"))[:, np.newaxis]
        if density is None
        else np.repeat(1 / np.atleast_2d(np.asarray(density, dtype=np.float64)), N_BOUNDS, axis=0)
    )
    size = np.atleast_1d(np.asarray(gigabytes, dtype=np.float64))
    return _linear(size * per_gb, component_impacts(kind, "die"))


def _unit(subject: str, quantity: str) -> Floats:
    return component_impacts(subject, quantity)[..., np.newaxis]


def _processors(machines: Sequence[MachineType], servers: Sequence[Platform]) -> Floats:
    dies = [bounds_of(PROCESSORS, machine.processor, "die") for machine in machines]
    sockets = np.array([server.sockets for server in servers])
    return np.asarray(processor_impacts(np.stack(dies, axis=1)) * sockets)


def _memory(machines: Sequence[MachineType], servers: Sequence[Platform]) -> Floats:
    memory_gb = np.array([machine.memory_gb for machine in machines])
    modules = memory_gb * np.array([server.dimms / server.memory_gb for server in servers])
    return np.asarray(_flash("memory", memory_gb, None) + modules * _unit("memory", "base"))


def _drives(machines: Sequence[MachineType], servers: Sequence[Platform]) -> Floats:
    pairs = list(zip(machines, servers, strict=True))
    ssds = np.array([drives_of(m.ssds, m.ssd_gb, s.ssds, s.ssd_gb) for m, s in pairs])
    hdds = np.array([drives_of(m.hdds, m.hdd_gb, s.hdds, s.hdd_gb) for m, s in pairs])
    flash = _flash("ssd", [machine.ssd_gb for machine in machines], None)
    return np.asarray(flash + ssds * _unit("ssd", "base") + hdds * hdd_impacts())


def _frames(servers: Sequence[Platform]) -> Floats:
    supplies = np.array([server.power_supplies for server in servers])
    boards = np.array([server.mainboards for server in servers])
    bounded = power_supply_impacts() * supplies + mainboard_impacts() * boards
    return np.asarray(bounded + assembly_impacts() + case_impacts())


def _accelerators(machines: Sequence[MachineType]) -> Floats:
    none = np.zeros((3, len(CRITERIA), 1))
    return np.concatenate([_accelerators_in(machine, none) for machine in machines], axis=2)


def _accelerators_in(machine: MachineType, none: Floats) -> Floats:
    if machine.accelerator == NO_ACCELERATOR:
        return none
    each_gb = machine.accelerator_memory_gb / machine.accelerators
    return np.asarray(machine.accelerators * accelerator_impacts(machine.accelerator, each_gb))
