"""The SQL files: Athena's dialect, hand-computed sums, and two lenses that see the same."""

import itertools
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from crossfoot.adapters import usage_sql
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.usage_contract import CUR_2, FOCUS

FILES = sorted(
    path.name
    for path in (resources.files("crossfoot.adapters") / "sql").iterdir()
    if path.name.endswith(".sql")
)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_one_select_in_athenas_dialect(name: str) -> None:
    """It parses as Athena's, and comes out of the parser as one SELECT that Athena can read."""
    statements = sqlglot.parse(usage_sql.athena_sql(name.removesuffix(".sql")), read="athena")

    assert [type(statement) for statement in statements] == [exp.Select]
    again = sqlglot.parse_one(statements[0].sql("athena"), read="athena")
    assert isinstance(again, exp.Select)


LENSES = {"cur2_lines.sql": CUR_2, "focus_lines.sql": FOCUS}


@pytest.mark.parametrize("name", FILES)
def test_only_a_lens_reads_the_export(name: str) -> None:
    """It reads the columns that its contract declares; all other files read what a lens shows."""
    tree = sqlglot.parse_one(usage_sql.athena_sql(name.removesuffix(".sql")), read="athena")
    tables = {table.name for table in tree.find_all(exp.Table)}

    assert (tables == {"usage_export"}) is (name in LENSES)
    if name in LENSES:
        declared = {column.name for column in LENSES[name].columns}
        assert {column.name for column in tree.find_all(exp.Column)} <= declared


def test_a_tiny_table_gives_hand_computed_sums(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """Three lines of one kind become one row; tax and March's April are counted beside it."""
    lines = [
        _line(1.5, 0.1, datetime(2026, 3, 1)),  # noqa: DTZ001 - INT96 has no zone
        _line(0.0000004, 0.2, datetime(2026, 3, 31, 23)),  # noqa: DTZ001
        _line(0.0000006, 1e-10, datetime(2026, 3, 5)),  # noqa: DTZ001
        _line(9.0, 7.0, datetime(2026, 4, 1)),  # noqa: DTZ001
        _line(1.0, 3.3, datetime(2026, 3, 1)) | {"line_item_line_item_type": "Tax"},  # noqa: DTZ001
    ]
    month = roll_up(delivered.parquet(tmp_path / "a.parquet", delivered.cur(*lines)))
    row = month.only()

    # 1,500,000 + rint(0.4) + rint(0.6) millionths of an hour, at 4 normalised units an hour
    assert (row["line_count"], row["driver_nano"]) == (3, 1_500_001 * 4_000)
    # 100,000,000 + 200,000,000 + rint(0.1) billionths, and twice that at on-demand prices
    assert (row["unblended_nano"], row["on_demand_nano"]) == (300_000_000, 600_000_000)
    assert {
        (count.exclusion, count.line_count, count.on_demand_nano, count.unblended_nano)
        for count in month.counts
    } == {
        (None, 3, 600_000_000, 300_000_000),
        ("money only, no usage", 1, 6_600_000_000, 3_300_000_000),
        ("usage of another month", 1, 14_000_000_000, 7_000_000_000),
    }


def _line(hours: float, cost: float, start: datetime) -> dict[str, Any]:
    return {
        "line_item_usage_amount": hours,
        "line_item_unblended_cost": cost,
        "pricing_public_on_demand_cost": cost * 2,
        "line_item_usage_start_date": start,
    }


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
