"""The machine that a type's name stands for: listed, or estimated from its family or size.

Nothing is replaced silently: the basis says what was done, the note with what, and bounds widen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.engine.embodied import embodied_of, per_hour
from crossfoot.engine.instance_types import SIZE_UNITS, UNITS_PER_XLARGE, instance_type_in
from crossfoot.engine.power import power_curves
from crossfoot.engine.ranges import independent_product
from crossfoot.factors.machine_figures import COMPONENTS, bounds_of
from crossfoot.factors.machine_types import (
    FAMILY_ALIASES,
    MachineType,
    machine_types,
    types_by_family,
)

type Floats = NDArray[np.float64]

_STAND_IN_FAMILY: Final = "m6i"
_STAND_IN_SIZE: Final = "large"
_FAMILY = re.compile(r"(?P<letters>[a-z]+)(?P<generation>[0-9]+)(?P<attributes>[a-z0-9-]*)")
_MULTIPLE = re.compile(r"(?P<number>[0-9]{1,4})xlarge|metal-(?P<metal>[0-9]{1,4})xl")


class Basis(StrEnum):
    """Where a machine's figures come from."""

    LISTED = "listed"
    FAMILY = "estimated-from-family"
    SIZE = "estimated-from-size"
    UNREADABLE = "estimated-without-type"
    """No type could be read: a large machine of a usual family."""


_WIDENING: Final = {
    Basis.FAMILY: "from-family",
    Basis.SIZE: "from-size",
    Basis.UNREADABLE: "from-size",
}


@dataclass(frozen=True, slots=True)
class EstimatedMachine:
    """A machine and how it was found; ``note`` is empty where the type is listed."""

    machine: MachineType
    basis: Basis
    note: str


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """Power and embodied impacts of distinct types, in the order that they were asked for.

    ``curve_watts`` has shape (3 bounds, n, 4 loads), without PUE; ``embodied_per_hour`` has shape
    (3 bounds, 3 criteria, n): kg CO2e, MJ and kg Sb.
    """

    machines: tuple[EstimatedMachine, ...]
    curve_watts: Floats
    embodied_per_hour: Floats


def figures_of(names: Sequence[str]) -> MachineFigures:
    """Return the figures of instance types.

    Parameters
    ----------
    names : sequence of str
        Distinct types, with or without the prefix or suffix of a service: ``db.r6g.large``,
        ``cache.t3.micro``, ``m5.large.search``, ``ml.p4d.24xlarge``. At least one.
    """
    found = tuple(machine_of(name) for name in names)
    machines = [each.machine for each in found]
    spread = np.stack([_spread(each.basis) for each in found], axis=1)
    return MachineFigures(
        machines=found,
        curve_watts=independent_product(power_curves(machines).total, spread[:, :, np.newaxis]),
        embodied_per_hour=independent_product(
            per_hour(embodied_of(machines).total), spread[:, np.newaxis, :]
        ),
    )


@lru_cache(maxsize=8192)
def machine_of(name: str) -> EstimatedMachine:
    """Return the machine of a type; an unknown one is scaled from the nearest that is known."""
    instance_type = instance_type_in(name)
    listed = machine_types().get(instance_type)
    if listed is not None:
        return EstimatedMachine(listed, Basis.LISTED, "")
    if not instance_type:
        return _stand_in(f"no instance type in {name!r}", _STAND_IN_SIZE, Basis.UNREADABLE)
    family, _, size = instance_type.partition(".")
    alias = machine_types().get(f"{FAMILY_ALIASES.get(family, family)}.{size}")
    if alias is not None:
        note = f"{instance_type} taken as {alias.name}"
        return EstimatedMachine(alias, Basis.FAMILY, note)
    nearest = _nearest_family(FAMILY_ALIASES.get(family, family))
    if not nearest:
        return _stand_in(f"family {family} not known", size, Basis.SIZE)
    machine = _scaled(nearest, size)
    note = f"{instance_type} not listed, scaled from {nearest}"
    return EstimatedMachine(replace(machine, name=instance_type), Basis.FAMILY, note)


def _stand_in(reason: str, size: str, basis: Basis) -> EstimatedMachine:
    machine = _scaled(_STAND_IN_FAMILY, size)
    return EstimatedMachine(machine, basis, f"{reason}, taken as {_STAND_IN_FAMILY} by size")


def _nearest_family(family: str) -> str:
    """Return the family, else the newest with the same letters and attributes, else nothing."""
    families = types_by_family()
    if family in families:
        return family
    wanted = _FAMILY.fullmatch(family)
    if wanted is None:
        return ""
    siblings = [
        (int(known["generation"]), name)
        for name in families
        if (known := _FAMILY.fullmatch(name))
        and (known["letters"], known["attributes"]) == (wanted["letters"], wanted["attributes"])
    ]
    return max(siblings, default=(0, ""))[1]


def _scaled(family: str, size: str) -> MachineType:
    """Return a size of a family from the listed one that is nearest to it."""
    members = types_by_family()[family]
    units = _units(size)
    if units is None:
        return members[-1]
    listed = [(abs(np.log(known / units)), known, m) for m in members if (known := _units_of(m))]
    if not listed:
        return members[-1]
    _, known, nearest = min(listed, key=lambda entry: entry[0])
    scale = min(units / known, 1 / nearest.server_share)
    return replace(
        nearest,
        vcpus=scale * nearest.vcpus,
        server_share=scale * nearest.server_share,
        memory_gb=scale * nearest.memory_gb,
        ssds=scale * nearest.ssds,
        ssd_gb=scale * nearest.ssd_gb,
        hdds=scale * nearest.hdds,
        hdd_gb=scale * nearest.hdd_gb,
        accelerators=scale * nearest.accelerators,
        accelerator_memory_gb=scale * nearest.accelerator_memory_gb,
    )


def _units_of(machine: MachineType) -> float | None:
    return _units(machine.name.partition(".")[2])


def _units(size: str) -> float | None:
    """Return AWS's normalised size, or nothing for a whole server."""
    if size in SIZE_UNITS:
        return SIZE_UNITS[size]
    multiple = _MULTIPLE.fullmatch(size)
    if multiple is None:
        return None
    return UNITS_PER_XLARGE * max(1, int(multiple["number"] or multiple["metal"]))


def _spread(basis: Basis) -> Floats:
    if basis is Basis.LISTED:
        return np.ones(3)
    return bounds_of(COMPONENTS, "estimate", _WIDENING[basis])
