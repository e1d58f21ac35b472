-- What moved most between the last two published months: by account, Region and service.
WITH months AS (
  SELECT usage_period, ROW_NUMBER() OVER (ORDER BY usage_period DESC) AS age
  FROM emissions
  WHERE status = 'published'
  GROUP BY usage_period
), sums AS (
  SELECT
    usage_account_id,
    region_code,
    carbon_service,
    service_code,
    SUM(CASE WHEN months.age = 2 THEN total_mbm_kgco2e ELSE 0 END) AS before_kgco2e,
    SUM(CASE WHEN months.age = 1 THEN total_mbm_kgco2e ELSE 0 END) AS after_kgco2e
  FROM emissions
  INNER JOIN months
    ON emissions.usage_period = months.usage_period
  WHERE months.age <= 2
  GROUP BY usage_account_id, region_code, carbon_service, service_code
)
SELECT
  usage_account_id,
  region_code,
  carbon_service,
  service_code,
  before_kgco2e,
  after_kgco2e,
  after_kgco2e - before_kgco2e AS change_kgco2e
FROM sums
ORDER BY ABS(after_kgco2e - before_kgco2e) DESC
LIMIT 50
