"""The report's section on time: what `diff` and `backtest` say, to the microgram, on one page."""

import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

CORRECTED = {"total_scope_1_emissions_value": 0.000002, "total_lbm_emissions_value": 0.000122,
             "total_mbm_emissions_value": 0.000105}  # fmt: skip
APRIL = {
    "usage_period_start": datetime(2026, 4, 1),  # noqa: DTZ001 - INT96 has no zone
    "usage_period_end": datetime(2026, 4, 30, 23, 59, 59),  # noqa: DTZ001
}
CONFIGURATION = """
fiscal_year_start_month = 3
[[threshold]]
name = "any at all"
measure = "total_lbm"
warning = 0
critical = 1000
[base_year]
year = 2027
threshold_percent = 5
measure = "total_lbm"
[[target]]
name = "a tenth <less>"
measure = "total_mbm"
base_year = 2027
target_year = 2030
reduction_percent = 10
path = "linear"
"""


@pytest.fixture
def page(exports: Any, delivered: Any, crossfoot: Any, warehouse: Path, tmp_path: Path) -> str:
    """Return the report of a March that AWS corrected, and of an April after it."""
    versions = exports.carbon / "data" / "carbon_model_version=v3.0.1"
    again = versions / "usage_period=2026-03" / "2026-05-20T07:52:10.494Z-e20" / "c.snappy.parquet"
    april = versions / "usage_period=2026-04" / "carbon-00001.snappy.parquet"
    delivered.parquet(again, delivered.carbon(CORRECTED, {"product_code": "Other"}))
    delivered.parquet(april, delivered.carbon(APRIL | CORRECTED))
    start, end = datetime(2026, 4, 1), datetime(2026, 5, 1)  # noqa: DTZ001
    line = {"bill_billing_period_start_date": start, "bill_billing_period_end_date": end,
            "line_item_usage_start_date": start}  # fmt: skip
    usage = exports.usage / "data" / "BILLING_PERIOD=2026-04" / "cur-00001.snappy.parquet"
    delivered.parquet(usage, delivered.cur(line))
    run = crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", warehouse)
    assert run.exit_code == 0, run.stderr
    html, config = tmp_path / "report.html", tmp_path / "crossfoot.toml"
    config.write_text(CONFIGURATION)
    told = crossfoot("report", "--warehouse", warehouse, "--html", html, "--config", config)
    assert told.exit_code == 0, told.stderr
    return html.read_text(encoding="utf-8")


def _amounts(page: str, table: str) -> list[dict[str, Decimal]]:
    """Return the exact kilograms of each line of a walk, by series."""
    found = re.search(rf'<table id="{table}".*?</table>', page, re.DOTALL)
    assert found, f"no {table}"
    rows = re.findall(r"<tr.*?</tr>", found[0].partition("<tbody>")[2], re.DOTALL)
    cells = [re.findall(r'data-value="([^"]*)"', row) for row in rows]
    return [dict(zip(("lbm", "mbm"), map(Decimal, each), strict=True)) for each in cells]


def test_every_walk_of_the_page_adds_up(page: str, crossfoot: Any, warehouse: Path) -> None:
    """First figure and steps are the last figure, digit by digit; the command says the same."""
    for table in ("walk-1", "restated-2026-03"):
        lines = _amounts(page, table)
        for basis in ("lbm", "mbm"):
            assert sum(each[basis] for each in lines[:-1]) == lines[-1][basis]
            assert any(each[basis] for each in lines[1:-1])

    told = crossfoot("diff", "--warehouse", warehouse, "--period", "2026-03", "--json")
    lbm = json.loads(told.stdout)["reported"]["measures"]["total_lbm"]
    lines = _amounts(page, "restated-2026-03")

    assert lines[0]["lbm"] == Decimal(lbm["before_ug"]).scaleb(-9)
    assert lines[-1]["lbm"] == Decimal(lbm["after_ug"]).scaleb(-9)
    assert "AWS corrected it" in page
    assert "March 2026: published 2 times" in page


def test_limits_and_targets_of_a_configuration_stand_on_the_page(page: str) -> None:
    """Each limit with its state, each target with its years, and the year by the fiscal one."""
    section = page.partition('id="outlook"')[2].partition("</section>")[0]
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in section.split("<tr>")]

    assert any(row.startswith("any at all warning") and "breached since" in row for row in rows)
    assert any(row.startswith("any at all critical") and row.endswith("within") for row in rows)
    assert sum(row.startswith("a tenth &lt;less&gt; total_mbm linear") for row in rows) == 2
    assert any(row.startswith("FY2027 LBM") for row in rows)
    assert "Base year FY2027, total_lbm: a change by more than 5 %" in page
    assert "10 of its months are not published" in page


def test_a_first_month_says_nothing_of_time(
    crossfoot: Any, small_warehouse: Path, tmp_path: Path
) -> None:
    """There is nothing to compare: no section, and no entry in the contents."""
    html = tmp_path / "report.html"
    assert crossfoot("report", "--warehouse", small_warehouse, "--html", html).exit_code == 0

    assert 'id="time"' not in html.read_text(encoding="utf-8")
