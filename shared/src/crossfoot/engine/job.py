"""A training or batch job, by the inputs of Green Algorithms.

``E = hours * (n_cores * W * usage + n_gpus * W * usage + GB * W/GB) * PUE``. What making the
hardware costs, which Green Algorithms leaves out, falls to the job by the hours that it holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.engine.arguments import checked
from crossfoot.engine.impact_figures import (
    AnyFactor,
    Calculation,
    Component,
    Electricity,
    Stated,
    exact,
    figure_of,
    figures_of_criteria,
    independent_sum,
    use_phase,
    with_embodied,
)
from crossfoot.engine.power import energy_kwh
from crossfoot.engine.ranges import Floats, independent_product, inverse
from crossfoot.engine.sci import embodied_share, intensity
from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.machine_figures import COMPONENTS, CRITERIA
from crossfoot.factors.services import Embodied, compute_rates

CALCULATORS: Final = "calculators"

_GRAMS_PER_KILOGRAM: Final = 1000.0
_EQUIVALENTS: Final = {
    "tree_months": ("tree", "absorbed-month"),
    "car_km_europe": ("car-eu", "driven-km"),
    "car_km_united_states": ("car-us", "driven-km"),
}


@dataclass(frozen=True, slots=True)
class Processors:
    """Cores or GPUs of one kind: number, watts of each, and the part that was busy, 0 to 1."""

    count: int
    watts: float
    usage: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What ran, for how long; None where the job has none of it, or nobody asks."""

    hours: float
    cores: Processors | None = None
    gpus: Processors | None = None
    memory_gb: float | None = None
    functional_units: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class JobImpacts:
    """Impacts of a job; equivalences are of its use phase. Each figure has shape (3,).

    ``sci_kgco2e`` is per functional unit, None where no units were given.
    """

    calculation: Calculation
    equivalences: Mapping[str, Floats]
    sci_kgco2e: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Energy [kWh], shape (3,); embodied, shape (3 bounds, 3 criteria); and their factors."""

    name: str
    energy_kwh: Floats
    embodied: Floats
    factors: tuple[Factor, ...]


def default_pue() -> Factor:
    """Return the PUE of a data centre of which nothing is known."""
    return factor_of(CALCULATORS, "site", "pue")


def impacts_of_job(job: Job, electricity: Electricity) -> JobImpacts:
    """Return what a job uses and costs.

    Raises
    ------
    InvalidArgumentError
        If there is nothing that runs, or a number cannot be computed with.
    """
    _check(job)
    parts = _parts(job)
    used = use_phase(independent_sum([part.energy_kwh for part in parts]), electricity)
    impacts = with_embodied(used, _embodied_of(parts))
    ghg_kg = impacts.ghg_use_kgco2e
    equivalences = {} if ghg_kg is None else _equivalences(ghg_kg)
    factors: list[AnyFactor] = [factor for part in parts for factor in part.factors]
    factors += electricity.factors
    factors += (
        [] if ghg_kg is None else [factor_of(CALCULATORS, *at) for at in _EQUIVALENTS.values()]
    )
    return JobImpacts(
        calculation=Calculation(
            impacts=impacts,
            components=tuple(
                Component(
                    part.name, with_embodied(use_phase(part.energy_kwh, electricity), part.embodied)
                )
                for part in parts
            ),
            factors=tuple(dict.fromkeys(factors)),
            inputs=_stated(job),
        ),
        equivalences=equivalences,
        sci_kgco2e=_sci(job, ghg_kg, impacts.ghg_embodied_kgco2e),
    )


def _check(job: Job) -> None:
    checked("--hours", job.hours)
    for name, processors in (("core", job.cores), ("gpu", job.gpus)):
        if processors is not None:
            checked(f"--{name}s", processors.count, is_positive=True)
            checked(f"--{name}-power", processors.watts)
            checked(f"--{name}-usage", processors.usage, most=1)
    if job.memory_gb is not None:
        checked("--memory-gb", job.memory_gb)
    if job.functional_units is not None:
        checked("--functional-units", job.functional_units, is_positive=True)
    if (job.cores, job.gpus, job.memory_gb) == (None, None, None):
        raise InvalidArgumentError(
            "A job without cores, GPUs and memory uses nothing that can be computed.",
            mend="Give --cores with --core-power, --gpus with --gpu-power, or --memory-gb.",
        )


def _parts(job: Job) -> list[_Part]:
    parts = []
    if job.cores is not None:
        parts.append(_cores(job.cores, job.hours))
    if job.gpus is not None:
        parts.append(_gpus(job.gpus, job.hours))
    if job.memory_gb is not None:
        parts.append(_memory(job.memory_gb, job.hours))
    return parts


def _cores(cores: Processors, hours: float) -> _Part:
    threads = factor_of(CALCULATORS, "core", "vcpus")
    each = _factors_of(compute_rates().vcpu_embodied_per_hour)
    per_core = independent_product(figures_of_criteria(each), figure_of(threads)[:, np.newaxis])
    return _Part("cores", _energy(cores, hours), per_core * cores.count * hours, (threads, *each))


def _gpus(gpus: Processors, hours: float) -> _Part:
    each = tuple(factor_of(CALCULATORS, "gpu", f"embodied-{name}") for name in CRITERIA)
    lifetime = factor_of(COMPONENTS, "server", "lifetime")
    embodied = embodied_share(
        figures_of_criteria(each), hours, figure_of(lifetime)[:, np.newaxis], gpus.count
    )
    return _Part("gpus", _energy(gpus, hours), embodied, (*each, lifetime))


def _memory(gigabytes: float, hours: float) -> _Part:
    power = factor_of(CALCULATORS, "memory", "power")
    each = _factors_of(compute_rates().memory_embodied_per_gb_hour)
    energy = energy_kwh(figure_of(power) * gigabytes, hours)
    return _Part("memory", energy, figures_of_criteria(each) * gigabytes * hours, (power, *each))


def _energy(processors: Processors, hours: float) -> Floats:
    return energy_kwh(exact(processors.count * processors.watts * processors.usage), hours)


def _factors_of(embodied: Embodied) -> tuple[Factor, ...]:
    return embodied.gwp_kgco2e, embodied.pe_mj, embodied.adp_kgsbeq


def _embodied_of(parts: list[_Part]) -> Floats:
    """Add the parts: one study stands behind cores and memory, another one behind GPUs."""
    server = [part.embodied for part in parts if part.name != "gpus"]
    gpus = [part.embodied for part in parts if part.name == "gpus"]
    return independent_sum([*([np.sum(server, axis=0)] if server else []), *gpus])


def _equivalences(ghg_kgco2e: Floats) -> dict[str, Floats]:
    grams = ghg_kgco2e * _GRAMS_PER_KILOGRAM
    return {
        name: independent_product(grams, inverse(figure_of(factor_of(CALCULATORS, *at))))
        for name, at in _EQUIVALENTS.items()
    }


def _sci(job: Job, operational: Floats | None, embodied: Floats | None) -> Floats | None:
    if job.functional_units is None or operational is None or embodied is None:
        return None
    return intensity(operational, embodied, job.functional_units)


def _stated(job: Job) -> tuple[Stated, ...]:
    stated = [Stated("hours", job.hours, "h")]
    for name, processors in (("core", job.cores), ("gpu", job.gpus)):
        if processors is not None:
            stated += [
                Stated(f"{name}s", processors.count, "1"),
                Stated(f"{name}_power", processors.watts, "W"),
                Stated(f"{name}_usage", processors.usage, "share"),
            ]
    if job.memory_gb is not None:
        stated.append(Stated("memory", job.memory_gb, "GB"))
    if job.functional_units is not None:
        stated.append(Stated("functional_units", job.functional_units, "1"))
    return tuple(stated)
