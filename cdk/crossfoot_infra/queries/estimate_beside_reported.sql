-- Estimated beside reported, month by month: the ratio, the range of the estimate, and what it rests on. Never one sum.
WITH reported AS (
  SELECT
    usage_period,
    SUM(total_lbm_kgco2e) AS reported_lbm_kgco2e
  FROM emissions
  GROUP BY usage_period
), estimated AS (
  SELECT
    usage_period,
    SUM(ghg_use_kgco2e) AS use_kgco2e,
    SUM(ghg_embodied_kgco2e) AS embodied_kgco2e,
    SUM(ghg_use_kgco2e_low) + SUM(ghg_embodied_kgco2e_low) AS low_kgco2e,
    SUM(ghg_use_kgco2e_high) + SUM(ghg_embodied_kgco2e_high) AS high_kgco2e,
    CAST(SUM(physical_on_demand_cost) AS DOUBLE) AS physical_cost,
    CAST(SUM(proxy_on_demand_cost) AS DOUBLE) AS proxy_cost,
    CAST(SUM(carried_on_demand_cost) AS DOUBLE) AS carried_cost,
    CAST(SUM(unmodelled_on_demand_cost) AS DOUBLE) AS unmodelled_cost
  FROM impacts
  GROUP BY usage_period
)
SELECT
  estimated.usage_period,
  reported_lbm_kgco2e,
  use_kgco2e AS estimated_use_kgco2e,
  embodied_kgco2e AS estimated_embodied_kgco2e,
  low_kgco2e AS estimated_low_kgco2e,
  high_kgco2e AS estimated_high_kgco2e,
  CAST(use_kgco2e + embodied_kgco2e AS DOUBLE)
    / NULLIF(CAST(reported_lbm_kgco2e AS DOUBLE), 0) AS estimate_to_reported,
  physical_cost / NULLIF(physical_cost + proxy_cost + carried_cost + unmodelled_cost, 0)
    AS physical_share_of_value,
  proxy_cost / NULLIF(physical_cost + proxy_cost + carried_cost + unmodelled_cost, 0)
    AS proxy_share_of_value,
  unmodelled_cost / NULLIF(physical_cost + proxy_cost + carried_cost + unmodelled_cost, 0)
    AS unmodelled_share_of_value
FROM estimated
LEFT JOIN reported
  ON estimated.usage_period = reported.usage_period
ORDER BY estimated.usage_period DESC
