-- What the estimate rests on, by month, account and service: rows, value and greenhouse gases.
-- The two shares are of the account's month, so those of one account and month add up to 1.
WITH rested AS (
  SELECT
    usage_period,
    factor_set,
    usage_account_id,
    MAX(account_name) AS account_name,
    service_code,
    estimate_basis,
    currency_code,
    COUNT(*) AS row_count,
    SUM(
      COALESCE(physical_on_demand_cost, 0) + COALESCE(proxy_on_demand_cost, 0)
      + COALESCE(carried_on_demand_cost, 0) + COALESCE(unmodelled_on_demand_cost, 0)
    ) AS on_demand_cost,
    SUM(physical_on_demand_cost) AS physical_on_demand_cost,
    SUM(proxy_on_demand_cost) AS proxy_on_demand_cost,
    SUM(carried_on_demand_cost) AS carried_on_demand_cost,
    SUM(unmodelled_on_demand_cost) AS unmodelled_on_demand_cost,
    SUM(energy_kwh) AS energy_kwh,
    SUM(ghg_use_kgco2e) AS ghg_use_kgco2e,
    SUM(ghg_embodied_kgco2e) AS ghg_embodied_kgco2e
  FROM impacts
  GROUP BY usage_period, factor_set, usage_account_id, service_code, estimate_basis, currency_code
)
SELECT
  usage_period,
  factor_set,
  usage_account_id,
  account_name,
  service_code,
  estimate_basis,
  currency_code,
  row_count,
  on_demand_cost,
  physical_on_demand_cost,
  proxy_on_demand_cost,
  carried_on_demand_cost,
  unmodelled_on_demand_cost,
  energy_kwh,
  ghg_use_kgco2e,
  ghg_embodied_kgco2e,
  CAST(
    CAST(row_count AS DOUBLE)
    / CAST(SUM(row_count) OVER (PARTITION BY usage_period, usage_account_id) AS DOUBLE)
    AS DECIMAL(18, 9)
  ) AS row_share,
  CAST(
    CAST(on_demand_cost AS DOUBLE) / NULLIF(
      CAST(
        SUM(on_demand_cost) OVER (PARTITION BY usage_period, usage_account_id, currency_code)
        AS DOUBLE
      ),
      0
    ) AS DECIMAL(38, 9)
  ) AS cost_share
FROM rested
