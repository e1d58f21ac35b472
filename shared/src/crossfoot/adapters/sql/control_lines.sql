-- Lines and money of the month past the lens and the roll-up: ``raw_lines`` is the export's own
-- column of money, under one name. Athena's dialect.
SELECT
    count(*) AS line_count,
    CAST(coalesce(sum(TRY_CAST(round(unblended_cost * 1e9) AS BIGINT)), 0) AS BIGINT)
        AS unblended_nano
FROM raw_lines
