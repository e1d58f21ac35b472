"""The roll-up's SQL where grids are known by the hour: DuckDB's dialect, around the one roll-up.

The mean of a row weighs each line with its amount, as the roll-up sums it; with its on-demand value
where a kind of usage has no amount to model by. Lines of less than nothing, which correct others,
weigh nothing. One line whose interval is not wholly known leaves the row without a mean: a part of
a month would pass for all of it.
"""

from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp

from crossfoot.adapters import usage_sql
from crossfoot.adapters.observations import GRID
from crossfoot.domain.configuration import TagKey

LIST_INTERVALS: Final = """
    SELECT region_code, usage_start, usage_end, count(*) AS line_count,
        CAST(coalesce(sum(TRY_CAST(round(on_demand_cost * 1e9) AS BIGINT)), 0) AS BIGINT)
            AS on_demand_nano
    FROM lines_of_month
    WHERE exclusion IS NULL AND region_code IN (SELECT region_code FROM grid_regions)
    GROUP BY ALL
    ORDER BY ALL
"""
"""Distinct intervals of usage in the Regions that have a series, with what stands on them."""

_JOIN: Final = (
    "l.region_code = g.region_code "
    "AND l.usage_start = g.usage_start AND l.usage_end = g.usage_end AND NOT k.is_global"
)
_WEIGHT: Final = "CAST(greatest(coalesce({amount}, on_demand_nano, 0), 0) AS HUGEINT)"
_MEAN: Final = """
    CASE
        WHEN sum({weight}) > 0 AND NOT bool_or({weight} > 0 AND grid_nano IS NULL)
            THEN CAST(
                (2 * sum({weight} * grid_nano) + sum({weight})) // (2 * sum({weight})) AS BIGINT
            )
    END
"""


@cache
def roll_up_with_grid(tag_keys: tuple[TagKey, ...]) -> str:
    """Return the roll-up with the mean intensity of each row as the last column.

    Reads ``grid_intervals`` beside the tables of ``usage_sql.roll_up_usage``.
    """
    outer = usage_sql.roll_up_select(tag_keys)
    summed, weighed = (subquery.this for subquery in outer.find_all(exp.Subquery))
    weighed.select(exp.column("grid_nano", table="g"), copy=False)
    weighed.join("grid_intervals AS g", on=_JOIN, join_type="left", dialect="duckdb", copy=False)
    weight = _WEIGHT.format(amount=_amount(summed).sql("duckdb"))
    mean = sqlglot.parse_one(_MEAN.format(weight=weight), read="duckdb")
    summed.select(exp.alias_(mean, GRID), copy=False)
    return outer.select(exp.column(GRID, table="u")).sql("duckdb", comments=False)


def _amount(summed: exp.Select) -> exp.Expression:
    """Return what the roll-up sums up as the amount of a model."""
    column = next(e for e in summed.expressions if e.alias == "model_nano")
    found = column.find(exp.Sum)
    assert found is not None  # noqa: S101 - our own file
    amount: exp.Expression = found.this
    return amount
