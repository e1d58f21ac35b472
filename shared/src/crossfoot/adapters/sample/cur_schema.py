"""The 130 columns of a full CUR 2.0 export and the 23 of the carbon export.

Names and types as AWS publishes them, in alphabetical order within their groups; a full hourly
export with resources, split costs, capacity reservations and IAM principals has 77 texts,
44 doubles, 4 timestamps and 5 maps.

References
----------
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html
https://docs.aws.amazon.com/cur/latest/userguide/carbon-emissions-columns.html
"""

from typing import Final

import pyarrow as pa

TEXT: Final = pa.string()
NUMBER: Final = pa.float64()
INSTANT: Final = pa.timestamp("us")
TEXT_MAP: Final = pa.map_(pa.string(), pa.string())
NUMBER_MAP: Final = pa.map_(pa.string(), pa.float64())

_GROUPS: Final = {
    "bill": """bill_type billing_entity billing_period_end_date@ billing_period_start_date@
        invoice_id invoicing_entity payer_account_id payer_account_name""",
    "capacity_reservation": """capacity_reservation_arn capacity_reservation_status
        capacity_reservation_type""",
    "": "cost_category% discount$ discount_bundled_discount# discount_total_discount#",
    "identity": "line_item_id time_interval",
    "line_item": """availability_zone blended_cost# blended_rate currency_code iam_principal
        legal_entity line_item_description line_item_type net_unblended_cost# net_unblended_rate
        normalization_factor# normalized_usage_amount# operation product_code resource_id tax_type
        unblended_cost# unblended_rate usage_account_id usage_account_name usage_amount#
        usage_end_date@ usage_start_date@ usage_type""",
    "pricing": """currency lease_contract_length offering_class public_on_demand_cost#
        public_on_demand_rate purchase_option rate_code rate_id term unit""",
    " ": "product%",
    "product": """comment fee_code fee_description from_location from_location_type
        from_region_code instance_family instance_type instancesku location location_type operation
        pricing_unit product_family region_code servicecode sku to_location to_location_type
        to_region_code usagetype""",
    "reservation": """amortized_upfront_cost_for_usage# amortized_upfront_fee_for_billing_period#
        availability_zone effective_cost# end_time modification_status
        net_amortized_upfront_cost_for_usage# net_amortized_upfront_fee_for_billing_period#
        net_effective_cost# net_recurring_fee_for_usage#
        net_unused_amortized_upfront_fee_for_billing_period# net_unused_recurring_fee#
        net_upfront_value# normalized_units_per_reservation number_of_reservations
        recurring_fee_for_usage# reservation_a_r_n start_time subscription_id
        total_reserved_normalized_units total_reserved_units units_per_reservation
        unused_amortized_upfront_fee_for_billing_period# unused_normalized_unit_quantity#
        unused_quantity# unused_recurring_fee# upfront_value#""",
    "  ": "resource_tags%",
    "savings_plan": """amortized_upfront_commitment_for_billing_period# end_time
        instance_type_family net_amortized_upfront_commitment_for_billing_period#
        net_recurring_commitment_for_billing_period# net_savings_plan_effective_cost#
        offering_type payment_option purchase_term recurring_commitment_for_billing_period# region
        savings_plan_a_r_n savings_plan_effective_cost# savings_plan_rate# start_time
        total_commitment_to_date# used_commitment#""",
    "split_line_item": """actual_usage# net_split_cost# net_unused_cost# parent_resource_id
        public_on_demand_split_cost# public_on_demand_unused_cost# reserved_usage# split_cost#
        split_usage# split_usage_ratio# unused_cost#""",
    "   ": "tags%",
}
_TYPES: Final = {"#": NUMBER, "@": INSTANT, "%": TEXT_MAP, "$": NUMBER_MAP}


def _fields() -> list[pa.Field]:
    fields = []
    for group, words in _GROUPS.items():
        prefix = f"{group}_" if group.strip() else ""
        for word in words.split():
            name = prefix + word.rstrip("#@%$")
            fields.append(pa.field(name, _TYPES.get(word[-1], TEXT)))
    return fields


CUR_SCHEMA: Final = pa.schema(_fields())
"""Columns of the usage export, in the order of its SELECT."""

SCOPE_STEMS: Final = ("scope_1", "scope_2_lbm", "scope_2_mbm", "scope_3_lbm", "scope_3_mbm")
TOTAL_STEMS: Final = ("lbm", "mbm")


def _carbon_fields(*, has_scopes: bool) -> list[pa.Field]:
    stems = (*TOTAL_STEMS, *(SCOPE_STEMS if has_scopes else ()))
    texts = ["location", "model_version", "payer_account_id", "product_code", "region_code"]
    fields = [pa.field("last_refresh_timestamp", INSTANT), *(pa.field(n, TEXT) for n in texts)]
    for stem in stems:
        fields.append(pa.field(f"total_{stem}_emissions_unit", TEXT))
        fields.append(pa.field(f"total_{stem}_emissions_value", NUMBER))
    fields.append(pa.field("usage_account_id", TEXT))
    fields.extend(pa.field(f"usage_period_{end}", INSTANT) for end in ("end", "start"))
    return fields


CARBON_SCHEMA: Final = pa.schema(_carbon_fields(has_scopes=True))
"""Columns of the carbon export since v3.0.0."""

OLD_CARBON_SCHEMA: Final = pa.schema(_carbon_fields(has_scopes=False))
"""Columns of carbon partitions before v3.0.0: two totals and no scopes."""
