-- Every proof with both sides as floats, for tools without decimals.
SELECT
  usage_period,
  run_id,
  check_name,
  usage_account_id,
  region_code,
  carbon_service,
  measure,
  unit,
  CAST(expected_amount AS DOUBLE) AS expected_amount,
  CAST(actual_amount AS DOUBLE) AS actual_amount,
  CAST(difference AS DOUBLE) AS difference,
  is_proven
FROM reconciliation
