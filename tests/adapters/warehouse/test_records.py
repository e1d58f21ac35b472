"""Records and nowcasts in the catalog: rows that no run owns, and runs that stand in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from crossfoot.adapters.record_rows import record_rows
from crossfoot.adapters.record_shelf import FolderRecordShelf
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.domain.columns import EMISSIONS, RECONCILIATION
from crossfoot.domain.nowcasts import NOWCASTS
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type Publish = Callable[..., Catalog]
SEPTEMBER, OCTOBER = UsagePeriod("2026-09"), UsagePeriod("2026-10")
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
ROW = {
    "usage_period": "2026-10",
    "grain": "organisation",
    "payer_account_id": "000000000001",
    "learnt_from": "2026-07",
    "learnt_to": "2026-09",
    "horizon": 1,
    "is_running": False,
}


@pytest.fixture
def stand_in(warehouse: Warehouse, make_rows: MakeRows) -> Publish:
    """Return a function that publishes a run of a month that AWS has not published."""

    def publish(period: str, run_id: str, at: datetime = NOON) -> Catalog:
        month = UsagePeriod(period)
        with warehouse.lock():
            with warehouse.stage(month, run_id) as run:
                for table in (EMISSIONS, RECONCILIATION):
                    rows = make_rows(table, 1, usage_period=period, run_id=run_id)
                    run.writer(table).write(rows)
                run.finish({})
            return warehouse.publish({}, (), at, nowcasts={month: run_id})

    return publish


def test_a_record_is_shown_from_the_snapshot_that_kept_it(warehouse: Warehouse) -> None:
    """A session of now knows the record; one as known before does not."""
    with warehouse.lock():
        FolderRecordShelf(warehouse).keep(NOWCASTS, "n-1", [ROW], NOON)
        later = NOON + timedelta(days=1)
        FolderRecordShelf(warehouse).keep(NOWCASTS, "n-2", [ROW, ROW], later)
    said = "SELECT record_id, count(*) AS n, min(recorded_at) AS at FROM nowcasts GROUP BY 1"

    with open_query_session(warehouse) as session:
        assert session.rows(f"{said} ORDER BY 1") == [
            {"record_id": "n-1", "n": 1, "at": NOON},
            {"record_id": "n-2", "n": 2, "at": later},
        ]
    with open_query_session(warehouse, catalog=warehouse.as_known_at(NOON)) as session:
        assert [row["record_id"] for row in session.rows(said)] == ["n-1"]


def test_a_record_kept_again_changes_nothing(warehouse: Warehouse) -> None:
    """Its first rows stay, and no snapshot is made."""
    with warehouse.lock():
        shelf = FolderRecordShelf(warehouse)
        shelf.keep(NOWCASTS, "n-1", [ROW], NOON)
        shelf.keep(NOWCASTS, "n-1", [{**ROW, "horizon": 2}], NOON + timedelta(days=1))

    assert warehouse.current().snapshot == 1
    with open_query_session(warehouse) as session:
        assert session.rows("SELECT horizon, recorded_at FROM nowcasts") == [
            {"horizon": 1, "recorded_at": NOON}
        ]


def test_records_outlive_publications_and_the_next_clearing(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """A month published later shows the record still; what no snapshot knows is cleared."""
    with warehouse.lock():
        FolderRecordShelf(warehouse).keep(NOWCASTS, "n-1", [ROW], NOON)
        warehouse.add_record(NOWCASTS, "n-2", record_rows(NOWCASTS, "n-2", [ROW], NOON))
        assert warehouse.clear_leftovers() == ("records/nowcasts/n-2",)
    catalog = publish_month("2026-09", "r-1")

    assert catalog.records == {"nowcasts": ("n-1",)}
    with open_query_session(warehouse) as session:
        assert session.rows("SELECT record_id FROM nowcasts") == [{"record_id": "n-1"}]


def test_only_declared_rows_of_a_table_of_records_are_kept(
    warehouse: Warehouse, make_rows: MakeRows
) -> None:
    """A run's table, an id that is a path, and an unknown column are refused."""
    with warehouse.lock():
        with pytest.raises(ValueError, match="no table of records"):
            warehouse.add_record(EMISSIONS, "n-1", make_rows(EMISSIONS, 1))
        for record_id in ("../n-1", "1", "n-"):
            with pytest.raises(ValueError, match="not the id of a record"):
                warehouse.add_record(NOWCASTS, record_id, pa.table({}))
        with pytest.raises(ValueError, match="not as declared"):
            FolderRecordShelf(warehouse).keep(NOWCASTS, "n-1", [{**ROW, "surprise": 1}], NOON)
    assert warehouse.current() == Catalog()


def test_a_nowcast_shows_its_ledger_until_the_month_is_published(
    warehouse: Warehouse, publish_month: Publish, stand_in: Publish
) -> None:
    """Its proof is not shown; AWS's publication ends it, and the old snapshot still knows it."""
    publish_month("2026-09", "r-1")
    told = stand_in("2026-10", "r-2")
    assert told.months == {SEPTEMBER: "r-1"}
    assert told.nowcasts == {OCTOBER: "r-2"}
    assert len(warehouse.published_files(EMISSIONS, told)) == 2
    assert warehouse.published_files(RECONCILIATION, told) == ()

    published = publish_month("2026-10", "r-3")
    assert published.nowcasts == {}
    assert published.months[OCTOBER] == "r-3"
    with warehouse.lock():
        assert warehouse.clear_leftovers() == ()
    assert len(warehouse.published_files(EMISSIONS, warehouse.catalog(2))) == 2


def test_a_newer_nowcast_takes_the_place_of_the_older(stand_in: Publish) -> None:
    """One run stands in for a month; publishing it again changes nothing."""
    stand_in("2026-10", "r-1")
    newer = stand_in("2026-10", "r-2")

    assert newer.nowcasts == {OCTOBER: "r-2"}
    assert stand_in("2026-10", "r-2") == newer


def test_a_published_month_takes_no_nowcast(publish_month: Publish, stand_in: Publish) -> None:
    """Ours never stands in for AWS's."""
    publish_month("2026-10", "r-1")
    with pytest.raises(ValueError, match="published already"):
        stand_in("2026-10", "r-2")


def test_a_catalog_without_records_reads_and_writes_as_before(publish_month: Publish) -> None:
    """Neither key is written where there is nothing to say, and neither is needed."""
    document = publish_month("2026-09", "r-1").to_json()

    assert not {"nowcasts", "records"} & document.keys()
    assert Catalog.from_json(json.loads(json.dumps(document))).nowcasts == {}


def test_a_catalog_with_records_survives_json() -> None:
    """What is written is read."""
    catalog = Catalog().followed_by(
        {}, {}, NOON, nowcasts={OCTOBER: "r-1"}, records={"nowcasts": ("n-1",)}
    )
    assert Catalog.from_json(json.loads(json.dumps(catalog.to_json()))) == catalog
