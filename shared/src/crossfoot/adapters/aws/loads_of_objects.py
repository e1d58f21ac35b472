"""Loads out of one object of the inventory."""

import tempfile
from pathlib import Path

import pyarrow as pa

from crossfoot.adapters.aws.origins import tell_origins
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.inventory_loads import read_loads
from crossfoot.domain.deliveries import PinnedFile
from crossfoot.domain.errors import DeploymentError, InputError


def loads_of_object(objects: S3Objects, bucket: str, file: PinnedFile) -> pa.Table:
    """Return the rows with a load of one version of one object.

    Raises
    ------
    DeploymentError
        The version is gone.
    InputError
        The object is no inventory, by its own name.
    """
    place = Place(bucket, file.key)
    with disk_errors_named("fetching the inventory"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "inventory.parquet"
        if not objects.download(place, path, file.version_id):
            raise DeploymentError(
                f"{place.uri}, version {file.version_id}, is gone.",
                mend="Replay the month; it takes the newest.",
            )
        try:
            return read_loads(path)
        except InputError as error:
            tell_origins(error, {str(path): f"{place.uri}?versionId={file.version_id}"})
            raise
