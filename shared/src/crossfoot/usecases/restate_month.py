"""Record what changes when a published month is closed again, and why."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.proof import CellSums, Restatement
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.units import Int64Array
from crossfoot.usecases.describe_run import is_other_method, is_other_organisation, usage_of
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.prove_month import prove_cells


class PublishedMonths(Protocol):
    """What speaks for each month until this run does; ``LedgerStore`` is one."""

    def published(self, period: UsagePeriod) -> Mapping[str, Any] | None:
        """Return the manifest of the run that speaks for the period."""
        ...

    def published_sums(self, period: UsagePeriod) -> CellSums:
        """Return what is published now, by cell."""
        ...

    def published_restatements(self, period: UsagePeriod) -> Sequence[Restatement]:
        """Return the restatements that the published run carries."""
        ...


def restatements_of(
    delivery: CarbonDelivery,
    written: CellSums,
    store: PublishedMonths,
    made_of: Mapping[str, Any],
    clock: Clock,
) -> list[Restatement]:
    """Return every restatement of the month: the earlier ones, and this run's.

    ``made_of`` is what this run's manifest will say of its usage and its policy. A change that
    moves no sum of a cell, as new usage does, is one row for the whole month.
    """
    period = delivery.usage_period
    before = store.published(period)
    if before is None:
        return []
    published = store.published_sums(period)
    change = _Change(before, delivery, made_of, clock)
    proof = prove_cells(published.cells, written.cells)
    rows = [
        change.row(
            proof.account[index],
            proof.region[index],
            proof.service[index],
            MEASURES[measure],
            (int(proof.expected_ug[measure, index]), int(proof.actual_ug[measure, index])),
        )
        for measure, index in zip(*(~proof.is_proven).nonzero(), strict=True)
    ]
    if not rows:
        rows = [
            change.row(None, None, None, measure, (_total(proof.expected_ug[position]),) * 2)
            for position, measure in enumerate(MEASURES)
            if proof.is_compared[position].any()
        ]
    return [*store.published_restatements(period), *rows]


class _Change:
    """What all rows of one restatement share."""

    def __init__(
        self,
        before: Mapping[str, Any],
        delivery: CarbonDelivery,
        made_of: Mapping[str, Any],
        clock: Clock,
    ) -> None:
        self._before = before
        self._model_version = delivery.model_version.text
        self._now = clock.now()
        carbon = {
            "model_version": delivery.model_version.text,
            "delivery_id": delivery.delivery_id,
        }
        self.cause = cause_of(before, {**made_of, "carbon": carbon})

    def row(
        self,
        account: str | None,
        region: str | None,
        service: str | None,
        measure: str,
        amounts_ug: tuple[int, int],
    ) -> Restatement:
        return Restatement(
            previous_run_id=self._before["run_id"],
            restated_at=self._now,
            cause=self.cause,
            previous_model_version=self._before["carbon"]["model_version"],
            model_version=self._model_version,
            account=account,
            region=region,
            service=service,
            measure=measure,
            before_ug=amounts_ug[0],
            after_ug=amounts_ug[1],
        )


def cause_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Name the first cause that applies, the provider's before our own.

    Both are manifests: of the run that is replaced, and of the one that replaces it.
    """
    if before["carbon"]["model_version"] != after["carbon"]["model_version"]:
        return "model-version"
    if before["carbon"]["delivery_id"] != after["carbon"]["delivery_id"]:
        return "correction"
    if is_other_method(before, after):
        return "policy"
    is_organisation = is_other_organisation(before, after) and usage_of(before) == usage_of(after)
    return "organisation" if is_organisation else "usage"


def _total(amounts: Int64Array) -> int:
    return sum(amounts.tolist())
