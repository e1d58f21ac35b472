"""The ``inventory`` table in S3: one object for an account's Region and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.inventory_table import parquet_of
from crossfoot.domain.inventory import Resource, WorkItem


@dataclass(frozen=True, slots=True)
class S3InventoryFiles:
    """Writes the table; a later collection of the same day takes the place of an earlier one.

    One put replaces the whole object, so a reader sees the one or the other; what was there stays
    as an older version of it.
    """

    objects: S3Objects
    places: CuratedPlaces

    def write(
        self,
        collection: str,
        day: date,
        item: WorkItem,
        observed_at: datetime,
        resources: Sequence[Resource],
    ) -> None:
        """Write one account's Region; an empty one leaves no object, unless to empty one."""
        place = self.places.inventory_part(day, item.account_id, item.region_code)
        if resources or self.objects.head(place) is not None:
            body = parquet_of(collection, day, item, observed_at, resources)
            self.objects.put(place, body)
