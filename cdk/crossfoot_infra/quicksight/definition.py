"""The one dashboard: totals, Regions and teams, restatements, and the proof."""

from collections.abc import Mapping, Sequence
from typing import Final

from crossfoot_infra.quicksight.visuals import (
    Json,
    Placed,
    Source,
    bars,
    choice,
    drop_down,
    kpi,
    lines,
    sheet,
    table,
    tree_map,
)

LEDGER: Final = Source("ledger")
PROOFS: Final = Source("proofs")
RESTATED: Final = Source("restatements")

_LBM: Final = ("scope_1_kgco2e", "scope_2_lbm_kgco2e", "scope_3_lbm_kgco2e")
_MBM: Final = ("scope_1_kgco2e", "scope_2_mbm_kgco2e", "scope_3_mbm_kgco2e")
_TOTALS: Final = ("total_lbm_kgco2e", "total_mbm_kgco2e")
_CHOICES: Final = (("usage_period", "Month"), ("usage_account_id", "Account"))


def dashboard_definition(arns: Mapping[str, str], tag_columns: Sequence[str]) -> Json:
    """Return the ``Definition`` of the dashboard.

    Parameters
    ----------
    arns : mapping
        ARN of the data set of each source, by the source's identifier.
    tag_columns : sequence of str
        Configured tags; each gets a chart of its own, the untagged part included.

    Notes
    -----
    Location-based and market-based figures stand beside each other and are never added.
    """
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": source.identifier, "DataSetArn": arns[source.identifier]}
            for source in (LEDGER, PROOFS, RESTATED)
        ],
        "FilterGroups": [choice(LEDGER, f"by-{column}", column) for column, _ in _CHOICES],
        "Sheets": [
            sheet("totals", "Totals", _totals(), _controls("totals")),
            sheet("causes", "Regions and teams", _causes(tag_columns), _controls("causes")),
            sheet("restatements", "Restatements", _restatements(), ()),
            sheet("proof", "Proof", _proof(), ()),
        ],
    }


def _controls(sheet_id: str) -> list[Json]:
    return [drop_down(f"{sheet_id}-{column}", title, f"by-{column}") for column, title in _CHOICES]


def _totals() -> list[Placed]:
    return [
        kpi(LEDGER, "kpi-lbm", "Location-based total, kg CO2e", "total_lbm_kgco2e"),
        kpi(LEDGER, "kpi-mbm", "Market-based total, kg CO2e", "total_mbm_kgco2e"),
        bars(LEDGER, "lbm", "Scopes, location-based, kg CO2e", "usage_period", _LBM, stacked=True),
        bars(LEDGER, "mbm", "Scopes, market-based, kg CO2e", "usage_period", _MBM, stacked=True),
        lines(LEDGER, "trend", "Totals by month, kg CO2e", _TOTALS),
    ]


def _causes(tag_columns: Sequence[str]) -> list[Placed]:
    by = [("region_code", "Region"), ("carbon_service", "AWS's bucket"), ("ou_path", "Unit")]
    by += [(column, column.removeprefix("tag_")) for column in tag_columns]
    by += [("allocation_level", "Level of allocation, unallocated included")]
    parts = [("account_name", "Accounts"), ("service_code", "Services")]
    return [
        *(
            tree_map(LEDGER, f"parts-{column}", f"{title}, kg CO2e", column, "total_lbm_kgco2e")
            for column, title in parts
        ),
        *(
            bars(LEDGER, f"by-{column}", f"{title}, kg CO2e", column, _TOTALS, stacked=False)
            for column, title in by
        ),
    ]


def _restatements() -> list[Placed]:
    sides = ("before_kgco2e", "after_kgco2e")
    keys = ("usage_period", "measure", "cause", "previous_model_version", "model_version")
    values = [RESTATED.total("restated", column) for column in sides]
    return [
        bars(RESTATED, "moved", "Before and after, kg CO2e", "usage_period", sides, stacked=False),
        table(RESTATED, "restated", "What was restated, and why, kg CO2e", keys, values),
    ]


def _proof() -> list[Placed]:
    figures = ("expected_amount", "actual_amount", "difference")
    values = [PROOFS.total("checks", column) for column in figures]
    values.append(PROOFS.count("checks", "run_id"))
    keys = ("usage_period", "check_name", "measure", "unit")
    return [table(PROOFS, "checks", "What came in, and what went out", keys, values)]
