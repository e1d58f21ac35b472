-- The proof: every check that a published month passed, with both sides; no row may be unproven.
SELECT
  usage_period,
  check_name,
  measure,
  unit,
  COUNT(*) AS n_checks,
  SUM(expected_amount) AS expected_amount,
  SUM(actual_amount) AS actual_amount,
  SUM(difference) AS difference,
  COUNT_IF(NOT is_proven) AS n_unproven
FROM reconciliation
GROUP BY usage_period, check_name, measure, unit
ORDER BY usage_period DESC, check_name, measure
