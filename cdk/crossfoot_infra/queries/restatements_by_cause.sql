-- What published figures changed after the fact, and why: model version, correction, policy or usage.
SELECT
  usage_period,
  run_id,
  previous_run_id,
  restated_at,
  cause,
  previous_model_version,
  model_version,
  measure,
  SUM(before_kgco2e) AS before_kgco2e,
  SUM(after_kgco2e) AS after_kgco2e
FROM restatements
GROUP BY
  usage_period,
  run_id,
  previous_run_id,
  restated_at,
  cause,
  previous_model_version,
  model_version,
  measure
ORDER BY restated_at DESC, usage_period DESC, measure
