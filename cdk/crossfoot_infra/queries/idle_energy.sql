-- The hundred machines that idled the most in the newest month: energy and emissions of running for nothing.
SELECT
  usage_period,
  usage_account_id,
  account_name,
  region_code,
  resource_id,
  estimate_models,
  cpu_load_percent,
  idle_energy_kwh,
  energy_kwh,
  idle_ghg_use_kgco2e,
  idle_ghg_embodied_kgco2e,
  physical_on_demand_cost,
  currency_code
FROM impacts
WHERE idle_energy_kwh > 0
  AND usage_period = (SELECT MAX(usage_period) FROM impacts)
ORDER BY idle_energy_kwh DESC, resource_id
LIMIT 100
