-- Emissions by AWS's scope: the four rows of a month add up to its totals.
-- 'not reported' holds what AWS delivered as a total without its scopes, as in old months.
WITH months AS (
  SELECT
    usage_period,
    model_version,
    status,
    SUM(scope_1_kgco2e) AS scope_1,
    SUM(scope_2_lbm_kgco2e) AS scope_2_lbm,
    SUM(scope_2_mbm_kgco2e) AS scope_2_mbm,
    SUM(scope_3_lbm_kgco2e) AS scope_3_lbm,
    SUM(scope_3_mbm_kgco2e) AS scope_3_mbm,
    SUM(
      CASE
        WHEN scope_1_kgco2e IS NULL OR scope_2_lbm_kgco2e IS NULL OR scope_3_lbm_kgco2e IS NULL
        THEN total_lbm_kgco2e - COALESCE(scope_1_kgco2e, 0)
          - COALESCE(scope_2_lbm_kgco2e, 0) - COALESCE(scope_3_lbm_kgco2e, 0)
      END
    ) AS unsplit_lbm,
    SUM(
      CASE
        WHEN scope_1_kgco2e IS NULL OR scope_2_mbm_kgco2e IS NULL OR scope_3_mbm_kgco2e IS NULL
        THEN total_mbm_kgco2e - COALESCE(scope_1_kgco2e, 0)
          - COALESCE(scope_2_mbm_kgco2e, 0) - COALESCE(scope_3_mbm_kgco2e, 0)
      END
    ) AS unsplit_mbm
  FROM emissions
  GROUP BY usage_period, model_version, status
)
SELECT
  months.usage_period,
  months.model_version,
  months.status,
  scopes.scope,
  CASE scopes.scope
    WHEN 'scope 1' THEN months.scope_1
    WHEN 'scope 2' THEN months.scope_2_lbm
    WHEN 'scope 3' THEN months.scope_3_lbm
    ELSE months.unsplit_lbm
  END AS lbm_kgco2e,
  CASE scopes.scope
    WHEN 'scope 1' THEN months.scope_1
    WHEN 'scope 2' THEN months.scope_2_mbm
    WHEN 'scope 3' THEN months.scope_3_mbm
    ELSE months.unsplit_mbm
  END AS mbm_kgco2e
FROM months
CROSS JOIN (VALUES ('scope 1'), ('scope 2'), ('scope 3'), ('not reported')) AS scopes (scope)
