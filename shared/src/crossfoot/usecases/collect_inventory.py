"""Collect what one account has in one Region; and, in the end, say what came of them all."""

from dataclasses import dataclass
from datetime import date

from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.inventory import (
    CollectionSummary,
    Outcome,
    Receipt,
    WorkItem,
    inventory_collected,
)
from crossfoot.usecases.deployment_ports import Outbox
from crossfoot.usecases.inventory_ports import CollectionRecords, InventoryFiles, MemberAccounts
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices


@dataclass(frozen=True, slots=True)
class InventoryCollector:
    """Collects one account and Region after the other; one's failure is never another's."""

    accounts: MemberAccounts
    files: InventoryFiles
    records: CollectionRecords
    clock: Clock

    def collect(
        self, collection: str, day: date, item: WorkItem, *, with_statistics: bool
    ) -> Receipt:
        """Read, write the rows, and write down how far it came.

        What cannot be read at all leaves the day's earlier rows as they are.
        """
        receipt = self._attempt(collection, day, item, with_statistics=with_statistics)
        self.records.save_receipt(collection, receipt)
        return receipt

    def _attempt(
        self, collection: str, day: date, item: WorkItem, *, with_statistics: bool
    ) -> Receipt:
        now = self.clock.now()
        try:
            survey = self.accounts.survey(collection, item, now, with_statistics=with_statistics)
            if survey.outcome is not Outcome.FAILED:
                self.files.write(collection, day, item, now, survey.resources)
        except DeploymentError as error:
            return Receipt(item, Outcome.FAILED, error=type(error).__name__, reason=error.message)
        return Receipt(item, survey.outcome, len(survey.resources), survey.gaps)


def conclude_inventory(
    collection: str,
    day: date,
    *,
    records: CollectionRecords,
    outbox: Outbox,
    post: SendNotices,
    clock: Clock,
) -> CollectionSummary:
    """Count what was collected, name what was not, and tell the bus; once, however often called."""
    summary = CollectionSummary.of(records.items(collection), records.receipts(collection))
    outbox.put(inventory_collected(collection, day, summary, clock.now()))
    post.run()
    return summary
