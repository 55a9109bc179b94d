-- name: flow
SELECT step, sum(documents)::BIGINT FROM flow GROUP BY position, step ORDER BY position;

-- name: reasons
SELECT step, reason, sum(documents)::BIGINT AS n FROM flow WHERE reason IS NOT NULL
GROUP BY position, step, reason ORDER BY position, n DESC, reason;

-- name: failing
SELECT check_id AS id, source, check_name AS "check", stage, run_id, ended_at AS "at", expected, seen, look_at
FROM monitor WHERE stage = 'read' ORDER BY ended_at, source, check_name;

-- name: tables
SELECT table_name AS "table", estimated_size AS "rows", comment AS "one row is"
FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY table_name;
