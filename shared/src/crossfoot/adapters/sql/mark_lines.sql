-- Every line of the lens, and why it is not usage: null where it is. Nothing is filtered away.
-- Athena's dialect.
SELECT
    *,
    CASE
        WHEN NOT coalesce(is_usage, FALSE) THEN 'money only, no usage'
        WHEN NOT coalesce(is_aws, FALSE) THEN 'not usage of AWS itself'
        WHEN coalesce(usage_account_id, '') = '' THEN 'no account id'
        WHEN usage_start < billing_period OR usage_start >= date_add('month', 1, billing_period)
            THEN 'usage of another month'
        -- NaN is asked for by name: Parquet's statistics leave it out, so an engine that trusts
        -- them drops a comparison that all other values pass
        WHEN is_nan(coalesce(usage_amount, 0.0) + coalesce(on_demand_cost, 0.0)
            + coalesce(unblended_cost, 0.0) + coalesce(split_cost, 0.0)
            + coalesce(split_unused_cost, 0.0)) THEN 'amount is not a usable number'
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
