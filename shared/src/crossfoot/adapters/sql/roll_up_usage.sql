-- The roll-up: one row per account, Region, bucket, service, resource, family, tags and usage model.
-- Athena's dialect; tag columns are appended to the select lists, the grouping and the order, and
-- the order ends with the model: what differs by it alone stands together.
-- ``kinds`` classifies every distinct kind of line, and ``places`` names the classes (see
-- docs/classification.md). Amounts become whole numbers before they are summed, so that no order of
-- rows, files or threads can change a digit: usage in millionths of its unit, money in billionths.
-- The order is total, so that the same input gives the same bytes.
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
    p.model_name,
    p.model_unit,
    n.account_name,
    u.line_count,
    u.driver_nano,
    u.model_nano,
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
        count(*) AS line_count,
        CAST(sum(usage_micro * driver_milli_per_unit) AS BIGINT) AS driver_nano,
        CAST(sum(CAST(round(usage_micro * model_nano_per_micro) AS BIGINT)) AS BIGINT)
            AS model_nano,
        CAST(sum(split_nano) AS BIGINT) AS split_nano,
        CAST(sum(split_unused_nano) AS BIGINT) AS split_unused_nano,
        CAST(sum(on_demand_nano) AS BIGINT) AS on_demand_nano,
        CAST(sum(unblended_nano) AS BIGINT) AS unblended_nano
    FROM (
        -- a split-cost row weighs nothing, and repeats money that its parent carries
        SELECT
            l.usage_account_id,
            CASE
                WHEN k.is_global OR l.region_code IS NULL
                    OR l.region_code IN ('', 'global', 'Global', 'GLOBAL', 'any', 'Any')
                    THEN 'global'
                ELSE l.region_code
            END AS region_code,
            k.place_id,
            l.resource_id,
            l.parent_resource_id,
            l.currency_code,
            k.driver_milli_per_unit,
            k.model_nano_per_micro,
            TRY_CAST(round(l.usage_amount * 1e6) AS BIGINT) AS usage_micro,
            TRY_CAST(round(l.split_cost * 1e9) AS BIGINT) AS split_nano,
            TRY_CAST(round(l.split_unused_cost * 1e9) AS BIGINT) AS split_unused_nano,
            CASE WHEN k.is_split THEN 0 ELSE TRY_CAST(round(l.on_demand_cost * 1e9) AS BIGINT) END
                AS on_demand_nano,
            CASE WHEN k.is_split THEN 0 ELSE TRY_CAST(round(l.unblended_cost * 1e9) AS BIGINT) END
                AS unblended_nano
        FROM lines_of_month AS l
        JOIN kinds AS k
            ON l.product_code IS NOT DISTINCT FROM k.product_code
            AND l.usage_type IS NOT DISTINCT FROM k.usage_type
            AND l.operation IS NOT DISTINCT FROM k.operation
            AND l.unit IS NOT DISTINCT FROM k.unit
            AND l.description IS NOT DISTINCT FROM k.description
            AND (l.parent_resource_id IS NOT NULL) = k.is_split
        WHERE l.exclusion IS NULL OR l.exclusion LIKE 'split-cost%'
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
