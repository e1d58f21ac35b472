-- Written emissions by cell, read back for the proof. Athena's dialect. Sums of decimals are exact.
SELECT
    usage_account_id,
    region_code,
    carbon_service,
    sum(scope_1_kgco2e) AS scope_1,
    sum(scope_2_lbm_kgco2e) AS scope_2_lbm,
    sum(scope_2_mbm_kgco2e) AS scope_2_mbm,
    sum(scope_3_lbm_kgco2e) AS scope_3_lbm,
    sum(scope_3_mbm_kgco2e) AS scope_3_mbm,
    sum(total_lbm_kgco2e) AS total_lbm,
    sum(total_mbm_kgco2e) AS total_mbm,
    sum(on_demand_cost) AS on_demand,
    sum(unblended_cost) AS unblended,
    count(*) AS n_rows
FROM emissions_of_run
GROUP BY
    usage_account_id,
    region_code,
    carbon_service
ORDER BY
    usage_account_id,
    region_code,
    carbon_service
