"""Publication: one swap, whole snapshots, history kept."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters import disk, warehouse_snapshot
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS, RESTATEMENTS
from crossfoot.domain.errors import WarehouseError
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type Publish = Callable[..., Catalog]
AUGUST, SEPTEMBER = UsagePeriod("2026-08"), UsagePeriod("2026-09")
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


def _bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_snapshot_is_the_old_months_and_the_new(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """Publishing a month leaves the others published."""
    publish_month("2026-08", "r-1")
    catalog = publish_month("2026-09", "r-2", at=NOON + timedelta(days=1))

    assert catalog == warehouse.current()
    assert catalog.snapshot == 2
    assert catalog.published_at == NOON + timedelta(days=1)
    assert catalog.months == {AUGUST: "r-1", SEPTEMBER: "r-2"}
    assert warehouse.layout.current.readlink() == Path("snapshots/000002")


def test_a_restated_month_is_replaced_once(warehouse: Warehouse, publish_month: Publish) -> None:
    """After a restatement readers see the new run only; the catalog remembers the old one."""
    publish_month("2026-09", "r-1", [1])
    catalog = publish_month("2026-09", "r-2", [5])

    assert catalog.superseded == {SEPTEMBER: ("r-1",)}
    (path,) = warehouse.published_files(EMISSIONS, catalog)
    assert pq.read_table(path)["run_id"].to_pylist() == ["r-2"]


def test_publishing_what_is_published_changes_nothing(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """The same run again makes no snapshot: repeating is safe."""
    first = publish_month("2026-09", "r-1")
    with warehouse.lock():
        again = warehouse.publish({SEPTEMBER: "r-1"}, (), NOON + timedelta(days=9))

    assert again == first
    assert sorted(path.name for path in warehouse.layout.snapshots.iterdir()) == ["000001"]


def test_published_again_a_run_is_no_longer_superseded(publish_month: Publish) -> None:
    """Going back to an earlier run is a publication like any other."""
    publish_month("2026-09", "r-1")
    publish_month("2026-09", "r-2")
    catalog = publish_month("2026-09", "r-1")

    assert catalog.months == {SEPTEMBER: "r-1"}
    assert catalog.superseded == {SEPTEMBER: ("r-2",)}


def test_old_snapshots_and_runs_never_change(warehouse: Warehouse, publish_month: Publish) -> None:
    """Publication adds; not a byte of what was published before is touched."""
    publish_month("2026-08", "r-1")
    publish_month("2026-09", "r-2")
    before = _bytes_below(warehouse.layout.runs) | _bytes_below(warehouse.layout.snapshots)

    publish_month("2026-09", "r-3")

    after = _bytes_below(warehouse.layout.runs) | _bytes_below(warehouse.layout.snapshots)
    assert before.items() <= after.items()


def test_what_was_known_can_be_asked_again(warehouse: Warehouse, publish_month: Publish) -> None:
    """Each instant has its catalog, and the empty one comes before the first."""
    hours = [NOON + timedelta(hours=hour) for hour in range(3)]
    catalogs = [
        publish_month("2026-09", f"r-{index}", [index], at=at) for index, at in enumerate(hours)
    ]

    assert warehouse.as_known_at(NOON - timedelta(seconds=1)) == Catalog()
    assert [warehouse.as_known_at(at) for at in hours] == catalogs
    for index, catalog in enumerate(catalogs):
        with open_query_session(warehouse, catalog=catalog) as session:
            (row,) = session.rows("SELECT run_id, scope_1_kgco2e AS mass FROM emissions")
        assert row == {"run_id": f"r-{index}", "mass": Decimal(index).scaleb(-9)}


def test_every_delivery_stays_published(
    warehouse: Warehouse, add_delivery: Callable[[str, str], None]
) -> None:
    """``carbon_reported`` is append-only: two deliveries of a month are both there."""
    for delivery_id in ("d-1", "d-2"):
        add_delivery("2026-09", delivery_id)
        with warehouse.lock():
            warehouse.publish({}, (delivery_id,), NOON)

    with open_query_session(warehouse) as session:
        rows = session.rows("SELECT delivery_id FROM carbon_reported ORDER BY 1")
    assert [row["delivery_id"] for row in rows] == ["d-1", "d-2"]
    assert warehouse.current().deliveries == {"d-1": SEPTEMBER, "d-2": SEPTEMBER}
    assert len(warehouse.published_files(CARBON_REPORTED, warehouse.current())) == 2


def test_one_run_speaks_for_a_month_in_every_table(
    warehouse: Warehouse, make_rows: MakeRows
) -> None:
    """A superseded run has no say any more, in the ledger nor beside it."""
    for run_id in ("r-1", "r-2"):
        with warehouse.lock():
            with warehouse.stage(SEPTEMBER, run_id) as run:
                for table in (EMISSIONS, RESTATEMENTS):
                    rows = make_rows(table, 1, usage_period="2026-09", run_id=run_id)
                    run.writer(table).write(rows)
                run.finish({})
            warehouse.publish({SEPTEMBER: run_id}, (), NOON)

    with open_query_session(warehouse) as session:
        for name in ("emissions", "restatements"):
            assert session.rows(f"SELECT run_id FROM {name}") == [{"run_id": "r-2"}]


def test_readers_see_whole_snapshots_only(warehouse: Warehouse, publish_month: Publish) -> None:
    """During 50 publications of two months at once a polling reader sees no mix, none backward."""
    publish_month("2026-08", "r-first-a")
    seen: list[tuple[int, set[str]]] = []
    failures: list[Exception] = []
    is_done = threading.Event()

    def poll() -> None:
        reader = Warehouse.open(warehouse.root)
        while not is_done.is_set():
            try:
                catalog = reader.current()
                paths = reader.published_files(EMISSIONS, catalog)
                runs = {run for path in paths for run in pq.read_table(path)["run_id"].to_pylist()}
            except Exception as error:  # noqa: BLE001 - whatever a reader meets fails the test
                failures.append(error)
                return
            seen.append((catalog.snapshot, runs))

    reader = threading.Thread(target=poll)
    reader.start()
    for round_number in range(50):
        _publish_two_months(warehouse, f"r-{round_number}")
    is_done.set()
    reader.join()

    assert not failures
    assert len({snapshot for snapshot, _ in seen}) > 5
    assert [snapshot for snapshot, _ in seen] == sorted(snapshot for snapshot, _ in seen)
    for snapshot, runs in seen:
        assert runs == ({"r-first-a"} if snapshot == 1 else {f"r-{snapshot - 2}"})


def _publish_two_months(warehouse: Warehouse, run_id: str) -> None:
    with warehouse.lock():
        for month in (AUGUST, SEPTEMBER):
            with warehouse.stage(month, run_id) as run:
                columns = EMISSIONS.columns
                rows = {c.name: [run_id if c.name == "run_id" else None] for c in columns}
                rows |= {c.name: ["x"] for c in columns if not c.is_nullable and c.name != "run_id"}
                run.writer(EMISSIONS).write(pa.table(rows))
                run.finish({})
        warehouse.publish({AUGUST: run_id, SEPTEMBER: run_id}, (), NOON)


@pytest.mark.parametrize("failing", ["link_or_copy", "write_json", "flush_tree", "swap_link"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(5, "Input/output error")])
def test_a_crash_before_the_swap_leaves_readers_where_they_were(
    warehouse: Warehouse,
    publish_month: Publish,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
    error: BaseException | type[BaseException],
) -> None:
    """Whichever step fails: the old snapshot is current, and the next run succeeds."""
    before = publish_month("2026-09", "r-1")

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(warehouse_snapshot, failing, fail)
        with pytest.raises((KeyboardInterrupt, WarehouseError)):
            publish_month("2026-09", "r-2")

    assert warehouse.current() == before
    assert [path.name for path in warehouse.layout.snapshots.iterdir()] == ["000001"]
    assert publish_month("2026-09", "r-2").snapshot == 2


def test_an_interrupt_after_the_swap_does_not_undo_it(
    warehouse: Warehouse, publish_month: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once readers see the new snapshot, it stays."""
    publish_month("2026-09", "r-1")

    def interrupted_after_swap(link: Path, destination: str) -> None:
        disk.swap_link(link, destination)
        raise KeyboardInterrupt

    monkeypatch.setattr(warehouse_snapshot, "swap_link", interrupted_after_swap)
    with pytest.raises(KeyboardInterrupt):
        publish_month("2026-09", "r-2")

    assert warehouse.current().months == {SEPTEMBER: "r-2"}
    assert len(warehouse.published_files(EMISSIONS, warehouse.current())) == 1


