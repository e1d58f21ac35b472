"""Rows of the ledger's table, and back: deliveries, pointers, claims and notices."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crossfoot.adapters.aws.dynamo_table import OPEN_KIND, Item, Key, Write
from crossfoot.domain.deliveries import (
    Claim,
    DeliveryState,
    ExportKind,
    KnownDelivery,
    Notice,
    Pointer,
)
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status

DELIVERY: Final = "delivery#"
POINTERS: Final = {Status.PUBLISHED: "pointer", Status.NOWCAST: "nowcast"}
"""Sort keys of what speaks for a month, by whose figure it is; and their kinds while open."""

PUBLICATION: Final = "publication#"
LEASE: Final = "lease"
OUTBOX: Final = "outbox"
REFUSED: Final = "refused"
OPEN_NOTICE: Final = "notice"

_LARGEST_DETAIL: Final = 200_000
"""Longest detail of an event, below what EventBridge takes with its envelope. [byte]"""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def month_pk(period: UsagePeriod) -> str:
    """Return the partition of a month."""
    return f"month#{period.text}"


def delivery_key(period: UsagePeriod, kind: ExportKind, digest: str) -> Key:
    """Return the place of a delivery."""
    return Key(month_pk(period), f"{DELIVERY}{kind}#{digest}")


def pointer_key(period: UsagePeriod, status: Status = Status.PUBLISHED) -> Key:
    """Return the place of a month's pointer; that of its nowcast lies beside AWS's."""
    return Key(month_pk(period), POINTERS[status])


def publication_write(pointer: Pointer) -> Write:
    """Return what writes a publication down for ever, beside the pointer that moves on."""
    key = Key(month_pk(pointer.usage_period), f"{PUBLICATION}{pointer.version:06d}")
    told = pointer_row(replace(pointer, settled_version=pointer.version))
    return Write("Put", key, "attribute_not_exists(pk)", item=told)


def lease_key(period: UsagePeriod) -> Key:
    """Return the place of a month's claim. It never expires as a row, for its fence must grow."""
    return Key(month_pk(period), LEASE)


def delivery_row(known: KnownDelivery) -> Item:
    """Return the row of a delivery."""
    row: dict[str, str | None] = {
        "kind": known.kind.value,
        "usage_period": known.usage_period.text,
        "digest": known.digest,
        "delivered_at": _instant_text(known.delivered_at),
        "state": known.state.value,
        "delivery_id": known.delivery_id,
        "model_version": known.model_version,
        "payer_account_id": known.payer_account_id,
        "reason": known.reason,
    }
    return {name: value for name, value in row.items() if value is not None}


def delivery_of_row(row: Item) -> KnownDelivery:
    """Return the delivery that a row tells of."""
    return KnownDelivery(
        kind=ExportKind(str(row["kind"])),
        usage_period=UsagePeriod(str(row["usage_period"])),
        digest=str(row["digest"]),
        delivered_at=datetime.fromisoformat(str(row["delivered_at"])),
        state=DeliveryState(str(row["state"])),
        delivery_id=_optional(row, "delivery_id"),
        model_version=_optional(row, "model_version"),
        payer_account_id=_optional(row, "payer_account_id"),
        reason=_optional(row, "reason"),
    )


def pointer_row(pointer: Pointer, status: Status = Status.PUBLISHED) -> Item:
    """Return the row of a pointer, open until the catalogue was seen to show it."""
    row: Item = {
        "usage_period": pointer.usage_period.text,
        "version": pointer.version,
        "run_id": pointer.run_id,
        "identity": pointer.identity,
        "delivery_id": pointer.delivery_id,
        "model_version": pointer.model_version,
        "published_at": _instant_text(pointer.published_at),
        "settled_version": pointer.settled_version,
    }
    if pointer.cause is not None:
        row["cause"] = pointer.cause
    return row if pointer.is_settled else {**row, OPEN_KIND: POINTERS[status]}


def pointer_of_row(row: Item) -> Pointer:
    """Return the pointer that a row tells of."""
    return Pointer(
        usage_period=UsagePeriod(str(row["usage_period"])),
        version=int(row["version"]),
        run_id=str(row["run_id"]),
        identity=str(row["identity"]),
        delivery_id=str(row["delivery_id"]),
        model_version=str(row["model_version"]),
        published_at=datetime.fromisoformat(str(row["published_at"])),
        settled_version=int(row["settled_version"]),
        cause=_optional(row, "cause"),
    )


def claim_of_row(period: UsagePeriod, row: Item) -> Claim:
    """Return the claim that a row tells of."""
    return Claim(
        usage_period=period,
        holder=str(row["holder"]),
        fence=int(row["fence"]),
        expires_at=_EPOCH + timedelta(microseconds=int(row["expires_at"])),
    )


def microseconds(instant: datetime) -> int:
    """Return an instant as a number that DynamoDB can compare. [us since 1970]."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def notice_write(notice: Notice) -> Write:
    """Return the write that puts a notice into the outbox, once for ever.

    Raises
    ------
    DeploymentError
        Its detail is larger than the bus takes.
    """
    detail = json.dumps(notice.detail, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if len(detail.encode()) > _LARGEST_DETAIL:
        raise DeploymentError(f"{notice.detail_type} {notice.event_id} is too large for an event.")
    item: Item = {
        "event_id": notice.event_id,
        "detail_type": notice.detail_type,
        "detail": detail,
        OPEN_KIND: OPEN_NOTICE,
    }
    key = Key(OUTBOX, notice.event_id)
    return Write("Put", key, "attribute_not_exists(pk)", item=item)


def refused_write(
    kind: ExportKind, manifest_key: str, version_id: str | None, reason: str
) -> Write:
    """Return the write of a manifest that could not be pinned, once for each of its versions."""
    name = json.dumps([kind.value, manifest_key, version_id])
    key = Key(REFUSED, f"{kind}#{hashlib.sha256(name.encode()).hexdigest()}")
    item: Item = {"kind": kind.value, "key": manifest_key, "reason": reason}
    if version_id is not None:
        item["version_id"] = version_id
    return Write("Put", key, "attribute_not_exists(pk)", item=item)


def stalled_write(period: UsagePeriod, holder: str, reason: str) -> Write:
    """Return the write of an execution that gave up, once for each."""
    key = Key(month_pk(period), f"stalled#{holder}")
    item: Item = {"holder": holder, "reason": reason}
    return Write("Put", key, "attribute_not_exists(pk)", item=item)


def notice_of_row(row: Item) -> Notice:
    """Return the notice that a row tells of."""
    return Notice(str(row["event_id"]), str(row["detail_type"]), json.loads(str(row["detail"])))


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _optional(row: Item, name: str) -> str | None:
    return str(row[name]) if name in row else None
