"""What is said of silent months and of the backtest; a nowcast is never called a figure of AWS."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.measures import TOTALS
from crossfoot.domain.nowcasts import LEVEL_MEANINGS, RANGE_PERCENT, NowcastLevel
from crossfoot.domain.tables import IntakeNote
from crossfoot.usecases.backtest_nowcast import Backtest, ErrorLine
from crossfoot.usecases.nowcast_months import Nowcast, NowcastReceipt, NowcastTotal

_PIPE_WIDTH: Final = 400
_MICROGRAMS_PER_KILOGRAM: Final = Decimal(10**9)
_NOTHING: Final = "none"
_LEFT: Final = {
    "model-version": "AWS changed its method in between",
    "no-usage": "no usage is kept",
}


def show_nowcast(
    receipt: NowcastReceipt, notes: Sequence[IntakeNote], snapshot: int | None = None
) -> None:
    """Print each silent month by account, with ranges, and what the figures rest on.

    ``snapshot`` is the one that shows them, where they were published.
    """
    console = _console()
    console.print(
        Text(
            f"Nowcast, not published by AWS: learnt from {receipt.learnt[0]} to "
            f"{receipt.learnt[-1]}, model {receipt.model_version}. Ranges are to hold "
            f"{RANGE_PERCENT} % of what AWS publishes; they are from {receipt.n_replays} replays."
        )
    )
    for each in receipt.months:
        _show_month(console, each)
    for note in notes:
        console.print(Text(f"note  {note.code}: {note.message}"))
    if snapshot is not None:
        console.print(
            Text(
                f"They stand in the ledger with status 'nowcast' until AWS publishes: "
                f"snapshot {snapshot}."
            )
        )


def show_backtest(found: Backtest, *, as_json: bool) -> None:
    """Print errors by group and horizon, beside those of the two rivals."""
    if as_json:
        sys.stdout.write(json.dumps(_backtest(found), indent=2, allow_nan=False) + "\n")
        return
    console = _console()
    for measure in TOTALS:
        console.print(Text(f"{measure}: error relative to what AWS published first"))
        console.print(_errors([line for line in found.lines if line.measure is measure]))
    left = "; ".join(f"{n_left} left, {_LEFT[reason]}" for reason, n_left in found.left.items())
    console.print(
        Text(
            f"{found.n_replays} replays of {found.first} to {found.last}, "
            f"{found.n_hindsight} of them with vintages that a backfill brought"
            f"{f'; {left}' if left else ''}."
        )
    )


def _show_month(console: Console, each: Nowcast) -> None:
    month = each.month
    running = ", usage so far: the month is not over" if month.is_running else ""
    console.print()
    console.print(
        Text(
            f"{month.usage_period}, {month.horizon} after the last published month{running}",
            style="bold",
        )
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("account")
    for name in ("LBM kg CO2e", "low", "high", "MBM kg CO2e", "low", "high"):
        table.add_column(name, justify="right")
    for name, totals in each.accounts.items():
        table.add_row(name, *_cells(totals))
    table.add_row("organisation", *_cells(each.organisation), style="bold")
    console.print(table)
    for level, meaning in LEVEL_MEANINGS.items():
        _show_level(console, each, level, meaning)
    if month.unknown_cost_nano:
        value = Decimal(month.unknown_cost_nano) / _MICROGRAMS_PER_KILOGRAM
        console.print(Text(f"  without a figure: usage of an on-demand value of {value:,.2f}"))


def _show_level(console: Console, each: Nowcast, level: NowcastLevel, meaning: str) -> None:
    n_cells = int((each.month.level == level).sum())
    if n_cells:
        console.print(Text(f"  {level.text}: {n_cells} cells, {meaning}"))


def _cells(totals: Sequence[NowcastTotal]) -> list[str]:
    return [
        _kilograms(amount)
        for total in totals
        for amount in (total.amount_ug, total.low_ug, total.high_ug)
    ]


def _kilograms(amount_ug: int | None) -> str:
    return (
        _NOTHING if amount_ug is None else f"{Decimal(amount_ug) / _MICROGRAMS_PER_KILOGRAM:,.3f}"
    )


def _errors(lines: Sequence[ErrorLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("of", "group"):
        table.add_column(name)
    for name in (
        *("months ahead", "replays", "nowcast", "bias", "last month"),
        *("last year", "nowcast then", "replays then", "range held", "ranges"),
    ):
        table.add_column(name, justify="right")
    for line in lines:
        table.add_row(
            line.grain.value,
            line.group,
            *(str(line.horizon), str(line.n_months), _percent(line.nowcast), _percent(line.bias)),
            *(_percent(line.last_month), _percent(line.last_year), _percent(line.nowcast_then)),
            *(str(line.n_last_year), _percent(line.coverage), str(line.n_ranges)),
        )
    return table


def _percent(ratio: float | None) -> str:
    return _NOTHING if ratio is None else f"{ratio:.1%}"


def _backtest(found: Backtest) -> dict[str, Any]:
    return {
        "first": found.first.text,
        "last": found.last.text,
        "n_replays": found.n_replays,
        "n_hindsight": found.n_hindsight,
        "left": dict(found.left),
        "range_percent": RANGE_PERCENT,
        "errors": [
            {
                **asdict(line),
                "grain": line.grain.value,
                "measure": line.measure.value,
                "coverage": line.coverage,
            }
            for line in found.lines
        ],
    }


def _console() -> Console:
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
