"""What is said of years to come and of targets: a forecast is never called a figure of AWS."""

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.units import DECIMAL_SCALE
from crossfoot.engine.forecast import NoProjection
from crossfoot.usecases.forecast_years import ForecastLine, Forecasts
from crossfoot.usecases.judge_targets import Judgement, TargetStanding, YearOutlook

_PIPE_WIDTH: Final = 400
_RANGE_PERCENT: Final = 90
_NOTHING: Final = ""
_SURELY: Final = 0.01


def show_forecasts(found: Forecasts, *, as_json: bool) -> None:
    """Print what each year comes to, the organisation first, and what that rests on."""
    if as_json:
        _write({"snapshot": found.snapshot, "forecasts": [_forecast(each) for each in found.lines]})
        return
    console = _console()
    if not found.lines:
        console.print(Text("Nothing is published, so there is nothing to forecast from."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("account", "measure", "year"):
        table.add_column(name)
    for name in ("published kg CO2e", "year kg CO2e", "low", "high"):
        table.add_column(name, justify="right")
    for name in ("by", "known to"):
        table.add_column(name)
    for line in found.lines:
        table.add_row(*_cells(line), style="bold" if line.account is None else "")
    console.print(table)
    console.print(
        Text(
            f"Forecasts are not AWS's figures. Ranges are to hold the year in {_RANGE_PERCENT} of "
            f"100 cases; none is shown where too few errors are known. Snapshot {found.snapshot}."
        )
    )


def show_targets(found: Judgement, record_ids: Sequence[str], *, as_json: bool) -> None:
    """Print each target with its base, allowances, projections and the chance of missing."""
    if as_json:
        targets = [_target(each) for each in found.standings]
        _write(
            {"snapshot": found.snapshot, "targets": targets, "records": list(record_ids)},
        )
        return
    console = _console()
    if not found.standings:
        console.print(Text("The configuration has no [[target]]; see docs/targets.md."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("target", "figure", "year"):
        table.add_column(name)
    for name in ("base", "allowed", "comes to", "low", "high", "misses"):
        table.add_column(name, justify="right")
    for name in ("unit", "by"):
        table.add_column(name)
    for each in found.standings:
        for year in each.years:
            table.add_row(*_outlook_cells(each, year))
    console.print(table)
    for each in found.standings:
        _say_move(console, each)
    for record_id in record_ids:
        console.print(Text(f"Kept: {record_id}"))
    console.print(Text(f"Targets: {len(found.standings)}. Snapshot {found.snapshot}."))


def _cells(line: ForecastLine) -> list[str]:
    who = [line.account or "organisation", str(line.measure), line.year]
    told = line.projection
    if isinstance(told, NoProjection):
        return [*who, *[_NOTHING] * 4, f"no forecast: {told.reason}", _NOTHING]
    amounts = (told.published, told.amount, told.low, told.high)
    return [*who, *map(_kilograms, amounts), str(told.method), told.known_to.text]


def _outlook_cells(each: TargetStanding, year: YearOutlook) -> list[Text]:
    target, outcome = each.target, year.outcome
    figures = (
        *(each.base, year.allowance),
        *((None, None, None) if outcome is None else (outcome.amount, outcome.low, outcome.high)),
    )
    words = [
        *(target.name, str(target.selection.figure), year.year),
        *(_amount(figure, target.selection.scale) for figure in figures),
        _percent(None if outcome is None else outcome.chance_above),
        target.unit,
        year.reason or str(year.method),
    ]
    return [Text(word) for word in words]


def _say_move(console: Console, each: TargetStanding) -> None:
    if each.moved_from is None or each.base is None:
        return
    scale = each.target.selection.scale
    before = _amount(each.moved_from.base, scale)
    console.print(
        Text(
            f"Base of {each.target.name} moved: {each.base_year} was {before} when it was kept on "
            f"{each.moved_from.recorded_at:%Y-%m-%d}, and is {_amount(each.base, scale)} now."
        )
    )


def _forecast(line: ForecastLine) -> dict[str, Any]:
    told = line.projection
    who = {"usage_account_id": line.account, "measure": str(line.measure), "year": line.year}
    if isinstance(told, NoProjection):
        return {**who, "forecast": None, "reason": told.reason}
    return {
        **who,
        "forecast": _text(told.amount),
        "low": _text(told.low),
        "high": _text(told.high),
        "published": _text(told.published),
        "unit": "kg CO2e",
        "method": str(told.method),
        "known_to": told.known_to.text,
        "n_learnt": told.n_learnt,
        "n_replays": told.n_replays,
        "months": {month.text: _text(amount) for month, amount in told.by_month.items()},
        "reason": None,
    }


def _target(each: TargetStanding) -> dict[str, Any]:
    target = each.target
    scale = target.selection.scale
    moved = each.moved_from
    return {
        "target": target.name,
        "target_id": target.target_id,
        "measure": str(target.selection.figure),
        "rows": target.selection.rows.words(),
        "unit": target.unit,
        "path": str(target.path),
        "base_year": each.base_year,
        "target_year": each.target_year,
        "base": _number(each.base, scale),
        "base_was": None if moved is None else _number(moved.base, scale),
        "base_was_kept_at": None if moved is None else moved.recorded_at.isoformat(),
        "known_to": None if each.known_to is None else each.known_to.text,
        "years": [_outlook(year, scale) for year in each.years],
    }


def _outlook(year: YearOutlook, scale: int) -> dict[str, Any]:
    outcome = year.outcome
    return {
        "year": year.year,
        "allowed": _number(year.allowance, scale),
        "forecast": None if outcome is None else _number(outcome.amount, scale),
        "low": None if outcome is None else _number(outcome.low, scale),
        "high": None if outcome is None else _number(outcome.high, scale),
        "miss_probability": None if outcome is None else outcome.chance_above,
        "method": None if year.method is None else str(year.method),
        "reason": year.reason,
    }


def _number(amount: Fraction | None, scale: int) -> float | None:
    return None if amount is None else float(amount / 10**scale)


def _amount(amount: Fraction | None, scale: int) -> str:
    return _NOTHING if amount is None else f"{float(amount / 10**scale):,.6g}"


def _kilograms(amount_ug: int | None) -> str:
    return _NOTHING if amount_ug is None else f"{_decimal(amount_ug):,.3f}"


def _text(amount_ug: int | None) -> str | None:
    return None if amount_ug is None else f"{_decimal(amount_ug):.9f}"


def _decimal(amount_ug: int) -> Decimal:
    return Decimal(amount_ug).scaleb(-DECIMAL_SCALE)


def _percent(chance: float | None) -> str:
    if chance is None:
        return _NOTHING
    # only what is published is certain
    if 0 < chance < _SURELY:
        return f"<{_SURELY:.0%}"
    return f">{1 - _SURELY:.0%}" if 1 - _SURELY < chance < 1 else f"{chance:.0%}"


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _console() -> Console:
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
