-- Emissions by tag, long: every tag key splits the whole of a month, untagged rows as null.
-- Choose one tag_key: the keys are views of the same grams, so adding keys counts them again.
-- This is the query for one key; the view is its union over the configured keys.
SELECT
  usage_period,
  model_version,
  status,
  :tag_key AS tag_key,
  :tag_value AS tag_value,
  SUM(scope_1_kgco2e) AS scope_1_kgco2e,
  SUM(scope_2_lbm_kgco2e) AS scope_2_lbm_kgco2e,
  SUM(scope_2_mbm_kgco2e) AS scope_2_mbm_kgco2e,
  SUM(scope_3_lbm_kgco2e) AS scope_3_lbm_kgco2e,
  SUM(scope_3_mbm_kgco2e) AS scope_3_mbm_kgco2e,
  SUM(total_lbm_kgco2e) AS total_lbm_kgco2e,
  SUM(total_mbm_kgco2e) AS total_mbm_kgco2e
FROM emissions
GROUP BY usage_period, model_version, status, :tag_value
