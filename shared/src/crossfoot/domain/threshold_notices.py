"""The event of a rule's breach, the second shape of ``Emission Threshold Breached``.

Amounts are decimal texts in the unit of the figure. ``events/schemas`` describes both shapes; the
first, version 1, is the deployment's plain limit of a month (``domain/notices.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crossfoot.domain.deliveries import Notice, event_id_of
from crossfoot.domain.notices import BREACHED
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import Level, ThresholdRule
from crossfoot.domain.thresholds import Direction

RULE_SCHEMA_VERSION: Final = "2"


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
    amount, limit, last_year : int or None
        Whole smallest units; None where there is none (any more).
    contributors : mapping of str to int
        The accounts with the largest part, largest first.
    query : str
        SQL that shows the accounts of the window.
    run_id : str
        Run that speaks for the last month.
    """

    rule: ThresholdRule
    level: Level
    lap: str
    number: int
    direction: Direction
    start: str
    months: Sequence[UsagePeriod]
    amount: int | None
    limit: int | None
    last_year: int | None
    is_restatement: bool
    contributors: Mapping[str, int]
    query: str
    run_id: str
    snapshot: int

    @property
    def breach_id(self) -> str:
        """Equal for a breach's beginning and its recovery, and for no other breach."""
        key = (*self.rule.identity(self.level), self.lap, str(self.number))
        return f"b-{event_id_of(BREACHED, RULE_SCHEMA_VERSION, *key).removeprefix('e-')}"

    @property
    def event_id(self) -> str:
        """Equal for the same turn of the same breach, however often it is told."""
        return event_id_of(BREACHED, RULE_SCHEMA_VERSION, self.breach_id, self.direction)


def rule_crossed(crossing: RuleCrossing, at: datetime) -> Notice:
    """Tell that a breach began, or has recovered."""
    metadata = {
        "schema_version": RULE_SCHEMA_VERSION,
        "event_id": crossing.event_id,
        "occurred_at": at.isoformat(),
        "run_id": crossing.run_id,
    }
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
        "last_year": _text(crossing.last_year, rule),
        "window": str(rule.window),
        "window_start": crossing.months[0].text,
        "against": str(rule.against),
        "breached_in": crossing.start,
        "is_restatement": crossing.is_restatement,
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
