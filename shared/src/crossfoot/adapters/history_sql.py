"""What a nowcast asks of the published tables, in words that Athena and DuckDB both read.

Amounts are summed as decimals and answered as whole numbers of their ninth place: a sum is the
same in both engines, to the last digit.
"""

from collections.abc import Iterable
from typing import Final

from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod

KEYS: Final = ("usage_account_id", "region_code", "carbon_service")
WEIGHTS: Final = ("key_nano", "cost_nano")

_KEY: Final = (
    "CASE WHEN carbon_service IN ('AmazonEC2', 'AmazonS3', 'AmazonCloudFront') "
    "THEN driver_amount ELSE on_demand_cost END"
)
"""Buckets that AWS allocates by physical usage; the others by value (F-5, provider-mirror)."""


def _whole(amount: str) -> str:
    """Return SQL for a decimal with nine places as the whole number of its last place."""
    return f"CAST(CAST({amount} AS DECIMAL(28, 9)) * CAST(1000000000 AS DECIMAL(10, 0)) AS BIGINT)"


LABELS: Final = """
    SELECT delivery_id, usage_period, model_version, delivered_at, payer_account_id
    FROM carbon_reported WHERE length(usage_period) = 7
    GROUP BY 1, 2, 3, 4, 5 ORDER BY delivery_id
"""
"""Every delivery that has rows."""

FIGURES: Final = f"""
    SELECT delivery_id, {", ".join(KEYS)}, {
    ", ".join(f"{_whole(f'sum({column_of(each)})')} AS {each}" for each in MEASURES)
}
    FROM carbon_reported WHERE length(usage_period) = 7
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
"""What each delivery said of each cell."""

_PUBLISHED: Final = "SELECT usage_period FROM emissions WHERE status = 'published'"


def usage_of_months(months: Iterable[UsagePeriod] | None = None) -> str:
    """Return the query of the usage of published months by cell: a nowcast is not learnt from.

    Parameters
    ----------
    months : iterable of UsagePeriod, optional
        The published months, which spares Athena all others; else the query asks for them itself.
    """
    listed = _PUBLISHED if months is None else ", ".join(f"'{each.text}'" for each in months)
    return f"""
    SELECT usage_period, {", ".join(KEYS)},
        {_whole(f"sum(greatest({_KEY}, 0))")} AS key_nano,
        {_whole("sum(greatest(on_demand_cost, 0))")} AS cost_nano
    FROM usage WHERE length(usage_period) = 7 AND usage_period IN ({listed})
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
