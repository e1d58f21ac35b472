-- Every distinct kind of line, to be classified once. Athena's dialect.
SELECT DISTINCT
    product_code,
    usage_type,
    operation,
    unit,
    description
FROM lines
