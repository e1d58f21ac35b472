"""Pins: which object versions make up a delivery, kept as JSON beside the ledger."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery, PinnedFile
from crossfoot.domain.errors import InvalidPeriodError, RunContentError
from crossfoot.domain.period import UsagePeriod


class S3Pins:
    """The pins of every accepted delivery, one immutable object each."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places

    def keep(self, delivery: PinnedDelivery) -> PinnedDelivery:
        """Write a delivery's pins once, and return those that are kept.

        Two manifests can tell of one delivery; the first to be written stays.
        """
        place = self._place(delivery.usage_period, delivery.kind, delivery.digest)
        if self._objects.put_absent(place, as_json(pins_document(delivery))):
            return delivery
        return self.pinned(delivery.usage_period, delivery.kind, delivery.digest)

    def pinned(self, period: UsagePeriod, kind: ExportKind, digest: str) -> PinnedDelivery:
        """Return the pins of a delivery.

        Raises
        ------
        RunContentError
            What is kept there is not what the digest says.
        """
        place = self._place(period, kind, digest)
        document = self._objects.read_json(place)
        try:
            delivery = pinned_delivery(document)
        except (KeyError, TypeError, ValueError, InvalidPeriodError) as error:
            raise _damaged(place) from error
        if delivery.digest != digest:
            raise _damaged(place)
        return delivery

    def _place(self, period: UsagePeriod, kind: ExportKind, digest: str) -> Place:
        return self._places.pin(period, kind, digest)


def pins_document(delivery: PinnedDelivery) -> dict[str, Any]:
    """Return a pinned delivery as JSON values."""
    return {
        "kind": delivery.kind.value,
        "usage_period": delivery.usage_period.text,
        "bucket": delivery.bucket,
        "partition": delivery.partition,
        "execution_id": delivery.execution_id,
        "delivered_at": delivery.delivered_at.astimezone(UTC).isoformat(),
        "manifest": asdict(delivery.manifest),
        "files": [asdict(file) for file in delivery.files],
    }


def pinned_delivery(document: Mapping[str, Any]) -> PinnedDelivery:
    """Return the delivery that ``pins_document`` wrote."""
    return PinnedDelivery(
        kind=ExportKind(document["kind"]),
        usage_period=UsagePeriod(document["usage_period"]),
        bucket=document["bucket"],
        partition=document["partition"],
        execution_id=document["execution_id"],
        delivered_at=datetime.fromisoformat(document["delivered_at"]),
        manifest=PinnedFile(**document["manifest"]),
        files=tuple(PinnedFile(**file) for file in document["files"]),
    )


def _damaged(place: Place) -> RunContentError:
    return RunContentError(
        f"{place.uri} is damaged: its pins are not those of its name.",
        mend="Restore the version of the object that Crossfoot wrote.",
    )
