"""Runs and deliveries: whole when they appear, never changed afterwards."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS, RECONCILIATION
from crossfoot.domain.errors import ConfigurationError, WarehouseError
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type Publish = Callable[..., Catalog]
SEPTEMBER = UsagePeriod("2026-09")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_manifest_tells_every_file(warehouse: Warehouse, make_rows: MakeRows) -> None:
    """Path, rows, size and digest of each file, the run's identity, and what the caller adds."""
    with warehouse.lock(), warehouse.stage(SEPTEMBER, "r-1", ("tag_team",)) as run:
        run.writer(EMISSIONS).write(make_rows(EMISSIONS, 3, ("tag_team",)))
        run.writer(RECONCILIATION)
        folder = run.finish({"engine_version": "1"})

    manifest = warehouse.manifest(SEPTEMBER, "r-1")
    content = (folder / "emissions" / "part-0.parquet").read_bytes()
    assert manifest["engine_version"] == "1"
    assert (manifest["usage_period"], manifest["run_id"]) == ("2026-09", "r-1")
    assert manifest["tag_columns"] == ["tag_team"]
    assert manifest["files"][0] == {
        "path": "emissions/part-0.parquet",
        "rows": 3,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    assert [each["rows"] for each in manifest["files"]] == [3, 0]
    assert warehouse.has_run(SEPTEMBER, "r-1")
    assert warehouse.damaged_files(SEPTEMBER, "r-1") == ()


def test_a_changed_file_is_found(warehouse: Warehouse, publish_month: Publish) -> None:
    """A file whose bytes are not those of its manifest, or that is gone, is named."""
    publish_month("2026-09", "r-1")
    (path,) = warehouse.run_files(SEPTEMBER, "r-1", EMISSIONS)
    path.write_bytes(path.read_bytes() + b"x")

    assert warehouse.damaged_files(SEPTEMBER, "r-1") == ("emissions/part-0.parquet",)


def test_an_unfinished_run_leaves_nothing(warehouse: Warehouse, make_rows: MakeRows) -> None:
    """Leaving the block without ``finish`` removes what was staged, on any way out."""

    def interrupted() -> None:
        with warehouse.lock(), warehouse.stage(SEPTEMBER, "r-1") as run:
            run.writer(EMISSIONS).write(make_rows(EMISSIONS, 3))
            raise KeyboardInterrupt

    before = _files(warehouse.root)
    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert set(_files(warehouse.root)) - {warehouse.layout.lock} == set(before)
    assert not warehouse.has_run(SEPTEMBER, "r-1")


def test_the_same_run_again_changes_nothing(warehouse: Warehouse, publish_month: Publish) -> None:
    """A repeated run with equal files leaves the first one's files untouched."""
    first = publish_month("2026-09", "r-1", [1, 2])
    (path,) = warehouse.run_files(SEPTEMBER, "r-1", EMISSIONS)
    before = path.stat()

    again = publish_month("2026-09", "r-1", [1, 2])

    assert again == first
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_another_run_under_the_same_id_is_refused(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """A run never changes: other content needs another id."""
    publish_month("2026-09", "r-1", [1])
    (path,) = warehouse.run_files(SEPTEMBER, "r-1", EMISSIONS)
    before = path.read_bytes()

    with pytest.raises(WarehouseError, match="other content"):
        publish_month("2026-09", "r-1", [2])

    assert path.read_bytes() == before


def test_two_months_may_share_a_run_id(warehouse: Warehouse) -> None:
    """One run over two months stages both side by side."""
    october = UsagePeriod("2026-10")
    with (
        warehouse.lock(),
        warehouse.stage(SEPTEMBER, "r-1") as first,
        warehouse.stage(october, "r-1") as second,
    ):
        first.finish({})
        second.finish({})

    assert warehouse.has_run(SEPTEMBER, "r-1")
    assert warehouse.has_run(october, "r-1")


def test_a_table_has_one_writer(warehouse: Warehouse) -> None:
    """A second writer of one table would split its order, and is refused."""
    with warehouse.lock(), warehouse.stage(SEPTEMBER, "r-1") as run:
        run.writer(EMISSIONS)
        with pytest.raises(ValueError, match="written already"):
            run.writer(EMISSIONS)


@pytest.mark.parametrize("tag", ["team", "tag_", "tag_A", "tag_a b", 'tag_"', "tag_é", "tag__"])
def test_only_plain_tag_columns_are_written(warehouse: Warehouse, tag: str) -> None:
    """A tag column is lower-case ASCII, so that no engine reads it differently."""
    with warehouse.lock(), pytest.raises(ConfigurationError, match="tag column"):
        warehouse.stage(SEPTEMBER, "r-1", (tag,))


def test_a_tag_column_is_configured_once(warehouse: Warehouse) -> None:
    """Two tag keys that fall on one column are refused."""
    with warehouse.lock(), pytest.raises(ConfigurationError, match="tag column"):
        warehouse.stage(SEPTEMBER, "r-1", ("tag_a", "tag_a"))


def test_a_delivery_is_kept_once(
    warehouse: Warehouse, add_delivery: Callable[[str, str], None]
) -> None:
    """The same delivery twice is one file, with its period in its manifest."""
    add_delivery("2026-09", "d-1")
    path = warehouse.root / "deliveries" / "d-1" / "part-0.parquet"
    before = path.stat().st_ino

    add_delivery("2026-09", "d-1")

    assert path.stat().st_ino == before
    assert warehouse.delivery_files("d-1") == (path,)
    assert warehouse.delivery_manifest("d-1")["usage_period"] == "2026-09"


def test_an_empty_delivery_is_kept_too(warehouse: Warehouse, make_rows: MakeRows) -> None:
    """A delivery without rows is not the same as no delivery; its period is told."""
    with warehouse.lock():
        warehouse.add_delivery("d-1", make_rows(CARBON_REPORTED, 0), SEPTEMBER)

    (path,) = warehouse.delivery_files("d-1")
    assert pq.read_metadata(path).num_rows == 0


def test_a_delivery_of_two_periods_is_refused(warehouse: Warehouse, make_rows: MakeRows) -> None:
    """One delivery is of one period; an empty one must be given its period."""
    rows = make_rows(CARBON_REPORTED, 2, usage_period=["2026-08", "2026-09"])
    with warehouse.lock(), pytest.raises(ValueError, match="one period"):
        warehouse.add_delivery("d-1", rows)
    with warehouse.lock(), pytest.raises(ValueError, match="one period"):
        warehouse.add_delivery("d-1", make_rows(CARBON_REPORTED, 0))
