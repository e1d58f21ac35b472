"""The views: Athena's dialect, exact sums, nothing lost."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_query import QuerySession, open_query_session
from crossfoot.adapters.warehouse_views import VIEW_NAMES, view_query, view_source
from crossfoot.domain.columns import EMISSIONS
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod

type MakeRows = Callable[..., pa.Table]
type Publish = Callable[..., Catalog]

TAGS = ("tag_team", "tag_env")
SUMMED = ("by_region", "by_account", "by_service")
NOON = datetime.fromisoformat("2026-11-05T12:00:00+00:00")
N_ROWS = 1000


@pytest.fixture
def ledger(warehouse: Warehouse, make_rows: MakeRows) -> Warehouse:
    """Return a warehouse with a thousand rows of awkward amounts, some of them untagged."""
    random = np.random.default_rng(7)
    amounts = {
        column_of(measure): decimal_from_int64(random.integers(-(10**6), 10**14, N_ROWS))
        for measure in MEASURES
    }
    texts = {
        "region_code": random.choice(["eu-west-1", "us-east-1", "global"], N_ROWS),
        "usage_account_id": random.choice(["000000000001", "000000000002"], N_ROWS),
        "tag_team": random.choice(np.array(["red", "=blue", None], dtype=object), N_ROWS),
    }
    month = UsagePeriod("2026-09")
    with warehouse.lock():
        with warehouse.stage(month, "r-1", TAGS) as run:
            rows = make_rows(
                EMISSIONS,
                N_ROWS,
                TAGS,
                usage_period="2026-09",
                run_id="r-1",
                model_version="v3.0.1",
                status="published",
                **amounts,
                **texts,
            )
            run.writer(EMISSIONS).write(rows)
            run.finish({})
        warehouse.publish({month: "r-1"}, (), NOON)
    return warehouse


def _totals(session: QuerySession, source: str) -> dict[str, Decimal]:
    sums = ", ".join(f"SUM({column_of(each)}) AS {column_of(each)}" for each in MEASURES)
    (row,) = session.rows(f"SELECT {sums} FROM {source}")
    return row


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_every_view_is_written_for_athena(name: str) -> None:
    """The file is one SELECT in Athena's dialect, headed by what it shows."""
    (statement,) = sqlglot.parse(view_source(name), read="athena")

    assert isinstance(statement, exp.Select)
    assert view_source(name).startswith("-- ")


@pytest.mark.parametrize("name", VIEW_NAMES)
@pytest.mark.parametrize("dialect", ["athena", "duckdb"])
@pytest.mark.parametrize("tags", [(), ("tag_team",), TAGS], ids=len)
def test_every_view_is_rendered_for_both_engines(
    name: str, dialect: str, tags: tuple[str, ...]
) -> None:
    """With no, one or two tags the query parses in its dialect and has no placeholder left."""
    query = view_query(name, tags, dialect)  # type: ignore[arg-type] - parametrized

    assert not list(sqlglot.parse_one(query, read=dialect).find_all(exp.Placeholder))


@pytest.mark.parametrize("name", SUMMED)
def test_sums_by_anything_are_the_ledger_s(ledger: Warehouse, name: str) -> None:
    """Each measure of the view adds up to the ledger's, to the last digit."""
    with open_query_session(ledger) as session:
        assert _totals(session, f"emissions_{name}") == _totals(session, "emissions")


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_views_give_exact_decimals(ledger: Warehouse, name: str) -> None:
    """No view but those for floats has a float in it."""
    with open_query_session(ledger) as session:
        types = {row["column_type"] for row in session.rows(f"DESCRIBE {name}")}

    assert ("DOUBLE" in types) is name.endswith("_float")


@pytest.mark.parametrize("key", ["team", "env"])
def test_every_tag_key_splits_the_whole(ledger: Warehouse, key: str) -> None:
    """Rows of one key, untagged ones included, add up to the ledger."""
    with open_query_session(ledger) as session:
        of_key = _totals(session, f"(FROM emissions_by_tag WHERE tag_key = '{key}')")
        assert of_key == _totals(session, "emissions")


