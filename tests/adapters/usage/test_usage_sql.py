"""The SQL files: Athena's dialect, hand-computed sums, and two lenses that see the same."""

import itertools
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from crossfoot.adapters import usage_sql
from crossfoot.adapters.usage_contract import CUR_2, FOCUS
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.domain.configuration import TagKey

FILES = sorted(
    path.name
    for path in (resources.files("crossfoot.adapters") / "sql").iterdir()
    if path.name.endswith(".sql")
)
NOW = "TIMESTAMP '2026-03-01 00:00:00'"


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_one_select_in_athenas_dialect(name: str) -> None:
    """It parses as Athena's, and comes out of the parser as one SELECT that Athena can read."""
    statements = sqlglot.parse(usage_sql.athena_sql(name.removesuffix(".sql")), read="athena")

    assert [type(statement) for statement in statements] == [exp.Select]
    again = sqlglot.parse_one(statements[0].sql("athena"), read="athena")
    assert isinstance(again, exp.Select)


READ = {
    "cur2_lines.sql": {"usage_export"},
    "focus_lines.sql": {"usage_export"},
    "mark_lines.sql": {"lines"},
    "name_accounts.sql": {"lines"},
    "count_lines.sql": {"marked_lines"},
    "roll_up_lines.sql": {"marked_lines"},
    "roll_up_usage.sql": {"rolled_lines", "kinds", "places", "account_names"},
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_declared_names_only(name: str) -> None:
    """A lens reads the export's own columns, as its contract declares them; the rest, each other."""
    tree = sqlglot.parse_one(usage_sql.athena_sql(name.removesuffix(".sql")), read="athena")
    contract = {"cur2_lines.sql": CUR_2, "focus_lines.sql": FOCUS}.get(name)

    assert {table.name for table in tree.find_all(exp.Table)} == READ[name]
    if contract is not None:
        declared = {column.name for column in contract.columns}
        assert {column.name for column in tree.find_all(exp.Column)} <= declared


def _lines(rows: list[str]) -> duckdb.DuckDBPyConnection:
    """Return a session with a ``lines`` table: account, type, cost, amount, start."""
    connection = duckdb.connect(":memory:")
    values = ", ".join(rows)
    connection.execute(f"""
        CREATE TABLE lines AS SELECT {NOW} AS billing_period, 'p' AS payer_account_id,
            account AS usage_account_id, 'name' AS account_name, CAST(start AS TIMESTAMP)
            AS usage_start, kind AS line_item_type, 'AWS' AS billing_entity,
            kind = 'Usage' AS is_usage, true AS is_aws, 'AmazonEC2' AS product_code,
            't' AS usage_type, 'o' AS operation, 'Hrs' AS unit, '' AS description,
            'eu-west-1' AS region_code, 'i-1' AS resource_id,
            CAST(NULL AS VARCHAR) AS parent_resource_id, 'USD' AS currency_code,
            CAST(amount AS DOUBLE) AS usage_amount, CAST(cost AS DOUBLE) * 2 AS on_demand_cost,
            CAST(cost AS DOUBLE) AS unblended_cost, CAST(NULL AS DOUBLE) AS split_cost,
            CAST(NULL AS DOUBLE) AS split_unused_cost
        FROM (VALUES {values}) AS v(account, kind, cost, amount, start)
    """)
    return connection


def test_the_first_roll_up_gives_hand_computed_sums() -> None:
    """Three lines of one kind become one row; tax and March's April stand beside it."""
    with _lines(
        [
            "('1', 'Usage', 0.1, 1.5, '2026-03-01')",
            "('1', 'Usage', 0.2, 0.0000004, '2026-03-31 23:00:00')",
            "('1', 'Usage', 1e-10, 0.0000006, '2026-03-05')",
            "('1', 'Usage', 7, 9, '2026-04-01')",
            "('1', 'Tax', 3.3, 1, '2026-03-01')",
        ]
    ) as connection:
        connection.execute(f"CREATE VIEW marked_lines AS {usage_sql.duckdb_sql('mark_lines')}")
        counted = connection.execute(f"""
            SELECT coalesce(exclusion, 'in'), line_count, on_demand_nano, unblended_nano
            FROM ({usage_sql.duckdb_sql("count_lines")}) ORDER BY 1
        """).fetchall()
        rolled = connection.execute(f"""
            SELECT line_count, usage_amount_micro, on_demand_nano, unblended_nano
            FROM ({usage_sql.roll_up_lines(())})
        """).fetchall()

    assert counted == [
        # 100,000,000 + 200,000,000 + rint(0.1) billionths, and twice that
        ("in", 3, 600_000_000, 300_000_000),
        ("money only, no usage", 1, 6_600_000_000, 3_300_000_000),
        ("usage of another month", 1, 14_000_000_000, 7_000_000_000),
    ]
    # 1,500,000 + rint(0.4) + rint(0.6) millionths
    assert rolled == [(3, 1_500_001, 600_000_000, 300_000_000)]


def test_both_lenses_see_the_same_lines(delivered: Any, tmp_path: Path) -> None:
    """With the map read for the rows that need it, or for all: null, empty and set codes."""
    codes = (None, "", "eu-west-1")
    products = (None, {}, {"region": ""}, {"region": "us-east-1"}, {"other": "x"})
    lines = [
        {"product_region_code": code, "product_from_region_code": origin, "product": product,
         "line_item_resource_id": f"r-{number}", "resource_tags": {"user_team": str(number)}}
        for number, (code, origin, product) in enumerate(itertools.product(codes, codes, products))
    ]  # fmt: skip
    place = delivered.parquet(tmp_path / "a.parquet", delivered.cur(*lines))
    tags = (TagKey("team"),)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE VIEW usage_export AS {find_usage(place).parts[0].relation()}")
        plain = usage_sql.lines_select(CUR_2, tags).sql("duckdb")
        cut = usage_sql.lines_select_for_duckdb(CUR_2, tags)
        both = [
            connection.execute(f"SELECT * FROM ({sql}) ORDER BY resource_id").fetchall()
            for sql in (plain, cut)
        ]

    assert len(both[0]) == len(lines)
    assert both[0] == both[1]


def test_athena_can_read_the_lens_with_tags() -> None:
    """Keys become string literals: a quote in a key cannot end one."""
    key = TagKey("o'clock\" --")
    for contract in (CUR_2, FOCUS):
        sql = usage_sql.lines_select(contract, [key]).sql("athena")
        tree = sqlglot.parse_one(sql, read="athena")
        literals = {each.this for each in tree.find_all(exp.Literal) if each.is_string}
        assert any("o'clock\" --" in literal for literal in literals)
        assert tree.expressions[-1].alias == key.column
