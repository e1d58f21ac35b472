-- Emissions by account, with its name and organizational unit where known.
SELECT
  usage_period,
  model_version,
  status,
  payer_account_id,
  usage_account_id,
  account_name,
  ou_path,
  SUM(scope_1_kgco2e) AS scope_1_kgco2e,
  SUM(scope_2_lbm_kgco2e) AS scope_2_lbm_kgco2e,
  SUM(scope_2_mbm_kgco2e) AS scope_2_mbm_kgco2e,
  SUM(scope_3_lbm_kgco2e) AS scope_3_lbm_kgco2e,
  SUM(scope_3_mbm_kgco2e) AS scope_3_mbm_kgco2e,
  SUM(total_lbm_kgco2e) AS total_lbm_kgco2e,
  SUM(total_mbm_kgco2e) AS total_mbm_kgco2e
FROM emissions
GROUP BY
  usage_period, model_version, status, payer_account_id, usage_account_id, account_name, ou_path
