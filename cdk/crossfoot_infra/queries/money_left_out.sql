-- Lines of the usage export that are not physical usage of AWS: counted, with the reason, never lost.
SELECT
  usage_period,
  line_item_type,
  billing_entity,
  reason,
  SUM(line_count) AS n_lines,
  SUM(unblended_cost) AS unblended_cost,
  currency_code
FROM usage_lines
WHERE NOT is_included
GROUP BY usage_period, line_item_type, billing_entity, reason, currency_code
ORDER BY usage_period DESC, n_lines DESC
