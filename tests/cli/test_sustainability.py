"""AWS's Sustainability API at the door: vintages of water, a spread that sums, sources compared."""

import json
import os
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from crossfoot.domain.sustainability import EMISSIONS_TYPES

YEAR: Final = "2025"
MONTHS: Final = tuple(f"{YEAR}-{month:02d}" for month in range(1, 13))
REGION: Final = "eu-central-1"
AFTER: Final = "2026-02-01T00:00:00+00:00"
TONNES: Final = {
    "SCOPE_1": 0.000001,
    "SCOPE_2_LBM": 0.000020,
    "SCOPE_2_MBM": 0.000003,
    "SCOPE_3_LBM": 0.000100,
    "SCOPE_3_MBM": 0.000100,
    "TOTAL_LBM": 0.000121,
    "TOTAL_MBM": 0.000104,
}
"""What a row of the tests' carbon export says."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, delivered: Any, crossfoot: Any) -> Path:
    """Publish twelve months of one account, with a machine in January and December."""
    place = tmp_path_factory.mktemp("year")
    for month in MONTHS:
        _report(place, delivered, month)
    for month, hours in ((MONTHS[0], 1.0), (MONTHS[-1], 3.0)):
        _use(place, delivered, month, hours)
    _run(crossfoot, place, place / "warehouse")
    return place


@pytest.fixture
def warehouse(year: Path, tmp_path: Path) -> Path:
    """Return a copy of the year's warehouse."""
    copy = tmp_path / "warehouse"
    shutil.copytree(year / "warehouse", copy, symlinks=True)
    return copy


def _run(crossfoot: Any, place: Path, warehouse: Path) -> None:
    exports = "--carbon", place / "carbon", "--usage", place / "cur"
    result = crossfoot("run", *exports, "--out", warehouse)
    assert result.exit_code == 0, result.stderr


def _report(place: Path, delivered: Any, month: str) -> None:
    start = datetime.fromisoformat(f"{month}-01")
    carbon = {"usage_period_start": start, "usage_period_end": start.replace(day=28)}
    partition = f"carbon_model_version=v3.0.1/usage_period={month}"
    file = place / "carbon" / "data" / partition / "carbon-00001.snappy.parquet"
    delivered.parquet(file, delivered.carbon(carbon, {**carbon, "product_code": "Other"}))
    delivered.manifest(place / "carbon", partition, file.name)


def _use(place: Path, delivered: Any, month: str, hours: float) -> None:
    start = datetime.fromisoformat(f"{month}-01")
    line = {
        "bill_billing_period_start_date": start,
        "bill_billing_period_end_date": start.replace(day=28),
        "line_item_usage_start_date": start,
        "line_item_usage_end_date": start.replace(hour=1),
        "line_item_usage_amount": hours,
        "pricing_public_on_demand_cost": hours / 10,
    }
    partition = f"BILLING_PERIOD={month}"
    file = place / "cur" / "data" / partition / "cur-00001.snappy.parquet"
    delivered.parquet(file, delivered.cur(line))
    delivered.manifest(place / "cur", partition, file.name)


def _row(service: str, start: str, end: str, version: str) -> dict[str, Any]:
    return {
        "TimePeriod": {"Start": f"{start}-01T00:00:00+00:00", "End": f"{end}-01T00:00:00+00:00"},
        "DimensionsValues": {
            "USAGE_ACCOUNT_ID": "000000000002",
            "REGION": REGION,
            "SERVICE": service,
        },
        "ModelVersion": version,
    }


def _answered(path: Path, rows: list[dict[str, Any]], asked_at: str = AFTER) -> Path:
    path.write_text(json.dumps({"Results": rows}))
    instant = datetime.fromisoformat(asked_at).timestamp()
    os.utime(path, (instant, instant))
    return path


def water_of(path: Path, cubic_metres: float, asked_at: str = AFTER) -> Path:
    """Write an answer: water of EC2 for the year, and 1 m3 of a service that uses no machine."""
    amounts = {"AmazonEC2": cubic_metres, "Other": 1.0}
    rows = [
        {
            **_row(service, "2025-01", "2026-01", "v1.0.0"),
            "AllocationValues": {"TOTAL_WATER_WITHDRAWALS": {"Value": amount, "Unit": "m3"}},
        }
        for service, amount in amounts.items()
    ]
    return _answered(path, rows, asked_at)


def carbon_of(path: Path, version: str = "v3.0.1", **other: float) -> Path:
    """Write an answer: March as the export has it, but for what is given."""
    rows = [
        {
            **_row(service, "2025-03", "2025-04", version),
            "EmissionsValues": {
                name: {"Value": {**TONNES, **other}[measure.upper()], "Unit": "MTCO2e"}
                for measure, name in EMISSIONS_TYPES.items()
            },
        }
        for service in ("AmazonEC2", "Other")
    ]
    return _answered(path, rows)


def _asked(crossfoot: Any, warehouse: Path, *options: object) -> dict[str, Any]:
    result = crossfoot("sustainability", "--warehouse", warehouse, *options, "--json")
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def _query(crossfoot: Any, warehouse: Path, sql: str, *options: str) -> list[dict[str, Any]]:
    result = crossfoot("query", "--warehouse", warehouse, sql, "--format", "json", *options)
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout, parse_float=Decimal)
    return rows


