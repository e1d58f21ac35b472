-- Every account with its lines and one name: an account that was renamed within the export keeps
-- the last in order. Athena's dialect.
SELECT
    usage_account_id,
    max(account_name) AS account_name,
    count(*) AS line_count
FROM lines
GROUP BY
    usage_account_id
