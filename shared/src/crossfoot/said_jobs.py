"""What is said of jobs and of the comparison; estimated and reported stand side by side."""

import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.impacts import CRITERIA
from crossfoot.usecases.cross_check import Bounds, CheckedInstance, CrossCheck
from crossfoot.usecases.sum_jobs import COSTS, REPORTED, Job

_PIPE_WIDTH: Final = 400
_GRAMS_PER_KILOGRAM: Final = 1000
_COMPARED: Final = {
    "watts": "W",
    "ghg_use_kgco2e": "use kg CO2e",
    "ghg_embodied_kgco2e": "embodied kg CO2e",
    "pe_embodied_mj": "embodied MJ",
    "adp_embodied_kgsbeq": "embodied kg Sb eq",
}


def show_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print jobs, one a line, with the range of what is estimated."""
    if as_json:
        _write([_job(job) for job in jobs])
        return
    console = _console()
    if not jobs:
        console.print("No jobs of SageMaker or AWS Batch; see docs/field-inputs.md.")
        return
    console.print(_table_of(jobs))


def show_cross_check(found: CrossCheck, *, as_json: bool) -> None:
    """Print both sides of each instance, and the ratio of ours to theirs."""
    if as_json:
        _write(_comparison(found))
        return
    console = _console()
    console.print(_ratios(found.instances))
    for each in found.instances:
        if each.blocked is not None:
            console.print(Text(f"Blocked: {each.name}: {each.blocked}"))
    theirs = {each.their_grid_g_per_kwh for each in found.instances} - {None}
    grid = ", ".join(f"{each:g}" for each in theirs if each is not None)
    console.print(
        Text(
            f"{found.reference} {found.version} in {found.location}, ours in {found.region}; "
            f"load {found.load_percent:g} %, one hour; PUE {found.pue:g} on both sides; "
            f"grid {found.our_grid_g_per_kwh:g} gCO2e/kWh ours, {grid or 'none'} theirs"
        )
    )


def _job(job: Job) -> dict[str, Any]:
    return {
        "kind": job.name.kind.value,
        "name": job.name.name,
        "usage_account_id": job.name.usage_account_id,
        "region_code": job.name.region_code,
        "resources": sorted(job.resources),
        "machine_hours": _float(job.machine_hours),
        "machines": {name: _float(hours) for name, hours in sorted(job.machines.items())},
        "other_usage": [
            {"model": model, "unit": unit, "amount": _float(amount)}
            for (model, unit), amount in sorted(job.other_usage.items())
        ],
        "estimated": {str(each): _range(job.estimated, each) for each in CRITERIA},
        "reported": {
            column.replace("_kgco2e", "_gco2e"): _grams(job.reported.get(column))
            for column in REPORTED
        },
        "on_demand_cost": {
            column.removesuffix("_on_demand_cost"): _float(job.costs.get(column))
            for column in COSTS
        },
    }


def _range(sums: Mapping[str, Decimal | None], criterion: str) -> dict[str, float | None] | None:
    if sums.get(criterion) is None:
        return None
    return {
        name: _float(sums.get(f"{criterion}{suffix}"))
        for name, suffix in (("value", ""), ("low", "_low"), ("high", "_high"))
    }


def _table_of(jobs: Sequence[Job]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("job", "kind", "account", "Region", "machines"):
        table.add_column(name)
    for name in ("machine-hours", "kWh", "use kg CO2e", "embodied kg CO2e", "AWS LBM g CO2e"):
        table.add_column(name, justify="right")
    for job in jobs:
        table.add_row(
            job.name.name,
            job.name.kind.value,
            job.name.usage_account_id,
            job.name.region_code,
            ", ".join(sorted(job.machines)),
            _said(job.machine_hours),
            *(
                _said_range(job.estimated, each)
                for each in ("energy_kwh", "ghg_use_kgco2e", "ghg_embodied_kgco2e")
            ),
            _said(_times(job.reported.get(REPORTED[0]), _GRAMS_PER_KILOGRAM)),
        )
    return table


def _said_range(sums: Mapping[str, Decimal | None], criterion: str) -> str:
    value = sums.get(criterion)
    low, high = sums.get(f"{criterion}_low"), sums.get(f"{criterion}_high")
    return "no figure" if value is None else f"{value:.4g} ({_said(low)} to {_said(high)})"


def _said(amount: Decimal | None) -> str:
    return "" if amount is None else f"{float(amount):,.4g}"


def _comparison(found: CrossCheck) -> dict[str, Any]:
    return {
        "reference": found.reference,
        "version": found.version,
        "region": found.region,
        "location": found.location,
        "load_percent": found.load_percent,
        "hours": 1,
        "pue": found.pue,
        "our_grid_g_per_kwh": found.our_grid_g_per_kwh,
        "instances": [_instance(each) for each in found.instances],
    }


def _instance(each: CheckedInstance) -> dict[str, Any]:
    return {
        "type": each.name,
        "blocked": each.blocked,
        "their_grid_g_per_kwh": each.their_grid_g_per_kwh,
        "figures": {
            name: {
                "ours": _triple(one.ours),
                "theirs": _triple(one.theirs),
                "ratio": one.ratio,
            }
            for name, one in each.figures.items()
        },
        "their_answer": each.raw,
    }


def _ratios(instances: Sequence[CheckedInstance]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("type")
    for unit in _COMPARED.values():
        for heading in (unit, "theirs", "ratio"):
            table.add_column(heading, justify="right")
    for each in instances:
        if each.blocked is None:
            table.add_row(each.name, *_cells(each))
    return table


def _cells(each: CheckedInstance) -> list[str]:
    cells = []
    for name in _COMPARED:
        one = each.figures[name]
        sides = ("no data" if it is None else f"{it[0]:.4g}" for it in (one.ours, one.theirs))
        cells += [*sides, "" if one.ratio is None else f"{one.ratio:.2f}"]
    return cells


def _triple(bounds: Bounds | None) -> dict[str, float] | None:
    if bounds is None:
        return None
    value, low, high = bounds
    return {"value": value, "low": low, "high": high}


def _grams(kilograms: Decimal | None) -> float | None:
    return _float(_times(kilograms, _GRAMS_PER_KILOGRAM))


def _times(amount: Decimal | None, factor: int) -> Decimal | None:
    return None if amount is None else amount * factor


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _write(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _console() -> Console:
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
