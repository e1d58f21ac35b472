"""Read a pinned carbon delivery: its versions are fetched, and read as the command line would."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from crossfoot.adapters.aws.origins import origin_of, tell_origins
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.manifests import manifest_error
from crossfoot.domain.deliveries import PinnedDelivery, PinnedFile
from crossfoot.domain.errors import InputError, ReplacedDeliveryError
from crossfoot.domain.tables import CarbonDelivery


class S3CarbonReader:
    """Reads pinned carbon deliveries.

    Parameters
    ----------
    objects : S3Objects
        Access to S3.
    payer_account_id : str
        Management account of this deployment, which deliveries without rows are taken to be of.
    """

    def __init__(self, objects: S3Objects, payer_account_id: str) -> None:
        self._objects = objects
        self._payer = payer_account_id

    def read(self, delivery: PinnedDelivery) -> CarbonDelivery:
        """Return AWS's rows, under the places and versions that they were read from.

        Raises
        ------
        ReplacedDeliveryError
            A pinned version is gone.
        InputError
            Anything else that cannot be trusted, by its own name.
        """
        with disk_errors_named("fetching a delivery"), tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            origins = {
                str(self._fetch(delivery, file, root)): origin_of(delivery, file)
                for file in (*delivery.files, delivery.manifest)
            }
            (root / "data" / delivery.partition / _execution(delivery)).mkdir(
                parents=True, exist_ok=True
            )
            read = self._read_tree(root, origins, delivery)
        files = tuple(replace(file, path=origins[file.path]) for file in read.files)
        return replace(read, files=files)

    def _fetch(self, delivery: PinnedDelivery, file: PinnedFile, root: Path) -> Path:
        path = root / _inner(delivery, file.key)
        if not self._objects.download(Place(delivery.bucket, file.key), path, file.version_id):
            raise ReplacedDeliveryError(
                "this version is gone.",
                mend="Nothing to do: the delivery that replaced it has a manifest of its own.",
                file=origin_of(delivery, file),
            )
        return path

    def _read_tree(
        self, root: Path, origins: Mapping[str, str], delivery: PinnedDelivery
    ) -> CarbonDelivery:
        try:
            intake = read_carbon(root, payer_account_id=self._payer)
        except InputError as error:
            tell_origins(error, {**origins, str(root): _folder(delivery)})
            raise
        if len(intake.deliveries) != 1:
            raise manifest_error(
                origin_of(delivery, delivery.manifest),
                f"tells of {len(intake.deliveries)} deliveries, not of one.",
            )
        return intake.deliveries[0]


def _inner(delivery: PinnedDelivery, key: str) -> PurePosixPath:
    """Return where a file lies below the folder of its export.

    The partition is in every pinned key, after ``data/`` or ``metadata/``.
    """
    for folder in ("data", "metadata"):
        _, mark, rest = f"/{key}".rpartition(f"/{folder}/{delivery.partition}/")
        if mark and ".." not in rest.split("/"):
            return PurePosixPath(folder, delivery.partition, rest)
    raise manifest_error(f"s3://{delivery.bucket}/{key}", "is outside of its delivery.")


def _execution(delivery: PinnedDelivery) -> PurePosixPath:
    """Return the execution's folder of an empty delivery, which no file makes."""
    inner = _inner(delivery, delivery.manifest.key)
    return inner.parent.relative_to(PurePosixPath("metadata", delivery.partition))


def _folder(delivery: PinnedDelivery) -> str:
    export, _, _ = delivery.manifest.key.rpartition(f"/metadata/{delivery.partition}/")
    return f"s3://{delivery.bucket}/{export}"
