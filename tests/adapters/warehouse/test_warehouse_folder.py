"""Opening, locking and clearing a warehouse folder."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from crossfoot import __version__
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.domain.columns import EMISSIONS, TABLES
from crossfoot.domain.errors import (
    NewerWarehouseError,
    NotAWarehouseError,
    WarehouseBusyError,
    WarehouseError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.versions import WAREHOUSE_FORMAT

type Publish = Callable[..., Catalog]
SEPTEMBER = UsagePeriod("2026-09")


def _tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_new_warehouse_says_what_it_is(warehouse: Warehouse) -> None:
    """The header names format and engine, the catalog is empty, every table has its link."""
    header = json.loads((warehouse.root / "warehouse.json").read_text())

    assert header == {"format": WAREHOUSE_FORMAT, "engine_version": __version__}
    assert warehouse.current() == Catalog()
    for table in TABLES:
        assert str((warehouse.root / table.name).readlink()) == f"current/{table.name}"


def test_opening_again_changes_nothing(warehouse: Warehouse) -> None:
    """``create`` of a warehouse that is there opens it."""
    before = _tree(warehouse.root)

    Warehouse.open(warehouse.root, create=True)
    Warehouse.open(warehouse.root, create=False)

    assert _tree(warehouse.root) == before


@pytest.mark.parametrize("name", ["missing", "empty", "others", "file"])
def test_what_is_no_warehouse_is_not_opened(tmp_path: Path, name: str) -> None:
    """A missing or empty folder, somebody else's files and a file are refused by name."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "thesis.txt").write_text("dear")
    (tmp_path / "file").write_text("")

    with pytest.raises(NotAWarehouseError):
        Warehouse.open(tmp_path / name, create=False)


@pytest.mark.parametrize("name", ["others", "file"])
def test_nothing_of_others_is_built_upon(tmp_path: Path, name: str) -> None:
    """A folder with other files in it, or a file, does not become a warehouse."""
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "thesis.txt").write_text("dear")
    (tmp_path / "file").write_text("")
    before = _tree(tmp_path)

    with pytest.raises(NotAWarehouseError):
        Warehouse.open(tmp_path / name, create=True)
    assert _tree(tmp_path) == before


def test_a_folder_of_hidden_files_only_may_become_a_warehouse(tmp_path: Path) -> None:
    """What a desktop leaves behind in a folder is in nobody's way."""
    (tmp_path / ".DS_Store").write_text("")

    assert Warehouse.open(tmp_path, create=True).current() == Catalog()


def test_a_newer_format_is_refused(warehouse: Warehouse) -> None:
    """An older Crossfoot does not touch what a newer one wrote."""
    header = {"format": WAREHOUSE_FORMAT + 1, "engine_version": "99.0.0"}
    (warehouse.root / "warehouse.json").write_text(json.dumps(header))

    with pytest.raises(NewerWarehouseError, match="newer"):
        Warehouse.open(warehouse.root, create=True)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "1"}', '{"format": true}'])
def test_a_damaged_header_is_refused(warehouse: Warehouse, content: str) -> None:
    """A header that does not tell the format is no header."""
    (warehouse.root / "warehouse.json").write_text(content)

    with pytest.raises(NotAWarehouseError):
        Warehouse.open(warehouse.root, create=False)


def test_one_writer_at_a_time(warehouse: Warehouse) -> None:
    """A second writer is refused at once, and welcome when the first has left."""
    other = Warehouse.open(warehouse.root)
    with (
        warehouse.lock(),
        pytest.raises(WarehouseBusyError, match="Another run"),
        other.lock(),
    ):
        pytest.fail("two writers")

    with other.lock():
        pass


def test_threads_are_writers_too(warehouse: Warehouse) -> None:
    """The lock holds between threads of one process."""
    refused = []

    def attempt() -> None:
        try:
            with Warehouse.open(warehouse.root).lock():
                pass
        except WarehouseBusyError as error:
            refused.append(error)

    with warehouse.lock():
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()

    assert len(refused) == 1


def test_nothing_is_written_without_the_lock(warehouse: Warehouse) -> None:
    """Forgetting the lock is a mistake that is seen."""
    with pytest.raises(RuntimeError, match="lock"):
        warehouse.stage(SEPTEMBER, "r-1")
    with pytest.raises(RuntimeError, match="lock"):
        warehouse.clear_leftovers()


def test_leftovers_are_cleared_and_nothing_else(
    warehouse: Warehouse, publish_month: Publish, add_delivery: Callable[[str, str], None]
) -> None:
    """Staging, unpublished runs, deliveries and snapshots go; all that was published stays."""
    publish_month("2026-09", "r-1")
    publish_month("2026-09", "r-2")
    before = _tree(warehouse.root)
    add_delivery("2026-09", "d-never")
    with warehouse.lock():
        warehouse.stage(SEPTEMBER, "r-crashed").writer(EMISSIONS).abandon()
        warehouse.stage(SEPTEMBER, "r-finished").finish({})
        (warehouse.root / "snapshots" / "000003").mkdir()
        (warehouse.root / ".current-new").symlink_to("snapshots/000003")

        removed = warehouse.clear_leftovers()

    assert set(removed) == {
        ".staging/2026-09.r-crashed",
        ".current-new",
        "deliveries/d-never",
        "runs/2026-09/r-finished",
        "snapshots/000003",
    }
    assert _tree(warehouse.root) == before


@pytest.mark.parametrize("run_id", ["../r-1", "r-a/b", "r-", "1", "d-1", "r-%2e", "r-a\0", "r-é"])
def test_only_plain_ids_become_folders(warehouse: Warehouse, run_id: str) -> None:
    """An id that could walk out of the warehouse, or pass for a number, is refused."""
    with warehouse.lock(), pytest.raises(ValueError, match="not an id"):
        warehouse.stage(SEPTEMBER, run_id)


def test_a_damaged_catalog_is_named(warehouse: Warehouse, publish_month: Publish) -> None:
    """A catalog that cannot be read is an error, never an empty warehouse."""
    publish_month("2026-09", "r-1")
    (warehouse.root / "current" / "catalog.json").write_text('{"snapshot": 1}')

    with pytest.raises(WarehouseError, match="damaged"):
        warehouse.current()


def test_whoever_writes_to_an_older_warehouse_raises_its_format(tmp_path: Path) -> None:
    """Reading leaves the header as it is; from the first lock on the version before refuses."""
    warehouse = Warehouse.open(tmp_path / "w", create=True)
    header = warehouse.layout.header
    header.write_text(json.dumps({"format": 1, "engine_version": "0.0.1"}))

    Warehouse.open(warehouse.root).current()
    assert json.loads(header.read_text())["format"] == 1
    with Warehouse.open(warehouse.root).lock():
        assert json.loads(header.read_text())["format"] == WAREHOUSE_FORMAT
