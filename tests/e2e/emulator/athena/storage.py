"""The emulator's S3, seen from Athena: files under a location, and files written."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse
from uuid import uuid4

from ministack.services import s3

from emulator.athena.failures import AthenaError


@dataclass(frozen=True)
class StoredFile:
    """One object."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """Return the address that ``$path`` shows."""
        return f"s3://{self.bucket}/{self.key}"


def bucket_and_prefix(location: str) -> tuple[str, str]:
    """Return the bucket and the folder of a location, with its closing stroke."""
    address = urlparse(location)
    folder = address.path.strip("/")
    return address.netloc, f"{folder}/" if folder else ""


def files_under(location: str) -> list[StoredFile]:
    """Return the files of a location; hidden ones (``_x``, ``.x``) are none to Athena."""
    bucket, prefix = bucket_and_prefix(location)
    held = s3._buckets.get(bucket)
    if held is None:
        raise AthenaError(f"PERMISSION_DENIED: s3://{bucket}: no such bucket")
    inside = (key for key in list(held["objects"]) if key.startswith(prefix))
    return [StoredFile(bucket, key) for key in sorted(inside) if _is_shown(key[len(prefix) :])]


def _is_shown(name: str) -> bool:
    return not name.endswith("/") and not any(part[:1] in {"_", "."} for part in name.split("/"))


def fetch(file: StoredFile, folder: Path) -> tuple[Path, int]:
    """Write an object into a folder; return where it lies and its size in bytes."""
    data = s3._get_object_data(file.bucket, file.key)
    if data is None:
        raise AthenaError(f"HIVE_CANNOT_OPEN_SPLIT: {file.uri} is gone")
    path = folder / f"{uuid4().hex}.parquet"
    path.write_bytes(data)
    return path, len(data)


def put(bucket: str, key: str, data: bytes, kind: str) -> None:
    """Write one object."""
    headers = {"content-type": kind, "content-length": str(len(data))}
    answer = s3._put_object(bucket, key, data, headers)
    if answer[0] >= 300:
        raise AthenaError(f"PERMISSION_DENIED: s3://{bucket}/{key}: {answer[2]!r}")


def put_tree(root: Path, location: str) -> list[str]:
    """Write every file under a folder to a location; return their addresses."""
    bucket, prefix = bucket_and_prefix(location)
    written = []
    for path in _files(root):
        key = f"{prefix}{path.relative_to(root)}"
        put(bucket, key, path.read_bytes(), "application/octet-stream")
        written.append(f"s3://{bucket}/{key}")
    return written


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder) / name for name in sorted(names))
