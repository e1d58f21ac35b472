"""The report's breakdowns: largest names per period, what is left of the rest beside them.

Each answer sums to the period's total: names beyond the top are summed in the database into one
row of kind ``rest``, so neither a gram nor three million resources are in the page.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crossfoot.report.aggregates import ALL_PERIODS, PUBLISHED
from crossfoot.report.source import ReportSource

TOP_VALUES: Final = 20
TOP_ACCOUNTS: Final = 10
TOP_SERVICES: Final = 6
TOP_RESOURCES: Final = 6
TOP_RANGES: Final = 12
ALL_NAMES: Final = 1000

NAMED: Final = "named"
NONE: Final = "none"
REST: Final = "rest"
UNALLOCATED: Final = "unallocated"

_IS_UNALLOCATED: Final = "allocation_level = 'unallocated'"
_SERVICE_KIND: Final = (
    f"CASE WHEN {_IS_UNALLOCATED} THEN '{UNALLOCATED}'"
    f" WHEN coalesce(service_code, carbon_service) IS NULL THEN '{NONE}' ELSE '{NAMED}' END"
)
_SERVICE: Final = (
    f"CASE WHEN {_IS_UNALLOCATED} THEN carbon_service"
    " ELSE coalesce(service_code, carbon_service) END"
)
_WEIGHT: Final = "greatest(abs(coalesce(sum(lbm), 0)), abs(coalesce(sum(mbm), 0)))"
"""Both series count, so that switching between them does not change the list."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One name of a breakdown. ``kind``: named, none, unallocated or rest. [kg CO2e]."""

    kind: str
    name: str | None
    n_names: int
    n_rows: int
    lbm: Decimal | None
    mbm: Decimal | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One rectangle of account, service and resource; each step has its kind. [kg CO2e]."""

    account_kind: str
    account: str | None
    account_name: str | None
    service_kind: str | None
    service: str | None
    resource_kind: str | None
    resource: str | None
    n_rows: int
    lbm: Decimal | None
    mbm: Decimal | None


@dataclass(frozen=True, slots=True)
class MethodRange:
    """The published figure of a service in an account, and the bounds over methods. [kg CO2e]."""

    account: str
    account_name: str | None
    service: str
    lbm: Decimal | None
    lbm_low: Decimal | None
    lbm_high: Decimal | None
    mbm: Decimal | None
    mbm_low: Decimal | None
    mbm_high: Decimal | None


@dataclass(frozen=True, slots=True)
class Reason:
    """What stayed unallocated in one place, and why. [kg CO2e]."""

    reason: str | None
    account: str | None
    region: str | None
    service: str | None
    n_rows: int
    lbm: Decimal | None
    mbm: Decimal | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a shared pool took from or gave to one consumer. [kg CO2e]."""

    pool: str
    method: str
    driver: str
    consumer_kind: str | None
    consumer: str | None
    lbm: Decimal | None
    mbm: Decimal | None


type ByPeriod[T] = Mapping[str, tuple[T, ...]]
"""Keyed by usage period, and by ``ALL_PERIODS`` for the whole span."""


def tag_columns(source: ReportSource) -> tuple[str, ...]:
    """Return the configured tag columns of the ledger, in their order."""
    names = [row["column_name"] for row in source.rows("DESCRIBE emissions")]
    return tuple(name for name in names if name.startswith("tag_"))


def by_region(source: ReportSource) -> ByPeriod[Slice]:
    """Return every Region with its two totals."""
    return _slices(source, f"'{NAMED}'", "region_code", ALL_NAMES)


def by_level(source: ReportSource) -> ByPeriod[Slice]:
    """Return the allocation levels with what each placed."""
    kind = f"CASE WHEN {_IS_UNALLOCATED} THEN '{UNALLOCATED}' ELSE '{NAMED}' END"
    return _slices(source, kind, "allocation_level", ALL_NAMES)


def by_tag(source: ReportSource, column: str) -> ByPeriod[Slice]:
    """Return the largest values of a tag, the untagged part, and what was not allocated."""
    quoted = '"' + column.replace('"', '""') + '"'
    kind = (
        f"CASE WHEN {_IS_UNALLOCATED} THEN '{UNALLOCATED}'"
        f" WHEN {quoted} IS NULL THEN '{NONE}' ELSE '{NAMED}' END"
    )
    name = f"CASE WHEN {_IS_UNALLOCATED} THEN NULL ELSE {quoted} END"
    return _slices(source, kind, name, TOP_VALUES)


def by_resource(source: ReportSource, periods: tuple[str, ...]) -> ByPeriod[Leaf]:
    """Return account, service and resource, the largest of each within the step above.

    A query a period keeps the memory to one period's resources.
    """
    found = {period: _leaves(source, period) for period in periods}
    return found | {ALL_PERIODS: _leaves(source, None)}


