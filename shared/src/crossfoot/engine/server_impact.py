"""A server of one's own, from its components: what making it costs, and using it over its life.

Only what is named is counted, besides the mainboard, the assembly and the case, which every server
has.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.engine.arguments import checked
from crossfoot.engine.embodied import (
    assembly_impacts,
    case_impacts,
    hdd_impacts,
    mainboard_impacts,
    memory_impacts,
    power_supply_impacts,
    processor_impacts,
    ssd_impacts,
)
from crossfoot.engine.impact_figures import (
    Calculation,
    Component,
    Electricity,
    Impacts,
    Stated,
    exact,
    figure_of,
    use_phase,
    with_embodied,
)
from crossfoot.engine.job import CALCULATORS
from crossfoot.engine.power import energy_kwh
from crossfoot.engine.ranges import VALUE, Floats
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.machine_figures import COMPONENTS, CRITERIA

HOURS_PER_YEAR: Final = 8760.0


@dataclass(frozen=True, slots=True)
class Chips:
    """Alike modules or drives; density in GB/cm2, of the usual one with its range where None."""

    count: int
    gigabytes: float
    density: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server's components.

    Attributes
    ----------
    cpus : tuple of (int, float)
        Number and die [mm2] of alike processors.
    hdds : int
        Hard disks of whatever size.
    power_supplies : tuple of (int, float or None)
        Number and weight [kg] of alike ones; of usual weight where None.
    years : float or None
        Lifetime; a usual one where None.
    watts : float or None
        Mean power at the meter; None where it is not known, and then there is no use phase.
    """

    cpus: tuple[tuple[int, float], ...] = ()
    rams: tuple[Chips, ...] = ()
    ssds: tuple[Chips, ...] = ()
    hdds: int = 0
    power_supplies: tuple[tuple[int, float | None], ...] = ()
    is_blade: bool = False
    years: float | None = None
    watts: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some alike components; impacts of making them all, shape (3 bounds, 3 criteria)."""

    name: str
    embodied: Floats
    factors: tuple[Factor, ...]


def impacts_of_server(server: Server, electricity: Electricity) -> Calculation:
    """Return what a server costs to make, and to use over its life.

    Parameters
    ----------
    server : Server
        What it is made of.
    electricity : Electricity
        Where it stands; without a PUE, for the watts are those of the meter.

    Raises
    ------
    InvalidArgumentError
        If a number cannot be computed with.
    """
    _check(server)
    parts = _parts(server)
    lifetime = factor_of(CALCULATORS, "own-server", "lifetime")
    hours = figure_of(lifetime)
    if server.years is not None:
        hours = exact(server.years * HOURS_PER_YEAR)
    used = Impacts()
    if server.watts is not None:
        used = use_phase(energy_kwh(exact(server.watts), hours), electricity)
    factors = (
        *(factor for part in parts for factor in part.factors),
        *([lifetime] if server.years is None else []),
        *(electricity.factors if server.watts is not None else ()),
    )
    return Calculation(
        # one study stands behind all components: their bounds are added
        impacts=with_embodied(used, np.sum([part.embodied for part in parts], axis=0)),
        components=tuple(
            Component(part.name, with_embodied(Impacts(), part.embodied)) for part in parts
        ),
        factors=tuple(dict.fromkeys(factors)),
        inputs=_stated(server, float(hours[VALUE]) / HOURS_PER_YEAR),
    )


def _check(server: Server) -> None:
    for count, die_mm2 in server.cpus:
        checked("--cpu, number", count, is_positive=True)
        checked("--cpu, die", die_mm2, is_positive=True)
    for option, chips in (("--ram", server.rams), ("--ssd", server.ssds)):
        for each in chips:
            checked(f"{option}, number", each.count, is_positive=True)
            checked(f"{option}, GB", each.gigabytes, is_positive=True)
            if each.density is not None:
                checked(f"{option}, density", each.density, is_positive=True)
    for count, weight_kg in server.power_supplies:
        checked("--psu, number", count, is_positive=True)
        if weight_kg is not None:
            checked("--psu, weight", weight_kg, is_positive=True)
    checked("--hdd", server.hdds)
    if server.years is not None:
        checked("--years", server.years, is_positive=True)
    if server.watts is not None:
        checked("--watts", server.watts)


def _parts(server: Server) -> list[_Part]:
    case = "blade" if server.is_blade else "rack"
    case_subjects = ("case-blade", "blade-chassis") if server.is_blade else ("case-rack",)
    return [
        *(_cpu(count, die_mm2) for count, die_mm2 in server.cpus),
        *(_chips("ram", "memory", chips) for chips in server.rams),
        *(_chips("ssd", "ssd", chips) for chips in server.ssds),
        *(
            [_Part(f"hdd {server.hdds}", _one(hdd_impacts()) * server.hdds, _base("hdd"))]
            if server.hdds
            else []
        ),
        *(_power_supply(count, weight) for count, weight in server.power_supplies),
        _Part("mainboard", _one(mainboard_impacts()), _base("mainboard")),
        _Part("assembly", _one(assembly_impacts()), _base("assembly")),
        _Part(
            f"case {case}",
            _one(case_impacts(blade=server.is_blade)),
            (
                *(factor for subject in case_subjects for factor in _base(subject)),
                *(_facts("blade-chassis", "blades") if server.is_blade else ()),
            ),
        ),
    ]


def _cpu(count: int, die_mm2: float) -> _Part:
    return _Part(
        f"cpu {count} x {die_mm2:g} mm2",
        _one(processor_impacts(die_mm2)) * count,
        (*_criteria("processor", "die"), *_base("processor")),
    )


def _chips(name: str, subject: str, chips: Chips) -> _Part:
    impacts_of = memory_impacts if subject == "memory" else ssd_impacts
    return _Part(
        f"{name} {chips.count} x {chips.gigabytes:g} GB",
        _one(impacts_of(chips.gigabytes, chips.density)) * chips.count,
        (
            *_criteria(subject, "die"),
            *_base(subject),
            *(_facts(subject, "density") if chips.density is None else ()),
        ),
    )


def _power_supply(count: int, weight_kg: float | None) -> _Part:
    weight = "of usual weight" if weight_kg is None else f"x {weight_kg:g} kg"
    return _Part(
        f"psu {count} {weight}",
        _one(power_supply_impacts(weight_kg)) * count,
        (
            *_criteria("power-supply", "mass"),
            *(_facts("power-supply", "weight") if weight_kg is None else ()),
        ),
    )


def _one(impacts: Floats) -> Floats:
    """Return the impacts of the only component in an array. Shape: (3 bounds, 3 criteria)."""
    return impacts[:, :, 0]


def _base(subject: str) -> tuple[Factor, ...]:
    return _criteria(subject, "base")


def _criteria(subject: str, quantity: str) -> tuple[Factor, ...]:
    return _facts(subject, *(f"{quantity}-{criterion}" for criterion in CRITERIA))


def _facts(subject: str, *quantities: str) -> tuple[Factor, ...]:
    return tuple(factor_of(COMPONENTS, subject, quantity) for quantity in quantities)


def _stated(server: Server, years: float) -> tuple[Stated, ...]:
    stated = [Stated("years", years, "a", is_given=server.years is not None)]
    if server.watts is not None:
        stated.append(Stated("watts", server.watts, "W"))
    stated.append(Stated("case", "blade" if server.is_blade else "rack", ""))
    return tuple(stated)
