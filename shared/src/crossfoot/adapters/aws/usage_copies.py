"""The pinned usage, copied within S3 to where Athena reads it: fixed versions, and no others."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from crossfoot.adapters.aws.aws_errors import aws_errors_named, code_of
from crossfoot.adapters.aws.origins import origin_of, tell_origins
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.usage_exports import usage_part
from crossfoot.domain.deliveries import PinnedDelivery, PinnedFile
from crossfoot.domain.errors import (
    InputError,
    MissingColumnError,
    ReplacedDeliveryError,
    UnreadableFileError,
)
from crossfoot.domain.usage_contract import UsageContract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client

_THREADS: Final = 16
_TAIL_BYTES: Final = 1 << 20
"""What is fetched of the end of a file; a longer footer is fetched in a second go."""

_HEAD_BYTES: Final = 4
_FOOTER_WORD: Final = 8
_GONE: Final = frozenset({"404", "400", "405", "NoSuchKey", "NoSuchVersion", "NotFound"})


class UsageCopies:
    """Brings one pinned delivery into the work bucket, once.

    Parameters
    ----------
    client : S3Client
        For parts of objects, and copies within S3.
    places : WorkPlaces
        Where the copies lie.
    """

    def __init__(self, client: "S3Client", places: WorkPlaces) -> None:
        self._client = client
        self._objects = S3Objects(client)
        self._places = places

    def bring(self, delivery: PinnedDelivery, contract: UsageContract) -> None:
        """Check every file's footer against the contract, and copy what is not there yet.

        Raises
        ------
        UnreadableFileError
            Not Parquet: the deployment reads no CSV of usage.
        MissingColumnError, ColumnTypeError, DuplicateColumnError, OversizedInputError
            A file is not as the contract says.
        ReplacedDeliveryError
            A pinned version is gone.
        StorageError
            S3 failed; what was copied stays.
        """
        files = pinned_order(delivery)
        for file in files:
            _require_parquet(delivery, file)
        self._check_footers(delivery, files, contract)
        with ThreadPoolExecutor(_THREADS) as pool:
            copied = [pool.submit(self._copy, delivery, n, file) for n, file in enumerate(files)]
            for future in copied:
                future.result()

    def _copy(self, delivery: PinnedDelivery, number: int, file: PinnedFile) -> None:
        place = self._places.usage_file(delivery.digest, number)
        there = self._objects.head(place)
        # the digest in its key tells the version, so that the size tells a whole copy
        if there is not None and there.file.size == file.size:
            return
        source = {"Bucket": delivery.bucket, "Key": file.key, "VersionId": file.version_id}
        with aws_errors_named(f"copying {origin_of(delivery, file)}"):
            try:
                self._client.copy(
                    source,  # type: ignore[arg-type] # a plain dict of the three keys
                    place.bucket,
                    place.key,
                    # AWS delivers no tags; to look for any would take another right
                    ExtraArgs={"TaggingDirective": "REPLACE"},
                    Config=TransferConfig(max_concurrency=2),
                )
            except ClientError as error:
                _refuse_gone(error, delivery, file)
                raise

    def _check_footers(
        self, delivery: PinnedDelivery, files: "Sequence[PinnedFile]", contract: UsageContract
    ) -> None:
        """Read the columns of every file, which Athena would show as null where they are not."""
        if not files:
            return
        with disk_errors_named("reading footers"), tempfile.TemporaryDirectory() as folder:
            paths = {Path(folder) / f"{n:05d}.parquet": file for n, file in enumerate(files)}
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(lambda path: self._fetch_ends(delivery, paths[path], path), paths))
            try:
                part = usage_part(tuple(paths))
            except InputError as error:
                tell_origins(
                    error, {str(path): origin_of(delivery, file) for path, file in paths.items()}
                )
                raise
        if part.contract is not contract:
            raise MissingColumnError(
                "this is an export of another format than the deployment is set to.",
                mend="Set the format of the usage export, cur2 or focus, and deploy again.",
                file=origin_of(delivery, files[0]),
                column=contract.marker,
            )

    def _fetch_ends(self, delivery: PinnedDelivery, file: PinnedFile, path: Path) -> None:
        """Write a file with the first and the last bytes of a pinned one, and a hole between."""
        start = max(0, file.size - _TAIL_BYTES)
        tail = self._part(delivery, file, start)
        footer = int.from_bytes(tail[-_FOOTER_WORD:-4], "little") + _FOOTER_WORD
        if len(tail) < footer <= file.size:
            start = file.size - footer
            tail = self._part(delivery, file, start)
        head = b"" if start == 0 else self._part(delivery, file, 0, _HEAD_BYTES)
        with path.open("xb") as stream:
            stream.write(head)
            stream.seek(start)
            stream.write(tail)

    def _part(
        self, delivery: PinnedDelivery, file: PinnedFile, start: int, length: int | None = None
    ) -> bytes:
        end = file.size if length is None else start + length
        with aws_errors_named(f"reading {origin_of(delivery, file)}"):
            try:
                answer = self._client.get_object(
                    Bucket=delivery.bucket,
                    Key=file.key,
                    VersionId=file.version_id,
                    Range=f"bytes={start}-{end - 1}",
                )
            except ClientError as error:
                _refuse_gone(error, delivery, file)
                raise
            return answer["Body"].read()


def pinned_order(delivery: PinnedDelivery) -> tuple[PinnedFile, ...]:
    """Return the files that hold anything, in the order that numbers their copies."""
    held = (file for file in delivery.files if file.size)
    return tuple(sorted(held, key=lambda file: (file.key, file.version_id, file.etag)))


def _require_parquet(delivery: PinnedDelivery, file: PinnedFile) -> None:
    if not file.key.lower().endswith(".parquet"):
        raise UnreadableFileError(
            "is not Parquet, and the deployment reads usage with Athena from Parquet only.",
            mend="Set the format of the usage export to Parquet; its next delivery is read.",
            file=origin_of(delivery, file),
        )


def _refuse_gone(error: ClientError, delivery: PinnedDelivery, file: PinnedFile) -> None:
    if code_of(error) in _GONE:
        raise ReplacedDeliveryError(
            "this version is gone.",
            mend="Nothing to do: the delivery that replaced it has a manifest of its own.",
            file=origin_of(delivery, file),
        ) from error