def by_method_range(source: ReportSource) -> ByPeriod[MethodRange]:
    """Return the largest services within accounts with low and high over the methods.

    An account's total is AWS's own and no method moves it; a service's share in it does move.
    """
    amounts = ("lbm", "lbm_low", "lbm_high", "mbm", "mbm_low", "mbm_high")
    sums = ", ".join(f"sum({amount}) AS {amount}" for amount in amounts)
    bounds = ", ".join(
        f"sum(total_{basis}_{end}_kgco2e) AS {basis}_{end}"
        for basis in ("lbm", "mbm")
        for end in ("low", "high")
    )
    rows = source.rows(
        "WITH figures AS (SELECT usage_period, usage_account_id AS account,"
        " max(account_name) AS account_name, service_code AS service,"
        " sum(total_lbm_kgco2e) AS lbm, sum(total_mbm_kgco2e) AS mbm FROM emissions"
        f" WHERE {PUBLISHED} AND service_code IS NOT NULL GROUP BY ALL),"
        " bounds AS (SELECT usage_period, usage_account_id AS account, service_code AS service,"
        f" {bounds} FROM emissions_ranges WHERE service_code IS NOT NULL GROUP BY ALL),"
        " joined AS MATERIALIZED (SELECT * FROM figures"
        " JOIN bounds USING (usage_period, account, service)),"
        f" both_spans AS (SELECT usage_period AS period, * EXCLUDE (usage_period) FROM joined"
        f" UNION ALL BY NAME SELECT '{ALL_PERIODS}' AS period, account,"
        f" max(account_name) AS account_name, service, {sums} FROM joined GROUP BY ALL)"
        " SELECT * FROM both_spans QUALIFY row_number() OVER (PARTITION BY period ORDER BY"
        " greatest(abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0))) DESC, account, service)"
        f" <= {TOP_RANGES} ORDER BY period,"
        " greatest(abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0))) DESC, account, service"
    )
    return by_period(rows, MethodRange)


def unallocated(source: ReportSource) -> ByPeriod[Reason]:
    """Return what was not allocated, by reason and place; the key column holds the reason."""
    rows = source.rows(
        "WITH base AS MATERIALIZED (SELECT usage_period AS period, allocation_key AS reason,"
        " usage_account_id AS account, region_code AS region, carbon_service AS service,"
        " count(*) AS n_rows, sum(total_lbm_kgco2e) AS lbm, sum(total_mbm_kgco2e) AS mbm"
        f" FROM emissions WHERE {PUBLISHED} AND {_IS_UNALLOCATED} GROUP BY ALL),"
        f" both_spans AS (SELECT * FROM base UNION ALL SELECT '{ALL_PERIODS}', reason, account,"
        " region, service, sum(n_rows), sum(lbm), sum(mbm) FROM base GROUP BY ALL),"
        " placed AS (SELECT *, row_number() OVER (PARTITION BY period, reason ORDER BY"
        " greatest(abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0))) DESC, account, region, service)"
        f" <= {TOP_VALUES} AS is_kept FROM both_spans)"
        " SELECT period, reason, CASE WHEN is_kept THEN account END AS account,"
        " CASE WHEN is_kept THEN region END AS region,"
        " CASE WHEN is_kept THEN service END AS service, sum(n_rows) AS n_rows,"
        f" sum(lbm) AS lbm, sum(mbm) AS mbm FROM placed GROUP BY ALL ORDER BY period, {_WEIGHT}"
        " DESC, reason, account, region, service"
    )
    return by_period(rows, Reason)


def redistributed(source: ReportSource) -> ByPeriod[Moved]:
    """Return what each shared pool moved; consumers beyond the top are one row without a name."""
    rows = source.rows(
        "WITH base AS MATERIALIZED (SELECT usage_period AS period, pool, method, driver,"
        " consumer_kind, consumer, sum(total_lbm_kgco2e) AS lbm, sum(total_mbm_kgco2e) AS mbm"
        " FROM redistributions GROUP BY ALL),"
        f" both_spans AS (SELECT * FROM base UNION ALL SELECT '{ALL_PERIODS}', pool, method,"
        " driver, consumer_kind, consumer, sum(lbm), sum(mbm) FROM base GROUP BY ALL),"
        " placed AS (SELECT *, row_number() OVER (PARTITION BY period, pool ORDER BY"
        " greatest(abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0))) DESC, consumer)"
        f" <= {TOP_VALUES} AS is_kept FROM both_spans)"
        " SELECT period, pool, method, driver, consumer_kind,"
        " CASE WHEN is_kept THEN consumer END AS consumer, sum(lbm) AS lbm, sum(mbm) AS mbm"
        f" FROM placed GROUP BY ALL ORDER BY period, pool, sum(lbm), consumer"
    )
    return by_period(rows, Moved)


