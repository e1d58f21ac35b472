"""AWS's figures as they were kept, for the steps that only read them."""

import tempfile
from pathlib import Path

from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.carbon_table import label_of, read_carbon_table
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.tables import CarbonDelivery


class S3KeptCarbon:
    """Reads kept deliveries; implements ``KeptCarbon``."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places

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
