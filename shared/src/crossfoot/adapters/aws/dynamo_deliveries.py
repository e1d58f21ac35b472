"""Deliveries in DynamoDB: every one that was ever seen, once, with its pins beside in S3."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_rows import (
    DELIVERY,
    delivery_key,
    delivery_of_row,
    delivery_row,
    month_pk,
    refused_write,
)
from crossfoot.adapters.aws.dynamo_table import DynamoTable, Outcome, Write
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.domain.deliveries import (
    DeliveryState,
    ExportKind,
    KnownDelivery,
    Notice,
    PinnedDelivery,
)
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery

_READ: Final = (
    "SET #state = :state, #delivery_id = :delivery_id, #model_version = :model_version, "
    "#payer_account_id = :payer_account_id, #delivered_at = :delivered_at REMOVE #reason"
)


class DynamoDeliveryLedger:
    """Every delivery that was ever seen, by month."""

    def __init__(self, table: DynamoTable, pins: S3Pins, outbox: DynamoOutbox) -> None:
        self._table = table
        self._pins = pins
        self._outbox = outbox

    def accept(self, delivery: PinnedDelivery) -> bool:
        """Write a delivery down once; return whether it is new.

        The pins come first, so that a delivery in the ledger always has them. Whoever wrote them
        first also says when it was delivered: create-new mode tells of a delivery twice.
        """
        kept = self._pins.keep(delivery)
        known = KnownDelivery(
            kind=kept.kind,
            usage_period=kept.usage_period,
            digest=kept.digest,
            delivered_at=kept.delivered_at,
            state=DeliveryState.ACCEPTED,
        )
        return self._table.put_new(
            delivery_key(kept.usage_period, kept.kind, kept.digest), delivery_row(known)
        )

    def deliveries(self, period: UsagePeriod) -> Sequence[KnownDelivery]:
        """Return every delivery of a month, strongly consistent, in the order of their digests."""
        return [delivery_of_row(row) for row in self._table.query(month_pk(period), DELIVERY)]

    def pinned(self, period: UsagePeriod, kind: ExportKind, digest: str) -> PinnedDelivery:
        """Return the pins of an accepted delivery."""
        return self._pins.pinned(period, kind, digest)

    def mark_read(self, known: KnownDelivery, delivery: CarbonDelivery) -> None:
        """Record what a carbon delivery turned out to be.

        When it was delivered is from then on what AWS says in it, not when S3 took its manifest:
        manifests may arrive out of order.
        """
        outcome = self._table.write(
            Write(
                "Update",
                delivery_key(known.usage_period, known.kind, known.digest),
                "attribute_exists(pk)",
                values={
                    "state": DeliveryState.READ.value,
                    "delivery_id": delivery.delivery_id,
                    "model_version": delivery.model_version.text,
                    "payer_account_id": delivery.payer_account_id,
                    "delivered_at": delivery.delivered_at.astimezone(UTC).isoformat(),
                },
                update=_READ,
            )
        )
        if not outcome.is_done:
            raise _unknown(known)

    def mark_quarantined(self, known: KnownDelivery, reason: str, notice: Notice) -> None:
        """Record the reason and put the notice into the outbox, both or neither, once."""
        mark = Write(
            "Update",
            delivery_key(known.usage_period, known.kind, known.digest),
            "attribute_exists(pk) AND #state <> :state",
            values={"state": DeliveryState.QUARANTINED.value, "reason": reason},
            update="SET #state = :state, #reason = :reason",
        )
        marked = self._outbox.put_with(mark, notice)
        if not marked.is_done and not _is_quarantined(marked):
            raise _unknown(known)

    def refuse(
        self, kind: ExportKind, key: str, version_id: str | None, reason: str, notice: Notice
    ) -> bool:
        """Record a manifest that could not be pinned, with its notice, both or neither.

        Once per ``(kind, key, version_id)``; returns whether it is new.
        """
        row = refused_write(kind, key, version_id, reason)
        return self._outbox.put_with(row, notice).is_done


def _is_quarantined(outcome: Outcome) -> bool:
    return outcome.item.get("state") == DeliveryState.QUARANTINED.value


def _unknown(known: KnownDelivery) -> DeploymentError:
    return DeploymentError(
        f"The ledger knows no {known.kind} delivery {known.digest} of {known.usage_period}.",
        mend="Let the export be delivered again.",
    )
