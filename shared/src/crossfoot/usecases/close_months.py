"""Close months: choose AWS's figure, allocate it over the usage, prove it, publish it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.proof import CellSums
from crossfoot.domain.statuses import Status, status_of
from crossfoot.domain.tables import CarbonDelivery, CarbonIntake, DeliveryLabel, IntakeNote
from crossfoot.usecases.choose_vintage import current_deliveries, refuse_overlaps
from crossfoot.usecases.describe_restatement import (
    describe_restatement,
    moved_between_units_ug,
)
from crossfoot.usecases.describe_run import Policy, describe_run, digest_of
from crossfoot.usecases.hand_on_pools import hand_on_pools
from crossfoot.usecases.measure_base_year import MeasureBaseYear
from crossfoot.usecases.ports import (
    Clock,
    LedgerStore,
    MonthWriter,
    Progress,
    UsageMonth,
    UsageSource,
)
from crossfoot.usecases.restate_month import restatements_of
from crossfoot.usecases.write_month import write_month


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """What became of one period. Totals in micrograms, ``None`` where AWS reported none."""

    usage_period: UsagePeriod
    run_id: str
    model_version: str
    is_new: bool
    reported_ug: Mapping[str, int]
    n_checks: int
    has_usage: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunReceipt:
    """What a run did: the periods it looked at, the snapshot that is current, and notes."""

    months: tuple[ClosedMonth, ...]
    snapshot: int
    notes: tuple[IntakeNote, ...]


class CloseMonths:
    """Close every period that AWS reported.

    Parameters
    ----------
    store : LedgerStore
        The warehouse; the caller holds its lock.
    policy : Policy
        Method, tags, accounts and versions.
    clock, progress
        See ``ports``.
    base_year : MeasureBaseYear, optional
        Measures the organisation's base year, where it has a rule.
    """

    def __init__(
        self,
        store: LedgerStore,
        policy: Policy,
        *,
        clock: Clock,
        progress: Progress,
        base_year: MeasureBaseYear | None = None,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._progress = progress
        self._base_year = base_year
        self._replaced: dict[UsagePeriod, Mapping[str, int]] = {}
        self._notes: list[IntakeNote] = []

    def run(self, intake: CarbonIntake, usage: UsageSource | None) -> RunReceipt:
        """Close the periods of the intake, all or none.

        Safe to repeat: the same inputs give the same run ids, and publish nothing new.

        Raises
        ------
        ReconciliationError
            A proof failed; nothing is published.
        InputError
            The inputs do not fit each other; nothing is published.
        """
        fresh = {delivery.delivery_id: delivery for delivery in intake.deliveries}
        labels = [*self._store.labels(), *(delivery.label for delivery in intake.deliveries)]
        refuse_overlaps(labels)
        current = current_deliveries(labels)
        periods = sorted({each.usage_period for each in intake.deliveries})
        usage_periods = set(usage.periods()) if usage is not None else set()
        _require_common_month(usage_periods, periods)
        for delivery in intake.deliveries:
            self._store.keep(delivery)
        closed = []
        for number, period in enumerate(periods):
            self._progress.step(f"closing {period}", number, len(periods))
            source = usage if period in usage_periods else None
            chosen = current[period].delivery_id
            delivery = fresh.get(chosen) or self._store.delivery(chosen)
            closed.append(self._close(delivery, source))
        self._progress.step("publishing", len(periods), len(periods))
        snapshot = self._store.publish(
            {month.usage_period: month.run_id for month in closed},
            [delivery.delivery_id for delivery in intake.deliveries],
            self._clock.now(),
        )
        silent = sorted(usage_periods - set(periods))
        notes = (*intake.notes, *self._notes, *(_silent_month(period) for period in silent))
        return RunReceipt(tuple(closed), snapshot, notes)

    def _close(self, delivery: CarbonDelivery, usage: UsageSource | None) -> ClosedMonth:
        period = delivery.usage_period
        policy = self._policy.at(period)
        before = self._store.published(period)
        origin = self._usage_origin(period, usage, before)
        identity = identity_of(delivery, origin, policy.digest())
        cells = ReportedCells.from_rows(delivery.rows)
        if before is not None and before.get("identity") == identity:
            return _receipt(delivery, before["run_id"], cells, origin)
        run_id = self._new_run_id(period, identity, before)
        has_usage = origin["kind"] != "none"
        with self._store.stage(
            delivery, run_id, has_usage=has_usage, factor_set=self._policy.factor_set
        ) as writer:
            opened = self._opened(period, usage, origin)
            made_of = {**policy.described(), "usage": origin}
            counts, n_checks, sums = self._write(writer, delivery, cells, opened, made_of)
            receipt = replace(
                _receipt(delivery, run_id, cells, origin),
                is_new=True,
                n_checks=n_checks,
                counts=dict(counts),
            )
            document = describe_run(
                policy, delivery, origin, cells, n_checks=n_checks, counts=counts
            )
            restated = self._restatement(before, document, delivery, sums)
            writer.finish({**document, **restated, "identity": identity})
        return receipt

    def _restatement(
        self,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
        delivery: CarbonDelivery,
        sums: CellSums,
    ) -> dict[str, Any]:
        """Return what the manifest says of the restatement that the run is, if it is one.

        A nowcast that replaces another restates nothing: neither was published by AWS.
        """
        if before is None or status_of(delivery.delivery_id) is Status.NOWCAST:
            return {}
        period = delivery.usage_period
        self._replaced[period] = document["reported_ug"]
        measured = None
        if self._base_year is not None and period in self._base_year.rule.months:
            measured = self._base_year.run(self._replaced)
        known = self._store.published_accounts(period)
        moved_ug = moved_between_units_ug(known, self._policy.accounts.at(period), sums.cells)
        told = describe_restatement(before, document, moved_ug=moved_ug, base_year=measured)
        return {"restatement": told}

    def _new_run_id(
        self, period: UsagePeriod, identity: str, before: Mapping[str, Any] | None
    ) -> str:
        """Name a run by its identity; one that returns to an earlier figure is a run of its own."""
        run_id = f"r-{identity[:16]}"
        if before is None or not self._store.has_run(period, run_id):
            return run_id
        return f"r-{digest_of({'identity': identity, 'after': before['run_id']})[:16]}"

    def _usage_origin(
        self, period: UsagePeriod, usage: UsageSource | None, before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Say where the month's usage comes from: files, the published run, or nowhere."""
        if usage is not None:
            files = [asdict(file) for file in usage.files(period)]
            return {"kind": "files", "files": files, **usage.described(period)}
        if before is not None and before["usage"]["kind"] != "none":
            return self._stored_origin(period, before)
        return {"kind": "none", "files": []}

    def _stored_origin(self, period: UsagePeriod, before: Mapping[str, Any]) -> dict[str, Any]:
        """Tell of tags that the kept roll-up does not know: only the files can bring them."""
        lacking = {*before["usage"].get("unknown_tags", [])}
        lacking |= {*self._policy.configuration.tag_columns} - {*before["tag_columns"]}
        unknown = [tag for tag in self._policy.configuration.tag_columns if tag in lacking]
        self._notes += [
            IntakeNote(
                "tag-not-rolled-up",
                f"{period}: {tag} is empty until the usage files are given again",
            )
            for tag in unknown
        ]
        return {**before["usage"], "kind": "published-run", "unknown_tags": unknown}

    def _opened(
        self, period: UsagePeriod, usage: UsageSource | None, origin: Mapping[str, Any]
    ) -> AbstractContextManager[UsageMonth] | None:
        if usage is not None:
            return usage.open(period)
        return self._store.stored_usage(period) if origin["kind"] == "published-run" else None

    def _write(
        self,
        writer: MonthWriter,
        delivery: CarbonDelivery,
        cells: ReportedCells,
        opened: AbstractContextManager[UsageMonth] | None,
        made_of: Mapping[str, Any],
    ) -> tuple[Counter[str], int, CellSums]:
        configuration = self._policy.configuration
        with opened or nullcontext() as month:
            written = write_month(writer, cells, month, configuration.method)
            if month is not None:
                self._note_other_payers(delivery, month.payers())
        self._notes += [
            IntakeNote(
                "unknown-region",
                f"{delivery.usage_period}: there are no factors for Region {region}, "
                "so its usage has no estimate",
            )
            for region in written.unknown_regions
        ]
        plan = configuration.redistribution
        moves = hand_on_pools(writer.party_sums(plan), plan) if plan.pools else []
        restated = restatements_of(delivery, written.sums, self._store, made_of, self._clock)
        proof = written.proof
        writer.write_proof(proof.cells, proof.checks, restated, moves)
        return written.counts, proof.n_checks, written.sums

    def _note_other_payers(self, delivery: CarbonDelivery, payers: Sequence[str]) -> None:
        """Tell of usage that another management account pays: its carbon is in another export."""
        self._notes += [
            IntakeNote(
                "other-payer",
                f"{delivery.usage_period}: usage of payer {payer}, "
                f"but carbon of payer {delivery.payer_account_id}",
            )
            for payer in payers
            if payer != delivery.payer_account_id
        ]


