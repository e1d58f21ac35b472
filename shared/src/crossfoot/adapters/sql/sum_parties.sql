-- Written emissions by shared pool, and by consumer outside of the pools. Athena's dialect.
-- ``consumer`` is the column that names one: the account, or a configured tag. A single resource
-- that is a member goes before its account.
SELECT
    coalesce(r.pool, a.pool) IS NOT NULL AS is_pool,
    coalesce(r.pool, a.pool, e.consumer) AS name,
    sum(e.scope_1_kgco2e) AS scope_1,
    sum(e.scope_2_lbm_kgco2e) AS scope_2_lbm,
    sum(e.scope_2_mbm_kgco2e) AS scope_2_mbm,
    sum(e.scope_3_lbm_kgco2e) AS scope_3_lbm,
    sum(e.scope_3_mbm_kgco2e) AS scope_3_mbm,
    sum(e.total_lbm_kgco2e) AS total_lbm,
    sum(e.total_mbm_kgco2e) AS total_mbm,
    sum(e.on_demand_cost) AS on_demand,
    sum(e.unblended_cost) AS unblended
FROM emissions_of_run AS e
LEFT JOIN members AS a
    ON a.is_account AND a.member = e.usage_account_id
LEFT JOIN members AS r
    ON NOT r.is_account AND r.member = e.resource_id
GROUP BY
    coalesce(r.pool, a.pool) IS NOT NULL,
    coalesce(r.pool, a.pool, e.consumer)
ORDER BY
    is_pool,
    name
