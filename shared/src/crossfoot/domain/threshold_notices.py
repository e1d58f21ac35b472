"""The event of a rule's breach, the third shape of ``Emission Threshold Breached``.

Amounts are decimal texts in the unit of the figure. ``events/schemas`` describes all shapes: the
first is the deployment's plain limit of a month (``domain/notices.py``), the second knew neither
nowcasts nor budgets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from crossfoot.domain.deliveries import Notice, event_id_of
from crossfoot.domain.notices import BREACHED
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import Level, ThresholdRule
from crossfoot.domain.thresholds import Direction

RULE_SCHEMA_VERSION: Final = "3"
_IDS_SINCE: Final = "2"
"""Ids are made as they were then: a breach that was told in that shape recovers as the same."""


class Cause(StrEnum):
    """Why a breach began, or has recovered."""

    PUBLISHED = "published"
    """A month was published."""
    NOWCAST = "nowcast"
    """A month was nowcast, or is nowcast otherwise."""
    REPLACED = "nowcast-replaced"
    """AWS has published what was nowcast."""
    RESTATED = "restated"
    """A published figure that was judged before has changed."""
    BUDGET = "budget"
    """The budget has changed, and no figure."""


@dataclass(frozen=True, slots=True)
class RuleCrossing:
    """What is told of one breach of one threshold, when it begins and when it has recovered.

    Parameters
    ----------
    number : int
        Of the breach in its lap, from 1.
    start : str
        Month in which the breach began, as it was told.
    months : sequence of UsagePeriod
        The window; its last month is the one that crossed the limit.
    amount, low, high, limit, base : int or None
        Whole smallest units; None where there is none (any more). ``base`` is what it is compared
        with: last year's figure, the budget, or what is expected.
    nowcasts : sequence of str
        Months of the window that AWS has not published.
    contributors : mapping of str to int
        The accounts with the largest part, largest first.
    query : str
        SQL that shows the accounts of the window.
    run_id : str or None
        Run that speaks for the last month; None where none does any more.
    """

    rule: ThresholdRule
    level: Level
    lap: str
    number: int
    direction: Direction
    start: str
    months: Sequence[UsagePeriod]
    amount: int | None
    low: int | None
    high: int | None
    limit: int | None
    base: int | None
    nowcasts: Sequence[str]
    cause: Cause
    contributors: Mapping[str, int]
    query: str
    run_id: str | None
    snapshot: int

    @property
    def breach_id(self) -> str:
        """Equal for a breach's beginning and its recovery, and for no other breach."""
        key = (*self.rule.identity(self.level), self.lap, str(self.number))
        return f"b-{event_id_of(BREACHED, _IDS_SINCE, *key).removeprefix('e-')}"

    @property
    def event_id(self) -> str:
        """Equal for the same turn of the same breach, however often it is told."""
        return event_id_of(BREACHED, _IDS_SINCE, self.breach_id, self.direction)


def rule_crossed(crossing: RuleCrossing, at: datetime) -> Notice:
    """Tell that a breach began, or has recovered."""
    metadata = {
        "schema_version": RULE_SCHEMA_VERSION,
        "event_id": crossing.event_id,
        "occurred_at": at.isoformat(),
    }
    if crossing.run_id is not None:
        metadata["run_id"] = crossing.run_id
    return Notice(crossing.event_id, BREACHED, {"metadata": metadata, "data": _data(crossing)})


def decimal_text(amount: int, scale: int) -> str:
    """Write whole smallest units with their decimal places, every digit."""
    whole, rest = divmod(abs(amount), 10**scale)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{scale}d}"


def _data(crossing: RuleCrossing) -> dict[str, Any]:
    rule = crossing.rule
    return {
        "usage_period": crossing.months[-1].text,
        "threshold": rule.name,
        "measure": str(rule.figure),
        "direction": str(crossing.direction),
        "breach_id": crossing.breach_id,
        "severity": str(crossing.level.severity),
        "unit": rule.selection.unit,
        "limit": _text(crossing.limit, rule),
        "actual": _text(crossing.amount, rule),
        "low": _text(crossing.low, rule),
        "high": _text(crossing.high, rule),
        "base": _text(crossing.base, rule),
        "window": str(rule.window),
        "window_start": crossing.months[0].text,
        "against": str(rule.against),
        "on": str(rule.on),
        "breached_in": crossing.start,
        "cause": str(crossing.cause),
        "is_restatement": crossing.cause is Cause.RESTATED,
        "nowcasts": list(crossing.nowcasts),
        "rows": rule.rows.words(),
        "contributors": [
            {"usage_account_id": account, "actual": decimal_text(amount, rule.selection.scale)}
            for account, amount in crossing.contributors.items()
        ],
        "query": crossing.query,
        "snapshot": crossing.snapshot,
    }


def _text(amount: int | None, rule: ThresholdRule) -> str | None:
    return None if amount is None else decimal_text(amount, rule.selection.scale)
