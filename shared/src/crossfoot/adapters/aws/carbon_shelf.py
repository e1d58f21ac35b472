"""Kept carbon deliveries: the append-only table ``carbon_reported``, one partition each."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.carbon_table import carbon_table, describe, label_of, read_carbon_table
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.domain.columns import CARBON_REPORTED
from crossfoot.domain.errors import DeploymentError, RunContentError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel, SourceFile

_DELIVERY_FOLDER: Final = "delivery_id="


class S3CarbonShelf:
    """Every carbon delivery that was ever read, each kept once and for ever."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces, catalog: GlueCatalog) -> None:
        self._objects = objects
        self._places = places
        self._catalog = catalog

    def keep(self, delivery: CarbonDelivery) -> None:
        """Keep a delivery and let readers see it; the same again changes nothing.

        The description comes first and is then the one that counts. So bytes that AWS delivers
        again under other object versions stay where they were first read from, and what a crash
        left half done is finished with equal bytes.

        Raises
        ------
        RunContentError
            Something else is kept under the delivery's id.
        """
        place = self._places.delivery_description(delivery.delivery_id)
        if not self._objects.put_absent(place, as_json(describe(delivery))):
            delivery = self._as_first_kept(delivery, self._objects.read_json(place))
        part = self._places.delivery_part(delivery.usage_period, delivery.delivery_id)
        if self._objects.head(part) is None:
            self._write(delivery)
        self._catalog.show_delivery(delivery.usage_period, delivery.delivery_id)

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return a kept delivery as AWS made it.

        Raises
        ------
        DeploymentError
            There is no such delivery.
        """
        description = self._objects.read_json(self._places.delivery_description(delivery_id))
        label = label_of(delivery_id, description)
        place = self._places.delivery_part(label.usage_period, delivery_id)
        with disk_errors_named("fetching a delivery"), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.parquet"
            if not self._objects.download(place, path):
                raise DeploymentError(
                    f"{place.uri} is not there.", mend="Deliver the month's carbon again."
                )
            return read_carbon_table([path], delivery_id, description)

    def labels(self, period: UsagePeriod) -> Sequence[DeliveryLabel]:
        """Return the labels of a month's kept deliveries, in the order of their ids."""
        ids = self._delivery_ids(period)
        return [
            label_of(delivery_id, self._objects.read_json(place))
            for delivery_id in ids
            for place in [self._places.delivery_description(delivery_id)]
        ]

    def _delivery_ids(self, period: UsagePeriod) -> list[str]:
        folder = self._places.deliveries_of(period)
        names = (key.removeprefix(folder.key) for key in self._objects.keys(folder))
        ids = (name.partition("/")[0].removeprefix(_DELIVERY_FOLDER) for name in names)
        return list(dict.fromkeys(ids))

    def _write(self, delivery: CarbonDelivery) -> None:
        place = self._places.delivery_part(delivery.usage_period, delivery.delivery_id)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.parquet"
            with TableWriter(path, CARBON_REPORTED, ()) as writer:
                writer.write(carbon_table(delivery))
            self._objects.upload_new(place, path)

    def _as_first_kept(
        self, delivery: CarbonDelivery, description: Mapping[str, Any]
    ) -> CarbonDelivery:
        """Return the delivery under the places and the time that it was first kept with."""
        files = tuple(SourceFile(**file) for file in description["files_read"])
        kept = replace(
            delivery,
            delivered_at=datetime.fromisoformat(description["delivered_at"]),
            files=files,
        )
        is_same = [file.sha256 for file in files] == [file.sha256 for file in delivery.files]
        if not is_same or describe(kept) != description:
            place = self._places.delivery_description(delivery.delivery_id)
            raise RunContentError(
                f"{place.uri} tells of another delivery.",
                mend="Keep what is there, and find out who wrote it: one name, one content.",
            )
        return kept
