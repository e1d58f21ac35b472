"""The walk from a figure back to AWS's row, to the usage that weighed it, and to the files."""

from collections.abc import Sequence
from typing import Any, Final

from crossfoot.adapters.estimate_explanation import explain_estimate
from crossfoot.adapters.nowcast_explanation import explain_nowcast
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.statuses import Status, status_of

_MASSES: Final = ", ".join(f"sum({column_of(m)}) AS {column_of(m)}" for m in MEASURES)
_REPORTED: Final = ", ".join(column_of(m) for m in MEASURES)
_SHOWN: Final = 50

_WHERE: Final = (
    "usage_period = $period AND usage_account_id = $account "
    "AND ($resource IS NULL OR resource_id = $resource)"
)

_FIGURE: Final = f"""
    SELECT any_value(account_name) AS account_name, any_value(ou_path) AS ou_path,
        count(*) AS n_rows, {_MASSES}, sum(on_demand_cost) AS on_demand_cost,
        sum(unblended_cost) AS unblended_cost, any_value(currency_code) AS currency_code
    FROM emissions WHERE {_WHERE}
"""

_ROWS: Final = f"""
    SELECT region_code, carbon_service, service_code, resource_id, usage_family, allocation_method,
        allocation_key, allocation_level, sum(total_lbm_kgco2e) AS total_lbm_kgco2e,
        sum(total_mbm_kgco2e) AS total_mbm_kgco2e
    FROM emissions WHERE {_WHERE}
    GROUP BY ALL
    ORDER BY abs(sum(total_lbm_kgco2e)) DESC NULLS LAST, region_code, carbon_service, service_code,
        resource_id, usage_family, allocation_key
    LIMIT {_SHOWN}
"""

_RANGE: Final = f"""
    SELECT sum(total_lbm_low_kgco2e) AS total_lbm_low_kgco2e,
        sum(total_lbm_high_kgco2e) AS total_lbm_high_kgco2e,
        sum(total_mbm_low_kgco2e) AS total_mbm_low_kgco2e,
        sum(total_mbm_high_kgco2e) AS total_mbm_high_kgco2e
    FROM emissions_ranges WHERE {_WHERE}
"""

_AWS_ROWS: Final = f"""
    SELECT c.region_code, c.product_code, c.carbon_service, {_REPORTED}, c.model_version,
        c.delivery_id, c.delivered_at, c.last_refresh_timestamp, c.source_path, c.source_row,
        c.source_sha256
    FROM carbon_reported AS c
    WHERE c.usage_period = $period AND c.usage_account_id = $account
        AND c.delivery_id = $delivery
        AND EXISTS (SELECT 1 FROM emissions AS e WHERE {_WHERE}
            AND e.region_code = c.region_code
            AND e.carbon_service IS NOT DISTINCT FROM c.carbon_service
            AND e.allocation_level IS NOT NULL)
    ORDER BY c.region_code, c.product_code
"""

_WEIGHTS: Final = f"""
    SELECT region_code, carbon_service, usage_family, driver_unit,
        sum(driver_amount) FILTER (matched) AS driver_amount,
        sum(driver_amount) AS driver_amount_of_cell,
        sum(on_demand_cost) FILTER (matched) AS on_demand_cost,
        sum(on_demand_cost) AS on_demand_cost_of_cell,
        CAST(sum(line_count) FILTER (matched) AS BIGINT) AS usage_lines
    FROM (SELECT *, ($resource IS NULL OR resource_id = $resource) AS matched FROM usage
        WHERE usage_period = $period AND usage_account_id = $account)
    GROUP BY ALL HAVING count(*) FILTER (matched) > 0 ORDER BY ALL LIMIT {_SHOWN}
"""

_LINES: Final = """
    SELECT line_item_type, billing_entity, is_included, reason, line_count, on_demand_cost,
        unblended_cost, currency_code
    FROM usage_lines WHERE usage_period = $period ORDER BY ALL
"""

_PROOF: Final = """
    SELECT region_code, carbon_service, measure, expected_amount AS aws, actual_amount AS ledger,
        difference, is_proven
    FROM reconciliation WHERE usage_period = $period AND check_name = 'carbon-cell'
        AND usage_account_id = $account AND measure IN ('total_lbm', 'total_mbm')
    ORDER BY ALL
"""


def explain_figure(
    session: QuerySession,
    manifests: Sequence[dict[str, Any]],
    period: str,
    account: str,
    resource: str | None,
) -> dict[str, Any]:
    """Return the walk as plain values: figure, rows, AWS's rows, weights, lines, proof, run.

    The estimate stands beside the figure with its ranges and factors; it is no part of it. Of a
    month that AWS has not published it is said first what the nowcast rests on.

    Raises
    ------
    UnknownFigureError
        Nothing was published for the month, the account or the resource.
    """
    manifest = next((each for each in manifests if each["usage_period"] == period), None)
    if manifest is None:
        published = ", ".join(each["usage_period"] for each in manifests) or "none"
        raise UnknownFigureError(
            f"nothing is published for {period}.", mend=f"Published periods: {published}."
        )
    names = {"period": period, "account": account, "resource": resource}
    ((figure),) = session.rows(_FIGURE, names)
    if not figure["n_rows"]:
        what = f"resource {resource} of account {account}" if resource else f"account {account}"
        raise UnknownFigureError(
            f"{period} has no {what}.", mend="Ask `crossfoot query` for the ids that it has."
        )
    here = {"period": period, "account": account}
    delivery_id = manifest["carbon"]["delivery_id"]
    is_nowcast = status_of(delivery_id) is Status.NOWCAST
    return {
        **({"nowcast": explain_nowcast(session, delivery_id, account)} if is_nowcast else {}),
        "figure": {**names, **figure},
        "range_over_methods": session.rows(_RANGE, names)[0],
        "rows": session.rows(_ROWS, names),
        "aws_rows": session.rows(_AWS_ROWS, {**names, "delivery": delivery_id}),
        "weights": session.rows(_WEIGHTS, names),
        "usage_lines_of_the_month": session.rows(_LINES, {"period": period}),
        "proof": session.rows(_PROOF, here),
        "estimate": explain_estimate(session, names, figure["total_lbm_kgco2e"]),
        "run": {
            name: manifest[name]
            for name in (
                "run_id",
                "engine_version",
                "factor_set",
                "policy_digest",
                "configuration",
                "carbon",
                "usage",
            )
        },
    }
