"""Say how a month came from one published state to another: the restatement bridge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Protocol

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.history import Bridge, Cause, KnownRun
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.versions import ModelVersion
from crossfoot.engine.bridges import bridge
from crossfoot.engine.totals import expected_ug

ESTIMATES: Final = ("estimated_ghg_use", "estimated_ghg_embodied")
"""What is bridged of our estimate, which AWS's causes do not touch."""

_OWN_CAUSES: Final = {
    (True, False): Cause.USAGE,
    (False, True): Cause.POLICY,
    (True, True): Cause.USAGE_AND_POLICY,
}


class MonthHistory(Protocol):
    """Every state of a warehouse, as far as one month goes."""

    def runs(
        self, period: UsagePeriod, start: datetime | None, end: datetime | None
    ) -> Sequence[KnownRun]:
        """Return the run that spoke for the month at ``start``, and each one after it to ``end``.

        Without a start it is the first run ever, without an end the one of now.
        """
        ...

    def reported(self, period: UsagePeriod, run_id: str) -> ReportedCells:
        """Return the sums of a run's ledger by cell, in the order of ``MEASURES``."""
        ...

    def estimated(self, period: UsagePeriod, run_id: str) -> ReportedCells:
        """Return the sums of a run's estimate by cell, in the order of ``ESTIMATES``."""
        ...

    def deliveries(self, period: UsagePeriod, snapshot: int) -> Sequence[DeliveryLabel]:
        """Return every delivery of the month that a snapshot knows."""
        ...

    def delivered(self, delivery_id: str) -> ReportedCells:
        """Return a delivery's figures by cell."""
        ...

    def placed_otherwise_ug(
        self, period: UsagePeriod, before: str, after: str
    ) -> Mapping[str, int]:
        """Return how much two runs place on other services or resources of the same cell."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One publication of the month: which run, what was not as before, and what moved.

    ``placed_otherwise_ug`` is what now lies on another service or resource of the same account,
    Region and bucket; it changes no cell.
    """

    run: KnownRun
    causes: tuple[Cause, ...]
    changed: tuple[str, ...]
    placed_otherwise_ug: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StateComparison:
    """Both ends of a month's way, its steps, and the bridges of AWS's figure and of ours."""

    period: UsagePeriod
    start: KnownRun
    end: KnownRun
    steps: tuple[Step, ...]
    reported: Bridge
    estimated: Bridge


def compare_states(
    history: MonthHistory,
    period: UsagePeriod,
    start: datetime | None = None,
    end: datetime | None = None,
) -> StateComparison:
    """Return the bridge from what was known of a month at ``start`` to what was at ``end``.

    Raises
    ------
    InvalidArgumentError
        The end is before the start.
    UnknownFigureError
        The month was not published at one of the two.
    """
    if start is not None and end is not None and end < start:
        raise InvalidArgumentError(
            f"{end.isoformat()} is before {start.isoformat()}.",
            mend="Give the earlier instant to --from and the later one to --to.",
        )
    runs = history.runs(period, start, end)
    pairs = list(pairwise(runs))
    legs = [_reported_legs(history, period, pair) for pair in pairs]
    return StateComparison(
        period,
        runs[0],
        runs[-1],
        tuple(_step(history, period, pair, leg) for pair, leg in zip(pairs, legs, strict=True)),
        bridge(
            MEASURES,
            [history.reported(period, runs[0].run_id), *(s for leg in legs for s, _ in leg)],
            [cause for leg in legs for _, cause in leg],
        ),
        bridge(
            ESTIMATES,
            [history.estimated(period, run.run_id) for run in runs],
            [_own_cause(*pair) or leg[-1][1] for pair, leg in zip(pairs, legs, strict=True)],
        ),
    )


def _reported_legs(
    history: MonthHistory, period: UsagePeriod, pair: tuple[KnownRun, KnownRun]
) -> list[tuple[ReportedCells, Cause]]:
    """Return the states from one run to the next, each with the cause that led to it.

    With a new model version the change has two parts: first what AWS had corrected inside of
    the old version, as far as deliveries are kept, then the version.
    """
    before, after = pair
    reached = history.reported(period, after.run_id)
    if before.delivery_id == after.delivery_id:
        return [(reached, _own_cause(before, after) or Cause.POLICY)]
    version = ModelVersion(before.model_version)
    if version == ModelVersion(after.model_version):
        return [(reached, Cause.CORRECTION)]
    of_version = [
        label
        for label in history.deliveries(period, after.snapshot)
        if label.model_version == version
    ]
    last = max(of_version, key=lambda label: (label.delivered_at, label.delivery_id))
    method = (reached, Cause.MODEL_VERSION)
    if last.delivery_id == before.delivery_id:
        return [method]
    return [(as_published(history.delivered(last.delivery_id)), Cause.CORRECTION), method]


def as_published(cells: ReportedCells) -> ReportedCells:
    """Return a delivery's figures as the ledger has them: totals are sums of scopes."""
    amount_ug, is_reported = expected_ug(cells)
    return replace(cells, amount_ug=amount_ug, is_reported=is_reported)


def _step(
    history: MonthHistory,
    period: UsagePeriod,
    pair: tuple[KnownRun, KnownRun],
    legs: Sequence[tuple[ReportedCells, Cause]],
) -> Step:
    before, after = pair
    own = _own_cause(before, after)
    provider = [cause for _, cause in legs] if before.delivery_id != after.delivery_id else []
    return Step(
        after,
        tuple(dict.fromkeys([*provider, *([own] if own else [])])),
        _changed(before.manifest, after.manifest),
        history.placed_otherwise_ug(period, before.run_id, after.run_id),
    )


def _own_cause(before: KnownRun, after: KnownRun) -> Cause | None:
    first, second = before.manifest, after.manifest
    is_policy = first["policy_digest"] != second["policy_digest"]
    return _OWN_CAUSES.get((_usage_of(first) != _usage_of(second), is_policy))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what is not as it was before, as exactly as the manifests tell."""
    sides = [
        {
            "model version": each["carbon"]["model_version"],
            "delivery": each["carbon"]["delivery_id"],
            "usage": _usage_of(each),
            "engine": each["engine_version"],
            "factor set": each["factor_set"],
            "configuration": each["configuration"],
            "rolled-up tags": each["usage"].get("unknown_tags", []),
        }
        for each in (before, after)
    ]
    names = [name for name in sides[0] if sides[0][name] != sides[1][name]]
    is_policy = before["policy_digest"] != after["policy_digest"]
    if is_policy and not {"engine", "factor set", "configuration"} & set(names):
        names.append("account names")
    return tuple(names)


def _usage_of(manifest: Mapping[str, Any]) -> tuple[list[str], list[str], object]:
    """Return the bytes that the usage was read from, whatever their files were called."""
    usage = manifest["usage"]
    lines, observed = (
        sorted(file["sha256"] for file in usage.get(name, ())) for name in ("files", "observations")
    )
    return lines, observed, usage.get("intensity_boundary")
