-- CUR 2.0 under one set of names: one row per line of the export.
-- Athena's dialect. The Region key is product['region'] wherever the two code columns are empty;
-- where one of them is set they agree with it, and are far cheaper to read.
SELECT
    bill_payer_account_id AS payer_account_id,
    line_item_usage_account_id AS usage_account_id,
    line_item_usage_account_name AS account_name,
    bill_billing_period_start_date AS billing_period,
    line_item_usage_start_date AS usage_start,
    line_item_usage_end_date AS usage_end,
    line_item_line_item_type AS line_item_type,
    bill_billing_entity AS billing_entity,
    line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') AS is_usage,
    bill_billing_entity = 'AWS' AS is_aws,
    line_item_product_code AS product_code,
    line_item_usage_type AS usage_type,
    line_item_operation AS operation,
    pricing_unit AS unit,
    CAST(NULL AS VARCHAR) AS description,
    coalesce(
        nullif(product_region_code, ''),
        nullif(product_from_region_code, ''),
        nullif(element_at(product, 'region'), '')
    ) AS region_code,
    nullif(line_item_resource_id, '') AS resource_id,
    nullif(split_line_item_parent_resource_id, '') AS parent_resource_id,
    line_item_currency_code AS currency_code,
    line_item_usage_amount AS usage_amount,
    pricing_public_on_demand_cost AS on_demand_cost,
    line_item_unblended_cost AS unblended_cost,
    split_line_item_public_on_demand_split_cost AS split_cost,
    split_line_item_public_on_demand_unused_cost AS split_unused_cost
FROM usage_export
