-- The first roll-up: every line of the export, summed by what tells kinds of usage apart.
-- Athena's dialect; tag columns are appended to the select list and the grouping.
-- Amounts become whole numbers before they are summed, so that no order of rows, files or threads
-- can change a digit: usage in millionths of its unit, money in billionths.
-- Nothing is filtered away: lines that are not physical usage of AWS keep the reason.
SELECT
    billing_period,
    payer_account_id,
    usage_account_id,
    line_item_type,
    billing_entity,
    currency_code,
    exclusion,
    product_code,
    usage_type,
    operation,
    unit,
    description,
    region_code,
    resource_id,
    parent_resource_id,
    max(account_name) AS account_name,
    count(*) AS line_count,
    CAST(sum(TRY_CAST(round(usage_amount * 1e6) AS BIGINT)) AS BIGINT) AS usage_amount_micro,
    CAST(sum(TRY_CAST(round(on_demand_cost * 1e9) AS BIGINT)) AS BIGINT) AS on_demand_nano,
    CAST(sum(TRY_CAST(round(unblended_cost * 1e9) AS BIGINT)) AS BIGINT) AS unblended_nano,
    CAST(sum(TRY_CAST(round(split_cost * 1e9) AS BIGINT)) AS BIGINT) AS split_nano,
    CAST(sum(TRY_CAST(round(split_unused_cost * 1e9) AS BIGINT)) AS BIGINT) AS split_unused_nano
FROM (
    SELECT
        *,
        CASE
            WHEN is_usage IS NOT TRUE THEN 'money only, no usage'
            WHEN is_aws IS NOT TRUE THEN 'not usage of AWS itself'
            WHEN coalesce(usage_account_id, '') = '' THEN 'no account id'
            WHEN usage_start < billing_period OR usage_start >= date_add('month', 1, billing_period)
                THEN 'usage of another month'
            -- NaN and infinity fail the comparison too, and TRY_CAST above leaves them out
            WHEN NOT (abs(coalesce(usage_amount, 0.0)) < 9e12
                AND abs(coalesce(on_demand_cost, 0.0)) < 9e9
                AND abs(coalesce(unblended_cost, 0.0)) < 9e9
                AND abs(coalesce(split_cost, 0.0)) < 9e9
                AND abs(coalesce(split_unused_cost, 0.0)) < 9e9)
                THEN 'amount is not a usable number'
            WHEN parent_resource_id IS NOT NULL
                THEN 'split-cost row: its money is on the parent, whose grams it shares'
        END AS exclusion
    FROM lines
) AS marked
GROUP BY
    billing_period,
    payer_account_id,
    usage_account_id,
    line_item_type,
    billing_entity,
    currency_code,
    exclusion,
    product_code,
    usage_type,
    operation,
    unit,
    description,
    region_code,
    resource_id,
    parent_resource_id
