-- Machines that ran and did nothing for a part of their time, and what that part cost the planet.
-- The idle part of energy and gases is what the machine draws at rest, times the time it rested; of
-- the hardware it is that time's share. Where the load is not known, nothing is said.
SELECT
  usage_period,
  factor_set,
  usage_account_id,
  account_name,
  ou_path,
  region_code,
  service_code,
  resource_id,
  usage_family,
  :tag_columns,
  estimate_models,
  cpu_load_percent,
  energy_kwh,
  idle_energy_kwh,
  ghg_use_kgco2e,
  idle_ghg_use_kgco2e,
  ghg_embodied_kgco2e,
  idle_ghg_embodied_kgco2e,
  CAST(
    CAST(idle_ghg_use_kgco2e + idle_ghg_embodied_kgco2e AS DOUBLE)
    / NULLIF(CAST(ghg_use_kgco2e + ghg_embodied_kgco2e AS DOUBLE), 0) AS DECIMAL(38, 9)
  ) AS idle_share,
  physical_on_demand_cost,
  currency_code
FROM impacts
WHERE idle_energy_kwh > 0 OR idle_ghg_embodied_kgco2e > 0
