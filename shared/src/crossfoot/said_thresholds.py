"""What is said of thresholds: how each limit stands, and what is told for the first time."""

import json
import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.deliveries import Notice
from crossfoot.domain.threshold_notices import Cause, decimal_text
from crossfoot.usecases.evaluate_thresholds import Evaluation, Verdict

_PIPE_WIDTH: Final = 400
_CAUSES: Final = {
    Cause.PUBLISHED: "",
    Cause.NOWCAST: ", by a nowcast",
    Cause.REPLACED: ", as AWS has published it",
    Cause.RESTATED: ", by a restatement",
    Cause.BUDGET: ", by another budget",
}


def show_thresholds(found: Evaluation, *, as_json: bool) -> None:
    """Print each limit at the latest month, one a line, and the new notices below."""
    if as_json:
        sys.stdout.write(json.dumps(_document(found), indent=2, allow_nan=False) + "\n")
        return
    # scripts read a line a row: only a terminal has an edge to wrap at
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    console = Console(soft_wrap=True, highlight=False, width=width)
    if not found.verdicts:
        console.print(Text("The configuration has no [[threshold]]; see docs/thresholds.md."))
    else:
        console.print(_table(found.verdicts))
    for notice in found.notices:
        console.print(Text(_sentence(notice)))
    for name in found.retired:
        console.print(Text(f"Not configured any more, and never recovered: {name}"))
    if found.verdicts:
        console.print(Text(f"New notices: {len(found.notices)}. Snapshot {found.snapshot}."))


def _table(verdicts: tuple[Verdict, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("threshold", "severity", "figure", "window", "month"):
        table.add_column(name)
    for name in ("actual", "limit"):
        table.add_column(name, justify="right")
    for name in ("unit", "state"):
        table.add_column(name)
    for each in verdicts:
        table.add_row(
            Text(each.rule.name),
            str(each.level.severity),
            str(each.rule.figure),
            str(each.rule.window),
            "" if each.point is None else each.point.month,
            _said(each, None if each.point is None else each.point.amount),
            _said(each, None if each.point is None else each.point.limit),
            each.rule.selection.unit,
            Text(_state(each)),
        )
    return table


def _state(verdict: Verdict) -> str:
    since = "" if verdict.since is None else f" since {verdict.since}"
    reason = "" if verdict.reason is None else f" ({verdict.reason})"
    nowcast = ", nowcast" if verdict.point is not None and verdict.point.nowcasts else ""
    return f"{verdict.state}{since}{nowcast}{reason}"


def _sentence(notice: Notice) -> str:
    data = notice.detail["data"]
    cause = _CAUSES[data["cause"]]
    actual = "no figure" if data["actual"] is None else f"{data['actual']} {data['unit']}"
    limit = "" if data["limit"] is None else f", limit {data['limit']}"
    return (
        f"{data['direction']}: {data['threshold']} ({data['severity']}) in "
        f"{data['usage_period']}{cause}: {actual}{limit}. {notice.event_id}"
    )


def _said(verdict: Verdict, amount: int | None) -> str:
    if amount is None:
        return ""
    return f"{amount / 10**verdict.rule.selection.scale:,.6g}"


def _document(found: Evaluation) -> dict[str, Any]:
    return {
        "snapshot": found.snapshot,
        "thresholds": [_verdict(each) for each in found.verdicts],
        "notices": [
            {"event_id": each.event_id, "detail_type": each.detail_type, "detail": each.detail}
            for each in found.notices
        ],
        "retired": list(found.retired),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    point = verdict.point

    def text(amount: int | None) -> str | None:
        return None if amount is None else decimal_text(amount, verdict.rule.selection.scale)

    return {
        "threshold": verdict.rule.name,
        "severity": str(verdict.level.severity),
        "measure": str(verdict.rule.figure),
        "window": str(verdict.rule.window),
        "against": str(verdict.rule.against),
        "on": str(verdict.rule.on),
        "unit": verdict.rule.selection.unit,
        "usage_period": None if point is None else point.month,
        "actual": None if point is None else text(point.amount),
        "limit": None if point is None else text(point.limit),
        "low": None if point is None else text(point.low),
        "high": None if point is None else text(point.high),
        "base": None if point is None else text(point.base),
        "nowcasts": [] if point is None else list(point.nowcasts),
        "state": verdict.state,
        "breached_in": verdict.since,
        "reason": verdict.reason,
    }
