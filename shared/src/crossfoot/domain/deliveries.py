"""Words of a deployment: pinned deliveries, claims, pointers and notices."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import Any

from crossfoot.domain.period import UsagePeriod


class ExportKind(StrEnum):
    """Which export a delivery belongs to."""

    CARBON = "carbon"
    USAGE = "usage"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    ACCEPTED = "accepted"
    READ = "read"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One version of one object; what is overwritten later is another version.

    ``etag`` and ``size`` are S3's own; ``size`` is in bytes.
    """

    key: str
    version_id: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class PinnedDelivery:
    """One delivery of one month of one export: the manifest, and the files it lists.

    ``partition`` is the folder between ``data/`` or ``metadata/`` and the files, without an
    execution's folder, such as ``BILLING_PERIOD=2026-09``. ``delivered_at`` is when S3 took the
    manifest's version.
    """

    kind: ExportKind
    usage_period: UsagePeriod
    bucket: str
    partition: str
    execution_id: str | None
    delivered_at: datetime
    manifest: PinnedFile
    files: tuple[PinnedFile, ...]

    @property
    def digest(self) -> str:
        """Name of what was delivered: equal for the same object versions, whoever told of them.

        The manifest itself is left out: AWS writes it twice in create-new mode.
        """
        files = sorted((file.key, file.version_id, file.etag) for file in self.files)
        # an empty delivery has no files to tell it from another one
        files = files or [(self.manifest.key, self.manifest.version_id, self.manifest.etag)]
        return _digest(
            self.kind, self.usage_period.text, self.bucket, self.partition, *chain(*files)
        )


@dataclass(frozen=True, slots=True)
class PinnedInventory:
    """A day's inventory that tells how busy resources were, by the version of every object.

    Each object is of one account's Region; what is collected again is another version of it.
    """

    usage_period: UsagePeriod
    day: date
    bucket: str
    files: tuple[PinnedFile, ...]

    @property
    def digest(self) -> str:
        """Name of what was collected: equal for the same object versions."""
        files = sorted((file.key, file.version_id, file.etag) for file in self.files)
        return _digest("inventory", self.day.isoformat(), self.bucket, *chain(*files))


@dataclass(frozen=True, slots=True)
class KnownDelivery:
    """A delivery as the ledger knows it.

    ``delivery_id`` and ``model_version`` are set once a carbon delivery was read; ``reason`` once
    a delivery was quarantined.
    """

    kind: ExportKind
    usage_period: UsagePeriod
    digest: str
    delivered_at: datetime
    state: DeliveryState
    delivery_id: str | None = None
    model_version: str | None = None
    payer_account_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to publish one month, until it expires or a higher fence is given out.

    ``fence`` grows with every new holder, so that one who comes back late is told from the next.
    """

    usage_period: UsagePeriod
    holder: str
    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which run speaks for a month: the truth that the catalogue follows.

    ``version`` counts publications of the month from 1; ``settled_version`` is the last one that
    the catalogue was seen to show. ``cause`` is why it replaces the one before; ``None`` for the
    first, and for nowcasts.
    """

    usage_period: UsagePeriod
    version: int
    run_id: str
    identity: str
    delivery_id: str
    model_version: str
    published_at: datetime
    settled_version: int = 0
    cause: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the catalogue shows this publication."""
        return self.settled_version == self.version


@dataclass(frozen=True, slots=True)
class Notice:
    """One event to send: at least once, always under the same ``event_id``.

    ``detail`` is ``{"metadata": {...}, "data": {...}}`` as ``events/schemas`` describes it.
    """

    event_id: str
    detail_type: str
    detail: Mapping[str, Any]


def event_id_of(detail_type: str, *key: str) -> str:
    """Return the stable id of an event: equal for the same fact, however often it is told."""
    return f"e-{_digest(detail_type, *key)}"


def _digest(*parts: str) -> str:
    """Return a digest of texts, with their lengths: no two lists run into one."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(f"{len(encoded)}:".encode())
        digest.update(encoded)
    return digest.hexdigest()[:32]
