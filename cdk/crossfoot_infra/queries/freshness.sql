-- What AWS delivered of each month, and whether it is published: the newest delivery of every version.
WITH published AS (
  SELECT usage_period, model_version, run_id
  FROM emissions
  WHERE status = 'published'
  GROUP BY usage_period, model_version, run_id
), delivered AS (
  SELECT
    usage_period,
    model_version,
    MAX(delivered_at) AS last_delivered_at,
    MAX(last_refresh_timestamp) AS last_refreshed_at,
    COUNT(DISTINCT delivery_id) AS n_deliveries
  FROM carbon_reported
  GROUP BY usage_period, model_version
)
SELECT
  delivered.usage_period,
  delivered.model_version,
  delivered.last_delivered_at,
  delivered.last_refreshed_at,
  delivered.n_deliveries,
  published.run_id AS published_run_id
FROM delivered
LEFT JOIN published
  ON delivered.usage_period = published.usage_period
  AND delivered.model_version = published.model_version
ORDER BY delivered.usage_period DESC, delivered.last_delivered_at DESC
