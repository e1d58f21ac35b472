-- The ledger under the column names of FOCUS 1.2; what FOCUS has no name for starts with x_.
-- Tags holds the configured tags only, under the names of their columns.
WITH dated AS (
  SELECT
    *,
    CAST(
      usage_period || CASE WHEN LENGTH(usage_period) = 4 THEN '-01-01' ELSE '-01' END AS TIMESTAMP
    ) AS period_start
  FROM emissions
), framed AS (
  SELECT
    *,
    CASE
      WHEN LENGTH(usage_period) = 4 THEN DATE_ADD('year', 1, period_start)
      ELSE DATE_ADD('month', 1, period_start)
    END AS period_end
  FROM dated
)
SELECT
  payer_account_id AS "BillingAccountId",
  period_start AS "BillingPeriodStart",
  period_end AS "BillingPeriodEnd",
  currency_code AS "BillingCurrency",
  usage_account_id AS "SubAccountId",
  account_name AS "SubAccountName",
  period_start AS "ChargePeriodStart",
  period_end AS "ChargePeriodEnd",
  'AWS' AS "ProviderName",
  region_code AS "RegionId",
  resource_id AS "ResourceId",
  MAP(:tag_keys, :tag_values) AS "Tags",
  on_demand_cost AS "ListCost",
  unblended_cost AS "BilledCost",
  service_code AS "x_ServiceCode",
  carbon_service AS "x_CarbonService",
  usage_family AS "x_UsageFamily",
  ou_path AS "x_OrganizationalUnitPath",
  scope_1_kgco2e AS "x_Scope1KgCO2e",
  scope_2_lbm_kgco2e AS "x_Scope2LocationBasedKgCO2e",
  scope_2_mbm_kgco2e AS "x_Scope2MarketBasedKgCO2e",
  scope_3_lbm_kgco2e AS "x_Scope3LocationBasedKgCO2e",
  scope_3_mbm_kgco2e AS "x_Scope3MarketBasedKgCO2e",
  total_lbm_kgco2e AS "x_TotalLocationBasedKgCO2e",
  total_mbm_kgco2e AS "x_TotalMarketBasedKgCO2e",
  allocation_method AS "x_AllocationMethod",
  allocation_level AS "x_AllocationLevel",
  status AS "x_CarbonStatus",
  model_version AS "x_CarbonModelVersion",
  run_id AS "x_CarbonRunId"
FROM framed
