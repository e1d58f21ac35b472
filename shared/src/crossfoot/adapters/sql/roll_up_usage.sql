-- The second roll-up: one row per account, Region, bucket, service, resource, family and tags.
-- Athena's dialect; tag columns are appended to the select lists, the grouping and the order.
-- ``kinds`` holds the classification of every distinct kind of usage (see docs/classification.md).
-- The order is total, so that the same input gives the same bytes.
SELECT
    usage_account_id,
    region_code,
    carbon_service,
    service_code,
    resource_id,
    parent_resource_id,
    usage_family,
    driver_unit,
    currency_code,
    max(account_name) AS account_name,
    CAST(sum(line_count) AS BIGINT) AS line_count,
    CAST(sum(driver_nano) AS BIGINT) AS driver_nano,
    CAST(sum(energy_nano_kwh) AS BIGINT) AS energy_nano_kwh,
    CAST(sum(embodied_ug) AS BIGINT) AS embodied_ug,
    CAST(sum(CASE WHEN energy_nano_kwh IS NOT NULL THEN on_demand_nano END) AS BIGINT)
        AS modelled_on_demand_nano,
    CAST(sum(split_nano) AS BIGINT) AS split_nano,
    CAST(sum(split_unused_nano) AS BIGINT) AS split_unused_nano,
    CAST(sum(on_demand_nano) AS BIGINT) AS on_demand_nano,
    CAST(sum(unblended_nano) AS BIGINT) AS unblended_nano
FROM (
    SELECT
        l.usage_account_id,
        CASE
            WHEN k.is_global OR l.region_code IS NULL OR lower(l.region_code) IN ('global', 'any')
                THEN 'global'
            ELSE l.region_code
        END AS region_code,
        CASE WHEN l.parent_resource_id IS NULL THEN k.carbon_service ELSE 'AmazonEC2' END
            AS carbon_service,
        k.service_code,
        l.resource_id,
        l.parent_resource_id,
        CASE WHEN l.parent_resource_id IS NULL THEN k.usage_family ELSE 'Container on an instance' END
            AS usage_family,
        k.driver_unit,
        l.currency_code,
        l.account_name,
        l.line_count,
        CASE WHEN k.driver_unit IS NOT NULL THEN l.usage_amount_micro * k.driver_milli_per_unit END
            AS driver_nano,
        CAST(round(l.usage_amount_micro * k.watt_hours_per_unit) AS BIGINT) AS energy_nano_kwh,
        CAST(round(l.usage_amount_micro * k.embodied_grams_per_unit) AS BIGINT) AS embodied_ug,
        l.split_nano,
        l.split_unused_nano,
        -- a split-cost row repeats money that its parent carries
        CASE WHEN l.parent_resource_id IS NULL THEN l.on_demand_nano ELSE 0 END AS on_demand_nano,
        CASE WHEN l.parent_resource_id IS NULL THEN l.unblended_nano ELSE 0 END AS unblended_nano
    FROM rolled_lines AS l
    JOIN kinds AS k
        ON l.product_code = k.product_code
        AND l.usage_type = k.usage_type
        AND l.operation = k.operation
        AND l.unit = k.unit
        AND l.description = k.description
    WHERE l.exclusion IS NULL OR l.exclusion LIKE 'split-cost%'
) AS classified
GROUP BY
    usage_account_id,
    region_code,
    carbon_service,
    service_code,
    resource_id,
    parent_resource_id,
    usage_family,
    driver_unit,
    currency_code
ORDER BY
    usage_account_id,
    region_code,
    carbon_service,
    service_code,
    resource_id,
    parent_resource_id,
    usage_family,
    driver_unit,
    currency_code
