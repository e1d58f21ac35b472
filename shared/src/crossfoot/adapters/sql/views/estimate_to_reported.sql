-- How far the estimate is from what AWS reported, by month, account, Region and bucket.
-- Ratios are estimate over report; above 1 the estimate is the larger. Use stands against Scope 1
-- and 2, embodied against Scope 3; AWS's Scope 3 also holds the supply of energy and buildings, so
-- the two parts differ by what they count, and the total is the one to compare. Low and high are
-- plain sums: as if every factor were off to the same side.
WITH both_sides AS (
  SELECT
    usage_period,
    model_version,
    status,
    CAST(NULL AS VARCHAR) AS factor_set,
    usage_account_id,
    account_name,
    region_code,
    carbon_service,
    scope_1_kgco2e + scope_2_lbm_kgco2e AS reported_use,
    scope_3_lbm_kgco2e AS reported_embodied,
    total_lbm_kgco2e AS reported_total,
    CAST(NULL AS DECIMAL(18, 9)) AS in_use,
    CAST(NULL AS DECIMAL(18, 9)) AS use_low,
    CAST(NULL AS DECIMAL(18, 9)) AS use_high,
    CAST(NULL AS DECIMAL(18, 9)) AS embodied,
    CAST(NULL AS DECIMAL(18, 9)) AS embodied_low,
    CAST(NULL AS DECIMAL(18, 9)) AS embodied_high,
    CAST(NULL AS DECIMAL(18, 9)) AS physical_cost,
    CAST(NULL AS DECIMAL(18, 9)) AS proxy_cost,
    CAST(NULL AS DECIMAL(18, 9)) AS carried_cost,
    CAST(NULL AS DECIMAL(18, 9)) AS unmodelled_cost
  FROM emissions
  UNION ALL
  SELECT
    usage_period,
    CAST(NULL AS VARCHAR) AS model_version,
    CAST(NULL AS VARCHAR) AS status,
    factor_set,
    usage_account_id,
    account_name,
    region_code,
    carbon_service,
    CAST(NULL AS DECIMAL(18, 9)) AS reported_use,
    CAST(NULL AS DECIMAL(18, 9)) AS reported_embodied,
    CAST(NULL AS DECIMAL(18, 9)) AS reported_total,
    ghg_use_kgco2e AS in_use,
    ghg_use_kgco2e_low AS use_low,
    ghg_use_kgco2e_high AS use_high,
    ghg_embodied_kgco2e AS embodied,
    ghg_embodied_kgco2e_low AS embodied_low,
    ghg_embodied_kgco2e_high AS embodied_high,
    physical_on_demand_cost AS physical_cost,
    proxy_on_demand_cost AS proxy_cost,
    carried_on_demand_cost AS carried_cost,
    unmodelled_on_demand_cost AS unmodelled_cost
  FROM impacts
), cells AS (
  SELECT
    usage_period,
    MAX(model_version) AS model_version,
    MAX(status) AS status,
    MAX(factor_set) AS factor_set,
    usage_account_id,
    MAX(account_name) AS account_name,
    region_code,
    carbon_service,
    SUM(reported_use) AS reported_use,
    SUM(reported_embodied) AS reported_embodied,
    SUM(reported_total) AS reported_total,
    SUM(in_use) AS in_use,
    SUM(use_low) AS use_low,
    SUM(use_high) AS use_high,
    SUM(embodied) AS embodied,
    SUM(embodied_low) AS embodied_low,
    SUM(embodied_high) AS embodied_high,
    SUM(physical_cost) AS physical_cost,
    SUM(proxy_cost) AS proxy_cost,
    SUM(carried_cost) AS carried_cost,
    SUM(unmodelled_cost) AS unmodelled_cost
  FROM both_sides
  GROUP BY usage_period, usage_account_id, region_code, carbon_service
)
SELECT
  usage_period,
  model_version,
  status,
  factor_set,
  usage_account_id,
  account_name,
  region_code,
  carbon_service,
  reported_use AS reported_scope_1_2_lbm_kgco2e,
  reported_embodied AS reported_scope_3_lbm_kgco2e,
  reported_total AS reported_total_lbm_kgco2e,
  in_use AS estimated_use_kgco2e,
  use_low AS estimated_use_low_kgco2e,
  use_high AS estimated_use_high_kgco2e,
  embodied AS estimated_embodied_kgco2e,
  embodied_low AS estimated_embodied_low_kgco2e,
  embodied_high AS estimated_embodied_high_kgco2e,
  CAST(in_use + embodied AS DECIMAL(38, 9)) AS estimated_total_kgco2e,
  CAST(use_low + embodied_low AS DECIMAL(38, 9)) AS estimated_total_low_kgco2e,
  CAST(use_high + embodied_high AS DECIMAL(38, 9)) AS estimated_total_high_kgco2e,
  CAST(
    CAST(in_use AS DOUBLE) / NULLIF(CAST(reported_use AS DOUBLE), 0) AS DECIMAL(38, 9)
  ) AS use_ratio,
  CAST(
    CAST(embodied AS DOUBLE) / NULLIF(CAST(reported_embodied AS DOUBLE), 0) AS DECIMAL(38, 9)
  ) AS embodied_ratio,
  CAST(
    CAST(in_use + embodied AS DOUBLE) / NULLIF(CAST(reported_total AS DOUBLE), 0) AS DECIMAL(38, 9)
  ) AS total_ratio,
  CAST(
    CAST(use_low + embodied_low AS DOUBLE) / NULLIF(CAST(reported_total AS DOUBLE), 0)
    AS DECIMAL(38, 9)
  ) AS total_ratio_low,
  CAST(
    CAST(use_high + embodied_high AS DOUBLE) / NULLIF(CAST(reported_total AS DOUBLE), 0)
    AS DECIMAL(38, 9)
  ) AS total_ratio_high,
  physical_cost AS physical_on_demand_cost,
  proxy_cost AS proxy_on_demand_cost,
  carried_cost AS carried_on_demand_cost,
  unmodelled_cost AS unmodelled_on_demand_cost,
  CAST(
    CAST(COALESCE(physical_cost, 0) AS DOUBLE) / NULLIF(
      CAST(COALESCE(physical_cost, 0) AS DOUBLE) + CAST(COALESCE(proxy_cost, 0) AS DOUBLE)
      + CAST(COALESCE(carried_cost, 0) AS DOUBLE) + CAST(COALESCE(unmodelled_cost, 0) AS DOUBLE),
      0
    ) AS DECIMAL(38, 9)
  ) AS physical_cost_share
FROM cells
