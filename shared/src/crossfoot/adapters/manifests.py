"""Manifests of AWS Data Exports: which files make up one delivery.

AWS writes the manifest after all data files of an execution have landed, and leaves the emptied
chunks of an earlier, longer delivery out of it. Its JSON has no published schema, so the four
spellings of the file list that are in use are all read.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from crossfoot.domain.errors import ManifestError

MANIFEST_SUFFIX: Final = "Manifest.json"
_FILE_LISTS: Final = ("dataFiles", "dataFileS3Keys", "reportKeys", "files")
LARGEST_MANIFEST: Final = 32 << 20
_URI: Final = re.compile(r"s3[an]?://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL)
_DELIVER_AGAIN: Final = "Let the export be delivered again, or fetch the whole tree."


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest as delivered: the list of files, not yet looked up.

    ``origins`` gives the bucket and prefix of each entry, ``None`` where it names no bucket.
    """

    path: Path
    entries: tuple[str, ...]
    execution: str | None

    @property
    def origins(self) -> tuple[tuple[str, str] | None, ...]:
        """Bucket and prefix of each entry, before its ``/data/``."""
        return tuple(_origin(entry) for entry in self.entries)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ManifestError
        Not JSON, no list of files, or an entry that is not text.
    """
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise manifest_error(path, "is too large for a manifest.")
        content = path.read_bytes()
    except OSError as error:
        raise manifest_error(path, f"is not JSON ({error}).") from error
    return Manifest(path, *parse_manifest(content, path))


def parse_manifest(content: bytes, place: Path | str) -> tuple[tuple[str, ...], str | None]:
    """Return the entries of a manifest and the id of its execution, where it tells one.

    ``place`` is what errors call it.

    Raises
    ------
    ManifestError
        Not JSON, no list of files, or an entry that is not text.
    """
    document = _json_object(content, place)
    found = [key for key in _FILE_LISTS if isinstance(document.get(key), list)]
    if not found:
        raise manifest_error(place, "has no list of data files.")
    entries = document[found[0]]
    if not isinstance(entries, list):
        raise manifest_error(place, "has no list of data files.")
    for entry in entries:
        if not isinstance(entry, str) or not entry:
            raise manifest_error(place, f"lists {entry!r}, which is not a file.")
    execution = document.get("executionId")
    return tuple(entries), execution if isinstance(execution, str) else None


def locate_files(manifest: Manifest, *, data_folder: Path, within: Path) -> tuple[Path, ...]:
    """Return the local file of each entry, sorted.

    The part of an entry after ``/data/`` is looked up under ``data_folder``; every file must be
    inside ``within``, the folder of the partition or execution.

    Raises
    ------
    ManifestError
        An entry that is missing, holds ``..``, or lies elsewhere.
    """
    return tuple(
        sorted({_locate(manifest, entry, data_folder, within) for entry in manifest.entries})
    )


def refuse_foreign_origins(manifests: Sequence[Manifest]) -> None:
    """Raise ``ManifestError`` for an entry of another bucket or prefix than most of its tree."""
    counts = Counter(
        origin for manifest in manifests for origin in manifest.origins if origin is not None
    )
    if len(counts) <= 1:
        return
    usual = counts.most_common(1)[0][0]
    for manifest in manifests:
        for entry, origin in zip(manifest.entries, manifest.origins, strict=True):
            if origin not in (None, usual):
                raise manifest_error(
                    manifest.path,
                    f"lists {entry!r}, but the export lies in s3://{'/'.join(usual)}.",
                )


def manifest_error(place: Path | str, problem: str) -> ManifestError:
    """Make the error that names the manifest."""
    return ManifestError(problem, mend=_DELIVER_AGAIN, file=str(place))


def _json_object(content: bytes, place: Path | str) -> Mapping[str, object]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    # RecursionError: brackets nested a hundred thousand deep
    except (ValueError, RecursionError) as error:
        raise manifest_error(place, f"is not JSON ({error}).") from error
    if not isinstance(document, dict):
        raise manifest_error(place, "is not a JSON object.")
    return document


def split_entry(entry: str, place: Path | str) -> tuple[str | None, str, str]:
    """Return an entry's bucket, ``None`` where it names none, and what is around its ``/data/``.

    Raises
    ------
    ManifestError
        It is not on S3, or has no ``/data/``.
    """
    match = _URI.fullmatch(entry)
    if match is None and "://" in entry:
        raise manifest_error(place, f"lists {entry!r}, which is not on S3.")
    key = entry if match is None else match["key"]
    # the last one: a prefix may hold a folder data, a partition never does
    before, mark, inner = f"/{key}".rpartition("/data/")
    if not mark:
        raise manifest_error(place, f"lists {entry!r}, which is outside the data tree.")
    return (None if match is None else match["bucket"]), before.removeprefix("/"), inner


def spellings(entry: str, inner: str, place: Path | str) -> tuple[str, ...]:
    """Return how a file below ``/data/`` may be spelt: as it stands, and decoded once.

    Some writers escape = and : in URIs.

    Raises
    ------
    ManifestError
        A spelling that leaves the data tree, or is not the name of a file.
    """
    found = tuple(dict.fromkeys((inner, unquote(inner))))
    for spelling in found:
        _refuse_escape(place, entry, spelling)
    return found


def _origin(entry: str) -> tuple[str, str] | None:
    match = _URI.fullmatch(entry)
    if match is None:
        return None
    prefix, _, _ = match["key"].rpartition("/data/")
    return match["bucket"], prefix


def _locate(manifest: Manifest, entry: str, data_folder: Path, within: Path) -> Path:
    _, _, inner = split_entry(entry, manifest.path)
    for spelling in spellings(entry, inner, manifest.path):
        path = data_folder / spelling
        if path.is_file():
            return _inside(manifest, entry, path, within)
    raise manifest_error(manifest.path, f"lists {entry!r}, which is missing.")


def _refuse_escape(place: Path | str, entry: str, inner: str) -> None:
    parts = PurePosixPath(inner).parts
    if ".." in inner.replace("\\", "/").split("/") or inner.startswith("/") or not parts:
        raise manifest_error(place, f"lists {entry!r}, which leaves the data tree.")
    if any(ord(character) < ord(" ") for character in inner):
        raise manifest_error(place, f"lists {entry!r}, which is not the name of a file.")


def _inside(manifest: Manifest, entry: str, path: Path, within: Path) -> Path:
    if not path.resolve().is_relative_to(within.resolve()):
        raise manifest_error(
            manifest.path, f"lists {entry!r}, which is outside {within.name}, its own partition."
        )
    return path
