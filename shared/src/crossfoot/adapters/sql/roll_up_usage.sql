-- The second roll-up: one row per account, Region, bucket, service, resource, family and tags.
-- Athena's dialect; tag columns are appended to the select lists, the grouping and the order.
-- ``kinds`` classifies every distinct kind of usage, and ``places`` names the classes (see
-- docs/classification.md). The order is total, so that the same input gives the same bytes.
SELECT
    u.usage_account_id,
    u.region_code,
    p.carbon_service,
    p.service_code,
    u.resource_id,
    u.parent_resource_id,
    p.usage_family,
    p.driver_unit,
    u.currency_code,
    n.account_name,
    u.line_count,
    u.driver_nano,
    u.energy_nano_kwh,
    u.embodied_ug,
    u.modelled_on_demand_nano,
    u.split_nano,
    u.split_unused_nano,
    u.on_demand_nano,
    u.unblended_nano
FROM (
    SELECT
        usage_account_id,
        region_code,
        place_id,
        resource_id,
        parent_resource_id,
        currency_code,
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
                WHEN k.is_global OR l.region_code IS NULL
                    OR lower(l.region_code) IN ('', 'global', 'any')
                    THEN 'global'
                ELSE l.region_code
            END AS region_code,
            CASE WHEN l.parent_resource_id IS NULL THEN k.place_id ELSE k.split_place_id END
                AS place_id,
            l.resource_id,
            l.parent_resource_id,
            l.currency_code,
            l.line_count,
            -- a split-cost row weighs nothing, and repeats money that its parent carries
            CASE WHEN l.parent_resource_id IS NULL
                THEN l.usage_amount_micro * k.driver_milli_per_unit END AS driver_nano,
            CASE WHEN l.parent_resource_id IS NULL
                THEN CAST(round(l.usage_amount_micro * k.watt_hours_per_unit) AS BIGINT) END
                AS energy_nano_kwh,
            CASE WHEN l.parent_resource_id IS NULL
                THEN CAST(round(l.usage_amount_micro * k.embodied_grams_per_unit) AS BIGINT) END
                AS embodied_ug,
            l.split_nano,
            l.split_unused_nano,
            CASE WHEN l.parent_resource_id IS NULL THEN l.on_demand_nano ELSE 0 END
                AS on_demand_nano,
            CASE WHEN l.parent_resource_id IS NULL THEN l.unblended_nano ELSE 0 END
                AS unblended_nano
        FROM rolled_lines AS l
        JOIN kinds AS k
            ON coalesce(l.product_code, '') = k.product_code
            AND coalesce(l.usage_type, '') = k.usage_type
            AND coalesce(l.operation, '') = k.operation
            AND coalesce(l.unit, '') = k.unit
            AND coalesce(l.description, '') = k.description
    ) AS weighed
    GROUP BY
        usage_account_id,
        region_code,
        place_id,
        resource_id,
        parent_resource_id,
        currency_code
) AS u
JOIN places AS p
    ON u.place_id = p.place_id
LEFT JOIN account_names AS n
    ON u.usage_account_id = n.usage_account_id
ORDER BY
    u.usage_account_id,
    u.region_code,
    p.carbon_service,
    p.service_code,
    u.resource_id,
    u.parent_resource_id,
    p.usage_family,
    p.driver_unit,
    u.currency_code
