"""What is said of restatements and of the difference of months: every line adds up as shown."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.history import BoundaryLine, Bridge, Effect, KnownRun, MonthDifference
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.units import MICROGRAMS_PER_KILOGRAM, BoolArray, Int64Array
from crossfoot.usecases.compare_base_year import BaseYearComparison
from crossfoot.usecases.compare_months import MonthComparison
from crossfoot.usecases.compare_states import StateComparison
from crossfoot.usecases.describe_restatement import describe_base_year

_PIPE_WIDTH: Final = 400
_SHOWN: Final = 20
_PLACES: Final = (3, 6, 9)
"""Digits after the point that are tried: grams, milligrams, micrograms."""

type _Line = tuple[list[str], list[int | None]]


def show_restatement(found: StateComparison, measure: Measure, *, as_json: bool) -> None:
    """Print the bridge of a month: in all, by measure, and by cell for one measure."""
    if as_json:
        _write(_restatement(found))
        return
    console = _console()
    _say_run(console, f"{found.period} from", found.start)
    _say_run(console, f"{found.period} to", found.end)
    for step in found.steps:
        causes, changed = (", ".join(each) or "none" for each in (step.causes, step.changed))
        moved = step.placed_otherwise_ug.get(Measure.TOTAL_LBM, 0)
        console.print(
            Text(
                f"{step.run.published_at.isoformat()} {step.run.run_id}: {causes}; "
                f"changed: {changed}; placed otherwise inside cells: {_kilograms([moved])[0]} kg "
                "CO2e, location-based"
            )
        )
    for name, bridge in (("AWS's figure", found.reported), ("our estimate", found.estimated)):
        _show_bridge(console, name, bridge)
    _show_boundary(console, found.boundary, measure)
    _show_cells(console, found.reported, measure)


def show_base_year(found: BaseYearComparison, *, as_json: bool) -> None:
    """Print how the base year changed, by month and cause, and whether that is too much."""
    if as_json:
        _write(_base_year(found))
        return
    console, change = _console(), found.change
    rule = change.rule
    since = "first publication" if rule.recalculated_at is None else rule.recalculated_at
    percent = "no percentage" if change.percent is None else f"{change.percent:+f} %"
    verdict = "recalculate" if change.is_passed else "no recalculation"
    console.print(
        f"base year {rule.name}, {rule.measure}: {percent} since {since}; threshold "
        f"{rule.threshold_percent:f} %: {verdict}"
    )
    if found.missing:
        console.print(f"not in it, for want of a figure: {', '.join(map(str, found.missing))}")
    by_cause = found.by_cause()
    causes = [cause for cause, amount in by_cause.items() if amount]
    table = _table(["kg CO2e"], ["before", *map(str, causes), "after"])
    for month in found.months:
        changes = [month.change_ug[cause] for cause in causes]
        amounts = [month.before_ug, *changes, month.after_ug]
        table.add_row(str(month.way.period), *_kilograms(amounts))
    total = [change.before_ug, *(by_cause[cause] for cause in causes), change.after_ug]
    table.add_row(rule.name, *_kilograms(total))
    console.print(table)
    _show_boundary(console, found.boundary(), rule.measure)


def show_difference(found: MonthComparison, *, as_json: bool) -> None:
    """Print why two months differ: in all, and by account, Region and bucket."""
    if as_json:
        _write(_difference(found))
        return
    console = _console()
    for period, run in zip(found.periods, found.runs, strict=True):
        _say_run(console, str(period), run)
    split = found.difference
    amounts = [
        _sum(split.before_ug),
        *(_sum(split.effect_ug[index]) for index in range(len(Effect))),
        _sum(split.after_ug),
    ]
    names = [str(found.periods[0]), *(str(effect) for effect in Effect), str(found.periods[1])]
    texts = dict(zip(names, _kilograms(amounts), strict=True))
    if found.is_method_apart is False:
        texts[Effect.METHOD] = "in intensity"
    table = _table([f"{found.measure}, kg CO2e"], [""])
    for name, text in texts.items():
        table.add_row(name, text)
    console.print(table)
    if found.is_method_apart is False:
        console.print(
            "AWS delivered neither month in the other's model version: the change of method cannot "
            "be set apart, and intensity holds it."
        )
    _show_boundary(console, found.boundary, found.measure)
    lines = [
        (_place(split, cell), [int(split.before_ug[cell]), *effects, int(split.after_ug[cell])])
        for cell, effects in enumerate(split.effect_ug.T.tolist())
        if any(effects)
    ]
    _show_lines(console, names, lines)


def _show_bridge(console: Console, name: str, bridge: Bridge) -> None:
    causes = [cause for cause, change in bridge.change_ug.items() if change.any()]
    table = _table([f"{name}, kg CO2e"], ["before", *map(str, causes), "after"])
    for row, measure in enumerate(bridge.measures):
        if not (bridge.is_before[row].any() or bridge.is_after[row].any()):
            continue
        amounts = [
            _known_sum(bridge.before_ug[row], bridge.is_before[row]),
            *(_sum(bridge.change_ug[cause][row]) for cause in causes),
            _known_sum(bridge.after_ug[row], bridge.is_after[row]),
        ]
        table.add_row(measure, *_kilograms(amounts))
    if table.row_count:
        console.print(table)


def _show_cells(console: Console, bridge: Bridge, measure: Measure) -> None:
    row = MEASURES.index(measure)
    causes = [cause for cause, change in bridge.change_ug.items() if change[row].any()]
    lines: list[_Line] = [
        (
            _place(bridge, cell),
            [
                int(bridge.before_ug[row, cell]) if bridge.is_before[row, cell] else None,
                *(int(bridge.change_ug[cause][row, cell]) for cause in causes),
                int(bridge.after_ug[row, cell]) if bridge.is_after[row, cell] else None,
            ],
        )
        for cell in _changed_cells(bridge, row)
    ]
    if not lines:
        console.print(f"{measure}: no account, Region or bucket has another figure.")
        return
    _show_lines(console, ["before", *map(str, causes), "after"], lines)


def _show_boundary(console: Console, lines: Sequence[BoundaryLine], measure: Measure) -> None:
    """Print what the accounts did, with all their grams on both sides; nothing if nothing."""
    if not lines:
        return
    table = _table(["boundary", "account", "from", "to"], ["before", "after"])
    for line in lines[:_SHOWN]:
        amounts = [line.before_ug.get(measure), line.after_ug.get(measure)]
        names = (line.before or "", line.after or "")
        table.add_row(line.change, line.account_id, *names, *_kilograms(amounts))
    console.print(table)
    if len(lines) > _SHOWN:
        console.print(f"{len(lines) - _SHOWN:,} more changes of the boundary with --json.")


def _show_lines(console: Console, names: Sequence[str], lines: Sequence[_Line]) -> None:
    """Print the lines that changed most, and how many more there are."""
    table = _table(["account", "Region", "bucket"], names)
    largest = sorted(lines, key=lambda line: (-sum(abs(it or 0) for it in line[1][1:-1]), line[0]))
    for place, amounts in largest[:_SHOWN]:
        table.add_row(*place, *_kilograms(amounts))
    if lines:
        console.print(table)
    if len(lines) > _SHOWN:
        console.print(f"{len(lines) - _SHOWN:,} more, smaller ones with --json.")


def _restatement(found: StateComparison) -> dict[str, Any]:
    return {
        "period": found.period.text,
        "unit": "ug CO2e",
        "from": _run(found.start),
        "to": _run(found.end),
        "steps": [
            {
                **_run(step.run),
                "causes": [str(cause) for cause in step.causes],
                "changed": list(step.changed),
                "placed_otherwise_ug": dict(step.placed_otherwise_ug),
                "boundary": _boundary(step.boundary),
            }
            for step in found.steps
        ],
        "reported": _bridge(found.reported),
        "estimated": _bridge(found.estimated),
        "boundary": _boundary(found.boundary),
    }


def _base_year(found: BaseYearComparison) -> dict[str, Any]:
    return {
        "unit": "ug CO2e",
        **describe_base_year(found.change),
        "difference_ug": found.change.difference_ug,
        "causes_ug": {str(cause): amount for cause, amount in found.by_cause().items()},
        "missing": [str(period) for period in found.missing],
        "months": [
            {
                "period": str(month.way.period),
                **_ends(month.before_ug, month.after_ug),
                "causes_ug": {str(cause): it for cause, it in month.change_ug.items()},
                "from": _run(month.way.start),
                "to": _run(month.way.end),
            }
            for month in found.months
        ],
        "boundary": _boundary(found.boundary()),
    }


def _boundary(lines: Sequence[BoundaryLine]) -> list[dict[str, Any]]:
    return [
        {
            "change": str(line.change),
            "usage_account_id": line.account_id,
            "from": line.before,
            "to": line.after,
            "before_ug": dict(line.before_ug),
            "after_ug": dict(line.after_ug),
        }
        for line in lines
    ]


def _bridge(bridge: Bridge) -> dict[str, Any]:
    totals = {
        measure: {
            **_ends(
                _known_sum(bridge.before_ug[row], bridge.is_before[row]),
                _known_sum(bridge.after_ug[row], bridge.is_after[row]),
            ),
            "causes_ug": {str(each): _sum(it[row]) for each, it in bridge.change_ug.items()},
        }
        for row, measure in enumerate(bridge.measures)
    }
    return {"measures": totals, "cells": list(_cells(bridge))}


def _cells(bridge: Bridge) -> Iterator[dict[str, Any]]:
    """Yield every cell and measure that has another figure, or had one in between."""
    for row, measure in enumerate(bridge.measures):
        for cell in _changed_cells(bridge, row):
            yield {
                **_named(bridge, cell),
                "measure": measure,
                **_ends(
                    int(bridge.before_ug[row, cell]) if bridge.is_before[row, cell] else None,
                    int(bridge.after_ug[row, cell]) if bridge.is_after[row, cell] else None,
                ),
                "causes_ug": {
                    str(each): int(change[row, cell]) for each, change in bridge.change_ug.items()
                },
            }


def _changed_cells(bridge: Bridge, row: int) -> list[int]:
    is_changed = bridge.is_before[row] != bridge.is_after[row]
    for change in bridge.change_ug.values():
        is_changed = is_changed | (change[row] != 0)
    cells: list[int] = np.flatnonzero(is_changed).tolist()
    return cells


def _difference(found: MonthComparison) -> dict[str, Any]:
    split = found.difference
    known = [str(each) for each in Effect if each != Effect.METHOD or found.is_method_apart]
    unknown = None if found.is_method_apart is False else 0

    def effects(amounts: Sequence[int]) -> dict[str, int | None]:
        told = dict(zip(map(str, Effect), amounts, strict=True))
        return {name: told[name] if name in known else unknown for name in told}

    cells = [
        {
            **_named(split, cell),
            **_ends(
                int(split.before_ug[cell]) if split.is_before[cell] else None,
                int(split.after_ug[cell]) if split.is_after[cell] else None,
            ),
            "effects_ug": effects(split.effect_ug[:, cell].tolist()),
        }
        for cell in range(len(split.account))
    ]
    return {
        "between": [str(period) for period in found.periods],
        "measure": str(found.measure),
        "unit": "ug CO2e",
        "usage_is_valued_in": found.currency,
        "is_method_apart": found.is_method_apart,
        "runs": [_run(run) for run in found.runs],
        **_ends(_sum(split.before_ug), _sum(split.after_ug)),
        "effects_ug": effects([_sum(row) for row in split.effect_ug]),
        "boundary": _boundary(found.boundary),
        "cells": cells,
    }


def _ends(before_ug: int | None, after_ug: int | None) -> dict[str, int | None]:
    return {
        "before_ug": before_ug,
        "after_ug": after_ug,
        "difference_ug": (after_ug or 0) - (before_ug or 0),
    }


def _run(run: KnownRun) -> dict[str, Any]:
    return {
        "published_at": run.published_at.isoformat(),
        "run_id": run.run_id,
        "model_version": run.model_version,
        "delivery_id": run.delivery_id,
        "engine_version": run.manifest["engine_version"],
        "factor_set": run.manifest["factor_set"],
    }


def _named(cells: Bridge | MonthDifference, cell: int) -> Mapping[str, str | None]:
    return {
        "usage_account_id": cells.account[cell],
        "region_code": cells.region[cell],
        "carbon_service": cells.service[cell],
    }


def _place(cells: Bridge | MonthDifference, cell: int) -> list[str]:
    return [part or "" for part in _named(cells, cell).values()]


def _say_run(console: Console, what: str, run: KnownRun) -> None:
    console.print(
        Text(
            f"{what}: run {run.run_id} of {run.published_at.isoformat()}, AWS's model "
            f"{run.model_version}, delivery {run.delivery_id}"
        )
    )


def _sum(amounts: Int64Array) -> int:
    # whole numbers of any length: a sum of many cells need not fit into 64 bits
    return sum(amounts.tolist())


def _known_sum(amounts: Int64Array, is_known: BoolArray) -> int | None:
    return _sum(amounts) if is_known.any() else None


def _kilograms(amounts_ug: Sequence[int | None]) -> list[str]:
    """Return micrograms as kilograms, exactly, with as many digits as one of them needs."""
    known = [amount for amount in amounts_ug if amount is not None]
    digits = next(n for n in _PLACES if not any(amount % 10 ** (9 - n) for amount in known))
    return ["no figure" if it is None else _exact_kilograms(it, digits) for it in amounts_ug]


def _exact_kilograms(amount_ug: int, digits: int) -> str:
    whole, rest = divmod(abs(amount_ug), MICROGRAMS_PER_KILOGRAM)
    sign = "-" if amount_ug < 0 else ""
    return f"{sign}{whole:,}.{f'{rest:09d}'[:digits]}"


def _table(names: Sequence[str], figures: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name)
    for name in figures:
        table.add_column(name, justify="right")
    return table


def _write(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _console() -> Console:
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
