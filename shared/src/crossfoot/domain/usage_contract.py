"""The columns that a usage export must or may have, by format."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a column holds; the value is the SQL type that the roll-up sees."""

    TEXT = "VARCHAR"
    NUMBER = "DOUBLE"
    TIMESTAMP = "TIMESTAMP"
    MAP = "MAP(VARCHAR, VARCHAR)"


class UsageFormat(StrEnum):
    """A format of usage export; the value names its lens in ``sql/``."""

    CUR_2 = "cur2_lines"
    FOCUS = "focus_lines"


@dataclass(frozen=True, slots=True)
class UsageColumn:
    """One column that the SQL reads."""

    name: str
    kind: Kind
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class UsageContract:
    """What the SQL of a format reads, and which of its columns tell the month and the money."""

    format: UsageFormat
    columns: tuple[UsageColumn, ...]
    marker: str
    period_column: str
    money_column: str

    def column(self, name: str) -> UsageColumn:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


def _optional(name: str, kind: Kind = Kind.TEXT) -> UsageColumn:
    return UsageColumn(name, kind, is_required=False)


CUR_2: Final = UsageContract(
    format=UsageFormat.CUR_2,
    marker="line_item_usage_account_id",
    period_column="bill_billing_period_start_date",
    money_column="line_item_unblended_cost",
    columns=(
        UsageColumn("bill_payer_account_id", Kind.TEXT),
        UsageColumn("line_item_usage_account_id", Kind.TEXT),
        _optional("line_item_usage_account_name"),
        UsageColumn("bill_billing_period_start_date", Kind.TIMESTAMP),
        UsageColumn("line_item_usage_start_date", Kind.TIMESTAMP),
        _optional("line_item_usage_end_date", Kind.TIMESTAMP),
        UsageColumn("line_item_line_item_type", Kind.TEXT),
        UsageColumn("bill_billing_entity", Kind.TEXT),
        UsageColumn("line_item_product_code", Kind.TEXT),
        UsageColumn("line_item_usage_type", Kind.TEXT),
        _optional("line_item_operation"),
        UsageColumn("pricing_unit", Kind.TEXT),
        UsageColumn("product_region_code", Kind.TEXT),
        _optional("product_from_region_code"),
        _optional("product", Kind.MAP),
        _optional("line_item_resource_id"),
        UsageColumn("line_item_currency_code", Kind.TEXT),
        UsageColumn("line_item_usage_amount", Kind.NUMBER),
        UsageColumn("pricing_public_on_demand_cost", Kind.NUMBER),
        UsageColumn("line_item_unblended_cost", Kind.NUMBER),
        _optional("split_line_item_parent_resource_id"),
        _optional("split_line_item_public_on_demand_split_cost", Kind.NUMBER),
        _optional("split_line_item_public_on_demand_unused_cost", Kind.NUMBER),
        _optional("resource_tags", Kind.MAP),
        _optional("cost_category", Kind.MAP),
        _optional("tags", Kind.MAP),
    ),
)

FOCUS: Final = UsageContract(
    format=UsageFormat.FOCUS,
    marker="SubAccountId",
    period_column="BillingPeriodStart",
    money_column="BilledCost",
    columns=(
        UsageColumn("BillingAccountId", Kind.TEXT),
        UsageColumn("SubAccountId", Kind.TEXT),
        _optional("SubAccountName"),
        UsageColumn("BillingPeriodStart", Kind.TIMESTAMP),
        UsageColumn("ChargePeriodStart", Kind.TIMESTAMP),
        _optional("ChargePeriodEnd", Kind.TIMESTAMP),
        UsageColumn("ChargeCategory", Kind.TEXT),
        _optional("ChargeClass"),
        _optional("CommitmentDiscountStatus"),
        UsageColumn("ProviderName", Kind.TEXT),
        UsageColumn("PublisherName", Kind.TEXT),
        UsageColumn("ServiceName", Kind.TEXT),
        _optional("x_ServiceCode"),
        _optional("SkuMeter"),
        _optional("x_Operation"),
        UsageColumn("ConsumedUnit", Kind.TEXT),
        _optional("ChargeDescription"),
        UsageColumn("RegionId", Kind.TEXT),
        _optional("ResourceId"),
        UsageColumn("BillingCurrency", Kind.TEXT),
        UsageColumn("ConsumedQuantity", Kind.NUMBER),
        UsageColumn("ListCost", Kind.NUMBER),
        UsageColumn("BilledCost", Kind.NUMBER),
        _optional("Tags", Kind.MAP),
    ),
)

CONTRACTS: Final = (CUR_2, FOCUS)
LEGACY_MARKER: Final = "lineItem/UsageAccountId"
