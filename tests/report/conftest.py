"""A small warehouse in memory: every published table, filled with figures that cross-foot."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from crossfoot.domain.columns import EMISSIONS, IMPACTS, TABLES, Table
from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA
from crossfoot.domain.measures import MEASURES, SCOPES, TOTAL_PARTS, Measure, column_of
from crossfoot.domain.records import RECORD_TABLES

TAGS = ("tag_team", "tag_environment")
HOSTILE_TAG = "</script><img src=x onerror=alert(1)>"
HOSTILE_RESOURCE = "i-<b onmouseover=alert(2)>\u2028&\"'{a|x}"
FORMULA_TAG = '=HYPERLINK("evil","click")'

MONTHS = (
    *(f"2025-{month:02d}" for month in (5, 6, 7, 8, 9, 11, 12)),
    *(f"2026-{month:02d}" for month in range(1, 7)),
)
"""October 2025 is missing; the first two months have totals only, and were published before
there was an estimate; April 2026 is restated."""
TOTALS_ONLY = ("2025-05", "2025-06")
RESTATED = "2026-04"
ACCOUNTS = (
    ("111122223333", "payments-production", 5.0),
    ("222233334444", "analytics", 3.2),
    ("333344445555", "search-production", 2.1),
    ("444455556666", "payments-staging", 0.9),
    ("555566667777", "platform-shared", 0.7),
    ("666677778888", None, 0.2),
)
REGIONS = (("eu-central-1", 1.0, 0.31), ("us-east-1", 0.8, 0.42), ("eu-north-1", 0.25, 0.08),
           ("ap-southeast-2", 0.15, 0.66), ("global", 0.02, 0.5))  # fmt: skip
SERVICES = (
    ("AmazonEC2", ("AmazonEC2", "AmazonEKS"), 1.0, "instance"),
    ("AmazonS3", ("AmazonS3",), 0.3, "storage"),
    ("Other", ("AmazonRDS", "AWSLambda", "AmazonOpenSearchService"), 0.55, "other"),
)
TEAMS = ("checkout", "ledger", "insight", "search", "platform", "ml-research", None, None)
_WEIGHTS = tuple(map(Decimal, ("3", "0.9", "0.3", "40", "4", "0.0001", "0.0002", "1", "9")))
_SCALES = tuple(map(Decimal, ("1", "0.5", "2")))
"""The estimate is 1.2 times what AWS reported, from 0.6 to 2.4 times."""
NAMES = {"AmazonEC2": "i-", "AmazonS3": "bucket-", "AmazonRDS": "db:", "AWSLambda": "function:"}


def kilograms(micrograms: int | None) -> Decimal | None:
    """Return micrograms as the DECIMAL(18,9) of the published tables."""
    return None if micrograms is None else Decimal(micrograms).scaleb(-9)


@dataclass
class MemoryWarehouse:
    """A ``ReportSource`` over DuckDB in memory, with the SQL that it was asked."""

    title: str = "Example organisation"
    asked: list[str] = field(default_factory=list)
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Answer a query as dictionaries."""
        self.asked.append(sql)
        cursor = self.connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def create(self, table: Table) -> None:
        """Create a published table, empty."""
        columns = ", ".join(f'"{c.name}" {c.athena_type}' for c in table.with_tags(TAGS))
        self.connection.execute(f"CREATE TABLE {table.name} ({columns})")

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Insert rows of equal keys; columns that they do not name stay null."""
        names = ", ".join(f'"{name}"' for name in rows[0])
        self.connection.register("arrived", pa.Table.from_pylist(rows))
        self.connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM arrived")
        self.connection.unregister("arrived")


def empty_warehouse() -> MemoryWarehouse:
    """Return a warehouse with every table and no row."""
    warehouse = MemoryWarehouse()
    for table in (*TABLES, *RECORD_TABLES):
        warehouse.create(table)
    return warehouse


def fill(warehouse: MemoryWarehouse, *, is_hostile: bool = True) -> MemoryWarehouse:
    """Fill every table with the same figures on every call."""
    draw = random.Random(20260614)  # noqa: S311 - figures, not secrets
    for at, period in enumerate(MONTHS):
        emissions = _month(draw, period, growth=1 + 0.03 * at, is_hostile=is_hostile)
        warehouse.insert("emissions", emissions)
        warehouse.insert("emissions_ranges", [_range_of(draw, row) for row in emissions])
        if period not in TOTALS_ONLY:
            warehouse.insert("impacts", _impacts_of(emissions))
        warehouse.insert("reconciliation", _proof_of(period, emissions))
        warehouse.insert("usage_lines", _lines_of(period))
        warehouse.insert("carbon_reported", _deliveries_of(period, emissions))
        warehouse.insert("redistributions", _moves_of(period))
    warehouse.insert("restatements", _restated())
    return warehouse


@dataclass(frozen=True)
class Usage:
    """What one row of the ledger is about."""

    period: str
    account: str
    name: str | None
    region: str
    bucket: str
    product: str | None
    family: str | None
    intensity: float
    number: int = 0


def _month(draw: random.Random, period: str, *, growth: float, is_hostile: bool) -> list[Any]:
    rows = []
    for account, name, size in ACCOUNTS:
        for region, share, intensity in REGIONS:
            for bucket, products, weight, family in SERVICES:
                if region == "global" and bucket != "Other":
                    continue
                kg = size * share * weight * growth * draw.uniform(90, 130)
                for product in products:
                    for number in range(3):
                        usage = Usage(
                            period,
                            account,
                            name,
                            region,
                            bucket,
                            product,
                            family,
                            intensity,
                            number,
                        )
                        rows.append(
                            _row(draw, usage, kg * draw.uniform(0.5, 1) / (number + 1) ** 2)
                        )
    rows.append(_unallocated(draw, period))
    if is_hostile:
        rows[0] |= {"tag_team": HOSTILE_TAG, "resource_id": HOSTILE_RESOURCE}
        rows[1] |= {"tag_team": FORMULA_TAG, "account_name": "<script>alert(3)</script>"}
    return rows


def _row(draw: random.Random, usage: Usage, kg: float) -> dict[str, Any]:
    period, bucket, product = usage.period, usage.bucket, usage.product
    kept = random.Random(f"{usage.account} {usage.region} {product} {usage.number}")  # noqa: S311
    resource = NAMES.get(product or "", "res-") + f"{kept.getrandbits(48):012x}"
    levels = draw.choices(("service-key", "service-cost", "region-cost"), (8, 2, 1))
    return {
        "usage_period": period,
        "run_id": f"run-{period}-b" if period == RESTATED else f"run-{period}-a",
        "model_version": "v2.0.1" if period in TOTALS_ONLY else "v3.0.1",
        "status": "published",
        "payer_account_id": "111122223333",
        "usage_account_id": usage.account,
        "account_name": usage.name,
        "region_code": usage.region,
        "carbon_service": bucket,
        "service_code": product,
        "resource_id": resource if kept.random() > 0.12 else None,
        "usage_family": usage.family,
        "tag_team": kept.choice(TEAMS),
        "tag_environment": kept.choice(("production", "production", "staging", None)),
        "allocation_method": "provider-mirror",
        "allocation_key": "instance-hours" if bucket == "AmazonEC2" else "on-demand-cost",
        "allocation_level": levels[0],
        **_masses(period, kg, usage.intensity),
        "on_demand_cost": kilograms(int(kg * 9e9)),
        "unblended_cost": kilograms(int(kg * 7e9)),
        "currency_code": "USD",
    }


def _unallocated(draw: random.Random, period: str) -> dict[str, Any]:
    usage = Usage(
        period, "666677778888", None, "ap-southeast-2", "AmazonCloudFront", None, None, 0.6
    )
    row = _row(draw, usage, 14.2)
    return row | {
        "resource_id": None,
        "tag_team": None,
        "tag_environment": None,
        "allocation_key": "the account has no usage in this month",
        "allocation_level": "unallocated",
    }


def _masses(period: str, kg: float, intensity: float) -> dict[str, Decimal | None]:
    grams = {
        Measure.SCOPE_1: int(kg * 0.06e9) + 1,
        Measure.SCOPE_2_LBM: int(kg * intensity * 1.3e9),
        Measure.SCOPE_2_MBM: int(kg * intensity * 0.17e9),
        Measure.SCOPE_3_LBM: int(kg * 0.42e9) + 7,
        Measure.SCOPE_3_MBM: int(kg * 0.33e9) + 3,
    }
    totals = {total: sum(grams[part] for part in parts) for total, parts in TOTAL_PARTS.items()}
    scopes = dict.fromkeys(SCOPES) if period in TOTALS_ONLY else grams
    return {column_of(m): kilograms(a) for m, a in {**scopes, **totals}.items()}


def _range_of(draw: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    key = {
        column.name: row.get(column.name)
        for column in EMISSIONS.with_tags(TAGS)[: 13 + len(TAGS)]
        if column.name not in {"status", "account_name", "ou_path"}
    }
    low, high = Decimal(str(round(draw.uniform(0.6, 1), 2))), Decimal("1.3")
    bounds = {}
    for measure in MEASURES:
        amount = row[column_of(measure)]
        bounds[f"{measure}_low_kgco2e"] = None if amount is None else amount * low
        bounds[f"{measure}_high_kgco2e"] = None if amount is None else amount * high
    return key | bounds


def _impacts_of(emissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Estimate what stands on usage: machines a quarter idle, the last kinds by cost alone."""
    placed = [row for row in emissions if row["allocation_level"] != "unallocated"]
    return [_impact_of(row) for row in placed]


