"""Our estimate of instances beside another one's: figure by figure, with the ratio.

It is a check of models and never part of a ledger. The site's overhead is applied by us to both
sides; what the other model lacks for a type blocks the type, by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

from crossfoot.engine.impact_figures import data_centre_of
from crossfoot.engine.instance_impact import InstanceImpacts, impacts_of_instance
from crossfoot.engine.machines_estimated import Basis, machine_of
from crossfoot.engine.ranges import HIGH, LOW, VALUE, Floats
from crossfoot.factors.machine_types import NO_ACCELERATOR
from crossfoot.factors.places import PlaceFactors, place
from crossfoot.factors.regions import region_code_of, regions

type Bounds = tuple[float, float, float]
"""Value, low, high."""

_ONE_HOUR: Final = 1.0
_WATTS_PER_KILOWATT: Final = 1000.0

USUAL_TYPES: Final = (
    *("m5.large", "m5.xlarge", "m5.4xlarge", "m6i.large", "m6a.xlarge", "c5.2xlarge", "c5.9xlarge"),
    *("c6i.xlarge", "r5.xlarge", "r5.4xlarge", "r6i.2xlarge", "t3.micro", "t3.medium"),
    *("i3.2xlarge", "m6g.xlarge", "c7g.xlarge", "db.m5.large", "db.r6g.large"),
    *("g4dn.xlarge", "p4d.24xlarge"),
)
"""Twenty types of the families that are used most; two have GPUs, and are blocked."""


@dataclass(frozen=True, slots=True)
class ReferenceFigures:
    """What the other model says of an instance in an hour, without PUE, and its answer as it is."""

    watts: Bounds
    grid_g_per_kwh: float
    use: Mapping[str, Bounds | None]
    embodied: Mapping[str, Bounds | None]
    raw: Mapping[str, Any]


class Reference(Protocol):
    """Another model, asked by name."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        ...

    def check_version(self) -> str:
        """Return its version; raise ``ReferenceApiError`` where it is not the pinned one."""
        ...

    def instance_types(self) -> frozenset[str]:
        """Return the types that it knows."""
        ...

    def location_of(self, country: str | None) -> str:
        """Return its code of a country; raise ``InvalidArgumentError`` where it has none."""
        ...

    def instance(self, name: str, location: str, load_percent: float) -> ReferenceFigures:
        """Return what it says of an instance in an hour, without PUE."""
        ...


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both sides, value, low and high; ``ratio`` is ours through theirs."""

    ours: Bounds | None
    theirs: Bounds | None

    @property
    def ratio(self) -> float | None:
        """Ours through theirs; None where either is missing or theirs is nothing."""
        if self.ours is None or self.theirs is None or self.theirs[VALUE] == 0:
            return None
        return self.ours[VALUE] / self.theirs[VALUE]


@dataclass(frozen=True, slots=True)
class CheckedInstance:
    """An instance on both sides for an hour; ``blocked`` says why there is no other side."""

    name: str
    blocked: str | None
    figures: Mapping[str, Compared]
    their_grid_g_per_kwh: float | None = None
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The whole comparison, and what both sides were asked with."""

    reference: str
    version: str
    region: str
    location: str
    load_percent: float
    pue: float
    our_grid_g_per_kwh: float
    instances: Sequence[CheckedInstance]


def cross_check(
    names: Sequence[str], region: str, load_percent: float, reference: Reference
) -> CrossCheck:
    """Compare instances of a Region, an hour each.

    Raises
    ------
    InvalidArgumentError
        If a name is not one of a type, a number cannot be computed with, or the other side does
        not know the Region's country.
    UnknownRegionError
        If there is no such Region.
    ReferenceApiError
        If the other side does not answer as it should.
    """
    where = place(region_code_of(region) or region)
    version = reference.check_version()
    location = reference.location_of(regions()[where.figures_of].country)
    known = reference.instance_types()
    checked = [
        _checked(name, where, load_percent, location, known, reference)
        for name in dict.fromkeys(names)
    ]
    return CrossCheck(
        reference=reference.name,
        version=version,
        region=where.region_code,
        location=location,
        load_percent=load_percent,
        pue=where.pue.value,
        our_grid_g_per_kwh=where.grid_life_cycle.value,
        instances=checked,
    )


def _checked(
    name: str,
    where: PlaceFactors,
    load_percent: float,
    location: str,
    known: frozenset[str],
    reference: Reference,
) -> CheckedInstance:
    ours = impacts_of_instance(name, _ONE_HOUR, load_percent, data_centre_of(where))
    blocked = _blocked(name, known, reference.name)
    if blocked is not None:
        return CheckedInstance(name, blocked, {})
    theirs = reference.instance(name, location, load_percent)
    return CheckedInstance(
        name=name,
        blocked=None,
        figures=_compared(ours, theirs, where.pue.value),
        their_grid_g_per_kwh=theirs.grid_g_per_kwh,
        raw=theirs.raw,
    )


def _blocked(name: str, known: frozenset[str], reference: str) -> str | None:
    found = machine_of(name)
    if found.machine.accelerator != NO_ACCELERATOR:
        return f"{reference} has no power of its {found.machine.accelerator}"
    if name not in known:
        return f"{reference} does not know it, and would take another type"
    return None if found.basis is not Basis.UNREADABLE else "no instance type"


def _compared(
    ours: InstanceImpacts, theirs: ReferenceFigures, pue: float
) -> Mapping[str, Compared]:
    impacts = ours.calculation.impacts
    mine = {it.name: _bounds_of(getattr(impacts, it.name)) for it in fields(impacts)}
    at_meter = {
        "energy_kwh": _times(theirs.watts, _ONE_HOUR / _WATTS_PER_KILOWATT * pue),
        **{name: _times(figure, pue) for name, figure in theirs.use.items()},
    }
    return {
        "watts": Compared(_bounds_of(ours.watts), theirs.watts),
        **{name: Compared(mine[name], it) for name, it in {**at_meter, **theirs.embodied}.items()},
    }


def _times(figure: Bounds | None, factor: float) -> Bounds | None:
    if figure is None:
        return None
    value, low, high = figure
    return value * factor, low * factor, high * factor


def _bounds_of(figure: Floats | None) -> Bounds | None:
    if figure is None:
        return None
    return float(figure[VALUE]), float(figure[LOW]), float(figure[HIGH])
