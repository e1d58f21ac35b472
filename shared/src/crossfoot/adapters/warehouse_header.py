"""The file that says that a folder is a warehouse, and of which format."""

import os
from pathlib import Path
from typing import Final

from crossfoot import __version__
from crossfoot.adapters.disk import flush_folder, read_json, write_json
from crossfoot.adapters.warehouse_layout import WarehouseLayout
from crossfoot.domain.columns import TABLES
from crossfoot.domain.errors import NewerWarehouseError, NotAWarehouseError, WarehouseError
from crossfoot.domain.records import RECORD_TABLES
from crossfoot.domain.versions import WAREHOUSE_FORMAT

HEADER_DRAFTS: Final = ".warehouse-*.json"


def open_header(layout: WarehouseLayout, *, create: bool) -> None:
    """Check that the folder is a warehouse that this version can use, or make it one.

    Raises
    ------
    NotAWarehouseError
        It is not, and may not or cannot become one.
    NewerWarehouseError
        Its format is newer than this version.
    """
    if not layout.header.is_file():
        if not create:
            raise NotAWarehouseError(
                f"{layout.root} is not a Crossfoot warehouse.",
                mend="Give the folder that `crossfoot run --out` or `crossfoot demo` made.",
            )
        _create(layout)
    _check_format(layout)
    if create:
        _furnish(layout)


def _create(layout: WarehouseLayout) -> None:
    root = layout.root
    if root.exists() and (not root.is_dir() or _visible(root)):
        raise NotAWarehouseError(
            f"{root} holds something else than a Crossfoot warehouse.",
            mend="Choose a new or an empty folder.",
        )
    root.mkdir(parents=True, exist_ok=True)
    # before anything else: a crash leaves an empty folder or a warehouse
    _write(layout)


def raise_format(layout: WarehouseLayout) -> None:
    """Let a warehouse of an older format be of ours, before anything is written to it.

    What is there stays as it is: every format so far only adds.
    """
    if read_json(layout.header)["format"] < WAREHOUSE_FORMAT:
        _write(layout)


def _write(layout: WarehouseLayout) -> None:
    draft = layout.root / HEADER_DRAFTS.replace("*", str(os.getpid()))
    draft.unlink(missing_ok=True)
    write_json(draft, {"format": WAREHOUSE_FORMAT, "engine_version": __version__})
    draft.replace(layout.header)
    flush_folder(layout.root)


def _furnish(layout: WarehouseLayout) -> None:
    for folder in (layout.runs, layout.deliveries, layout.snapshots, layout.staging):
        folder.mkdir(exist_ok=True)
    for table in (*TABLES, *RECORD_TABLES):
        link = layout.root / table.name
        if not link.is_symlink():
            # relative, so that the warehouse can be moved
            link.symlink_to(f"current/{table.name}")


def _visible(folder: Path) -> bool:
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _check_format(layout: WarehouseLayout) -> None:
    try:
        found = read_json(layout.header).get("format")
    except WarehouseError as error:
        raise NotAWarehouseError(error.message, mend=error.mend) from error
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise NotAWarehouseError(
            f"{layout.header} does not say which format the warehouse has.",
            mend="Restore the file from a backup.",
        )
    if found > WAREHOUSE_FORMAT:
        raise NewerWarehouseError(
            f"{layout.root} has format {found}; this version knows up to {WAREHOUSE_FORMAT}.",
            mend="Install the version of Crossfoot that wrote it, or a newer one.",
        )