def _impact_of(row: dict[str, Any]) -> dict[str, Any]:
    copied = {
        column.name: row.get(column.name)
        for column in IMPACTS.with_tags(TAGS)
        if column.name in row
    }
    is_machine = row["usage_family"] == "instance"
    is_proxy = row["usage_family"] == "other"
    reported = row["total_lbm_kgco2e"]
    cost = row["on_demand_cost"]
    figures = {
        f"{criterion}{bound}": round(reported * weight * scale, 9)
        for criterion, weight in zip(CRITERIA, _WEIGHTS, strict=True)
        for bound, scale in zip(BOUNDS, _SCALES, strict=True)
    }
    idle = {f"idle_{each}": figures[each] / 4 if is_machine else None for each in IDLE_CRITERIA}
    return {
        **copied,
        "factor_set": "f-0123456789abcdef",
        "estimate_basis": "cost-proxy" if is_proxy else "machine-listed",
        "estimate_models": "cost" if is_proxy else "machine:m6i.large, storage:ebs-gp3",
        "cpu_load_percent": Decimal("12.5") if is_machine else None,
        **figures,
        **idle,
        "physical_on_demand_cost": None if is_proxy else cost,
        "proxy_on_demand_cost": cost if is_proxy else None,
    }


def _proof_of(period: str, emissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    checks = []
    for measure in MEASURES:
        total = sum((row[column_of(measure)] or Decimal(0)) for row in emissions)
        if period in TOTALS_ONLY and measure in SCOPES:
            continue
        checks.append(_check(period, "carbon-cell", measure, "kg CO2e", total, total))
    checks.append(_check(period, "usage-money", "on_demand_cost", "USD", 9123, 9123))
    checks.append(_check(period, "usage-rows", "line_count", "1", 120_500, 120_500))
    rounding = Decimal("0.001000000")
    checks.append(_check(period, "aws-rounding", "total_mbm", "kg CO2e", 800, 800 + rounding))
    return checks


def _check(period: str, name: str, measure: str, unit: str, expected: Any, actual: Any) -> Any:
    return {
        "usage_period": period,
        "run_id": f"run-{period}-a",
        "check_name": name,
        "measure": str(measure),
        "unit": unit,
        "expected_amount": Decimal(expected),
        "actual_amount": Decimal(actual),
        "difference": Decimal(actual) - Decimal(expected),
        "is_proven": True,
    }


def _lines_of(period: str) -> list[dict[str, Any]]:
    kinds = (
        ("Usage", "AWS", True, "physical usage", 81_000, 6100),
        ("SavingsPlanCoveredUsage", "AWS", True, "physical usage", 32_000, 2400),
        ("DiscountedUsage", "AWS", True, "physical usage", 7_500, 623),
        ("Tax", "AWS", False, "money without usage", 420, 311),
        ("RIFee", "AWS", False, "a fee; the use it pays for is counted", 36, 900),
        ("Usage", "AWS Marketplace", False, "usage of another provider", 610, 1450),
    )  # fmt: skip
    return [
        {
            "usage_period": period,
            "run_id": f"run-{period}-a",
            "line_item_type": kind,
            "billing_entity": entity,
            "is_included": is_included,
            "reason": reason,
            "line_count": count,
            "on_demand_cost": Decimal(cost),
            "unblended_cost": Decimal(cost) * Decimal("0.81"),
            "currency_code": "USD",
        }
        for kind, entity, is_included, reason, count, cost in kinds
    ]


def _deliveries_of(period: str, emissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = {m: sum((row[column_of(m)] or Decimal(0)) for row in emissions) for m in MEASURES}
    versions = [("v3.0.1", 2, Decimal(1))]
    if period in TOTALS_ONLY:
        versions = [("v2.0.1", 1, Decimal(1))]
    elif period == RESTATED:
        versions = [("v3.0.0", 1, Decimal("0.9")), *versions]
    return [
        {
            "usage_period": period,
            "delivery_id": f"{version}-{period}",
            "delivered_at": datetime(2026, 6, 10 + order, 9, 30, tzinfo=UTC).replace(tzinfo=None),
            "model_version": version,
            "payer_account_id": "111122223333",
            "usage_account_id": "111122223333",
            "region_code": "eu-central-1",
            **{column_of(m): round(amount * share, 9) for m, amount in now.items()},
        }
        for version, order, share in versions
    ]


def _moves_of(period: str) -> list[dict[str, Any]]:
    moves = (("platform-shared", "-30"), ("payments-production", "18.5"), ("analytics", "11.5"))
    return [
        {
            "usage_period": period,
            "run_id": f"run-{period}-a",
            "pool": "shared network",
            "method": "step-down",
            "driver": "on-demand cost",
            "consumer_kind": "account",
            "consumer": consumer,
            "total_lbm_kgco2e": Decimal(amount) * 2,
            "total_mbm_kgco2e": Decimal(amount),
        }
        for consumer, amount in moves
    ]


def _restated() -> list[dict[str, Any]]:
    return [
        {
            "usage_period": RESTATED,
            "run_id": f"run-{RESTATED}-b",
            "previous_run_id": f"run-{RESTATED}-a",
            "restated_at": datetime(2026, 6, 12, 10, 0, tzinfo=UTC).replace(tzinfo=None),
            "cause": "model-version",
            "previous_model_version": "v3.0.0",
            "model_version": "v3.0.1",
            "usage_account_id": account,
            "region_code": "eu-central-1",
            "carbon_service": "AmazonEC2",
            "measure": measure,
            "before_kgco2e": Decimal("200.5"),
            "after_kgco2e": Decimal("221.75"),
        }
        for account in ("111122223333", "222233334444")
        for measure in ("total_lbm", "total_mbm")
    ]


@pytest.fixture(scope="session")
def filled_warehouse() -> MemoryWarehouse:
    """Thirteen months with everything that a warehouse may hold, hostile names included."""
    return fill(empty_warehouse())


@pytest.fixture
def empty() -> MemoryWarehouse:
    """Every table, and no row."""
    return empty_warehouse()
