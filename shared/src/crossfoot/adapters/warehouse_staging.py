"""A run that is being written: invisible until it is finished, then whole and never changed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from crossfoot.adapters.disk import (
    disk_errors_named,
    flush_folder,
    flush_tree,
    read_json,
    remove_tree,
    write_json,
)
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.adapters.warehouse_layout import MANIFEST
from crossfoot.domain.columns import Table
from crossfoot.domain.errors import WarehouseError

PART: Final = "part-0.parquet"


class StagedRun:
    """A run in the making. As a context manager it discards what was not finished.

    Parameters
    ----------
    staging, target : Path
        Folder to write in, and the folder that it becomes; both on one disk.
    identity : mapping
        What the manifest says about the run whatever the caller adds: period, id, tag columns.
    """

    def __init__(self, staging: Path, target: Path, identity: Mapping[str, Any]) -> None:
        self._staging = staging
        self._target = target
        self._identity = dict(identity)
        self._writers: dict[str, TableWriter] = {}
        with disk_errors_named("starting a run"):
            remove_tree(staging)
            staging.mkdir(parents=True)

    @property
    def folder(self) -> Path:
        """Where the files lie until the run is finished, for reading back what was closed."""
        return self._staging

    def writer(self, table: Table, *, folder: str | None = None) -> TableWriter:
        """Open the one writer of a table, in a folder named like it unless told otherwise.

        Raises
        ------
        ValueError
            The table has its writer already.
        """
        if table.name in self._writers:
            raise ValueError(f"{table.name} is being written already")
        place = table.name if folder is None else folder
        tags = tuple(self._identity.get("tag_columns", ()))
        writer = TableWriter(self._staging / place / PART, table, tags)
        self._writers[table.name] = writer
        return writer

    def finish(self, manifest: Mapping[str, Any]) -> Path:
        """Close all writers, write the manifest last, and give the run its place.

        A run that is there already, with the same files, stays as it is.

        Parameters
        ----------
        manifest : mapping
            JSON values; ``files`` and the identity of the run are added.

        Returns
        -------
        Path
            Folder of the run.

        Raises
        ------
        WarehouseFullError
            The disk is full; nothing of the run is left.
        WarehouseError
            A run of this id is there with other files.
        """
        try:
            with disk_errors_named("finishing a run"):
                return self._finished(manifest)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove everything that was written. Safe to repeat, and after ``finish``."""
        for writer in self._writers.values():
            writer.abandon()
        with disk_errors_named("discarding a run"):
            remove_tree(self._staging)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.discard()

    def _finished(self, manifest: Mapping[str, Any]) -> Path:
        for writer in self._writers.values():
            writer.close()
        files = [self._described(writer) for writer in self._writers.values()]
        files.sort(key=lambda described: str(described["path"]))
        write_json(self._staging / MANIFEST, {**manifest, **self._identity, "files": files})
        flush_tree(self._staging)
        self._take_place(files)
        return self._target

    def _take_place(self, files: list[dict[str, Any]]) -> None:
        if self._target.exists():
            _refuse_other_content(self._target, files)
            return
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._staging.rename(self._target)
        flush_folder(self._target.parent)
        flush_folder(self._target.parent.parent)

    def _described(self, writer: TableWriter) -> dict[str, Any]:
        return {
            "path": writer.path.relative_to(self._staging).as_posix(),
            "rows": writer.n_rows,
            "sha256": file_sha256(writer.path),
            "size": writer.path.stat().st_size,
        }


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of the bytes on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damaged_files(folder: Path) -> tuple[str, ...]:
    """Return the files of a finished folder that are missing or not as its manifest says."""
    damaged = []
    for described in read_json(folder / MANIFEST)["files"]:
        path = folder / described["path"]
        if not path.is_file() or file_sha256(path) != described["sha256"]:
            damaged.append(str(described["path"]))
    return tuple(damaged)


def _refuse_other_content(folder: Path, files: list[dict[str, Any]]) -> None:
    if read_json(folder / MANIFEST)["files"] != files:
        raise WarehouseError(
            f"{folder.name} is in the warehouse already, with other content.",
            mend="Runs and deliveries never change; report this, with both inputs.",
        )
