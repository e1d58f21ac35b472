"""Prove a run that was written by shards: read it back, compare, and make it whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.proof import CellSums
from crossfoot.domain.statuses import Status
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.usecases.describe_nowcast import describe_nowcast
from crossfoot.usecases.describe_restatement import (
    describe_restatement,
    moved_between_units_ug,
)
from crossfoot.usecases.describe_run import Policy, describe_run
from crossfoot.usecases.hand_on_pools import hand_on_pools
from crossfoot.usecases.pipeline_ports import KeptCarbon, ProvenRun, Query, WrittenRun
from crossfoot.usecases.prove_month import MonthProof, prove_month
from crossfoot.usecases.restate_month import restatements_of


class PastAccounts(Protocol):
    """The accounts of earlier plans."""

    def accounts_at(
        self, accounts_version: str | None, period: UsagePeriod
    ) -> AccountDirectory | None:
        """Return the accounts of a month as one version of the list has them, if it is there."""
        ...


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What has to be read back; every attempt has folders of its own."""

    attempt: str
    queries: Sequence[Query]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A run that was proven and is whole."""

    manifest_uri: str
    n_checks: int


class ReconcileMonth:
    """Prove a run in two steps; Athena reads it back between them.

    Parameters
    ----------
    run, carbon
        See ``pipeline_ports``.
    policy : Policy
        What the run was planned under.
    past : PastAccounts
        Knows the accounts of earlier plans.
    new_attempt : callable
        Names an attempt; no two have the same name.
    """

    def __init__(
        self,
        run: WrittenRun,
        carbon: KeptCarbon,
        policy: Policy,
        past: PastAccounts,
        new_attempt: Callable[[], str],
    ) -> None:
        self._run = run
        self._carbon = carbon
        self._policy = policy
        self._past = past
        self._new_attempt = new_attempt

    def prepare(self, plan: MonthPlan) -> ReadBack:
        """Say what has to be read back."""
        attempt = self._new_attempt()
        redistribution = self._policy.configuration.redistribution
        return ReadBack(attempt, self._run.questions(plan, attempt, redistribution))

    def prove(self, plan: MonthPlan, attempt: str) -> Reconciled:
        """Compare what was read back with what came in, and write down the proof.

        Safe to repeat: the same run gives the same bytes.

        Raises
        ------
        ReconciliationError
            A sum differs; the run has no manifest, so that it cannot be published.
        """
        delivery = self._carbon.delivery(plan.delivery_id)
        cells = ReportedCells.from_rows(delivery.rows)
        sums = self._run.cell_sums(plan, attempt)
        lines, control = self._run.lines(plan) if plan.has_usage else (None, (0, 0))
        proof = prove_month(cells, sums, lines, control)
        restated = restatements_of(
            delivery,
            sums,
            self._run.previous(plan),
            {**self._policy.described(), "usage": self._run.usage_origin(plan)},
            _Instant(self._run.written_at(plan)),
        )
        pools = self._policy.configuration.redistribution
        moves = hand_on_pools(self._run.party_sums(plan, attempt), pools) if pools.pools else []
        manifest = self._manifest(plan, delivery, cells, proof)
        proven = ProvenRun(
            proof=proof.cells,
            checks=proof.checks,
            restatements=restated,
            moves=moves,
            lines=lines,
            manifest={**manifest, **self._restatement(plan, manifest, sums)},
        )
        return Reconciled(self._run.finish(plan, attempt, proven), proof.n_checks)

    def _manifest(
        self, plan: MonthPlan, delivery: CarbonDelivery, cells: ReportedCells, proof: MonthProof
    ) -> dict[str, Any]:
        document = describe_run(
            self._policy,
            delivery,
            self._run.usage_origin(plan),
            cells,
            n_checks=proof.n_checks,
            counts=self._run.counts(plan),
        )
        if plan.status is Status.NOWCAST:
            document["nowcast"] = describe_nowcast(self._carbon.nowcast(plan.delivery_id))
        return {
            **document,
            "usage_period": plan.usage_period.text,
            "run_id": plan.run_id,
            "identity": plan.identity,
            "previous_run_id": plan.previous_run_id,
            "accounts_version": plan.accounts_version,
            "tag_columns": list(self._policy.configuration.tag_columns),
        }

    def _restatement(
        self, plan: MonthPlan, manifest: Mapping[str, Any], sums: CellSums
    ) -> dict[str, Any]:
        """Return what the manifest says of the restatement that the run is, if it is one."""
        previous = self._run.previous(plan)
        before = previous.published(plan.usage_period)
        if before is None or plan.status is Status.NOWCAST:
            return {}
        earlier = None
        if "accounts_version" in before:
            earlier = self._past.accounts_at(before["accounts_version"], plan.usage_period)
        moved_ug = None
        if earlier is not None:
            named = previous.published_sums(plan.usage_period).cells.account
            known = AccountDirectory({key: earlier.get(key) for key in named})
            moved_ug = moved_between_units_ug(known, self._policy.accounts, sums.cells)
        told = describe_restatement(before, manifest, moved_ug=moved_ug, base_year=None)
        return {"restatement": told}


class _Instant:
    """A clock that stands still, so that every attempt writes the same."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant."""
        return self._instant
