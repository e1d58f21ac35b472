"""Find the Hive partitions of a folder tree, without ever leaving the tree by a link."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from crossfoot.domain.errors import InputNotFoundError, UnreadableFileError
from crossfoot.domain.tables import IntakeNote

_IGNORED_FOLDERS: Final = frozenset({"metadata", "execution_status"})
_IGNORED_FILES: Final = frozenset({"aws-programmatic-access-test-object", "crawler-cfn.yml"})
_IGNORED_ENDINGS: Final = ("-create-table.sql", "-RedshiftCommands.sql", "-RedshiftManifest.json")
_DEEPEST: Final = 32
"""Deepest folder looked into; an export has about six levels."""


@dataclass(frozen=True)
class HiveFolder:
    """The folder of one partition.

    ``values`` has the keys in lower case; ``chain`` the folders' names from ``data_folder`` down;
    ``subfolders`` are those of executions, sorted.
    """

    folder: Path
    values: Mapping[str, str]
    chain: tuple[str, ...]
    data_folder: Path
    subfolders: tuple[str, ...]

    @property
    def metadata_folder(self) -> Path | None:
        """The folder of the partition's manifests, ``None`` where there is none."""
        folder = self._metadata_root.joinpath(*self.chain)
        return folder if self.data_folder.name == "data" and folder.is_dir() else None

    @cached_property
    def has_manifests(self) -> bool:
        """Whether the export came with manifests at all."""
        return self.data_folder.name == "data" and self._metadata_root.is_dir()

    @property
    def _metadata_root(self) -> Path:
        return self.data_folder.parent / "metadata"


class TreeWalk:
    """Looks for folders ``key=value`` whose keys are one of the wanted sets.

    ``notes`` tells what was passed over, ``other_keys`` the partition keys that were met but not
    wanted.
    """

    def __init__(self, root: Path, key_sets: Sequence[frozenset[str]]) -> None:
        self.root = root
        self.key_sets = tuple(key_sets)
        self.notes: list[IntakeNote] = []
        self.other_keys: list[str] = []

    def folders(self) -> list[HiveFolder]:
        """Return the partitions, ordered by path."""
        return list(self._below(self.root, _chain_above(self.root), 0))

    def _below(self, folder: Path, chain: tuple[str, ...], depth: int) -> Iterator[HiveFolder]:
        names = self._subfolders(folder)
        hive = {name for name in names if _hive(name) is not None}
        if chain and not hive:
            values = self._wanted_values(chain)
            if values is not None:
                data_folder = folder.absolute().parents[len(chain) - 1]
                yield HiveFolder(folder, values, chain, data_folder, tuple(names))
                return
        for name in names if depth < _DEEPEST else ():
            inner = (*chain, name) if name in hive else ()
            yield from self._below(folder / name, inner, depth + 1)

    def values_above(self, folder: Path) -> Mapping[str, str]:
        """Return the partition that a folder lies in or is; empty where it is in none."""
        chain = _chain_above(folder)
        return (self._wanted_values(chain) if chain else None) or {}

    def _wanted_values(self, chain: tuple[str, ...]) -> Mapping[str, str] | None:
        """Return the keys and values if the last of the chain are a wanted set of keys."""
        pairs = [pair for pair in map(_hive, chain) if pair is not None]
        for wanted in sorted(self.key_sets, key=len, reverse=True):
            tail = pairs[-len(wanted) :]
            if len(tail) == len(wanted) and {key for key, _ in tail} == wanted:
                return dict(tail)
        keys = "/".join(key for key, _ in pairs)
        if keys not in self.other_keys:
            self.other_keys.append(keys)
        return None

    def _subfolders(self, folder: Path) -> list[str]:
        """Return the names of the folders to look into; links to folders are passed over."""
        names: list[str] = []
        for entry in _entries(folder):
            if entry.is_symlink() and Path(entry.path).is_dir():
                self.notes.append(IntakeNote("link", f"{entry.path}: a linked folder, not read"))
            elif entry.is_dir(follow_symlinks=False) and entry.name not in _IGNORED_FOLDERS:
                names.append(entry.name)
        return names


def listed_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are not hidden and not AWS's own extras, sorted.

    Raises
    ------
    UnreadableFileError
        A link that leads out of the folder.
    """
    return tuple(
        _not_a_way_out(folder, folder / entry.name)
        for entry in (_entries(folder) if folder.is_dir() else ())
        if (entry.is_file() or entry.is_symlink())
        and entry.name not in _IGNORED_FILES
        and not entry.name.endswith(_IGNORED_ENDINGS)
    )


def _not_a_way_out(folder: Path, path: Path) -> Path:
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise UnreadableFileError(
            "is a link that leads out of its folder; it is not followed.",
            mend="Put the file itself there.",
            file=str(path),
        )
    return path


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith((".", "_"))]
    except OSError as error:
        raise InputNotFoundError(
            f"cannot be listed ({error.strerror}).",
            mend="Check the path and its permissions.",
            file=str(folder),
        ) from error
    return sorted(visible, key=lambda entry: entry.name)


def _hive(name: str) -> tuple[str, str] | None:
    key, mark, value = name.partition("=")
    return (key.lower(), value) if mark and key and value else None


def _chain_above(root: Path) -> tuple[str, ...]:
    """Return the partition folders that the root itself lies in, or is."""
    parts: list[str] = []
    for name in reversed(root.absolute().parts):
        if _hive(name) is None:
            break
        parts.append(name)
    return tuple(reversed(parts))
