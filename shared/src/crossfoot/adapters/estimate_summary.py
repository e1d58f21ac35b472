"""What months came to by estimate, in one line: the gases with their range, and the coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.impacts import Basis
from crossfoot.domain.measures import Measure, column_of

_PHYSICAL: Final = ", ".join(f"'{basis.text}'" for basis in Basis if basis.is_physical)
_GHG: Final = ", ".join(
    f"sum(ghg_use_kgco2e{bound}) + sum(ghg_embodied_kgco2e{bound}) AS {name}"
    for name, bound in (("ghg", ""), ("low", "_low"), ("high", "_high"))
)
_SUMMARY: Final = f"""
    SELECT count(DISTINCT usage_period) AS n_months, {_GHG},
        count(*) AS n_rows,
        count(*) FILTER (WHERE estimate_basis IN ({_PHYSICAL})) AS n_physical_rows,
        count(DISTINCT currency_code) AS n_currencies,
        sum(physical_on_demand_cost) AS physical_cost,
        sum(coalesce(physical_on_demand_cost, 0) + coalesce(proxy_on_demand_cost, 0)
            + coalesce(carried_on_demand_cost, 0) + coalesce(unmodelled_on_demand_cost, 0)) AS cost,
        (SELECT sum({column_of(Measure.TOTAL_LBM)}) FROM emissions
            WHERE usage_period IN (SELECT DISTINCT usage_period FROM impacts)
                AND list_contains($periods, usage_period)) AS reported
    FROM impacts WHERE list_contains($periods, usage_period)
"""


@dataclass(frozen=True, slots=True)
class EstimateSummary:
    """The estimate of some months; ``None`` where there is no figure. [kg CO2e].

    ``reported`` is AWS's location-based total of the same months. ``covered_by_cost`` is the share
    of the on-demand value with a physical model, None where the values have several currencies.
    """

    n_months: int
    ghg: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reported: Decimal | None
    covered_by_rows: float
    covered_by_cost: float | None


def summary_of(session: QuerySession, periods: Sequence[str]) -> EstimateSummary | None:
    """Return what the months came to; None where none of them has an estimate."""
    (row,) = session.rows(_SUMMARY, {"periods": list(periods)})
    if not row["n_rows"]:
        return None
    is_one_currency = row["n_currencies"] == 1 and row["cost"] > 0
    physical = row["physical_cost"] or Decimal(0)
    return EstimateSummary(
        n_months=row["n_months"],
        ghg=row["ghg"],
        low=row["low"],
        high=row["high"],
        reported=row["reported"],
        covered_by_rows=row["n_physical_rows"] / row["n_rows"],
        covered_by_cost=float(physical / row["cost"]) if is_one_currency else None,
    )
