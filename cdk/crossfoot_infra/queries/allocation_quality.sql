-- How each month's emissions were placed: the share of every level, from the service's own key down.
SELECT
  usage_period,
  allocation_method,
  allocation_level,
  SUM(total_mbm_kgco2e) AS total_mbm_kgco2e,
  CAST(SUM(total_mbm_kgco2e) AS DOUBLE)
    / NULLIF(CAST(SUM(SUM(total_mbm_kgco2e)) OVER (PARTITION BY usage_period) AS DOUBLE), 0)
    AS share_of_month
FROM emissions
GROUP BY usage_period, allocation_method, allocation_level
ORDER BY usage_period DESC, total_mbm_kgco2e DESC
