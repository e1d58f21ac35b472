"""The session: what it shows, and what it refuses."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.adapters.warehouse_views import VIEW_NAMES
from crossfoot.domain.columns import RECONCILIATION, TABLES, Table
from crossfoot.domain.errors import QueryError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.records import RECORD_TABLES

type Publish = Callable[..., Catalog]

TYPES = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "decimal(18,9)": "DECIMAL(18,9)",
    "decimal(18,15)": "DECIMAL(18,15)",
    "decimal(38,9)": "DECIMAL(38,9)",
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("is_published", [False, True])
def test_every_table_has_its_columns_and_types(
    warehouse: Warehouse, publish_month: Publish, table: Table, *, is_published: bool
) -> None:
    """A table is there as declared, whether or not a file of it is published."""
    if is_published:
        publish_month("2026-09", "r-1")

    with open_query_session(warehouse) as session:
        described = session.rows(f"DESCRIBE {table.name}")

    assert [(row["column_name"], row["column_type"]) for row in described] == [
        (column.name, TYPES[column.athena_type]) for column in table.columns
    ]


def test_an_empty_warehouse_answers(warehouse: Warehouse) -> None:
    """Before anything is published every table and view is empty, and none is missing."""
    with open_query_session(warehouse) as session:
        names = {row["name"] for row in session.rows("SHOW TABLES")}
        counts = [session.rows(f"SELECT COUNT(*) AS n FROM {name}")[0]["n"] for name in names]

    assert names == {table.name for table in (*TABLES, *RECORD_TABLES)} | set(VIEW_NAMES)
    assert set(counts) == {0}


def test_runs_of_other_tags_stand_side_by_side(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """A month from before a tag was configured has null there; no column is lost."""
    publish_month("2026-08", "r-1", tag_env=["live"])
    publish_month("2026-09", "r-2", tag_team=["red"])

    with open_query_session(warehouse) as session:
        rows = session.rows("SELECT usage_period, tag_team, tag_env FROM emissions ORDER BY 1")

    assert [tuple(row.values()) for row in rows] == [
        ("2026-08", None, "live"),
        ("2026-09", "red", None),
    ]


def test_a_session_keeps_its_snapshot(warehouse: Warehouse, publish_month: Publish) -> None:
    """What is published while a session is open shows in the next one."""
    publish_month("2026-09", "r-1")
    with open_query_session(warehouse) as session:
        publish_month("2026-09", "r-2")
        assert session.rows("SELECT run_id FROM emissions") == [{"run_id": "r-1"}]

    with open_query_session(warehouse) as session:
        assert session.rows("SELECT run_id FROM emissions") == [{"run_id": "r-2"}]


def test_values_are_bound_and_never_part_of_the_text(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """SQL in a value is a value, by position or by name."""
    text = "x' OR 1=1; DROP VIEW emissions;--"
    publish_month("2026-09", "r-1", [1, 2], resource_id=[text, "y"])

    with open_query_session(warehouse) as session:
        by_place = session.rows("SELECT resource_id FROM emissions WHERE resource_id = ?", [text])
        by_name = session.rows("SELECT $text AS resource_id", {"text": text})

    assert by_place == by_name == [{"resource_id": text}]


def test_times_are_utc(warehouse: Warehouse, add_delivery: Callable[[str, str], None]) -> None:
    """Instants come back in UTC, wherever the machine stands."""
    add_delivery("2026-09", "d-1")
    with warehouse.lock():
        warehouse.publish({}, ("d-1",), datetime(2026, 11, 5, tzinfo=UTC))

    with open_query_session(warehouse) as session:
        (row,) = session.rows(
            "SELECT delivered_at, delivered_at::VARCHAR AS t FROM carbon_reported"
        )

    assert row == {
        "delivered_at": datetime(2026, 11, 5, 12, tzinfo=UTC),
        "t": "2026-11-05 12:00:00+00",
    }


def test_a_stream_gives_batches(warehouse: Warehouse, publish_month: Publish) -> None:
    """A large result arrives in pieces, with the same sum."""
    publish_month("2026-09", "r-1", range(100_000))

    with open_query_session(warehouse) as session:
        batches = list(session.stream("SELECT scope_1_kgco2e FROM emissions"))

    assert len(batches) > 1
    assert sum(batch.num_rows for batch in batches) == 100_000


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('{root}/runs/**/*.parquet')",
        "SELECT * FROM read_text('{root}/current/../../warehouse.json')",
        "SELECT * FROM read_text('{root}/snapshots/000001/../../warehouse.json')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{root}/snapshots/000001/x.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/snapshots/000001/x.csv'",
        "EXPORT DATABASE '{root}/snapshots/000001/x'",
        "ATTACH '{root}/snapshots/000001/x.db'",
        "SET memory_limit = '100GB'",
        "RESET enable_external_access",
        "PRAGMA enable_profiling",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL pragma_version()",
        "CREATE TABLE t (a INT)",
        "DROP VIEW emissions",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW emissions",
        "",
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT ?",
        "SELECT error('boom')",
        "SELECT * FROM locals_of_python",
    ],
)
def test_nothing_but_reading_is_possible(
    warehouse: Warehouse, publish_month: Publish, sql: str
) -> None:
    """Other files, the net, settings, writes and mistakes are all ``QueryError``."""
    publish_month("2026-09", "r-1")
    locals_of_python = [1]
    before = {str(path) for path in warehouse.root.rglob("*")}

    with open_query_session(warehouse) as session:
        with pytest.raises(QueryError):
            session.rows(sql.format(root=warehouse.root))
        assert session.rows("SELECT COUNT(*) AS n FROM emissions") == [{"n": len(locals_of_python)}]

    assert {str(path) for path in warehouse.root.rglob("*")} == before


def test_an_error_says_what_duckdb_says(warehouse: Warehouse) -> None:
    """The engine's own message, with the place in the SQL, reaches the user."""
    with open_query_session(warehouse) as session, pytest.raises(QueryError, match="emission_kg"):
        session.arrow("SELECT emission_kg FROM emissions")


