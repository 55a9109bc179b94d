-- name: flow
SELECT step, sum(documents)::BIGINT FROM flow GROUP BY position, step ORDER BY position;

-- name: reasons
SELECT step, reason, sum(documents)::BIGINT AS n FROM flow WHERE reason IS NOT NULL
GROUP BY position, step, reason ORDER BY position, n DESC, reason;

-- name: failing
SELECT check_id AS id, source, check_name AS "check", stage, run_id, ended_at AS "at", expected, seen, look_at
FROM monitor WHERE stage = 'read' ORDER BY ended_at, source, check_name;

-- name: thin
-- Sources with gaps or breaks, those that lack most first; a source that merely begins or ends is not thin.
SELECT coalesce(g.source, 'all sources') AS source, any_value(c.read) AS read, any_value(c.known) AS known,
       list({
           'kind': g.kind, 'from': g.period_start::TEXT, 'to': g.period_end::TEXT, 'why': g.why
       } ORDER BY g.period_start, g.kind) AS gaps
FROM gap AS g LEFT JOIN coverage AS c ON c.source = g.source AND c.year IS NULL
WHERE g.kind NOT IN ('begins', 'ends')
GROUP BY g.source
ORDER BY any_value(c.known) - any_value(c.read) DESC NULLS LAST, source;

-- name: corrections
-- Themes that people coded: corrected in some measure, or why not.
SELECT theme, bool_or(refused IS NULL) AS corrected, min(refused) AS why
FROM correction WHERE source IS NULL GROUP BY theme ORDER BY theme;

-- name: topics
-- The topics in use: how many refits don't find again, and what has come since the fit.
SELECT any_value(f.fit_id) AS fit_id, any_value(f."at")::TEXT AS "at", any_value(f.passages) AS fitted,
       (SELECT count(*) FROM passage_topic WHERE method = 'neighbours') AS assigned, count(*) AS topics,
       coalesce(list(t.topic_id ORDER BY t.stability, t.topic_id) FILTER (NOT t.stable), []) AS unstable,
       (SELECT round(avg(rand_index), 2) FROM fit_stability) AS rand_index
FROM topic AS t, (FROM topic_fit ORDER BY number DESC LIMIT 1) AS f
HAVING count(*) > 0;

-- name: tables
SELECT table_name AS "table", estimated_size AS "rows", comment AS "one row is"
FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY table_name;

-- name: knows_retention
SELECT count(*) FROM duckdb_columns() WHERE table_name = 'rights' AND column_name = 'retain_until';

-- name: retention
SELECT d.source, count(*) AS n, min(r.retain_until)::TEXT
FROM rights AS r JOIN document AS d USING (document_id)
WHERE r.retain_until < current_date GROUP BY d.source ORDER BY d.source;
