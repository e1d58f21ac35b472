"""Objects in S3: written once and compared, read by version, found and listed."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from botocore.exceptions import ClientError

from crossfoot.adapters.aws.aws_errors import aws_errors_named, code_of
from crossfoot.adapters.aws.places import Place
from crossfoot.domain.deliveries import PinnedFile
from crossfoot.domain.errors import AccessDeniedError, DeploymentError, RunContentError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

LARGEST_DOCUMENT: Final = 64 << 20
_PIECE: Final = 1 << 20

_MISSING: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
_NO_SUCH_VERSION: Final = frozenset({"400", "405", "InvalidArgument", "MethodNotAllowed"})
"""Further answers to a version id: one that cannot be, and one of a delete marker."""
_REFUSED: Final = frozenset({"403", "AccessDenied", "Forbidden"})
_EXISTS: Final = frozenset({"412", "PreconditionFailed"})


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One version of one object, as S3 itself tells of it."""

    file: PinnedFile
    modified_at: datetime
    sha256: str | None = None


class S3Objects:
    """Objects of any bucket, by their places.

    A role needs ``s3:ListBucket``, if only below a prefix, to be told that an object is missing.
    """

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def put_new(self, place: Place, content: bytes) -> bool:
        """Write an immutable object; return whether it is new.

        Raises
        ------
        RunContentError
            It is there with other bytes.
        """
        return self._put_immutable(place, content, hashlib.sha256(content).digest())

    def upload_new(self, place: Place, path: Path) -> bool:
        """Write a file as an immutable object; return whether it is new.

        Raises
        ------
        RunContentError
            It is there with other bytes.
        """
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            return self._put_immutable(place, file, digest)

    def put_absent(self, place: Place, content: bytes) -> bool:
        """Write an object unless there is one, whatever its bytes; return whether it is new."""
        return self._put_once(place, content, hashlib.sha256(content).digest())

    def put(self, place: Place, content: bytes) -> None:
        """Write an object, or another version of it."""
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        with aws_errors_named(f"writing {place.uri}"):
            self._client.put_object(
                Bucket=place.bucket,
                Key=place.key,
                Body=content,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
            )

    def head(self, place: Place, version_id: str | None = None) -> FoundObject | None:
        """Look at an object; ``None`` where it, or that version of it, is not there."""
        with aws_errors_named(f"looking at {place.uri}"):
            try:
                found = self._client.head_object(
                    Bucket=place.bucket,
                    Key=place.key,
                    ChecksumMode="ENABLED",
                    **_version(version_id),
                )
            except ClientError as error:
                if self._is_missing(error, place, version_id):
                    return None
                raise
        version = found.get("VersionId", "null")
        file = PinnedFile(place.key, version, found["ETag"].strip('"'), found["ContentLength"])
        return FoundObject(file, found["LastModified"], found.get("ChecksumSHA256"))

    def versions(self, place: Place) -> list[FoundObject]:
        """Return the versions of one object, the latest first."""
        found: list[FoundObject] = []
        with aws_errors_named(f"listing the versions of {place.uri}"):
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=place.bucket, Prefix=place.key
            )
            for page in pages:
                found += [
                    FoundObject(
                        PinnedFile(
                            place.key, each["VersionId"], each["ETag"].strip('"'), each["Size"]
                        ),
                        each["LastModified"],
                    )
                    for each in page.get("Versions", [])
                    if each["Key"] == place.key
                ]
        return found

    def latest_below(self, folder: Place) -> list[PinnedFile]:
        """Return the current version of every object below a folder, sorted by key."""
        found: list[PinnedFile] = []
        with aws_errors_named(f"listing the versions of {folder.uri}"):
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=folder.bucket, Prefix=folder.key
            )
            for page in pages:
                found += [
                    PinnedFile(
                        each["Key"], each["VersionId"], each["ETag"].strip('"'), each["Size"]
                    )
                    for each in page.get("Versions", [])
                    if each["IsLatest"]
                ]
        return sorted(found, key=lambda file: file.key)

    def keys(self, folder: Place) -> Iterator[str]:
        """Yield the keys below a folder, sorted."""
        with aws_errors_named(f"listing {folder.uri}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=folder.bucket, Prefix=folder.key
            )
            for page in pages:
                yield from (each["Key"] for each in page.get("Contents", []))

    def has_any(self, folder: Place) -> bool:
        """Whether anything lies below a folder."""
        with aws_errors_named(f"listing {folder.uri}"):
            page = self._client.list_objects_v2(Bucket=folder.bucket, Prefix=folder.key, MaxKeys=1)
        return bool(page.get("Contents"))

    def find(self, place: Place, version_id: str | None = None) -> bytes | None:
        """Read a document; ``None`` where it is not there.

        Raises
        ------
        DeploymentError
            It is larger than any document of ours.
        """
        with aws_errors_named(f"reading {place.uri}"):
            answer = self._get(place, version_id)
            if answer is None:
                return None
            if answer["ContentLength"] > LARGEST_DOCUMENT:
                answer["Body"].close()
                raise DeploymentError(f"{place.uri} is too large for a document.")
            content: bytes = answer["Body"].read()
            return content

    def read(self, place: Place, version_id: str | None = None) -> bytes:
        """Read a document that must be there.

        Raises
        ------
        DeploymentError
            It is not there.
        """
        content = self.find(place, version_id)
        if content is None:
            raise DeploymentError(
                f"{place.uri} is not there.",
                mend="Replay the month; if it comes again, restore the object's version.",
            )
        return content

    def read_json(self, place: Place, version_id: str | None = None) -> dict[str, Any]:
        """Read a JSON object that must be there.

        Raises
        ------
        RunContentError
            It is not a JSON object.
        """
        return parsed(self.read(place, version_id), place)

    def download(self, place: Place, path: Path, version_id: str | None = None) -> bool:
        """Fetch a version into a new file, dated as in S3; return whether it was there."""
        with aws_errors_named(f"fetching {place.uri}"):
            answer = self._get(place, version_id)
            if answer is None:
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for piece in answer["Body"].iter_chunks(_PIECE):
                    file.write(piece)
        instant = answer["LastModified"].timestamp()
        os.utime(path, (instant, instant))
        return True

    def _get(self, place: Place, version_id: str | None = None) -> "GetObjectOutputTypeDef | None":
        try:
            return self._client.get_object(
                Bucket=place.bucket, Key=place.key, **_version(version_id)
            )
        except ClientError as error:
            if self._is_missing(error, place, version_id):
                return None
            raise

    def _is_missing(self, error: ClientError, place: Place, version_id: str | None) -> bool:
        code = code_of(error)
        if code in _REFUSED:
            return self._is_not_listed(place, version_id)
        return code in _MISSING or (version_id is not None and code in _NO_SUCH_VERSION)

    def _is_not_listed(self, place: Place, version_id: str | None) -> bool:
        """Whether what was refused is not there at all.

        S3 tells so only to who may list the whole bucket. A role that may list below a prefix has
        to ask again, by listing; where that is refused as well, the refusal stands.
        """
        try:
            if version_id is None:
                # keys come sorted: before all that begin with it, the key itself
                return next(self.keys(place), None) != place.key
            return all(each.file.version_id != version_id for each in self.versions(place))
        except AccessDeniedError:
            return False

    def _put_immutable(self, place: Place, content: bytes | BinaryIO, digest: bytes) -> bool:
        if self._put_once(place, content, digest):
            return True
        if self._digest_of(place) != digest:
            raise RunContentError(
                f"{place.uri} is there already, with other bytes.",
                mend="Keep what is there, and find out who wrote it: one name, one content.",
            )
        return False

    def _digest_of(self, place: Place) -> bytes | None:
        """Return the SHA-256 of an object: as S3 keeps it, or else of its bytes."""
        found = self.head(place)
        if found is not None and found.sha256 is not None:
            return base64.b64decode(found.sha256)
        with aws_errors_named(f"reading {place.uri}"):
            answer = self._get(place)
            if answer is None:
                return None
            digest = hashlib.sha256()
            for piece in answer["Body"].iter_chunks(_PIECE):
                digest.update(piece)
        return digest.digest()

    def _put_once(self, place: Place, content: bytes | BinaryIO, digest: bytes) -> bool:
        with aws_errors_named(f"writing {place.uri}"):
            try:
                self._client.put_object(
                    Bucket=place.bucket,
                    Key=place.key,
                    Body=content,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(digest).decode(),
                )
            except ClientError as error:
                if code_of(error) in _EXISTS:
                    return False
                raise
        return True


def as_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON: equal bytes for equal documents."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def parsed(content: bytes, place: Place) -> dict[str, Any]:
    """Return the JSON object that an object of ours holds.

    Raises
    ------
    RunContentError
        It holds something else.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _damaged(place) from error
    if not isinstance(document, dict):
        raise _damaged(place)
    return document


def _damaged(place: Place) -> RunContentError:
    return RunContentError(
        f"{place.uri} is damaged: it is not a JSON object.",
        mend="Restore the version of the object that Crossfoot wrote.",
    )


def _version(version_id: str | None) -> dict[str, Any]:
    return {} if version_id is None else {"VersionId": version_id}