def test_an_error_in_the_middle_of_a_stream_is_named(
    warehouse: Warehouse, publish_month: Publish
) -> None:
    """A stream that breaks after its first batches still ends in ``QueryError``."""
    publish_month("2026-09", "r-1", range(150_000))
    sql = """
        SELECT CASE WHEN scope_1_kgco2e = 0.000149999 THEN error('boom') ELSE 'fine' END
        FROM emissions"""

    with open_query_session(warehouse) as session, pytest.raises(QueryError, match="boom"):
        session.stream(sql).read_all()


def test_rows_need_names_of_their_own(warehouse: Warehouse) -> None:
    """Two columns of one name would lose one of them, so they are refused."""
    with open_query_session(warehouse) as session, pytest.raises(QueryError, match="'a'"):
        session.rows("SELECT 1 AS a, 2 AS a")


def test_little_memory_is_enough(warehouse: Warehouse, publish_month: Publish) -> None:
    """A query larger than its memory spills to the session's own folder, which then goes."""
    publish_month("2026-09", "r-1", range(1000))
    sql = """
        SELECT COUNT(*) AS n FROM (
          SELECT DISTINCT a.resource_id || b.resource_id
          FROM emissions AS a CROSS JOIN emissions AS b
        )"""

    with open_query_session(warehouse, memory_limit="60MB") as session:
        spill = Path(session._spill.name)
        assert session.rows(sql) == [{"n": 1_000_000}]
        assert spill.exists()

    assert not spill.exists()


def test_the_title_is_the_name_of_the_folder(warehouse: Warehouse) -> None:
    """A report made from a session is headed by the warehouse's name."""
    with open_query_session(warehouse) as session:
        assert session.title == "warehouse"


@pytest.mark.parametrize("name", ["it's", "a [b]", "s*ar", "what?", "tab\there", 'q"q', "é ü"])
def test_any_folder_name_can_be_read(tmp_path: Path, name: str) -> None:
    """Quotes, stars, brackets and spaces in the path of a warehouse are only a name."""
    warehouse = Warehouse.open(tmp_path / "plain", create=True)
    _publish_one(warehouse)
    renamed = warehouse.root.rename(tmp_path / name)

    with open_query_session(Warehouse.open(renamed)) as session:
        assert session.rows("SELECT unit, expected_amount AS e FROM reconciliation") == [
            {"unit": "kg", "e": Decimal("1.5")}
        ]


def _publish_one(warehouse: Warehouse) -> None:
    texts = {"usage_period": "2026-09", "run_id": "r-1", "unit": "kg"}
    values = {
        column.name: [
            {"string": texts.get(column.name, "x"), "boolean": True}.get(
                column.athena_type, Decimal("1.5")
            )
        ]
        for column in RECONCILIATION.columns
    }
    month = UsagePeriod("2026-09")
    with warehouse.lock():
        with warehouse.stage(month, "r-1") as run:
            run.writer(RECONCILIATION).write(pa.table(values))
            run.finish({})
        warehouse.publish({month: "r-1"}, (), datetime(2026, 11, 5, tzinfo=UTC))
