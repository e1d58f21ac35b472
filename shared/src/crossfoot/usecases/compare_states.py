"""Say how a month came from one published state to another: the restatement bridge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Protocol

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.history import (
    AccountFigures,
    BoundaryChange,
    BoundaryLine,
    Bridge,
    Cause,
    KnownRun,
)
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.versions import ModelVersion
from crossfoot.engine.boundaries import boundary
from crossfoot.engine.bridges import bridge
from crossfoot.engine.totals import expected_ug
from crossfoot.usecases.describe_run import is_other_method, is_other_organisation, usage_of

ESTIMATES: Final = ("estimated_ghg_use", "estimated_ghg_embodied")
"""What is bridged of our estimate, which AWS's causes do not touch."""

_LABELS: Final = (BoundaryChange.RENAMED, BoundaryChange.MOVED)

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

    def accounts(self, period: UsagePeriod, run_id: str) -> Mapping[str, AccountFigures]:
        """Return every account of a run's ledger, as it is called there, with its sums."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One publication of the month: which run, what was not as before, and what moved.

    ``placed_otherwise_ug`` is what now lies on another service or resource of the same account,
    Region and bucket; it changes no cell. ``boundary`` is what the accounts did.
    """

    run: KnownRun
    causes: tuple[Cause, ...]
    changed: tuple[str, ...]
    placed_otherwise_ug: Mapping[str, int]
    boundary: tuple[BoundaryLine, ...]


@dataclass(frozen=True, slots=True)
class StateComparison:
    """Both ends of a month's way, its steps, and the bridges of AWS's figure and of ours."""

    period: UsagePeriod
    start: KnownRun
    end: KnownRun
    steps: tuple[Step, ...]
    reported: Bridge
    estimated: Bridge
    boundary: tuple[BoundaryLine, ...]


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
    accounts = [history.accounts(period, run.run_id) for run in runs]
    boundaries = [boundary(*sides) for sides in pairwise(accounts)]
    legs = [_reported_legs(history, period, pair) for pair in pairs]
    return StateComparison(
        period,
        runs[0],
        runs[-1],
        tuple(
            _step(history, period, pair, leg, lines)
            for pair, leg, lines in zip(pairs, legs, boundaries, strict=True)
        ),
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
        boundary(accounts[0], accounts[-1]),
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
        own = Cause.POLICY if _is_one_policy(before, after) else Cause.ORGANISATION
        return [(reached, _own_cause(before, after) or own)]
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
    lines: tuple[BoundaryLine, ...],
) -> Step:
    before, after = pair
    own = _own_cause(before, after)
    provider = [cause for _, cause in legs] if before.delivery_id != after.delivery_id else []
    is_organisation = is_other_organisation(before.manifest, after.manifest) or any(
        line.change in _LABELS for line in lines
    )
    ours = [*([own] if own else []), *([Cause.ORGANISATION] if is_organisation else [])]
    return Step(
        after,
        tuple(dict.fromkeys([*provider, *ours])),
        _changed(before.manifest, after.manifest, is_organisation=is_organisation),
        history.placed_otherwise_ug(period, before.run_id, after.run_id),
        lines,
    )


def _own_cause(before: KnownRun, after: KnownRun) -> Cause | None:
    """Return which of our own causes may have moved figures."""
    first, second = before.manifest, after.manifest
    sides = usage_of(first) != usage_of(second), is_other_method(first, second)
    return _OWN_CAUSES.get(sides)


def _is_one_policy(before: KnownRun, after: KnownRun) -> bool:
    return bool(before.manifest["policy_digest"] == after.manifest["policy_digest"])


def _changed(
    before: Mapping[str, Any], after: Mapping[str, Any], *, is_organisation: bool
) -> tuple[str, ...]:
    """Name what is not as it was before, as exactly as the manifests tell."""
    sides = [
        {
            "model version": each["carbon"]["model_version"],
            "delivery": each["carbon"]["delivery_id"],
            "usage": usage_of(each),
            "engine": each["engine_version"],
            "factor set": each["factor_set"],
            "configuration": each["configuration"],
            "rolled-up tags": each["usage"].get("unknown_tags", []),
        }
        for each in (before, after)
    ]
    names = [name for name in sides[0] if sides[0][name] != sides[1][name]]
    return (*names, "accounts") if is_organisation else tuple(names)
