"""Walk a place where AWS Data Exports delivers: a file, a folder, a tree, or several trees.

AWS writes ``<export>/data/<partition>/...`` and ``<export>/metadata/<partition>/...``. In overwrite
mode the data files lie in the partition; in create-new mode each execution has a folder of its own,
named by its time and id. Several executions of one partition are several deliveries.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crossfoot.adapters.export_partitions import (
    ExportPartition,
    PartitionReader,
    data_files,
    known_kind,
    parse_execution,
)
from crossfoot.adapters.inventory_places import ACCOUNTS_NAME
from crossfoot.adapters.manifests import refuse_foreign_origins
from crossfoot.adapters.tree_walk import HiveFolder, TreeWalk, listed_files
from crossfoot.domain.errors import InputNotFoundError
from crossfoot.domain.tables import IntakeNote

__all__ = ["ExportPartition", "find_partitions"]


def find_partitions(root: Path, *, key_sets: Sequence[frozenset[str]]) -> list[ExportPartition]:
    """Return the deliveries below a path, ordered by their folders.

    Parameters
    ----------
    root : Path
        A data file, a folder of data files, an export's tree or any folder of it, or a folder that
        holds several exports.
    key_sets : sequence of frozenset of str
        Sets of partition keys, in lower case; partitions with other keys are not looked at.

    Raises
    ------
    InputNotFoundError
        No such path, or nothing in it that can be read.
    ManifestError
        A manifest that cannot be trusted.
    UnreadableFileError
        A ZIP, or a file of an unknown kind.
    """
    walk = TreeWalk(root, key_sets)
    if root.is_file():
        return [_beside_tree(root.parent, (known_kind(root),), walk)]
    if not root.is_dir():
        raise InputNotFoundError("no such file or folder.", mend="Check the path.", file=str(root))
    partitions = [
        partition
        for folders in _by_tree(walk.folders())
        for partition in _partitions_of_tree(folders, walk)
    ]
    if not partitions:
        return [_plain_folder(root, walk)]
    notes = (*walk.notes, *_notes_loose(root, partitions), *partitions[0].notes)
    return [replace(partitions[0], notes=notes), *partitions[1:]]


def _by_tree(folders: Sequence[HiveFolder]) -> list[list[HiveFolder]]:
    trees: dict[Path, list[HiveFolder]] = {}
    for folder in folders:
        trees.setdefault(folder.data_folder, []).append(folder)
    return list(trees.values())


def _partitions_of_tree(folders: Sequence[HiveFolder], walk: TreeWalk) -> list[ExportPartition]:
    """Return the deliveries of one export, whose entries must share one bucket and prefix."""
    readers = [PartitionReader(folder) for folder in folders]
    refuse_foreign_origins([found for reader in readers for found in reader.all_manifests()])
    partitions = [partition for reader in readers for partition in reader.partitions()]
    walk.notes += [note for reader in readers for note in reader.notes]
    return partitions


def _notes_loose(root: Path, partitions: Sequence[ExportPartition]) -> tuple[IntakeNote, ...]:
    """Tell of data files in the root, which belong to no partition.

    The list of accounts may lie there as well, and is read by its own name.
    """
    is_partition = any(partition.folder == root for partition in partitions)
    listed = [path for path in listed_files(root) if path.name != ACCOUNTS_NAME]
    loose = () if is_partition else data_files(listed)[0]
    return tuple(
        IntakeNote("loose-file", f"{path}: beside the partitions, in none of them; not read")
        for path in loose
    )


def _plain_folder(root: Path, walk: TreeWalk) -> ExportPartition:
    files, notes = data_files(listed_files(root))
    if not files:
        seen = f" Partitions found: {', '.join(walk.other_keys)}." if walk.other_keys else ""
        wanted = " or ".join("/".join(sorted(keys)) for keys in walk.key_sets)
        raise InputNotFoundError(
            f"holds neither data files nor partitions by {wanted}.{seen}",
            mend="Name the folder of the export, or one with .parquet, .csv or .csv.gz files.",
            file=str(root),
        )
    return _beside_tree(root, tuple(known_kind(path) for path in files), walk, notes)


def _beside_tree(
    folder: Path,
    files: tuple[Path, ...],
    walk: TreeWalk,
    notes: tuple[IntakeNote, ...] = (),
) -> ExportPartition:
    """Return a file or folder that was named itself; its path may still tell the partition."""
    started_at, execution = parse_execution(folder.absolute().name)
    home = folder if started_at is None else folder.absolute().parent
    return ExportPartition(
        values=walk.values_above(home),
        execution=execution if started_at is not None else None,
        delivered_at=started_at,
        manifest=None,
        files=files,
        folder=folder,
        notes=(*walk.notes, *notes),
    )
