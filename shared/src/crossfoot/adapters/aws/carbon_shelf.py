"""Kept carbon deliveries: the append-only table ``carbon_reported``, one partition each."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.carbon_table import carbon_table, describe
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.domain.columns import CARBON_REPORTED
from crossfoot.domain.errors import RunContentError
from crossfoot.domain.tables import CarbonDelivery, SourceFile


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

    def _write(self, delivery: CarbonDelivery) -> None:
        place = self._places.delivery_part(delivery.usage_period, delivery.delivery_id)
        with disk_errors_named("writing a delivery"), tempfile.TemporaryDirectory() as folder:
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
