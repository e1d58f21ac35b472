-- Water that AWS reports and water that we estimate, one row a resource and month: two numbers
-- beside each other, never to be added. AWS's is withdrawal, of a year's figure as it was spread
-- last; a year that could not be spread has its rows under no month. Ours is what evaporates at the
-- site, and apart from it what power stations need. Where one side has no row its figures are null.
WITH current_spread AS (
  SELECT
    water_year,
    MAX_BY(spread_id, recorded_at) AS spread_id
  FROM water_allocated
  GROUP BY water_year
), both_sides AS (
  SELECT
    spread.water_year,
    spread.usage_period,
    spread.usage_account_id,
    spread.region_code,
    spread.carbon_service,
    spread.service_code,
    spread.resource_id,
    spread.usage_family,
    spread.model_version,
    spread.allocation_level,
    spread.water_withdrawal_m3,
    CAST(NULL AS VARCHAR) AS factor_set,
    CAST(NULL AS DECIMAL(18, 9)) AS water_site_l,
    CAST(NULL AS DECIMAL(18, 9)) AS water_site_l_low,
    CAST(NULL AS DECIMAL(18, 9)) AS water_site_l_high,
    CAST(NULL AS DECIMAL(18, 9)) AS water_generation_l
  FROM water_allocated AS spread
  JOIN current_spread
    ON current_spread.water_year = spread.water_year
    AND current_spread.spread_id = spread.spread_id
  UNION ALL
  SELECT
    SUBSTR(usage_period, 1, 4) AS water_year,
    usage_period,
    usage_account_id,
    region_code,
    carbon_service,
    service_code,
    resource_id,
    usage_family,
    CAST(NULL AS VARCHAR) AS model_version,
    CAST(NULL AS VARCHAR) AS allocation_level,
    CAST(NULL AS DECIMAL(18, 9)) AS water_withdrawal_m3,
    factor_set,
    water_site_l,
    water_site_l_low,
    water_site_l_high,
    water_generation_l
  FROM impacts
)
SELECT
  water_year,
  usage_period,
  usage_account_id,
  region_code,
  carbon_service,
  service_code,
  resource_id,
  usage_family,
  MAX(model_version) AS model_version,
  MAX(allocation_level) AS allocation_level,
  MAX(factor_set) AS factor_set,
  SUM(water_withdrawal_m3) AS water_withdrawal_m3,
  CAST(
    CAST(SUM(water_withdrawal_m3) AS DECIMAL(28, 9)) * CAST(1000 AS DECIMAL(10, 0))
    AS DECIMAL(38, 9)
  ) AS water_withdrawal_l,
  SUM(water_site_l) AS water_site_l,
  SUM(water_site_l_low) AS water_site_l_low,
  SUM(water_site_l_high) AS water_site_l_high,
  SUM(water_generation_l) AS water_generation_l
FROM both_sides
GROUP BY
  water_year, usage_period, usage_account_id, region_code, carbon_service, service_code,
  resource_id, usage_family
