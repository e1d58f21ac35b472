"""Accounts as they were in the month, and what a change of the organisation does to figures."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

MARCH, APRIL = "2026-03", "2026-04"
SHOP, PORTAL = "000000000002", "000000000003"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Return where nothing is published yet."""
    return tmp_path / "fresh"


@pytest.fixture
def listing(exports: Any, delivered: Any, tmp_path: Path) -> Path:
    """Return where the list of accounts lies; March and April have carbon of two accounts."""
    for month, start, end in (
        (MARCH, datetime(2026, 3, 1), datetime(2026, 3, 31)),  # noqa: DTZ001 - INT96 has no zone
        (APRIL, datetime(2026, 4, 1), datetime(2026, 4, 30)),  # noqa: DTZ001
    ):
        folder = exports.carbon / "data" / f"carbon_model_version=v3.0.1/usage_period={month}"
        period = {"usage_period_start": start, "usage_period_end": end}
        rows = [{**period, "usage_account_id": account} for account in (SHOP, PORTAL)]
        table = delivered.carbon(*rows)
        place = folder / "2026-05-20T07:52:10.494Z-e1" / "carbon-00001.snappy.parquet"
        delivered.parquet(place, table)
    return tmp_path / "accounts.csv"


def publish(crossfoot: Any, exports: Any, warehouse: Path, listing: Path, *rows: str) -> None:
    """Run with a list of accounts, on top of what is published."""
    header = "account_id,account_name,ou_path,valid_from,valid_to"
    listing.write_text("\n".join((header, *rows, "")))
    result = crossfoot("run", "--carbon", exports.carbon, "--inventory", listing,
                       "--out", warehouse)  # fmt: skip
    assert result.exit_code == 0, result.stderr


def named(crossfoot: Any, warehouse: Path) -> list[dict[str, Any]]:
    """Return which run shows which name and unit of each account."""
    sql = """SELECT DISTINCT usage_period, usage_account_id, account_name, ou_path, run_id
        FROM emissions ORDER BY ALL"""
    result = crossfoot("query", "--warehouse", warehouse, "--format", "json", sql)
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def test_a_rename_and_a_newcomer_of_april_change_nothing_in_march(
    crossfoot: Any, exports: Any, warehouse: Path, listing: Path
) -> None:
    """March keeps its run and its names; April is published again under the new ones."""
    publish(crossfoot, exports, warehouse, listing, f"{SHOP},shop,/Old,,")
    before = named(crossfoot, warehouse)
    publish(
        crossfoot, exports, warehouse, listing,
        f"{SHOP},shop,/Old,,2026-04-12",
        f"{SHOP},store,/New,2026-04-12,",
        f"{PORTAL},portal,/New,2026-04-02,",
    )  # fmt: skip
    after = named(crossfoot, warehouse)

    assert after[:2] == before[:2]
    assert [(row["account_name"], row["ou_path"]) for row in after] == [
        ("shop", "/Old"), (None, None), ("store", "/New"), ("portal", "/New"),
    ]  # fmt: skip
    assert after[2]["run_id"] != before[2]["run_id"]


def asked(crossfoot: Any, warehouse: Path, *arguments: object) -> dict[str, Any]:
    """Return what ``diff`` says as JSON."""
    result = crossfoot("diff", "--warehouse", warehouse, *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_a_move_that_is_told_later_is_a_restatement_by_the_organisation(
    crossfoot: Any, exports: Any, warehouse: Path, listing: Path
) -> None:
    """No cell changes; step and boundary say who moved from where to where, and how much."""
    publish(crossfoot, exports, warehouse, listing, f"{SHOP},shop,/Old,,", f"{PORTAL},portal,/x,,")
    publish(crossfoot, exports, warehouse, listing, f"{SHOP},shop,/New,,", f"{PORTAL},gate,/x,,")
    told = asked(crossfoot, warehouse, "--period", MARCH)
    said = crossfoot("diff", "--warehouse", warehouse, "--period", MARCH).stdout
    sql = "SELECT DISTINCT cause, before_kgco2e = after_kgco2e AS same FROM restatements"
    rows = crossfoot("query", "--warehouse", warehouse, "--format", "json", sql)

    (step,) = told["steps"]
    assert (step["causes"], step["changed"]) == (["organisation"], ["accounts"])
    assert told["reported"]["cells"] == []
    renamed, moved = told["boundary"]
    assert (renamed["change"], renamed["from"], renamed["to"]) == ("renamed", "portal", "gate")
    assert (moved["usage_account_id"], moved["from"], moved["to"]) == (SHOP, "/Old", "/New")
    assert moved["before_ug"] == moved["after_ug"]
    assert moved["after_ug"]["total_lbm"] == 121_000_000
    assert step["boundary"] == told["boundary"]
    assert "moved" in said
    assert json.loads(rows.stdout) == [{"cause": "organisation", "same": True}]


def test_two_months_show_who_came_left_and_moved_between_them(
    crossfoot: Any, exports: Any, delivered: Any, warehouse: Path, listing: Path
) -> None:
    """The boundary is drawn by the figures of the two months, with the grams of each account."""
    exports.use({}, {"line_item_usage_account_id": PORTAL})
    folder = exports.usage / "data/BILLING_PERIOD=2026-04"
    april = datetime(2026, 4, 1)  # noqa: DTZ001
    line = {"bill_billing_period_start_date": april, "line_item_usage_start_date": april,
            "bill_billing_period_end_date": datetime(2026, 5, 1)}  # fmt: skip # noqa: DTZ001
    keys = (SHOP, "000000000004")
    table = delivered.cur(*({**line, "line_item_usage_account_id": key} for key in keys))
    delivered.parquet(folder / "cur-00001.snappy.parquet", table)
    header = "account_id,account_name,ou_path,valid_from,valid_to"
    listing.write_text(f"{header}\n{SHOP},shop,/Old,,2026-04-01\n{SHOP},shop,/New,2026-04-01,\n")
    result = crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage,
                       "--inventory", listing, "--out", warehouse)  # fmt: skip
    assert result.exit_code == 0, result.stderr

    told = asked(crossfoot, warehouse, "--between", MARCH, APRIL)
    lines = {(each["change"], each["usage_account_id"]): each for each in told["boundary"]}

    assert sorted(lines) == [("joined", "000000000004"), ("moved", SHOP)]
    assert lines["moved", SHOP]["to"] == "/New"
    assert lines["joined", "000000000004"]["before_ug"] == {}
