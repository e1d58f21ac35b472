"""Loads out of one object of the inventory."""

import tempfile
from pathlib import Path

import pyarrow as pa

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
        The version is gone, or is no inventory. It is ours and not AWS's, so that no delivery
        is quarantined for it.
    """
    place = f"{Place(bucket, file.key).uri}, version {file.version_id},"
    with disk_errors_named("fetching the inventory"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.parquet"
        if not objects.download(Place(bucket, file.key), path, file.version_id):
            raise DeploymentError(
                f"{place} is gone.", mend="Replay the month; it takes the newest."
            )
        try:
            return read_loads(path)
        except InputError as error:
            reason = error.message.removeprefix(f"{path}: ")
            raise DeploymentError(
                f"{place} cannot be read as inventory: {reason}",
                mend="Collect the day again, and replay the month.",
            ) from error
