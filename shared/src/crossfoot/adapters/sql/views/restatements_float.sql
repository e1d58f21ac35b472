-- Every published figure that changed, before and after as floats, for tools without decimals.
SELECT
  usage_period,
  run_id,
  previous_run_id,
  restated_at,
  cause,
  previous_model_version,
  model_version,
  usage_account_id,
  region_code,
  carbon_service,
  measure,
  CAST(before_kgco2e AS DOUBLE) AS before_kgco2e,
  CAST(after_kgco2e AS DOUBLE) AS after_kgco2e
FROM restatements
