"""Figures as they were kept, AWS's and nowcasts, for the steps that only read them."""

import tempfile
from pathlib import Path

from crossfoot.adapters.aws.nowcast_shelf import S3NowcastShelf
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.carbon_table import label_of, read_carbon_table
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.statuses import Status, status_of
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.told_months import ToldMonth
from crossfoot.usecases.tell_month import delivery_of


class S3KeptCarbon:
    """Reads kept deliveries and nowcasts; implements ``KeptCarbon``."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places
        self._nowcasts = S3NowcastShelf(objects, places)

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return a kept delivery as AWS made it, or a nowcast in the same shape.

        Raises
        ------
        DeploymentError
            There is no such delivery.
        """
        if status_of(delivery_id) is Status.NOWCAST:
            found = self._nowcasts.nowcast(delivery_id)
            return delivery_of(found.told, delivery_id, found.told_at)
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

    def nowcast(self, nowcast_id: str) -> ToldMonth:
        """Return a kept nowcast.

        Raises
        ------
        DeploymentError
            There is no such nowcast.
        """
        return self._nowcasts.nowcast(nowcast_id).told
