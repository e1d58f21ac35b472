"""What the calculators say: figures with their ranges, and every factor where it is asked for."""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.engine.impact_figures import (
    AnyFactor,
    Calculation,
    Component,
    Given,
    Impacts,
    Stated,
)
from crossfoot.engine.instance_impact import InstanceImpacts
from crossfoot.engine.job import JobImpacts
from crossfoot.engine.ranges import HIGH, LOW, VALUE, Floats
from crossfoot.factors.factor import STAND_IN, Factor

type _Named = Mapping[str, Floats | None]

_PIPE_WIDTH: Final = 400
_DIGITS: Final = 4
_PLAIN_LEAST: Final = 0.001
_PLAIN_MOST: Final = 1e9
_LABELS: Final = {
    "energy_kwh": ("energy", "kWh"),
    "ghg_use_kgco2e": ("greenhouse gases, use", "kg CO2e"),
    "ghg_embodied_kgco2e": ("greenhouse gases, embodied", "kg CO2e"),
    "pe_use_mj": ("primary energy, use", "MJ"),
    "pe_embodied_mj": ("primary energy, embodied", "MJ"),
    "adp_use_kgsbeq": ("minerals, use", "kg Sb eq"),
    "adp_embodied_kgsbeq": ("minerals, embodied", "kg Sb eq"),
    "water_l": ("water", "L"),
    "watts": ("power, without PUE", "W"),
    "tree_months": ("use is absorbed by a tree in", "months"),
    "car_km_europe": ("use is as a car in Europe over", "km"),
    "car_km_united_states": ("use is as a car in the United States over", "km"),
    "sci_kgco2e": ("SCI per functional unit", "kg CO2e"),
}
_PART_COLUMNS: Final = {
    "energy_kwh": "kWh",
    "ghg_use_kgco2e": "use kg CO2e",
    "ghg_embodied_kgco2e": "embodied kg CO2e",
    "pe_embodied_mj": "embodied MJ",
    "adp_embodied_kgsbeq": "embodied kg Sb eq",
}


def show_job(found: JobImpacts, *, as_json: bool, with_factors: bool) -> None:
    """Print a job, with what it is like and its intensity per functional unit."""
    more = {**found.equivalences, "sci_kgco2e": found.sci_kgco2e}
    if as_json:
        equivalences = {name: _triple(figure) for name, figure in found.equivalences.items()}
        _write(found.calculation, equivalences=equivalences, sci_kgco2e=_triple(found.sci_kgco2e))
        return
    asked = {name: figure for name, figure in more.items() if figure is not None}
    _print(found.calculation, asked, with_factors=with_factors)


def show_instance(found: InstanceImpacts, *, as_json: bool, with_factors: bool) -> None:
    """Print an instance, and how its type was found where it is not a listed one."""
    basis, note = found.machine.basis.value, found.machine.note
    if as_json:
        _write(
            found.calculation,
            machine=found.machine.machine.name,
            type_basis=basis,
            type_note=note,
            power_watts=_triple(found.watts),
        )
        return
    _print(found.calculation, {"watts": found.watts}, with_factors=with_factors)
    _console().print(Text(f"Type: {basis}{f' ({note})' if note else ''}"))


def show_server(found: Calculation, *, as_json: bool, with_factors: bool) -> None:
    """Print a server, part by part."""
    if as_json:
        _write(found)
        return
    _print(found, {}, with_factors=with_factors)


def _write(calculation: Calculation, **more: object) -> None:
    document = {
        **_impacts(calculation.impacts),
        "factors": [_factor(factor) for factor in calculation.factors],
        "components": [
            {"name": part.name, **_impacts(part.impacts)} for part in calculation.components
        ],
        "inputs": {stated.name: _input(stated) for stated in calculation.inputs},
        **more,
    }
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _impacts(impacts: Impacts) -> dict[str, Any]:
    return {name: _triple(figure) for name, figure in _figures(impacts).items()}


def _figures(impacts: Impacts) -> _Named:
    return {field.name: getattr(impacts, field.name) for field in fields(impacts)}


def _triple(figure: Floats | None) -> dict[str, float] | None:
    if figure is None:
        return None
    return {
        "value": float(figure[VALUE]),
        "low": float(figure[LOW]),
        "high": float(figure[HIGH]),
    }


def _factor(factor: AnyFactor) -> dict[str, Any]:
    """Return a factor by its columns; what the user gave has no range, place, year or licence."""
    if isinstance(factor, Given):
        nothing = dict.fromkeys(("boundary", "geography", "year"))
        return {
            "id": factor.id,
            "value": factor.value,
            "low": factor.value,
            "high": factor.value,
            "unit": factor.unit,
            **nothing,
            "source": "given on the command line",
            "licence": None,
        }
    columns = {field.name: getattr(factor, field.name) for field in fields(factor)}
    return {**columns, "boundary": factor.boundary.value}


def _input(stated: Stated) -> dict[str, Any]:
    basis = "given" if stated.is_given else "default"
    return {"value": stated.value, "unit": stated.unit or None, "basis": basis}


def _print(calculation: Calculation, more: _Named, *, with_factors: bool) -> None:
    console = _console()
    console.print(_table_of({**_figures(calculation.impacts), **more}))
    console.print(_parts_of(calculation.components))
    console.print(Text(f"Taken: {', '.join(map(_said, calculation.inputs))}"))
    stand_ins = [
        f"{factor.id} of {factor.geography.removesuffix(STAND_IN).strip()}"
        for factor in calculation.factors
        if isinstance(factor, Factor) and factor.is_stand_in
    ]
    if stand_ins:
        console.print(Text(f"Of a wider area: {', '.join(stand_ins)}"))
    if with_factors:
        console.print(_factors_of(calculation.factors))


def _table_of(figures: _Named) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure")
    for name in ("value", "low", "high"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for name, figure in figures.items():
        label, unit = _LABELS[name]
        bounds = ("no data", "", "") if figure is None else map(_number, figure)
        table.add_row(label, *bounds, "" if figure is None else unit)
    return table


def _parts_of(components: tuple[Component, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("part")
    for heading in _PART_COLUMNS.values():
        table.add_column(heading, justify="right")
    for part in components:
        figures = _figures(part.impacts)
        shown = (figures[name] for name in _PART_COLUMNS)
        table.add_row(part.name, *("" if it is None else _number(it[VALUE]) for it in shown))
    return table


def _factors_of(factors: tuple[AnyFactor, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = ("id", "value", "low", "high", "unit", "boundary", "geography", "year", "source")
    for name in (*columns, "licence"):
        table.add_column(name)
    for factor in factors:
        row = _factor(factor)
        cells = (row[name] for name in (*columns, "licence"))
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in cells))
    return table


def _said(stated: Stated) -> str:
    value = stated.value if isinstance(stated.value, str) else f"{stated.value:g}"
    unit = "" if stated.unit in {"", "1", "share"} else f" {stated.unit}"
    return f"{stated.name} {value}{unit}{'' if stated.is_given else ' (default)'}"


def _number(value: float) -> str:
    """Return a number in four digits, without an exponent where a reader needs none."""
    if value != 0 and not _PLAIN_LEAST <= abs(value) < _PLAIN_MOST:
        return f"{value:.{_DIGITS - 1}e}"
    whole = math.floor(math.log10(abs(value))) + 1 if value else _DIGITS
    return f"{value:,.{max(0, _DIGITS - whole)}f}"


def _console() -> Console:
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
