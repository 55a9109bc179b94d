-- name: flow
SELECT step, sum(documents)::BIGINT FROM flow GROUP BY position, step ORDER BY position;

-- name: reasons
SELECT step, reason, sum(documents)::BIGINT AS n FROM flow WHERE reason IS NOT NULL
GROUP BY position, step, reason ORDER BY position, n DESC, reason;

-- name: tables
SELECT table_name AS "table", estimated_size AS "rows", comment AS "one row is"
FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY table_name;
