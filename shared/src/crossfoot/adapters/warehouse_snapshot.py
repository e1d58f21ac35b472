"""Publication: a new snapshot of links beside the old ones, and one swap."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from crossfoot.adapters.disk import (
    disk_errors_named,
    flush_folder,
    flush_tree,
    link_or_copy,
    remove_tree,
    swap_link,
    write_json,
)
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_layout import (
    CATALOG,
    MANIFEST,
    WarehouseLayout,
    period_folders,
)
from crossfoot.domain.columns import CARBON_REPORTED, TABLES, Table
from crossfoot.domain.errors import WarehouseError
from crossfoot.domain.nowcasts import NOWCAST_TABLES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.records import RECORD_TABLES


def publish_snapshot(layout: WarehouseLayout, catalog: Catalog) -> None:
    """Build the snapshot of a catalog and make it the current one.

    Until the swap readers see the old snapshot, after it the new one. Whatever fails before the
    swap leaves nothing behind.

    Raises
    ------
    WarehouseFullError
        The disk is full.
    WarehouseError
        A run, delivery or record of the catalog is not finished.
    """
    folder = layout.snapshot(catalog.snapshot)
    with disk_errors_named("publishing"):
        try:
            remove_tree(folder)
            _build(layout, catalog, folder)
            swap_link(layout.current, f"{layout.snapshots.name}/{folder.name}")
        except BaseException:
            _undo(layout, folder)
            raise


def _build(layout: WarehouseLayout, catalog: Catalog, folder: Path) -> None:
    folder.mkdir(parents=True)
    for table in TABLES:
        _link(folder / table.name, _links(layout, catalog, table))
    for table in RECORD_TABLES:
        _link(folder / table.name, _record_links(layout, catalog, table))
    write_json(folder / CATALOG, catalog.to_json())
    flush_tree(folder)
    flush_folder(folder.parent)


def _link(folder: Path, links: Iterable[tuple[Path, str]]) -> None:
    folder.mkdir()
    for source, place in links:
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(source, target)


def _record_links(
    layout: WarehouseLayout, catalog: Catalog, table: Table
) -> Iterator[tuple[Path, str]]:
    for record_id in catalog.records.get(table.name, ()):
        for path in _files(layout.record(table, record_id)):
            yield path, f"record_id={record_id}/{path.name}"


def _links(layout: WarehouseLayout, catalog: Catalog, table: Table) -> Iterator[tuple[Path, str]]:
    """Yield each file of a table and its place inside the table's folder of the snapshot."""
    parts = tuple(
        (period, f"{key}={name}", path)
        for period, key, name, folder in _sources(layout, catalog, table)
        for path in _files(folder, None if table is CARBON_REPORTED else table)
    )
    folders = period_folders(period for period, _, _ in parts)
    for period, partition, path in parts:
        yield path, f"{folders[period]}/{partition}/{path.name}"


def _sources(
    layout: WarehouseLayout, catalog: Catalog, table: Table
) -> Iterable[tuple[UsagePeriod, str, str, Path]]:
    if table is CARBON_REPORTED:
        for delivery_id, period in catalog.deliveries.items():
            yield period, "delivery_id", delivery_id, layout.delivery(delivery_id)
        return
    standing_in = catalog.nowcasts if table in NOWCAST_TABLES else {}
    for period, run_id in (*catalog.months.items(), *standing_in.items()):
        yield period, "run_id", run_id, layout.run(period, run_id)


def _files(folder: Path, table: Table | None = None) -> list[Path]:
    """Return the files of one table of a run, or those of a delivery or record."""
    if not (folder / MANIFEST).is_file():
        raise WarehouseError(
            f"{folder} is not finished, so it cannot be published.",
            mend="Run again; the next run clears what was left.",
        )
    return sorted((folder if table is None else folder / table.name).glob("*.parquet"))


def _undo(layout: WarehouseLayout, folder: Path) -> None:
    (layout.root / ".current-new").unlink(missing_ok=True)
    # an interrupt right after the swap must not take away what readers see
    is_published = layout.current.is_symlink() and layout.current.readlink().name == folder.name
    if not is_published:
        remove_tree(folder)
