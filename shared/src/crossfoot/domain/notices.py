"""The events that a deployment sends, as ``events/schemas`` describes them.

The id of an event is made of the fact that it tells: the same fact has the same id, whoever
tells it and however often. Masses are decimal texts of kilograms, so that no reader rounds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crossfoot.domain.base_year import BaseYearChange
from crossfoot.domain.deliveries import ExportKind, KnownDelivery, Notice, Pointer, event_id_of
from crossfoot.domain.measures import MEASURES, Measure, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.thresholds import Direction, Threshold
from crossfoot.domain.units import DECIMAL_SCALE, MICROGRAMS_PER_KILOGRAM

PUBLISHED: Final = "Emissions Period Published"
RESTATED: Final = "Emissions Period Restated"
NOWCAST_MADE: Final = "Emissions Nowcast Made"
QUARANTINED: Final = "Delivery Quarantined"
LATE: Final = "Emissions Data Late"
BREACHED: Final = "Emission Threshold Breached"

SCHEMA_VERSION: Final = "1"
_LONGEST_REASON: Final = 2_000
"""Characters of a reason in an event; the log has all of it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was given up: the error's public name, and what it said."""

    error: str
    message: str

    @property
    def reason(self) -> str:
        """Both in one line, for ledgers and people."""
        return f"{self.error}: {self.message}"[:_LONGEST_REASON]


def period_published(pointer: Pointer, manifest: Mapping[str, Any]) -> Notice:
    """Tell that a month has its first figure.

    Parameters
    ----------
    manifest : mapping
        Manifest of the run that ``pointer`` names.
    """
    key = (pointer.usage_period.text, str(pointer.version), pointer.run_id)
    data = {**_publication(pointer), "totals": _totals(manifest["reported_ug"])}
    return _notice(PUBLISHED, key, pointer.published_at, data, pointer.run_id)


def period_restated(
    pointer: Pointer,
    manifest: Mapping[str, Any],
    before: Mapping[str, Any],
    cause: str,
    *,
    causes: Sequence[str] | None = None,
    base_year: BaseYearChange | None = None,
) -> Notice:
    """Tell that a month's figure was replaced: before, after, the difference and why.

    ``delta`` has the measures that both runs have: all of it is AWS's, for nothing of ours moves
    a figure of the month. ``moved_between_units`` is what lies in another organizational unit
    than before, where the manifest tells; it is empty where nothing does.

    Parameters
    ----------
    before : mapping
        Manifest of the run that spoke for the month until now.
    cause, causes : str, sequence of str
        The first thing that changed, and every one.
    base_year : BaseYearChange or None
        What the base year does, if the month is in one that has a rule.
    """
    key = (pointer.usage_period.text, str(pointer.version), pointer.run_id)
    old_ug, new_ug = before["reported_ug"], manifest["reported_ug"]
    data = {
        **_publication(pointer),
        "cause": cause,
        "causes": list(causes or [cause]),
        "previous_run_id": before["run_id"],
        "previous_model_version": before["carbon"]["model_version"],
        "before": _totals(old_ug),
        "totals": _totals(new_ug),
        "delta": _totals({name: new_ug[name] - old_ug[name] for name in new_ug.keys() & old_ug}),
    }
    moved_ug = manifest.get("restatement", {}).get("moved_between_units_ug")
    if moved_ug is not None:
        data["moved_between_units"] = _totals(moved_ug)
    if base_year is not None:
        data["base_year"] = _base_year(base_year)
    return _notice(RESTATED, key, pointer.published_at, data, pointer.run_id)


def _base_year(change: BaseYearChange) -> dict[str, Any]:
    rule = change.rule
    since = rule.recalculated_at
    return {
        "year": rule.name,
        "measure": str(rule.measure),
        "recalculated_at": None if since is None else since.isoformat(),
        "n_months": change.n_months,
        "before_kgco2e": kilograms_text(change.before_ug),
        "after_kgco2e": kilograms_text(change.after_ug),
        "change_percent": None if change.percent is None else f"{change.percent:f}",
        "threshold_percent": f"{rule.threshold_percent:f}",
        "is_passed": change.is_passed,
    }


def nowcast_made(pointer: Pointer, manifest: Mapping[str, Any]) -> Notice:
    """Tell what a month that AWS has not published comes to, with its range where one is known.

    Parameters
    ----------
    pointer : Pointer
        Of the nowcast: its version counts nowcasts of the month.
    manifest : mapping
        Manifest of the run that ``pointer`` names.
    """
    key = (pointer.usage_period.text, str(pointer.version), pointer.run_id)
    told = manifest["nowcast"]
    data = {
        "usage_period": pointer.usage_period.text,
        "version": pointer.version,
        "nowcast_id": pointer.delivery_id,
        "model_version": pointer.model_version,
        **{name: told[name] for name in ("learnt_from", "learnt_to", "horizon", "is_running")},
        "totals": _totals(manifest["reported_ug"]),
        "ranges": {
            column_of(Measure(total)): {"low": kilograms_text(low), "high": kilograms_text(high)}
            for total, (low, high) in told["ranges_ug"].items()
        },
    }
    return _notice(NOWCAST_MADE, key, pointer.published_at, data, pointer.run_id)


