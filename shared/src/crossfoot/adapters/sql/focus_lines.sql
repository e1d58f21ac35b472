-- FOCUS 1.0 and 1.2 under the same names. Athena's dialect.
-- A commitment that nobody used, and a correction of an earlier month, are money and not usage.
SELECT
    BillingAccountId AS payer_account_id,
    SubAccountId AS usage_account_id,
    SubAccountName AS account_name,
    BillingPeriodStart AS billing_period,
    ChargePeriodStart AS usage_start,
    ChargePeriodEnd AS usage_end,
    concat(
        ChargeCategory,
        CASE WHEN CommitmentDiscountStatus = 'Unused' THEN ' (unused commitment)' ELSE '' END,
        CASE WHEN coalesce(ChargeClass, '') = '' THEN '' ELSE concat(' (', ChargeClass, ')') END
    ) AS line_item_type,
    CASE
        WHEN ProviderName IN ('AWS', 'Amazon Web Services')
            AND (PublisherName LIKE 'Amazon Web Services%' OR PublisherName IN ('AWS', 'Amazon'))
            THEN 'AWS'
        WHEN ProviderName IN ('AWS', 'Amazon Web Services')
            THEN concat('AWS Marketplace: ', coalesce(PublisherName, 'unnamed'))
        ELSE coalesce(ProviderName, 'unnamed provider')
    END AS billing_entity,
    ChargeCategory = 'Usage' AND coalesce(ChargeClass, '') = ''
        AND coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' AS is_usage,
    ProviderName IN ('AWS', 'Amazon Web Services')
        AND (PublisherName LIKE 'Amazon Web Services%' OR PublisherName IN ('AWS', 'Amazon'))
        AS is_aws,
    coalesce(nullif(x_ServiceCode, ''), ServiceName) AS product_code,
    SkuMeter AS usage_type,
    x_Operation AS operation,
    ConsumedUnit AS unit,
    ChargeDescription AS description,
    nullif(RegionId, '') AS region_code,
    nullif(ResourceId, '') AS resource_id,
    CAST(NULL AS VARCHAR) AS parent_resource_id,
    BillingCurrency AS currency_code,
    ConsumedQuantity AS usage_amount,
    ListCost AS on_demand_cost,
    BilledCost AS unblended_cost,
    CAST(NULL AS DOUBLE) AS split_cost,
    CAST(NULL AS DOUBLE) AS split_unused_cost
FROM usage_export
