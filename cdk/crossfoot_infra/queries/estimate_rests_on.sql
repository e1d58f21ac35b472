-- What each month's estimate rests on: rows, energy, emissions and on-demand value by basis and service.
SELECT
  usage_period,
  factor_set,
  estimate_basis,
  service_code,
  COUNT(*) AS row_count,
  SUM(energy_kwh) AS energy_kwh,
  SUM(ghg_use_kgco2e) AS ghg_use_kgco2e,
  SUM(ghg_embodied_kgco2e) AS ghg_embodied_kgco2e,
  SUM(
    COALESCE(physical_on_demand_cost, 0) + COALESCE(proxy_on_demand_cost, 0)
    + COALESCE(carried_on_demand_cost, 0) + COALESCE(unmodelled_on_demand_cost, 0)
  ) AS on_demand_cost,
  currency_code
FROM impacts
GROUP BY usage_period, factor_set, estimate_basis, service_code, currency_code
ORDER BY usage_period DESC, on_demand_cost DESC
