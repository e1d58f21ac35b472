"""A full disk: an error by its name, and a warehouse as it was."""

import ctypes
import ctypes.util
import errno
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from crossfoot.adapters import disk, warehouse_snapshot
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS
from crossfoot.domain.errors import WarehouseError, WarehouseFullError
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type Publish = Callable[..., Catalog]
SEPTEMBER = UsagePeriod("2026-09")
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a disk of one megabyte, where this process may mount one."""
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    place = tmp_path / "tiny"
    place.mkdir()
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"size=1m") != 0:
        pytest.skip("only root may mount a small disk")
    yield place
    libc.umount(os.fsencode(place))


def _names(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {str(path) for path in paths if path.name != ".lock"}


def test_a_run_that_does_not_fit_leaves_nothing(tiny_disk: Path, make_rows: MakeRows) -> None:
    """The disk fills while the ledger is written: named, discarded, and the next run fits."""
    warehouse = Warehouse.open(tiny_disk / "warehouse", create=True)
    before = _names(warehouse.root)

    rows = make_rows(EMISSIONS, 50_000, resource_id=_random_texts(50_000))

    with warehouse.lock(), pytest.raises(WarehouseFullError, match="No space is left"):
        _write_run(warehouse, rows)

    assert _names(warehouse.root) == before
    with warehouse.lock():
        _write_run(warehouse, make_rows(EMISSIONS, 10))
        assert warehouse.publish({SEPTEMBER: "r-1"}, (), NOON).months == {SEPTEMBER: "r-1"}


def test_a_delivery_that_does_not_fit_leaves_nothing(tiny_disk: Path, make_rows: MakeRows) -> None:
    """A delivery is kept whole or not at all."""
    warehouse = Warehouse.open(tiny_disk / "warehouse", create=True)
    before = _names(warehouse.root)
    rows = make_rows(
        CARBON_REPORTED, 50_000, usage_period="2026-09", location=_random_texts(50_000)
    )

    with warehouse.lock(), pytest.raises(WarehouseFullError):
        warehouse.add_delivery("d-1", rows)

    assert _names(warehouse.root) == before
    assert not warehouse.has_delivery("d-1")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("step", ["link_or_copy", "write_json", "flush_tree", "swap_link"])
def test_a_publication_that_does_not_fit_leaves_the_old_one(
    warehouse: Warehouse,
    publish_month: Publish,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    code: int,
) -> None:
    """Disk or quota, at whichever step: the old snapshot stays, nothing of the new one does."""
    before = publish_month("2026-09", "r-1")

    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(warehouse_snapshot, step, full)
    with pytest.raises(WarehouseFullError):
        publish_month("2026-09", "r-2")

    assert warehouse.current() == before
    assert [path.name for path in warehouse.layout.snapshots.iterdir()] == ["000001"]


def test_a_copy_that_does_not_fit_is_named_too(
    warehouse: Warehouse, publish_month: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where links must be copies, the copy can fill the disk."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    monkeypatch.setattr(disk.shutil, "copyfile", full)
    with pytest.raises(WarehouseFullError):
        publish_month("2026-09", "r-1")
    assert warehouse.current() == Catalog()


def test_other_refusals_of_the_disk_keep_their_reason() -> None:
    """A permission that is missing is told as such."""

    def denied() -> None:
        with disk_errors_named("writing emissions"):
            raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(WarehouseError, match="writing emissions: Permission denied"):
        denied()


def _write_run(warehouse: Warehouse, rows: pa.Table) -> None:
    with warehouse.stage(SEPTEMBER, "r-1") as run:
        run.writer(EMISSIONS).write(rows)
        run.finish({})


def _random_texts(n_rows: int) -> list[str]:
    random = np.random.default_rng(1)
    return [random.bytes(16).hex() for _ in range(n_rows)]