def test_untagged_stays_null(ledger: Warehouse) -> None:
    """What carries no tag is a row of its own without a value, and values stay raw."""
    with open_query_session(ledger) as session:
        rows = session.rows("SELECT tag_value FROM emissions_by_tag WHERE tag_key = 'team'")

    assert {row["tag_value"] for row in rows} == {None, "red", "=blue"}


def test_without_tags_there_is_nothing_by_tag(warehouse: Warehouse, publish_month: Publish) -> None:
    """Where no tag is configured the view is there, and empty."""
    publish_month("2026-09", "r-1")

    with open_query_session(warehouse) as session:
        assert session.rows("SELECT * FROM emissions_by_tag") == []
        assert session.rows('SELECT "Tags" AS t FROM emissions_focus') == [{"t": []}]


def test_the_scopes_of_a_month_add_up_to_its_totals(
    warehouse: Warehouse, make_rows: MakeRows
) -> None:
    """Scopes and what was reported without scopes are together the two totals."""
    month = UsagePeriod("2026-09")
    given = {
        "scope_1_kgco2e": [1, None],
        "scope_2_lbm_kgco2e": [20, None],
        "scope_2_mbm_kgco2e": [2, None],
        "scope_3_lbm_kgco2e": [300, None],
        "scope_3_mbm_kgco2e": [3, None],
        "total_lbm_kgco2e": [321, 7000],
        "total_mbm_kgco2e": [6, 600],
    }
    with warehouse.lock():
        with warehouse.stage(month, "r-1") as run:
            run.writer(EMISSIONS).write(
                make_rows(
                    EMISSIONS,
                    2,
                    usage_period="2026-09",
                    status="published",
                    model_version="v3",
                    **{name: _kilograms(values) for name, values in given.items()},
                )
            )
            run.finish({})
        warehouse.publish({month: "r-1"}, (), NOON)

    with open_query_session(warehouse) as session:
        rows = session.rows(
            "SELECT scope, lbm_kgco2e AS lbm, mbm_kgco2e AS mbm FROM emissions_by_scope ORDER BY 1"
        )

    assert [tuple(row.values()) for row in rows] == [
        ("not reported", 7000, 600),
        ("scope 1", 1, 1),
        ("scope 2", 20, 2),
        ("scope 3", 300, 3),
    ]


def test_focus_names_money_time_and_carbon(ledger: Warehouse) -> None:
    """One row per ledger row, FOCUS's names, the period half-open, the sums exact."""
    with open_query_session(ledger) as session:
        (row,) = session.rows(
            """SELECT COUNT(*) AS n, ANY_VALUE("ChargePeriodStart") AS "from",
            ANY_VALUE("ChargePeriodEnd") AS "to", SUM("x_TotalLocationBasedKgCO2e") AS mass
            FROM emissions_focus"""
        )
        total = _totals(session, "emissions")["total_lbm_kgco2e"]
        tags = session.rows("""SELECT DISTINCT "Tags"['team'] AS team FROM emissions_focus""")

    assert row == {
        "n": N_ROWS,
        "from": datetime(2026, 9, 1),  # noqa: DTZ001 - FOCUS's times are UTC without saying so
        "to": datetime(2026, 10, 1),  # noqa: DTZ001
        "mass": total,
    }
    assert {each["team"] for each in tags} == {None, "red", "=blue"}


def test_a_year_is_a_charge_period_too(warehouse: Warehouse, publish_month: Publish) -> None:
    """An annual figure lasts from January to January."""
    publish_month("2025", "r-1")

    with open_query_session(warehouse) as session:
        (row,) = session.rows(
            'SELECT "ChargePeriodStart" AS a, "ChargePeriodEnd" AS b FROM emissions_focus'
        )

    assert (row["a"].year, row["b"].year, row["b"].month) == (2025, 2026, 1)


def _kilograms(values: list[int | None]) -> pa.Array:
    return pa.array([None if value is None else Decimal(value) for value in values]).cast(
        pa.decimal128(38, 9)
    )