def delivery_quarantined(known: KnownDelivery, failure: Failure, at: datetime) -> Notice:
    """Tell that a delivery cannot be trusted; the published month stays as it is."""
    data = {
        "usage_period": known.usage_period.text,
        "subject": str(known.kind),
        "delivery": known.digest,
        "delivered_at": known.delivered_at.isoformat(),
        **_told(failure),
    }
    return _notice(QUARANTINED, ("delivery", known.kind, known.digest), at, data)


def manifest_refused(
    kind: ExportKind, key: str, version_id: str | None, failure: Failure, at: datetime
) -> Notice:
    """Tell that a manifest could not even be pinned, so that its month may be unknown."""
    data = {
        "usage_period": None,
        "subject": str(kind),
        "manifest": {"key": key, "version_id": version_id},
        **_told(failure),
    }
    return _notice(QUARANTINED, ("manifest", kind, key, version_id or ""), at, data)


def run_stalled(
    period: UsagePeriod, holder: str, run_id: str | None, failure: Failure, at: datetime
) -> Notice:
    """Tell that an execution gave up though its deliveries are good: a replay can heal it."""
    data = {
        "usage_period": period.text,
        "subject": "run",
        "execution": holder,
        **_told(failure),
    }
    return _notice(QUARANTINED, ("run", period.text, holder), at, data, run_id)


def data_late(period: UsagePeriod, reason: str, at: datetime) -> Notice:
    """Tell that a month has no carbon when it should, and what is known of it."""
    data = {"usage_period": period.text, "reason": reason, "as_of": at.date().isoformat()}
    return _notice(LATE, (period.text,), at, data)


def threshold_event_id(threshold: Threshold, period: UsagePeriod, direction: Direction) -> str:
    """Return the id of a crossing: another limit under the same name is another threshold."""
    return event_id_of(BREACHED, *_crossing(threshold, period, direction))


def threshold_crossed(
    threshold: Threshold, pointer: Pointer, amount_ug: int, direction: Direction, at: datetime
) -> Notice:
    """Tell that a published month is above a threshold, or below again once restated."""
    data = {
        "usage_period": pointer.usage_period.text,
        "threshold": threshold.name,
        "measure": str(threshold.measure),
        "direction": str(direction),
        "limit_kgco2e": kilograms_text(threshold.limit_ug),
        "actual_kgco2e": kilograms_text(amount_ug),
        "version": pointer.version,
    }
    key = _crossing(threshold, pointer.usage_period, direction)
    return _notice(BREACHED, key, at, data, pointer.run_id)


def kilograms_text(amount_ug: int) -> str:
    """Write micrograms as kilograms, every digit: 1500000000 is ``1.500000000``."""
    whole, rest = divmod(abs(amount_ug), MICROGRAMS_PER_KILOGRAM)
    return f"{'-' if amount_ug < 0 else ''}{whole}.{rest:0{DECIMAL_SCALE}d}"


def _crossing(
    threshold: Threshold, period: UsagePeriod, direction: Direction
) -> tuple[str, str, str, str, str]:
    limit = str(threshold.limit_ug)
    return threshold.name, threshold.measure, limit, period.text, direction


def _publication(pointer: Pointer) -> dict[str, Any]:
    return {
        "usage_period": pointer.usage_period.text,
        "version": pointer.version,
        "delivery_id": pointer.delivery_id,
        "model_version": pointer.model_version,
    }


def _totals(reported_ug: Mapping[str, int]) -> dict[str, str]:
    """Return the measures that were reported, in their order; a missing one is not zero."""
    return {
        column_of(measure): kilograms_text(reported_ug[measure])
        for measure in MEASURES
        if measure in reported_ug
    }


def _told(failure: Failure) -> dict[str, str]:
    return {"error": failure.error, "reason": failure.message[:_LONGEST_REASON]}


def _notice(
    detail_type: str,
    key: tuple[str, ...],
    at: datetime,
    data: Mapping[str, Any],
    run_id: str | None = None,
) -> Notice:
    event_id = event_id_of(detail_type, *key)
    metadata = {
        "schema_version": SCHEMA_VERSION,
        "event_id": event_id,
        "occurred_at": at.isoformat(),
    }
    if run_id is not None:
        metadata["run_id"] = run_id
    return Notice(event_id, detail_type, {"metadata": metadata, "data": data})