def identity_of(
    delivery: CarbonDelivery | DeliveryLabel, origin: Mapping[str, Any], policy_digest: str
) -> str:
    """Return a digest of everything that decides a run's figures, equal for a repetition."""
    identity = {
        "usage_period": delivery.usage_period.text,
        "delivery_id": delivery.delivery_id,
        "usage": sorted(file["sha256"] for file in origin["files"]),
        "observations": sorted(file["sha256"] for file in origin.get("observations", [])),
        "intensity_boundary": origin.get("intensity_boundary"),
        "unknown_tags": origin.get("unknown_tags", []),
        "policy": policy_digest,
    }
    return digest_of(identity)


def _receipt(
    delivery: CarbonDelivery,
    run_id: str,
    cells: ReportedCells,
    origin: Mapping[str, Any],
) -> ClosedMonth:
    """Return the receipt of a month that was published already."""
    return ClosedMonth(
        delivery.usage_period,
        run_id,
        delivery.model_version.text,
        is_new=False,
        reported_ug=cells.totals_ug(),
        n_checks=0,
        has_usage=origin["kind"] != "none",
        counts={},
    )


def _require_common_month(usage: set[UsagePeriod], carbon: Sequence[UsagePeriod]) -> None:
    if usage and not usage & set(carbon):
        raise UsagePeriodMismatchError(
            f"The usage is of {_span(sorted(usage))}, the carbon of {_span(carbon)}.",
            mend="Give the usage of the months that AWS has reported.",
        )


def _span(periods: Sequence[UsagePeriod]) -> str:
    if not periods:
        return "no month"
    return str(periods[0]) if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


def _silent_month(period: UsagePeriod) -> IntakeNote:
    return IntakeNote("not-reported-yet", f"{period}: usage, but AWS has not reported carbon yet")
