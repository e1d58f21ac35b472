"""What is asked of the published tables beside AWS's Sustainability API, in SQL of both engines."""

from collections.abc import Collection, Mapping
from typing import Final

from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import CARBON_CROSS_CHECK, WATER_ALLOCATED, WATER_REPORTED

USAGE_KEYS: Final = (
    *("usage_period", "run_id", "usage_account_id", "region_code", "carbon_service"),
    *("service_code", "resource_id", "usage_family"),
)
"""What tells one bearer of water from another."""

SHARD: Final = "shard"
"""Last digit of the account: accounts are spread evenly over the ten."""

_NOTHING: Final = "CAST(NULL AS DECIMAL(18, 9))"
_MARKED: Final = (
    (WATER_REPORTED.name, "water_year", "record_id"),
    (WATER_ALLOCATED.name, "water_year", "spread_id"),
    (CARBON_CROSS_CHECK.name, "usage_period", "record_id"),
)


def year_usage_query(months: Mapping[UsagePeriod, str], *, with_shard: bool) -> str:
    """Return what could bear water in some months: estimated water and on-demand value, whole.

    The value is the ledger's, so that a month without an estimate still has weights. Rows without
    any weight bear nothing and are left out. The answer is in no order.

    Parameters
    ----------
    months : mapping of UsagePeriod to str
        Published months; nowcasts of AWS's silent months have no water to bear.
    with_shard : bool
        Whether the last column is the last digit of the account.
    """
    keys = ", ".join(USAGE_KEYS)
    chosen = _in("usage_period", [month.text for month in months])
    shard = f", SUBSTR(usage_account_id, LENGTH(usage_account_id), 1) AS {SHARD}"
    return f"""
        SELECT {keys},
            {_whole("GREATEST(COALESCE(SUM(water_site_l), 0), 0)")} AS water_nl,
            {_whole("GREATEST(COALESCE(SUM(on_demand_cost), 0), 0)")} AS on_demand_nano
            {shard if with_shard else ""}
        FROM (
            SELECT {keys}, {_NOTHING} AS water_site_l, on_demand_cost
            FROM emissions WHERE {chosen}
            UNION ALL
            SELECT {keys}, water_site_l, {_NOTHING} AS on_demand_cost
            FROM impacts WHERE {chosen}
        ) AS borne
        GROUP BY {keys}
        HAVING SUM(water_site_l) > 0 OR SUM(on_demand_cost) > 0
    """


def exported_query(deliveries: Mapping[str, UsagePeriod]) -> str:
    """Return the figures of some deliveries by cell, in whole micrograms, null where not given."""
    periods = {period.text for period in deliveries.values()}
    sums = ", ".join(f"{_whole(f'SUM({column_of(each)})')} AS {each}" for each in MEASURES)
    cell = "delivery_id, usage_account_id, region_code, carbon_service"
    return f"""
        SELECT {cell}, {sums} FROM carbon_reported
        WHERE {_in("usage_period", periods)} AND {_in("delivery_id", deliveries)}
        GROUP BY {cell}
    """


def marks_query() -> str:
    """Return the newest record of every year and month, by table: its name and its digest."""
    return " UNION ALL ".join(
        f"""
        SELECT '{table}' AS table_name, {subject} AS subject,
            MAX_BY({name}, recorded_at) AS name,
            MAX_BY(content_digest, recorded_at) AS content_digest
        FROM {table} GROUP BY {subject}
        """
        for table, subject, name in _MARKED
    )


def _whole(amount: str) -> str:
    """Return SQL for a decimal with nine places as the whole number of its last place."""
    return f"CAST(CAST({amount} AS DECIMAL(28, 9)) * CAST(1000000000 AS DECIMAL(10, 0)) AS BIGINT)"


def _in(column: str, ids: Collection[str]) -> str:
    """Return a condition; ids are our own and hold no quote."""
    if any("'" in each for each in ids):
        raise ValueError(f"{column} cannot hold a quote")
    listed = ", ".join(f"'{each}'" for each in sorted(ids))
    return f"{column} IN ({listed})" if listed else "1 = 0"
