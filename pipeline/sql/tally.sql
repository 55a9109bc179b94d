-- The document flow, in the manner of a PRISMA diagram, and what made this database.

-- name: name_sources
-- A source that sources.toml doesn't declare goes by the name that its own records give it.
UPDATE source SET name = stated.name
FROM (
    SELECT source, min(source_name) AS name FROM reading WHERE source_name IS NOT NULL GROUP BY source
) AS stated
WHERE stated.source = source.source AND source.name = source.source;

-- name: flow
INSERT INTO flow
WITH kept AS (
    -- A URL is read if any capture of it was; otherwise its latest capture's reason counts.
    SELECT c.url, arg_max(c.source, c.fetched_at) AS source,
           bool_or(r.outcome = 'document') AS is_read,
           arg_max(coalesce(r.outcome, 'not read yet'), c.fetched_at) AS outcome
    FROM capture AS c LEFT JOIN reading AS r USING (capture_id)
    GROUP BY c.url
), refused AS (
    SELECT url, arg_max(source, run_id) AS source, arg_max(reason, run_id) AS reason
    FROM refusal ANTI JOIN capture USING (url) GROUP BY url
), homes AS (
    -- Which of the URLs that lead to a document is its home: one each.
    SELECT c.url, c.source,
           row_number() OVER (PARTITION BY r.url ORDER BY c.url <> r.url, c.url) = 1 AS is_home
    FROM (SELECT DISTINCT url, source FROM capture) AS c
    JOIN (
        SELECT c.url AS capture_url, arg_max(r.url, (c.fetched_at, r.capture_id)) AS url
        FROM reading AS r JOIN capture AS c USING (capture_id)
        WHERE r.outcome = 'document' GROUP BY c.url
    ) AS r ON r.capture_url = c.url
    QUALIFY row_number() OVER (PARTITION BY c.url ORDER BY c.source) = 1
), unique_document AS (
    SELECT d.*, CASE
        WHEN NOT in_scope THEN 'out of scope: ' || reason
        WHEN published IS NULL THEN 'no date'
        WHEN NOT list_contains($1, access) THEN 'only ' || access
        WHEN document_id NOT IN (SELECT document_id FROM passage) THEN 'no passages'
    END AS why
    FROM document AS d JOIN scope USING (document_id) WHERE duplicate_of IS NULL
), step AS (
    SELECT 1 AS position, 'found' AS step, NULL AS reason, source FROM kept
    UNION ALL SELECT 1, 'found', NULL, source FROM refused
    UNION ALL SELECT 2, 'refused', reason, source FROM refused
    UNION ALL SELECT 3, 'captured', NULL, source FROM kept
    UNION ALL SELECT 4, 'set aside', outcome, source FROM kept WHERE NOT coalesce(is_read, false)
    UNION ALL SELECT 5, 'read', NULL, source FROM kept WHERE is_read
    UNION ALL SELECT 6, 'merged', 'another address of a document', source FROM homes WHERE NOT is_home
    UNION ALL SELECT 7, 'document', NULL, source FROM homes WHERE is_home
    UNION ALL
    SELECT 8, 'duplicate', CASE kind
        WHEN 'doi' THEN 'same DOI'
        WHEN 'identifier' THEN 'same identifier'
        WHEN 'file' THEN 'the file of a page'
        WHEN 'identical' THEN 'same words'
        WHEN 'near' THEN 'nearly the same words'
        WHEN 'joint' THEN 'joint report'
        ELSE kind
    END, source FROM document JOIN document_group USING (document_id) WHERE duplicate_of IS NOT NULL
    UNION ALL SELECT 9, 'unique', NULL, source FROM unique_document
    UNION ALL SELECT 10, 'not in trends', why, source FROM unique_document WHERE why IS NOT NULL
    UNION ALL SELECT 11, 'in trends', NULL, source FROM unique_document WHERE why IS NULL
)
SELECT position, step, reason, source, count(*) FROM step GROUP BY ALL;

-- name: steps
SELECT step, sum(documents)::BIGINT FROM flow GROUP BY step;

-- name: fit
SELECT any_value(fit_id) FROM topic;

-- name: about
INSERT INTO about
SELECT $1, $2, $3, $4, $5, $6,
       (SELECT count(*) > 0 FROM document WHERE rights LIKE 'Sample%'),
       (SELECT max(finished_at) FROM stage_run),
       (SELECT to_json(map_from_entries(list((source, round(weight, 6)) ORDER BY source))) FROM mix),
       $7,
       (SELECT any_value(codebook) FROM theme);
