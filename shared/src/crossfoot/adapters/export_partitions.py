"""One partition of an export: its executions, its manifests, and the files that they name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crossfoot.adapters.manifests import (
    MANIFEST_SUFFIX,
    Manifest,
    locate_files,
    manifest_error,
    read_manifest,
)
from crossfoot.adapters.tree_walk import HiveFolder, listed_files
from crossfoot.domain.errors import UnreadableFileError
from crossfoot.domain.tables import IntakeNote

_DATA_SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
_EXECUTION: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<hour>\d\d)(?P<colon>:|%3A|[-_.]?)(?P<minute>\d\d)"
    r"(?P=colon)(?P<second>\d\d(?:\.\d+)?)Z-(?P<id>.+)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExportPartition:
    """The data files of one delivery.

    Parameters
    ----------
    values : mapping of str to str
        Hive keys in lower case, and their values; empty for a plain folder or file.
    execution : str or None
        Id of the execution, from the create-new folder or else from the manifest.
    delivered_at : datetime or None
        When the execution started, UTC; only create-new mode tells.
    manifest : Path or None
        Manifest that named the files; ``None`` where they were listed.
    files : tuple of Path
        Data files, sorted. Zero-byte CSV are kept; zero-byte Parquet of a partition is left out
        and noted, for it holds nothing and is no Parquet.
    folder : Path
        Where the files lie.
    notes : tuple of IntakeNote
        What was passed over.
    """

    values: Mapping[str, str]
    execution: str | None
    delivered_at: datetime | None
    manifest: Path | None
    files: tuple[Path, ...]
    folder: Path
    notes: tuple[IntakeNote, ...] = ()


@dataclass
class PartitionReader:
    """Everything that lies in one partition: files beside executions, and their manifests.

    ``notes`` tells what was passed over and belongs to no delivery.
    """

    hive: HiveFolder
    latest: Manifest | None = field(init=False)
    executions: dict[str, Manifest | None] = field(init=False)
    notes: list[IntakeNote] = field(init=False)

    def __post_init__(self) -> None:
        metadata = self.hive.metadata_folder
        self.latest = _manifest_in(metadata)
        self.executions = {
            name: _manifest_in(metadata / name if metadata else None)
            for name in self.hive.subfolders
            if _EXECUTION.fullmatch(name) or (metadata is not None and (metadata / name).is_dir())
        }
        for name, manifest in self.executions.items():
            if manifest is None and self.latest is not None and self._is_of(name, self.latest):
                self.executions[name] = self.latest
        self.notes = _notes_folders(
            self.hive.folder, set(self.hive.subfolders) - set(self.executions)
        )

    def all_manifests(self) -> list[Manifest]:
        """Return every manifest of the partition, in the order of their paths."""
        found = [*self.executions.values(), self.latest]
        return sorted({m.path: m for m in found if m is not None}.values(), key=lambda m: m.path)

    def partitions(self) -> list[ExportPartition]:
        """Return one delivery per execution, and one for the files beside them.

        A folder that holds nothing, and for which no manifest vouches, is no delivery.
        """
        candidates = [self._overwritten(), *map(self._execution, self.executions)]
        found = [candidate for candidate in candidates if candidate is not None]
        if not found and not self.executions:
            self.notes.append(_note_empty(self.hive.folder))
        return found

    def _overwritten(self) -> ExportPartition | None:
        """Return the delivery of overwrite mode, if there is one."""
        manifest = None if self._is_of_an_execution(self.latest) else self.latest
        return self._delivery(self.hive.folder, manifest)

    def _execution(self, name: str) -> ExportPartition | None:
        folder, manifest = self.hive.folder / name, self.executions[name]
        if manifest is None and self._is_unfinished(name):
            self.notes.append(_note_unfinished(folder))
            return None
        delivery = self._delivery(folder, manifest)
        started_at, execution = parse_execution(name)
        if delivery is None:
            self.notes.append(_note_empty(folder))
            return None
        return replace(delivery, execution=execution, delivered_at=started_at)

    def _delivery(self, folder: Path, manifest: Manifest | None) -> ExportPartition | None:
        listed = listed_files(folder)
        if manifest is None:
            files, notes = data_files(listed)
            if not files:
                self.notes += notes
                return None
            if self.hive.has_manifests:
                notes = (*notes, _note_no_manifest(folder))
        else:
            files = locate_files(manifest, data_folder=self.hive.data_folder, within=folder)
            files = tuple(_as_named(path, folder) for path in files)
            named = {path.resolve() for path in files}
            notes = _notes_unlisted(folder, [p for p in listed if p.resolve() not in named])
        kept, emptied = _without_empty_parquet(tuple(known_kind(path) for path in files))
        return ExportPartition(
            values=self.hive.values,
            execution=manifest.execution if manifest is not None else None,
            delivered_at=None,
            manifest=manifest.path if manifest is not None else None,
            files=kept,
            folder=folder,
            notes=(*notes, *emptied),
        )

    def _is_of(self, name: str, manifest: Manifest) -> bool:
        return any(f"/{name}/" in f"/{entry}" for entry in manifest.entries)

    def _is_of_an_execution(self, manifest: Manifest | None) -> bool:
        """Whether the partition's own manifest only repeats the one of its latest execution."""
        if manifest is None or not self.executions:
            return False
        twins = [found.entries for found in self.executions.values() if found is not None]
        return manifest.entries in twins or any(
            self._is_of(name, manifest) for name in self.executions
        )

    def _is_unfinished(self, name: str) -> bool:
        """Whether it is newer than all that have a manifest, which AWS writes last."""
        finished = [other for other, manifest in self.executions.items() if manifest is not None]
        return bool(finished) and name > max(finished)


