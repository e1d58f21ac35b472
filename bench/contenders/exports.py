"""What all contenders share: the same files, the same keys, and one line of JSON at the end."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    "bill_billing_period_start_date",
    "line_item_usage_account_id",
    "line_item_product_code",
    "line_item_usage_type",
    "line_item_operation",
    "line_item_resource_id",
    "line_item_line_item_type",
    "line_item_usage_amount",
    "line_item_unblended_cost",
    "pricing_public_on_demand_cost",
    "product",
    "resource_tags",
)
"""Every column that the roll-up needs."""

USAGE_TYPES = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")

KEYS_AND_SUMS = """
    bill_billing_period_start_date AS usage_month,
    line_item_usage_account_id AS account,
    {region} AS region,
    line_item_product_code AS product_code,
    line_item_usage_type AS usage_type,
    line_item_operation AS operation,
    line_item_resource_id AS resource_id,
    resource_tags['user_team'] AS team,
    resource_tags['user_environment'] AS environment,
    line_item_line_item_type AS line_type,
    sum(pricing_public_on_demand_cost) AS on_demand_cost,
    sum(line_item_unblended_cost) AS unblended_cost,
    sum(line_item_usage_amount) AS usage_amount,
    count(*) AS line_count
"""
REGION = "product['region']"
CODED_REGION = "coalesce(product_region_code, product_from_region_code, product['region'])"

# AWS's figure -> column of the allocated row
MEASURES = {
    "total_scope_1_emissions_value": "scope_1",
    "total_scope_2_lbm_emissions_value": "scope_2_lbm",
    "total_scope_2_mbm_emissions_value": "scope_2_mbm",
    "total_scope_3_lbm_emissions_value": "scope_3_lbm",
    "total_scope_3_mbm_emissions_value": "scope_3_mbm",
}


@dataclass(frozen=True)
class Exports:
    """Where a contender reads from and writes to."""

    usage: list[str]
    carbon: list[str]
    sample: Path
    out: Path
    options: list[str]


def exports() -> Exports:
    """Return the files of the sample that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    found, options = parser.parse_known_args()
    return Exports(
        usage=_files(found.sample / "exports" / "crossfoot-cur2" / "data"),
        carbon=_files(found.sample / "exports" / "crossfoot-carbon" / "data"),
        sample=found.sample,
        out=found.out,
        options=options,
    )


def finish(rows: int) -> None:
    """Say how many rows came out, to show that all did the same work."""
    print(json.dumps({"rows": rows}))


def _files(folder: Path) -> list[str]:
    return sorted(str(file) for file in folder.rglob("*.parquet"))
