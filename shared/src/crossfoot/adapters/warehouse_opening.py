"""Opening a warehouse for one run, so that a run that fails leaves everything as it was."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from crossfoot.adapters.disk import disk_errors_named, remove_tree
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_header import HEADER_DRAFTS
from crossfoot.adapters.warehouse_layout import WarehouseLayout
from crossfoot.domain.columns import TABLES
from crossfoot.domain.errors import WarehouseError
from crossfoot.domain.records import RECORD_TABLES

_SCRATCH: Final = ".scratch-"


@contextlib.contextmanager
def scratch_folder(warehouse: Warehouse) -> Iterator[Path]:
    """Make a folder for what does not fit into memory, on the warehouse's own disk.

    One that outlives its run, as when the machine fails, is cleared by the next run.
    """
    with disk_errors_named("making room for the roll-up"):
        folder = tempfile.TemporaryDirectory(dir=warehouse.root, prefix=_SCRATCH)
    with folder as name:
        yield Path(name)


@contextlib.contextmanager
def open_for_a_run(out: Path) -> Iterator[Warehouse]:
    """Open or make the warehouse and hold its lock; a failure takes back what the run brought.

    Of a warehouse that the run itself has made nothing is left, not even its folder: half a
    warehouse could be taken for an empty one.

    Raises
    ------
    WarehouseError
        It cannot be opened, another run is writing to it, or its link ``current`` is lost.
    """
    layout = WarehouseLayout(out.resolve())
    is_new = not layout.header.is_file()
    missing = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        warehouse = Warehouse.open(out, create=True)
        _require_link(layout)
        with warehouse.lock():
            _clear(warehouse)
            try:
                yield warehouse
            except BaseException:
                _take_back(warehouse, is_new=is_new)
                raise
    except BaseException:
        _remove_made(missing)
        raise


def _require_link(layout: WarehouseLayout) -> None:
    """Refuse a copy that lost its link: without it every month would look like a leftover."""
    has_link = layout.current.is_symlink() or layout.current.exists()
    snapshots = sorted(path.name for path in layout.snapshots.iterdir())
    if not has_link and len(snapshots) > 1:
        raise WarehouseError(
            f"{layout.root} has snapshots but no link `current`: was it copied without links?",
            mend=f"Link it again: ln -s snapshots/{snapshots[-1]} {layout.current}",
        )


def _clear(warehouse: Warehouse) -> None:
    warehouse.clear_leftovers()
    with disk_errors_named("clearing what an interrupted run left"):
        for folder in warehouse.root.glob(f"{_SCRATCH}*"):
            remove_tree(folder)


def _take_back(warehouse: Warehouse, *, is_new: bool) -> None:
    # a disk that refuses even this must not hide the first error: the next run clears again
    with contextlib.suppress(WarehouseError, OSError):
        _clear(warehouse)
        # an interrupt right after the swap came too late: the run is published
        if is_new and warehouse.current().snapshot == 0:
            _dismantle(warehouse.layout)


def _dismantle(layout: WarehouseLayout) -> None:
    """Remove what makes the folder a warehouse, the header first, and nothing of a stranger's."""
    folders = layout.runs, layout.deliveries, layout.records, layout.snapshots, layout.staging
    links = (layout.root / table.name for table in (*TABLES, *RECORD_TABLES))
    for path in (layout.header, layout.current, *links, *folders, layout.lock):
        remove_tree(path)


def _remove_made(folders: list[Path]) -> None:
    """Remove the folders that the run has made, innermost first, as far as they are empty."""
    with contextlib.suppress(OSError):
        for folder in folders:
            for draft in folder.glob(HEADER_DRAFTS):
                draft.unlink()
            folder.rmdir()
