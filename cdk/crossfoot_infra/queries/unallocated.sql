-- What could not be placed on any usage, and why: reported by AWS, kept in the ledger, never spread.
SELECT
  usage_period,
  usage_account_id,
  region_code,
  carbon_service,
  allocation_key AS reason,
  SUM(total_lbm_kgco2e) AS total_lbm_kgco2e,
  SUM(total_mbm_kgco2e) AS total_mbm_kgco2e
FROM emissions
WHERE allocation_level = 'unallocated'
GROUP BY usage_period, usage_account_id, region_code, carbon_service, allocation_key
ORDER BY usage_period DESC, total_mbm_kgco2e DESC
