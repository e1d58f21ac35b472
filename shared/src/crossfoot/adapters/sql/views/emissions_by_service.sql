-- Emissions by AWS's bucket and by the product code of the usage that caused them.
SELECT
  usage_period,
  model_version,
  status,
  carbon_service,
  service_code,
  SUM(scope_1_kgco2e) AS scope_1_kgco2e,
  SUM(scope_2_lbm_kgco2e) AS scope_2_lbm_kgco2e,
  SUM(scope_2_mbm_kgco2e) AS scope_2_mbm_kgco2e,
  SUM(scope_3_lbm_kgco2e) AS scope_3_lbm_kgco2e,
  SUM(scope_3_mbm_kgco2e) AS scope_3_mbm_kgco2e,
  SUM(total_lbm_kgco2e) AS total_lbm_kgco2e,
  SUM(total_mbm_kgco2e) AS total_mbm_kgco2e
FROM emissions
GROUP BY usage_period, model_version, status, carbon_service, service_code
