-- What a nowcast takes of the roll-up: allocation key and on-demand value of each cell, in
-- billionths. AWS allocates three buckets by physical usage and the others by value; negative lines
-- weigh nothing, as in the published method (F-5).
SELECT
    usage_account_id,
    region_code,
    carbon_service,
    CAST(sum(greatest(
        CASE
            WHEN carbon_service IN ('AmazonEC2', 'AmazonS3', 'AmazonCloudFront') THEN driver_nano
            ELSE on_demand_nano
        END,
        0
    )) AS BIGINT) AS key_nano,
    CAST(sum(greatest(on_demand_nano, 0)) AS BIGINT) AS cost_nano
FROM rolled_up
GROUP BY
    usage_account_id,
    region_code,
    carbon_service
ORDER BY
    usage_account_id,
    region_code,
    carbon_service
