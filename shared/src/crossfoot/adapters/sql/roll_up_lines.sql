-- The first roll-up: lines of usage, and split-cost rows, summed by what tells kinds apart.
-- Athena's dialect; tag columns are appended to the select list and the grouping.
-- Amounts become whole numbers before they are summed, so that no order of rows, files or threads
-- can change a digit: usage in millionths of its unit, money in billionths.
SELECT
    billing_period,
    usage_account_id,
    currency_code,
    product_code,
    usage_type,
    operation,
    unit,
    description,
    region_code,
    resource_id,
    parent_resource_id,
    count(*) AS line_count,
    CAST(sum(TRY_CAST(round(usage_amount * 1e6) AS BIGINT)) AS BIGINT) AS usage_amount_micro,
    CAST(sum(TRY_CAST(round(on_demand_cost * 1e9) AS BIGINT)) AS BIGINT) AS on_demand_nano,
    CAST(sum(TRY_CAST(round(unblended_cost * 1e9) AS BIGINT)) AS BIGINT) AS unblended_nano,
    CAST(sum(TRY_CAST(round(split_cost * 1e9) AS BIGINT)) AS BIGINT) AS split_nano,
    CAST(sum(TRY_CAST(round(split_unused_cost * 1e9) AS BIGINT)) AS BIGINT) AS split_unused_nano
FROM marked_lines
WHERE exclusion IS NULL OR exclusion LIKE 'split-cost%'
GROUP BY
    billing_period,
    usage_account_id,
    currency_code,
    product_code,
    usage_type,
    operation,
    unit,
    description,
    region_code,
    resource_id,
    parent_resource_id