def test_an_unfinished_run_is_not_published(warehouse: Warehouse) -> None:
    """Publishing a run or delivery that is not there is an error, and changes nothing."""
    with warehouse.lock():
        with pytest.raises(WarehouseError, match="not finished"):
            warehouse.publish({SEPTEMBER: "r-1"}, (), NOON)
        with pytest.raises(WarehouseError):
            warehouse.publish({}, ("d-1",), NOON)

    assert warehouse.current() == Catalog()


def test_without_hard_links_files_are_copied(
    warehouse: Warehouse, publish_month: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that has no hard links a snapshot is larger, and as good."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    catalog = publish_month("2026-09", "r-1")

    (published,) = warehouse.published_files(EMISSIONS, catalog)
    (written,) = warehouse.run_files(SEPTEMBER, "r-1", EMISSIONS)
    assert published.read_bytes() == written.read_bytes()
    assert published.stat().st_ino != written.stat().st_ino


def test_snapshots_cost_names_and_not_bytes(warehouse: Warehouse, publish_month: Publish) -> None:
    """A published file is the run's own file under a second name."""
    catalog = publish_month("2026-09", "r-1")

    (published,) = warehouse.published_files(EMISSIONS, catalog)
    (written,) = warehouse.run_files(SEPTEMBER, "r-1", EMISSIONS)
    assert published.samefile(written)


def test_a_moved_warehouse_still_reads(
    warehouse: Warehouse, publish_month: Publish, tmp_path: Path
) -> None:
    """Links are relative: the folder can be renamed."""
    publish_month("2026-09", "r-1", [3])
    os.rename(warehouse.root, tmp_path / "elsewhere")  # noqa: PTH104 - as a shell would

    with open_query_session(Warehouse.open(tmp_path / "elsewhere")) as session:
        assert session.rows("SELECT run_id FROM emissions") == [{"run_id": "r-1"}]
    assert len(list((tmp_path / "elsewhere" / "emissions").glob("*/*/*.parquet"))) == 1