def _slices(source: ReportSource, kind: str, name: str, top: int) -> ByPeriod[Slice]:
    rows = source.rows(
        f"WITH base AS MATERIALIZED (SELECT usage_period AS period, {kind} AS kind,"
        f" {name} AS name, count(*) AS n_rows, sum(total_lbm_kgco2e) AS lbm,"
        f" sum(total_mbm_kgco2e) AS mbm FROM emissions WHERE {PUBLISHED} GROUP BY ALL),"
        f" both_spans AS (SELECT * FROM base UNION ALL SELECT '{ALL_PERIODS}', kind, name,"
        " sum(n_rows), sum(lbm), sum(mbm) FROM base GROUP BY ALL),"
        f" placed AS (SELECT *, kind <> '{NAMED}' OR row_number() OVER"
        " (PARTITION BY period, kind ORDER BY greatest(abs(coalesce(lbm, 0)),"
        f" abs(coalesce(mbm, 0))) DESC, name) <= {top} AS is_kept FROM both_spans),"
        f" shown AS (SELECT period, CASE WHEN is_kept THEN kind ELSE '{REST}' END AS kind,"
        " CASE WHEN is_kept THEN name END AS name, count(*) AS n_names, sum(n_rows) AS n_rows,"
        " sum(lbm) AS lbm, sum(mbm) AS mbm FROM placed GROUP BY ALL)"
        f" SELECT * FROM shown ORDER BY period, kind = '{REST}', greatest("
        "abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0))) DESC, kind, name"
    )
    return by_period(rows, Slice)


def _leaves(source: ReportSource, period: str | None) -> tuple[Leaf, ...]:
    during = "" if period is None else " AND usage_period = ?"
    rows = source.rows(_leaf_sql(during), () if period is None else (period,))
    return tuple(_record(row, Leaf) for row in rows)


def _leaf_sql(during: str) -> str:
    """Return the query of a treemap: only resources of services that are shown are grouped.

    Grouping all resources first, and choosing then, takes five times longer at 3 million rows.
    """
    weight = "greatest(abs(coalesce(lbm, 0)), abs(coalesce(mbm, 0)))"
    sums = "sum(n_rows) AS n_rows, sum(lbm) AS lbm, sum(mbm) AS mbm"
    return (
        "WITH ledger AS (SELECT usage_account_id AS account, account_name,"
        f" {_SERVICE_KIND} AS service_kind, coalesce({_SERVICE}, '') AS service,"
        " resource_id AS resource, 1 AS n_rows, total_lbm_kgco2e AS lbm, total_mbm_kgco2e AS mbm"
        f" FROM emissions WHERE {PUBLISHED}{during}),"
        " services AS MATERIALIZED (SELECT account, max(account_name) AS account_name,"
        f" service_kind, service, {sums} FROM ledger GROUP BY account, service_kind, service),"
        " accounts AS (SELECT account, max(account_name) AS known_name,"
        f" row_number() OVER (ORDER BY {_WEIGHT} DESC, account) <= {TOP_ACCOUNTS} AS has_account"
        " FROM services GROUP BY account),"
        " placed AS MATERIALIZED (SELECT *, has_account AND row_number() OVER (PARTITION BY"
        f" account ORDER BY {weight} DESC, service_kind, service) <= {TOP_SERVICES} AS has_service"
        " FROM services JOIN accounts USING (account)),"
        f" resources AS (SELECT account, service_kind, service, resource, {sums} FROM ledger"
        " SEMI JOIN (SELECT * FROM placed WHERE has_service) USING (account, service_kind, service)"
        " GROUP BY ALL),"
        " ranked AS (SELECT *, row_number() OVER (PARTITION BY account, service_kind, service"
        f" ORDER BY {weight} DESC, resource) <= {TOP_RESOURCES} AS has_resource FROM resources),"
        f" leaves AS (SELECT '{NAMED}' AS account_kind, account, service_kind, service,"
        f" CASE WHEN NOT has_resource THEN '{REST}' WHEN resource IS NULL THEN '{NONE}'"
        f" ELSE '{NAMED}' END AS resource_kind, CASE WHEN has_resource THEN resource END"
        " AS resource, n_rows, lbm, mbm FROM ranked"
        f" UNION ALL SELECT CASE WHEN has_account THEN '{NAMED}' ELSE '{REST}' END,"
        f" CASE WHEN has_account THEN account END, CASE WHEN has_account THEN '{REST}' END,"
        " NULL, NULL, NULL, n_rows, lbm, mbm FROM placed WHERE NOT has_service)"
        " SELECT account_kind, account, known_name AS account_name, service_kind,"
        f" nullif(service, '') AS service, resource_kind, resource, {sums}"
        " FROM leaves LEFT JOIN accounts USING (account) GROUP BY ALL"
        f" ORDER BY account_kind, account, service_kind, service, {_WEIGHT} DESC, resource"
    )


def by_period[T](rows: list[dict[str, Any]], kind: type[T]) -> ByPeriod[T]:
    """Return answered rows as records, by the period that each row names."""
    found: defaultdict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[row.pop("period")].append(_record(row, kind))
    return {period: tuple(records) for period, records in found.items()}


def _record[T](row: dict[str, Any], kind: type[T]) -> T:
    counts = {name: int(value) for name, value in row.items() if name.startswith("n_")}
    return kind(**(row | counts))