def test_the_spread_of_a_year_sums_to_aws_cubic_metres(
    warehouse: Path, delivered: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """By cell exactly, and by the hours of each month; a restated month spreads it anew."""
    told = _asked(crossfoot, warehouse, "--water", water_of(tmp_path / "w.json", 7.8))
    (year,) = told["water"]
    assert (year["water_withdrawal_m3"], year["unspread"]) == ("8.800000000", None)
    _use(tmp_path, delivered, "2025-12", hours=12.0)
    _report(tmp_path, delivered, "2025-12")
    _run(crossfoot, tmp_path, warehouse)
    _asked(crossfoot, warehouse)

    rows = _query(
        crossfoot,
        warehouse,
        "SELECT carbon_service AS bucket, usage_period AS month, allocation_level AS level, "
        "water_withdrawal_m3 AS m3 FROM water_allocated ORDER BY recorded_at, 1, 2",
    )
    assert sum(row["m3"] for row in rows) == 2 * Decimal("8.8")
    assert [(row["bucket"], row["month"], row["level"], round(row["m3"], 2)) for row in rows] == [
        ("AmazonEC2", "2025-01", "service-key", Decimal("1.95")),
        ("AmazonEC2", "2025-12", "service-key", Decimal("5.85")),
        ("Other", "2025-01", "region-cost", Decimal("0.25")),
        ("Other", "2025-12", "region-cost", Decimal("0.75")),
        ("AmazonEC2", "2025-01", "service-key", Decimal("0.6")),
        ("AmazonEC2", "2025-12", "service-key", Decimal("7.2")),
        ("Other", "2025-01", "region-cost", Decimal("0.08")),
        ("Other", "2025-12", "region-cost", Decimal("0.92")),
    ]
    (both,) = _query(
        crossfoot,
        warehouse,
        "SELECT sum(water_withdrawal_l) AS aws, count(water_site_l) AS ours, count(*) AS n, "
        "sum(water_site_l) = (SELECT sum(water_site_l) FROM impacts) AS is_apart "
        "FROM water_reported_and_estimated",
    )
    assert (both["aws"], both["ours"], both["n"], both["is_apart"]) == (8800, 2, 4, True)


def test_the_same_again_changes_nothing_and_is_told_once(
    warehouse: Path, crossfoot: Any, tmp_path: Path, bytes_of: Any
) -> None:
    """Two cells differ in one measure: one event with both, however often it is found."""
    answers = (
        *("--water", water_of(tmp_path / "w.json", 7.8)),
        *("--carbon", carbon_of(tmp_path / "c.json", TOTAL_MBM=0.000102)),
    )
    (month,) = _asked(crossfoot, warehouse, *answers)["carbon"]
    before = bytes_of(warehouse)
    again = _asked(crossfoot, warehouse, *answers)
    looked = _asked(crossfoot, warehouse)

    assert bytes_of(warehouse) == before
    assert [year["is_new_vintage"] for year in (*again["water"], *looked["water"])] == [False] * 2
    assert [each["export_kgco2e"] for each in month["differences"]] == ["0.104000000"] * 2
    (line,) = (warehouse / "outbox" / "notices.jsonl").read_text().splitlines()
    event = json.loads(line)
    assert event["detail_type"] == "Carbon Sources Disagree"
    assert event["detail"]["data"]["differing_count"] == 2
    rows = _query(
        crossfoot,
        warehouse,
        "SELECT finding, count(*) AS n, sum(api_kgco2e) AS kg FROM carbon_cross_check "
        "WHERE measure = 'total_mbm' AND usage_account_id IS NOT NULL GROUP BY 1",
    )
    assert [(row["finding"], row["n"], row["kg"]) for row in rows] == [
        ("different", 2, Decimal("0.204"))
    ]


def test_water_is_answered_as_it_was_known(warehouse: Path, crossfoot: Any, tmp_path: Path) -> None:
    """Before it was kept there is none."""
    (published,) = _query(crossfoot, warehouse, "SELECT now() AS at")
    _asked(crossfoot, warehouse, "--water", water_of(tmp_path / "w.json", 7.8))
    count = "SELECT count(*) AS n FROM water_reported"

    (before,) = _query(crossfoot, warehouse, count, "--as-known-at", published["at"])
    (after,) = _query(crossfoot, warehouse, count)

    assert (before["n"], after["n"]) == (0, 2)


def test_what_is_told_is_readable(warehouse: Path, crossfoot: Any, tmp_path: Path) -> None:
    """Years with their cubic metres, and months with what differs."""
    water = water_of(tmp_path / "w.json", 7.8)
    carbon = carbon_of(tmp_path / "c.json", SCOPE_1=0.000005)
    said = crossfoot(
        "sustainability", "--warehouse", warehouse, "--water", water, "--carbon", carbon
    )
    newer = carbon_of(tmp_path / "c.json", "v3.1.0")
    blind = crossfoot("sustainability", "--warehouse", warehouse, "--carbon", newer)

    assert "8.800 m3" in said.stdout
    assert "spread over 12 months, 4 rows, to the microlitre" in said.stdout
    assert "2 cells compared, 2 figures differ by more than a gram" in said.stdout
    assert "API 0.005000000, export 0.001000000 kg CO2e" in said.stdout
    assert "no delivery of the export is of v3.1.0" in blind.stdout


def test_an_answer_that_cannot_be_used_keeps_nothing(
    warehouse: Path, crossfoot: Any, tmp_path: Path, bytes_of: Any
) -> None:
    """Not even the good one beside it."""
    before = bytes_of(warehouse)
    bad = tmp_path / "bad.json"
    bad.write_text("[]")
    good = water_of(tmp_path / "w.json", 7.8)
    answers = "--water", good, "--carbon", bad
    result = crossfoot("sustainability", "--warehouse", warehouse, *answers)

    assert result.exit_code == 2
    assert "ColumnTypeError" in result.stderr
    assert bytes_of(warehouse) == before
