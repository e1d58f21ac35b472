-- The cross-footing itself: AWS's figures of each month beside the sums of the ledger; all differences are 0.
WITH ledger AS (
  SELECT
    usage_period,
    model_version,
    SUM(scope_1_kgco2e) AS scope_1,
    SUM(scope_2_lbm_kgco2e) AS scope_2_lbm,
    SUM(scope_2_mbm_kgco2e) AS scope_2_mbm,
    SUM(scope_3_lbm_kgco2e) AS scope_3_lbm,
    SUM(scope_3_mbm_kgco2e) AS scope_3_mbm
  FROM emissions
  WHERE status = 'published'
  GROUP BY usage_period, model_version
), deliveries AS (
  SELECT
    usage_period,
    model_version,
    delivery_id,
    ROW_NUMBER() OVER (
      PARTITION BY usage_period, model_version ORDER BY delivered_at DESC, delivery_id DESC
    ) AS place
  FROM carbon_reported
  GROUP BY usage_period, model_version, delivery_id, delivered_at
), reported AS (
  SELECT
    carbon_reported.usage_period,
    carbon_reported.model_version,
    SUM(scope_1_kgco2e) AS scope_1,
    SUM(scope_2_lbm_kgco2e) AS scope_2_lbm,
    SUM(scope_2_mbm_kgco2e) AS scope_2_mbm,
    SUM(scope_3_lbm_kgco2e) AS scope_3_lbm,
    SUM(scope_3_mbm_kgco2e) AS scope_3_mbm
  FROM carbon_reported
  INNER JOIN deliveries
    ON carbon_reported.usage_period = deliveries.usage_period
    AND carbon_reported.delivery_id = deliveries.delivery_id
  WHERE deliveries.place = 1
  GROUP BY carbon_reported.usage_period, carbon_reported.model_version
)
SELECT
  ledger.usage_period,
  ledger.model_version,
  ledger.scope_1 - reported.scope_1 AS scope_1_difference_kgco2e,
  ledger.scope_2_lbm - reported.scope_2_lbm AS scope_2_lbm_difference_kgco2e,
  ledger.scope_2_mbm - reported.scope_2_mbm AS scope_2_mbm_difference_kgco2e,
  ledger.scope_3_lbm - reported.scope_3_lbm AS scope_3_lbm_difference_kgco2e,
  ledger.scope_3_mbm - reported.scope_3_mbm AS scope_3_mbm_difference_kgco2e,
  reported.scope_1 AS reported_scope_1_kgco2e,
  reported.scope_2_mbm AS reported_scope_2_mbm_kgco2e,
  reported.scope_3_mbm AS reported_scope_3_mbm_kgco2e
FROM ledger
LEFT JOIN reported
  ON ledger.usage_period = reported.usage_period
  AND ledger.model_version = reported.model_version
ORDER BY ledger.usage_period DESC
