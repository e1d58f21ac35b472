"""One instance for some hours: use and embodied impacts in all criteria, part by part."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.engine.arguments import checked
from crossfoot.engine.embodied import embodied_of, per_hour
from crossfoot.engine.impact_figures import (
    AnyFactor,
    Calculation,
    Component,
    Electricity,
    Impacts,
    Stated,
    use_phase,
    with_embodied,
)
from crossfoot.engine.machines_estimated import Basis, EstimatedMachine, figures_of
from crossfoot.engine.power import PowerCurves, energy_kwh, power_curves, watts_of
from crossfoot.engine.ranges import Floats, independent_product
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.machine_figures import (
    ACCELERATORS,
    COMPONENTS,
    CRITERIA,
    LOADS_PERCENT,
    PROCESSORS,
    bounds_of,
)
from crossfoot.factors.machine_types import MachineType

_FULL_LOAD_PERCENT: Final = 100.0
_POWER_PARTS: Final = ("processor", "memory", "accelerators", "board, fans and drives")
_MADE_OF: Final = (
    *(("processor", "die"), ("processor", "base"), ("memory", "die"), ("memory", "base")),
    *(("power-supply", "mass"), ("mainboard", "base"), ("assembly", "base"), ("case-rack", "base")),
)
_WIDENING: Final = {Basis.FAMILY: "from-family", Basis.SIZE: "from-size"}
_ACCELERATOR_PARTS: Final = ("casing", "heat-sink", "board", "die", "memory", "mass")


@dataclass(frozen=True, slots=True, eq=False)
class InstanceImpacts:
    """Impacts of an instance, its watts without PUE, shape (3,), and how its type was found."""

    calculation: Calculation
    machine: EstimatedMachine
    watts: Floats


def impacts_of_instance(
    name: str, hours: float, load_percent: float | None, electricity: Electricity
) -> InstanceImpacts:
    """Return what an instance uses and costs.

    Parameters
    ----------
    name : str
        Instance type, also of a managed service, such as ``db.r6g.large``. One that is not listed
        is estimated, and its basis says so.
    hours : float
        How long it runs.
    load_percent : float or None
        Mean load of its processors; None is unknown: 50 % in its range.
    electricity : Electricity
        Where it runs.

    Raises
    ------
    InvalidArgumentError
        If the name is not one of an instance type, or a number cannot be computed with.
    """
    checked("--hours", hours)
    if load_percent is not None:
        checked("--load", load_percent, most=_FULL_LOAD_PERCENT)
    figures = figures_of([name])
    (machine,) = figures.machines
    if machine.basis is Basis.UNREADABLE:
        raise InvalidArgumentError(
            f"{name!r} is not the name of an instance type.",
            mend="Give one as AWS writes it, such as m5.xlarge or db.r6g.large.",
        )
    load = np.array([np.nan if load_percent is None else load_percent])
    watts = watts_of(figures.curve_watts, load)[:, 0]
    impacts = with_embodied(
        use_phase(energy_kwh(watts, hours), electricity),
        figures.embodied_per_hour[:, :, 0] * hours,
    )
    return InstanceImpacts(
        calculation=Calculation(
            impacts=impacts,
            components=_components(machine, hours, load, electricity),
            factors=(*_factors(machine, load_percent), *electricity.factors),
            inputs=_stated(name, hours, load_percent),
        ),
        machine=machine,
        watts=watts,
    )


def _components(
    machine: EstimatedMachine, hours: float, load: Floats, electricity: Electricity
) -> tuple[Component, ...]:
    """Return the parts that the machine has; what only is made, or only uses, says only that."""
    spread = _spread(machine)
    curves = power_curves([machine.machine])
    used = {
        part: use_phase(
            energy_kwh(independent_product(watts_of(curve, load)[:, 0], spread), hours), electricity
        )
        for part, curve in zip(_POWER_PARTS, _curves_of(curves), strict=True)
        if curve.any()
    }
    made = {
        part: independent_product(per_hour(whole)[:, :, 0], spread[:, np.newaxis]) * hours
        for part, whole in embodied_of([machine.machine]).parts.items()
        if whole.any()
    }
    return tuple(
        Component(
            part,
            with_embodied(used.get(part, Impacts()), made[part]) if part in made else used[part],
        )
        for part in dict.fromkeys((*used, *made))
    )


def _curves_of(curves: PowerCurves) -> tuple[Floats, ...]:
    return curves.processor, curves.memory, curves.accelerator, curves.rest


def _spread(machine: EstimatedMachine) -> Floats:
    if machine.basis is Basis.LISTED:
        return np.ones(3)
    return bounds_of(COMPONENTS, "estimate", _WIDENING[machine.basis])


def _factors(found: EstimatedMachine, load_percent: float | None) -> tuple[AnyFactor, ...]:
    """Return every factor behind the machine's power and making."""
    machine = found.machine
    processor = [f"{part}-{load:g}" for part in ("vcpu", "memory") for load in LOADS_PERCENT]
    factors = [
        *(
            factor_of(PROCESSORS, machine.processor, quantity)
            for quantity in (*processor, "rest", "memory-included", "die")
        ),
        *_of_criteria(*_MADE_OF),
        factor_of(COMPONENTS, "memory", "density"),
        factor_of(COMPONENTS, "power-supply", "weight"),
        factor_of(COMPONENTS, "server", "lifetime"),
    ]
    if machine.ssds:
        factors += _of_criteria(("ssd", "die"), ("ssd", "base"))
        factors += [factor_of(COMPONENTS, "ssd", each) for each in ("density", "watts")]
    if machine.hdds:
        factors += [*_of_criteria(("hdd", "base")), factor_of(COMPONENTS, "hdd", "watts")]
    if machine.accelerators:
        factors += _of_accelerator(machine)
    if load_percent is None:
        factors.append(factor_of(COMPONENTS, "server", "load"))
    if found.basis is not Basis.LISTED:
        factors.append(factor_of(COMPONENTS, "estimate", _WIDENING[found.basis]))
    return tuple(factors)


def _of_accelerator(machine: MachineType) -> list[Factor]:
    watts = [f"watts-{load:g}" for load in LOADS_PERCENT]
    sizes = ("die", "dies", "casing", "heat-sink", "board", "mass")
    return [
        *(factor_of(ACCELERATORS, machine.accelerator, each) for each in (*watts, *sizes)),
        *_of_criteria(*(("accelerator", part) for part in _ACCELERATOR_PARTS)),
        *(factor_of(COMPONENTS, "accelerator", each) for each in ("memory-die", "memory-area")),
        *(factor_of(COMPONENTS, "wafer", each) for each in ("diameter", "defects")),
    ]


def _of_criteria(*parts: tuple[str, str]) -> list[Factor]:
    return [
        factor_of(COMPONENTS, subject, f"{quantity}-{criterion}")
        for subject, quantity in parts
        for criterion in CRITERIA
    ]


def _stated(name: str, hours: float, load_percent: float | None) -> tuple[Stated, ...]:
    assumed = bounds_of(COMPONENTS, "server", "load")[0]
    return (
        Stated("type", name, ""),
        Stated("hours", hours, "h"),
        Stated("load", float(assumed), "%", is_given=False)
        if load_percent is None
        else Stated("load", load_percent, "%"),
    )
