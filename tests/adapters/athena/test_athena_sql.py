"""The statements for Athena: composed of the same files, equal in what they answer."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from crossfoot.adapters import athena_sql
from crossfoot.adapters.athena_sql import UsageQuestion
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_kinds import classified
from crossfoot.adapters.usage_rollup import UsageRollup
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage_contract import CUR_2, FOCUS, UsageContract
from crossfoot.domain.work_columns import WORK_TABLES

MARCH = UsagePeriod("2026-03")
DIGEST = "0123456789abcdef" * 2
HOSTILE = (TagKey("o'clock\" --"), TagKey("a;b'); DROP TABLE x"), TagKey("Division", True))


def _question(contract: UsageContract, tags: tuple[TagKey, ...] = HOSTILE) -> UsageQuestion:
    return UsageQuestion(contract, MARCH, DIGEST, tags)


def _statements(contract: UsageContract) -> dict[str, str]:
    return {
        **athena_sql.survey(_question(contract)),
        "roll_up": athena_sql.roll_up(_question(contract), "r-1-a"),
        "cells": athena_sql.cell_sums(MARCH, "r-1"),
        "parties": athena_sql.party_sums(MARCH, "r-1", "tag_o_clock", "r-1-a"),
    }


@pytest.mark.parametrize("contract", [CUR_2, FOCUS], ids=["cur2", "focus"])
def test_a_statement_reads_pinned_partitions_of_work_tables_and_changes_nothing(
    contract: UsageContract,
) -> None:
    """One SELECT each; every table outside is one of ours, and bound to its partition keys."""
    work = {each.table.name: each for each in WORK_TABLES}
    for name, sql in _statements(contract).items():
        (tree,) = sqlglot.parse(sql, read="athena")
        assert isinstance(tree, exp.Select), name
        common = {table.alias for table in tree.find_all(exp.CTE)}
        outside = {table.name: table for table in tree.find_all(exp.Table)}
        for table in outside.keys() - common:
            select = outside[table].find_ancestor(exp.Select)
            assert select is not None
            bound = {equal.this.name for equal in select.args["where"].find_all(exp.EQ)}
            assert bound == set(work[table].keys), (name, table)


@pytest.mark.parametrize("contract", [CUR_2, FOCUS], ids=["cur2", "focus"])
def test_a_hostile_tag_key_stays_inside_its_literal(contract: UsageContract) -> None:
    """Keys are text to look up, and columns are named by letters, digits and underscores."""
    sql = athena_sql.roll_up(_question(contract), "r-1-a")
    plain = athena_sql.roll_up(_question(contract, (TagKey("x"), TagKey("y"))), "r-1-a")
    tree = sqlglot.parse_one(sql, read="athena")
    literals = {each.this for each in tree.find_all(exp.Literal) if each.is_string}
    for key in HOSTILE:
        if contract is CUR_2 or not key.is_cost_category:
            assert any(literal.endswith(key.key) for literal in literals)
    tables = {table.name for table in tree.find_all(exp.Table)}
    assert tables == {
        table.name for table in sqlglot.parse_one(plain, read="athena").find_all(exp.Table)
    }


def test_joins_bring_rows_together_by_equalities() -> None:
    """Athena hashes equalities only: a null-safe comparison alone would try every pair."""
    tree = sqlglot.parse_one(athena_sql.roll_up(_question(CUR_2), "r-1-a"), read="athena")
    (kinds,) = (j for j in tree.find_all(exp.Join) if j.this.name == "kinds_of_run")
    n_null_safe = len(list(kinds.args["on"].find_all(exp.NullSafeEQ)))
    assert len(list(kinds.args["on"].find_all(exp.EQ))) == n_null_safe + 1


@pytest.mark.parametrize("location", ["s3://b/x", "s3://bucket/x'/", "bucket/x/", "s3://bucket/"])
def test_an_answer_goes_into_a_folder_of_ours(location: str) -> None:
    """The place is a literal of the statement, and so is checked as one."""
    with pytest.raises(ValueError, match="not the folder"):
        athena_sql.unload("SELECT 1", location)


def test_an_id_that_is_none_makes_no_literal() -> None:
    """Every literal that is put in is an id."""
    with pytest.raises(ValueError, match="is not an id"):
        athena_sql.cell_sums(MARCH, "r-1' OR '1'='1")


def test_the_order_of_the_roll_up_is_that_of_its_file() -> None:
    """Sorting what Athena answers and what DuckDB orders are one list."""
    order = athena_sql.roll_up_order((TagKey("team"),))
    assert order[:3] == ["usage_account_id", "region_code", "carbon_service"]
    assert order[-2:] == ["tag_team", "model_name"]


CUR_LINES: list[dict[str, Any]] = [
    {"line_item_usage_amount": 2.5, "resource_tags": {"user_o_clock": "noon"}},
    {"line_item_operation": None, "pricing_unit": None, "line_item_resource_id": ""},
    {"line_item_operation": "", "product_region_code": None, "cost_category": {"Division": "x"}},
    {"line_item_product_code": None, "line_item_usage_type": None},
    {"line_item_line_item_type": "Tax"},
    {"line_item_line_item_type": None},
    {"bill_billing_entity": None},
    {"split_line_item_parent_resource_id": "i-1", "line_item_resource_id": "pod"},
    {"line_item_usage_amount": float("nan")},
    {"line_item_usage_account_id": "000000000003", "line_item_usage_account_name": None},
]
FOCUS_LINES: list[dict[str, Any]] = [
    {"Tags": {"user:o'clock\" --": "noon"}},
    {"ConsumedUnit": None, "ChargeDescription": None},
    {"ChargeCategory": "Tax"},
    {"ChargeCategory": None},
    {"PublisherName": "Somebody", "ProviderName": None},
    {"CommitmentDiscountStatus": "Unused"},
]


@pytest.mark.parametrize(
    ("contract", "lines"), [(CUR_2, CUR_LINES), (FOCUS, FOCUS_LINES)], ids=["cur2", "focus"]
)
def test_both_engines_answer_the_same(
    contract: UsageContract, lines: list[dict[str, Any]], delivered: Any, tmp_path: Path
) -> None:
    """Nulls, empty texts, taxes, pods and NaN: the composed statement and the views agree."""
    made = delivered.cur(*lines) if contract is CUR_2 else delivered.focus(*lines)
    (part,) = find_usage(delivered.parquet(tmp_path / "a.parquet", made)).parts
    with UsageRollup(part, tags=HOSTILE, scratch=tmp_path) as rollup:
        rollup.run()
        expected = pa.Table.from_batches(rollup.usage(MARCH)).to_pylist()
        control = rollup.control(MARCH)
        n_counted = sum(count.line_count for count in rollup.line_counts(MARCH))

    statements = _statements(contract)
    with duckdb.connect(":memory:") as connection:

        def ask(name: str) -> pa.Table:
            (sql,) = sqlglot.transpile(statements[name], read="athena", write="duckdb")
            return connection.sql(sql).to_arrow_table()

        export = "cur2_export" if contract is CUR_2 else "focus_export"
        connection.execute(
            f"CREATE VIEW {export} AS SELECT *, '{DIGEST}' AS delivery FROM ({part.relation()})"
        )
        found = ask("kinds")
        kinds, places = classified(zip(*(c.to_pylist() for c in found.columns), strict=True))
        accounts = ask("accounts")
        run = pa.array(["r-1-a"] * accounts.num_rows)
        shard = pa.array([4] * accounts.num_rows, pa.int32())
        tables = {
            "kinds": kinds.append_column("run", pa.array(["r-1-a"] * kinds.num_rows)),
            "places": places.append_column("run", pa.array(["r-1-a"] * places.num_rows)),
            "account_shards": accounts.append_column("run", run).append_column("shard", shard),
        }
        for name, table in tables.items():
            connection.register(name, table)
        order = [(name, "ascending") for name in athena_sql.roll_up_order(HOSTILE)]
        answered = ask("roll_up").sort_by(order)
        counted = ask("control").to_pylist()
        n_lines = sum(ask("lines")["line_count"].to_pylist())

    assert answered.schema.names[-1] == "shard"
    assert answered.drop(["shard"]).to_pylist() == expected
    assert counted == [{"line_count": control.line_count, "unblended_nano": control.unblended_nano}]
    assert n_lines == n_counted == len(lines)