def _as_named(path: Path, folder: Path) -> Path:
    """Return an absolute path below the folder as the user spelled the folder."""
    home = folder.absolute()
    return folder / path.relative_to(home) if path.is_relative_to(home) else path


def _manifest_in(folder: Path | None) -> Manifest | None:
    paths = [
        path
        for path in (listed_files(folder) if folder is not None else ())
        if path.name.endswith(MANIFEST_SUFFIX)
    ]
    manifests = [read_manifest(path) for path in paths]
    if len({frozenset(manifest.entries) for manifest in manifests}) > 1:
        raise manifest_error(paths[-1], f"contradicts {paths[0].name} beside it.")
    return manifests[0] if manifests else None


def parse_execution(name: str) -> tuple[datetime | None, str]:
    """Return when an execution started and its id, from the name of its folder.

    The time is ``None`` for any other folder. Colons may have been replaced on the way to a disk
    that forbids them.
    """
    match = _EXECUTION.fullmatch(name)
    if match is None:
        return None, name
    text = f"{match['day']}T{match['hour']}:{match['minute']}:{match['second']}"
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC), match["id"]
    except ValueError:
        return None, name


def _is_data(path: Path) -> bool:
    return path.name.lower().endswith((*_DATA_SUFFIXES, ".zip"))


def known_kind(path: Path) -> Path:
    """Return the path of a data file; raise ``UnreadableFileError`` for a ZIP or another kind."""
    name = path.name.lower()
    if name.endswith(".zip"):
        raise UnreadableFileError(
            "is a ZIP, which cannot be read in part.",
            mend="Choose GZIP or Parquet as the compression of the export.",
            file=str(path),
        )
    if not name.endswith(_DATA_SUFFIXES):
        raise UnreadableFileError(
            "is none of .parquet, .csv and .csv.gz.",
            mend="Name a data file, or the folder of the export.",
            file=str(path),
        )
    return path


def data_files(listed: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[IntakeNote, ...]]:
    """Return the data files among those listed, and a note on the others."""
    files = tuple(path for path in listed if _is_data(path))
    others = [path for path in listed if not _is_data(path)]
    if not others:
        return files, ()
    return files, (
        IntakeNote(
            "ignored-file",
            f"{others[0]}: not a data file, not read" + _and_more(others),
            len(others),
        ),
    )


def _without_empty_parquet(
    files: tuple[Path, ...],
) -> tuple[tuple[Path, ...], tuple[IntakeNote, ...]]:
    emptied = [p for p in files if p.name.lower().endswith(".parquet") and p.stat().st_size == 0]
    notes = tuple(
        IntakeNote("empty-file", f"{path}: a Parquet file of zero bytes; it holds no rows")
        for path in emptied
    )
    return tuple(path for path in files if path not in emptied), notes


def _notes_unlisted(folder: Path, unlisted: Sequence[Path]) -> tuple[IntakeNote, ...]:
    left = [path for path in unlisted if _is_data(path)]
    if not left:
        return ()
    message = f"{left[0]}: not in the manifest of {folder.name}, not read" + _and_more(left)
    return (IntakeNote("unlisted-file", message, len(left)),)


def _notes_folders(folder: Path, names: set[str]) -> list[IntakeNote]:
    return [
        IntakeNote("ignored-folder", f"{folder / name}: not of an execution, not read")
        for name in sorted(names)
    ]


def _note_empty(folder: Path) -> IntakeNote:
    return IntakeNote("empty-folder", f"{folder}: nothing was delivered there")


def _note_no_manifest(folder: Path) -> IntakeNote:
    return IntakeNote(
        "no-manifest", f"{folder}: no manifest names its files, so all that lie there are read"
    )


def _note_unfinished(folder: Path) -> IntakeNote:
    return IntakeNote(
        "unfinished-delivery",
        f"{folder}: newer than the last manifest, so the delivery is not complete; not read",
    )


def _and_more(paths: Sequence[Path]) -> str:
    return f", and {len(paths) - 1} more" if len(paths) > 1 else ""
