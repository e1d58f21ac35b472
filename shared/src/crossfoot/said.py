"""What the command line says: progress on a terminal, summaries, explanations, findings."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # the command line starts without NumPy and Arrow
    from crossfoot.adapters.estimate_summary import EstimateSummary
    from crossfoot.adapters.sample import SampleReceipt
    from crossfoot.domain.findings import CheckResult, Finding
    from crossfoot.domain.tables import IntakeNote
    from crossfoot.usecases.close_months import ClosedMonth, RunReceipt

_KG_DIGITS = 3
_PIPE_WIDTH = 400
_MICROGRAMS_PER_KILOGRAM = 10**9


class TerminalProgress:
    """Progress on standard error; silent where that is no terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task: TaskID = self._progress.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def step(self, what: str, done: int, of: int) -> None:
        """Show what is being done now, and how far it is."""
        self._progress.update(self._task, description=what, completed=done, total=of)


def show_receipt(receipt: RunReceipt, warehouse: Path, estimate: EstimateSummary | None) -> None:
    """Print what a run closed: one line a month, the estimate beside it, then the notes."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("month")
    table.add_column("model")
    for name in ("LBM kg CO2e", "MBM kg CO2e", "proofs"):
        table.add_column(name, justify="right")
    table.add_column("state")
    for month in receipt.months:
        table.add_row(
            str(month.usage_period),
            month.model_version,
            _kilograms(month.reported_ug.get("total_lbm")),
            _kilograms(month.reported_ug.get("total_mbm")),
            str(month.n_checks) if month.is_new else "",
            _state(month),
        )
    console = _console()
    console.print(table)
    n_new = sum(month.is_new for month in receipt.months)
    console.print(
        f"{n_new} of {len(receipt.months)} periods published, every sum equal to AWS's figure. "
        f"Snapshot {receipt.snapshot} of {warehouse}"
    )
    if estimate is not None:
        console.print(_estimated(estimate))
    for code, notes in groupby(sorted(receipt.notes, key=_code), key=_code):
        first, *others = notes
        times = f" ({first.count} times)" if first.count > 1 else ""
        more = f"; {len(others)} more such notes" if others else ""
        console.print(Text(f"note  {code}: {first.message}{times}{more}"))


def show_sample(receipt: SampleReceipt) -> None:
    """Print what the sample holds, and how to run it."""
    console = _console()
    first, last = receipt.periods[0], receipt.periods[-1]
    lines = "" if receipt.usage is None else f" and {receipt.n_usage_rows:,} lines of usage"
    console.print(
        f"{receipt.n_carbon_rows:,} rows of carbon{lines}, {first} to {last}, in {receipt.out}"
    )
    if receipt.silent:
        told = ", ".join(map(str, receipt.silent))
        console.print(f"Usage alone, AWS has not published its carbon: {told}")
    if receipt.usage is not None:
        console.print(
            f"Run it:  crossfoot run --carbon {receipt.out} --usage {receipt.out} "
            f"--inventory {receipt.out} --config {receipt.config} --out warehouse"
        )


def show_check(results: Sequence[CheckResult]) -> None:
    """Print each published month and whether it was proven again."""
    console = _console()
    for result in results:
        verdict = "proven" if result.is_proven else "NOT PROVEN"
        console.print(Text(f"{result.usage_period}  {result.run_id}  {verdict}"))
        for line in result.said:
            console.print(Text(f"    {line}"))
    n_proven = sum(result.is_proven for result in results)
    console.print(f"{n_proven} of {len(results)} published months proven again.")


def show_findings(findings: Sequence[Finding]) -> None:
    """Print what the doctor found, and the mend of what is not well."""
    console = _console()
    for finding in findings:
        console.print(
            Text(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.what}: {finding.said}")
        )
        if not finding.is_well:
            console.print(Text(f"      {finding.mend}"))


def show_explanation(explanation: dict[str, Any], *, as_json: bool) -> None:
    """Print the walk from a figure back to its inputs."""
    if as_json:
        sys.stdout.write(json.dumps(explanation, indent=2, default=_plain) + "\n")
        return
    console = _console()
    for heading, content in explanation.items():
        console.print(Text(heading.replace("_", " ").capitalize(), style="bold"))
        _show(console, content or "nothing", indent=2)


def _show(console: Console, content: object, indent: int) -> None:
    pad = " " * indent
    match content:
        case dict():
            for name, value in content.items():
                if (line := _line_of(value)) is not None:
                    console.print(Text(f"{pad}{name}: {line}"))
                elif isinstance(value, dict | list):
                    console.print(Text(f"{pad}{name}"))
                    _show(console, value, indent + 2)
                else:
                    console.print(Text(f"{pad}{name}: {_plain(value)}"))
        case list():
            for item in content:
                line = _line_of(item)
                _show(console, item if line is None else f"{item['id']}: {line}", indent)
                if isinstance(item, dict) and line is None:
                    console.print()
        case _:
            console.print(Text(f"{pad}{_plain(content)}"))


def _line_of(content: object) -> str | None:
    """Return a figure or factor with its range in one line; nothing for all else."""
    if not isinstance(content, dict) or not {"value", "low", "high", "unit"} <= content.keys():
        return None
    if content["value"] is None:
        return "no figure"
    value, low, high = (_plain(content[name]) for name in ("value", "low", "high"))
    source = (
        f"; {content['geography']} {content['year']}, {content['source']}"
        if "source" in content
        else ""
    )
    return f"{value} ({low} to {high}) {content['unit']}{source}"


def _plain(value: object) -> object:
    """Return decimals as exact text, without the zeros that only fill the scale."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _estimated(summary: EstimateSummary) -> str:
    """Return a number of its own, with range and coverage; it is never added to AWS's."""
    if summary.ghg is None or summary.low is None or summary.high is None:
        return "Estimated beside it: no figure"
    kilograms = [f"{each:,.{_KG_DIGITS}f}" for each in (summary.ghg, summary.low, summary.high)]
    times = f", {summary.ghg / summary.reported:.3g} times AWS's LBM" if summary.reported else ""
    by_cost = summary.covered_by_cost
    value = "" if by_cost is None else f"{by_cost:.1%} of the on-demand value and "
    return (
        f"Estimated beside it, {summary.n_months} months: {kilograms[0]} kg CO2e "
        f"({kilograms[1]} to {kilograms[2]}){times}. "
        f"Physical models cover {value}{summary.covered_by_rows:.1%} of the rows."
    )


def _state(month: ClosedMonth) -> str:
    if not month.is_new:
        return "as published"
    return "published" if month.has_usage else "published, unallocated: no usage given"


def _kilograms(amount_ug: int | None) -> str:
    if amount_ug is None:
        return "not reported"
    return f"{Decimal(amount_ug) / _MICROGRAMS_PER_KILOGRAM:,.{_KG_DIGITS}f}"


def _code(note: IntakeNote) -> str:
    return note.code


def _console() -> Console:
    # scripts read a line a month: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(soft_wrap=True, highlight=False, width=width)
