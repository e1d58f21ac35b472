-- Every line counted in rows and money, in and out, with the reason. Athena's dialect.
SELECT
    billing_period,
    payer_account_id,
    line_item_type,
    billing_entity,
    exclusion,
    currency_code,
    count(*) AS line_count,
    CAST(sum(TRY_CAST(round(on_demand_cost * 1e9) AS BIGINT)) AS BIGINT) AS on_demand_nano,
    CAST(sum(TRY_CAST(round(unblended_cost * 1e9) AS BIGINT)) AS BIGINT) AS unblended_nano
FROM marked_lines
GROUP BY
    billing_period,
    payer_account_id,
    line_item_type,
    billing_entity,
    exclusion,
    currency_code
