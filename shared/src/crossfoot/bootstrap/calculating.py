"""The calculators: where something runs, and the engine's answer."""

from dataclasses import dataclass, replace
from typing import Final

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.engine.arguments import checked
from crossfoot.engine.impact_figures import (
    AnyFactor,
    Calculation,
    Electricity,
    Given,
    Stated,
    data_centre_of,
    grid_of,
)
from crossfoot.engine.instance_impact import InstanceImpacts, impacts_of_instance
from crossfoot.engine.job import Job, JobImpacts, default_pue, impacts_of_job
from crossfoot.engine.server_impact import Server, impacts_of_server
from crossfoot.factors.places import PlaceFactors, place
from crossfoot.factors.regions import region_code_of

_LOWEST_PUE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Where:
    """An electricity's intensity [gCO2e/kWh], or a Region by its code or name; not both."""

    intensity: float | None = None
    region: str | None = None


def job(what: Job, where: Where, pue: float | None) -> JobImpacts:
    """Compute a job; without a PUE, that of the Region, else a usual one is taken.

    Raises
    ------
    InvalidArgumentError
        If an argument is missing, contradicts another or cannot be computed with.
    UnknownRegionError
        If there is no such Region.
    """
    electricity = _electricity_of_job(where, pue)
    found = impacts_of_job(what, electricity)
    pue_taken = electricity.pue or default_pue()
    stated = (*_stated(where), Stated("pue", pue_taken.value, "1", is_given=pue is not None))
    return replace(found, calculation=_with_inputs(found.calculation, stated))


def instance(name: str, hours: float, load_percent: float | None, region: str) -> InstanceImpacts:
    """Compute an instance of a Region.

    Raises
    ------
    InvalidArgumentError
        If the name is not one of a type, or a number cannot be computed with.
    UnknownRegionError
        If there is no such Region.
    """
    electricity = data_centre_of(_place(region))
    found = impacts_of_instance(name, hours, load_percent, electricity)
    stated = _stated(Where(region=region))
    return replace(found, calculation=_with_inputs(found.calculation, stated))


def server(what: Server, where: Where) -> Calculation:
    """Compute a server of one's own; its watts are at the meter, so no PUE is applied.

    Raises
    ------
    InvalidArgumentError
        If an argument contradicts another or cannot be computed with.
    UnknownRegionError
        If there is no such Region.
    """
    _refuse_both(where)
    electricity = Electricity()
    if where.intensity is not None:
        electricity = Electricity(grid=_intensity(where.intensity))
    elif where.region is not None:
        electricity = grid_of(_place(where.region))
    return _with_inputs(impacts_of_server(what, electricity), _stated(where))


def _electricity_of_job(where: Where, pue: float | None) -> Electricity:
    _refuse_both(where)
    given = None if pue is None else _pue(pue)
    if where.region is not None:
        found = data_centre_of(_place(where.region))
        return found if given is None else replace(found, pue=given)
    if where.intensity is None:
        raise InvalidArgumentError(
            "Nothing says where the job runs.",
            mend="Give --region, or --intensity in gCO2e per kWh.",
        )
    return Electricity(grid=_intensity(where.intensity), pue=given or default_pue())


def _refuse_both(where: Where) -> None:
    if where.intensity is not None and where.region is not None:
        raise InvalidArgumentError(
            "--intensity and --region both say what electricity emits.", mend="Give one of them."
        )


def _place(region: str) -> PlaceFactors:
    if not region.strip():
        raise InvalidArgumentError(
            "--region is empty.", mend="Give a Region's code, such as eu-west-1."
        )
    return place(region_code_of(region) or region)


def _intensity(grams_per_kwh: float) -> AnyFactor:
    checked("--intensity", grams_per_kwh)
    return Given("given/intensity", grams_per_kwh, "gCO2e/kWh")


def _pue(ratio: float) -> AnyFactor:
    checked("--pue", ratio)
    if ratio < _LOWEST_PUE:
        raise InvalidArgumentError(
            f"--pue is {ratio:g}.",
            mend="Give 1 or more: a site uses at least what its hardware does.",
        )
    return Given("given/pue", ratio, "1")


def _stated(where: Where) -> tuple[Stated, ...]:
    if where.region is not None:
        return (Stated("region", where.region, ""),)
    if where.intensity is not None:
        return (Stated("intensity", where.intensity, "gCO2e/kWh"),)
    return ()


def _with_inputs(calculation: Calculation, stated: tuple[Stated, ...]) -> Calculation:
    return replace(calculation, inputs=(*calculation.inputs, *stated))
