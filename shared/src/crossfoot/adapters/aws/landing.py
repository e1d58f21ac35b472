"""The landing bucket: what a manifest lists becomes a list of object versions.

An event only points at a manifest. Everything else is asked of S3: whether the object is there,
which version, how large, since when.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from crossfoot.adapters.aws.landing_keys import ManifestKey, foreign, manifest_keys
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.s3_objects import FoundObject, S3Objects
from crossfoot.adapters.export_partitions import known_kind
from crossfoot.adapters.manifests import (
    LARGEST_MANIFEST,
    manifest_error,
    parse_manifest,
    spellings,
    split_entry,
)
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery, PinnedFile
from crossfoot.domain.errors import (
    DeploymentError,
    IncompleteDeliveryError,
    InputNotFoundError,
    OversizedInputError,
    ReplacedDeliveryError,
    UnreadableFileError,
)

_MOST_FILES: Final = 20_000
_THREADS: Final = 16
_UNVERSIONED: Final = "null"


@dataclass(frozen=True, slots=True)
class _Told:
    """A manifest that was found: its key, its version, and the keys that it may mean by entry."""

    key: ManifestKey
    found: FoundObject
    entries: tuple[tuple[str, ...], ...]
    execution_id: str | None


class S3Landing:
    """The bucket that AWS delivers to.

    Parameters
    ----------
    objects : S3Objects
        Access to S3.
    bucket : str
        The landing bucket, versioned.
    prefixes : mapping of ExportKind to str
        Prefix that each export delivers under.
    """

    def __init__(self, objects: S3Objects, bucket: str, prefixes: Mapping[ExportKind, str]) -> None:
        self._objects = objects
        self._bucket = bucket
        self._prefixes = {kind: prefix.strip("/") for kind, prefix in prefixes.items()}

    def pin(self, kind: ExportKind, key: str, version_id: str | None) -> PinnedDelivery:
        """Read the manifest and find the version of every file that it lists.

        Of a file that was written again after the manifest, the version that the manifest meant
        is pinned: overwrite mode replaces a delivery file by file.

        Raises
        ------
        ForeignDeliveryError
            The key or a listed file is outside of the export's prefix or bucket.
        ManifestError
            The manifest cannot be trusted.
        IncompleteDeliveryError
            A listed file is not there (yet).
        ReplacedDeliveryError
            The manifest's version is gone.
        """
        told = self._read_manifest(kind, key, version_id)
        files = self._pin_files(told)
        return PinnedDelivery(
            kind=kind,
            usage_period=told.key.usage_period,
            bucket=self._bucket,
            partition=told.key.partition,
            execution_id=told.key.execution_id or told.execution_id,
            delivered_at=told.found.modified_at,
            manifest=told.found.file,
            files=files,
        )

    def _read_manifest(self, kind: ExportKind, key: str, version_id: str | None) -> _Told:
        parsed, found = self._find_manifest(kind, key, version_id)
        place = Place(self._bucket, parsed.key)
        if found.file.size > LARGEST_MANIFEST:
            raise manifest_error(place.uri, "is too large for a manifest.")
        content = self._objects.find(place, found.file.version_id)
        if content is None:
            raise _replaced(place)
        listed, execution_id = parse_manifest(content, place.uri)
        entries = [self._keys_of(entry, parsed, place.uri) for entry in dict.fromkeys(listed)]
        if len(entries) > _MOST_FILES:
            raise OversizedInputError(
                f"lists {len(entries)} files.",
                mend="Coarsen the export; no delivery has so many.",
                file=place.uri,
            )
        return _Told(parsed, found, tuple(entries), execution_id)

    def _find_manifest(
        self, kind: ExportKind, key: str, version_id: str | None
    ) -> tuple[ManifestKey, FoundObject]:
        for parsed in manifest_keys(kind, key, self._prefixes[kind]):
            found = self._objects.head(Place(self._bucket, parsed.key), version_id)
            if found is not None:
                return parsed, self._versioned(found)
        if version_id is not None:
            raise _replaced(Place(self._bucket, key))
        raise InputNotFoundError(
            "there is no such manifest.",
            mend="Let the export be delivered again.",
            file=Place(self._bucket, key).uri,
        )

    def _keys_of(self, entry: str, told: ManifestKey, manifest: str) -> tuple[str, ...]:
        """Return the keys that an entry may mean, each inside the manifest's own partition."""
        bucket, root, inner = split_entry(entry, manifest)
        if bucket not in (None, self._bucket):
            raise foreign(manifest, f"lists {entry!r}, which is in another bucket")
        # without a bucket, an entry may also be told from the export's folder on
        if root != told.root and (bucket is not None or root):
            raise foreign(manifest, f"lists {entry!r}, which is of another export")
        inside = [
            spelling
            for spelling in spellings(entry, inner, manifest)
            if spelling.startswith(told.data_folder)
        ]
        if not inside:
            raise foreign(manifest, f"lists {entry!r}, which is of another partition")
        return tuple(f"{told.root}/data/{spelling}" for spelling in inside)

    def _pin_files(self, told: _Told) -> tuple[PinnedFile, ...]:
        def pin(keys: tuple[str, ...]) -> PinnedFile:
            return self._pin_file(keys, told)

        files = {file.key: file for file in _in_threads(pin, told.entries)}
        return tuple(files[key] for key in sorted(files))

    def _pin_file(self, keys: Sequence[str], told: _Told) -> PinnedFile:
        _refuse_kind(told.key.kind, keys[0])
        for key in keys:
            found = self._objects.head(Place(self._bucket, key))
            if found is not None:
                return self._meant_by(self._versioned(found), told.found.modified_at).file
        raise IncompleteDeliveryError(
            "is listed in the manifest, but is not there.",
            mend="It may still come; otherwise let the export be delivered again.",
            file=Place(self._bucket, keys[0]).uri,
        )

    def _meant_by(self, found: FoundObject, manifest_at: datetime) -> FoundObject:
        """Return the version of a file that was current when the manifest was written.

        A file that came only after its manifest, as when a tree is copied by hand, is meant by it
        in its first version.
        """
        if _second(found.modified_at) <= _second(manifest_at):
            return found
        versions = self._objects.versions(Place(self._bucket, found.file.key)) or [found]
        before = [each for each in versions if _second(each.modified_at) <= _second(manifest_at)]
        return before[0] if before else versions[-1]

    def _versioned(self, found: FoundObject) -> FoundObject:
        if found.file.version_id == _UNVERSIONED:
            raise DeploymentError(
                f"s3://{self._bucket}/{found.file.key} has no version.",
                mend="Switch versioning of the landing bucket on, and deliver again.",
            )
        return found


def _in_threads(
    pin: Callable[[tuple[str, ...]], PinnedFile], entries: Sequence[tuple[str, ...]]
) -> Iterable[PinnedFile]:
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="pin") as pool:
        # a failure ends the rest: nothing is pinned in part
        futures = [pool.submit(pin, keys) for keys in entries]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _refuse_kind(kind: ExportKind, key: str) -> None:
    """Raise ``UnreadableFileError`` for a file that the deployment cannot read."""
    known_kind(Path(key))
    if kind is ExportKind.USAGE and not key.lower().endswith(".parquet"):
        raise UnreadableFileError(
            "is no Parquet, which Athena needs.",
            mend="Choose Parquet as the format of the usage export.",
            file=key,
        )


def _second(instant: datetime) -> datetime:
    """Return an instant as exactly as S3 tells it in every answer."""
    return instant.replace(microsecond=0)


def _replaced(place: Place) -> ReplacedDeliveryError:
    return ReplacedDeliveryError(
        "this version is gone.",
        mend="Nothing to do: the delivery that replaced it has a manifest of its own.",
        file=place.uri,
    )
