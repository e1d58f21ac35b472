"""Accounts as they were in the month, and what a change of the organisation does to figures."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

MARCH, APRIL = "2026-03", "2026-04"
SHOP, PORTAL = "000000000002", "000000000003"


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
