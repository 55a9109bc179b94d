-- How much of what is known to be there was gathered, read and counted; and what gaps rest on.

-- name: coverage
-- A row per source and year, and one per source (year null) that holds what has no date, too. `known` rests
-- on the latest run that counted.
INSERT INTO coverage
WITH latest AS (
    SELECT source, arg_max(run_id, counted_at) AS run_id FROM universe GROUP BY source
), counted AS (
    FROM universe SEMI JOIN latest USING (source, run_id)
), way AS (
    -- A source that is gathered by a search is known by what that finds, not by all that there is.
    SELECT source, CASE WHEN bool_or(counts = 'matches') THEN 'matches' ELSE 'records' END AS way
    FROM counted GROUP BY source
), stated AS (
    SELECT source, year, any_value(way) AS way,
           max(documents) FILTER (counts = way) AS stated,
           string_agg(DISTINCT counted_by, ', ' ORDER BY counted_by) FILTER (counts = way) AS stated_by,
           sum(documents) FILTER (counts = 'addresses')::BIGINT AS addresses,
           string_agg(DISTINCT counted_by, ', ' ORDER BY counted_by) FILTER (counts = 'addresses') AS listed_by
    FROM counted JOIN way USING (source) GROUP BY source, year
), addressed AS (
    SELECT c.url AS address, arg_max(c.source, (c.fetched_at, r.capture_id)) AS kept_from,
           arg_max(r.url, (c.fetched_at, r.capture_id)) AS url
    FROM reading AS r JOIN capture AS c USING (capture_id) WHERE r.outcome = 'document' GROUP BY c.url
), dated AS (
    -- Each document twice: in its year, and in the source as a whole.
    SELECT source, url, duplicate_of IS NULL AS leads, in_scope,
           in_scope AND published IS NOT NULL AND list_contains($1, access)
           AND document_id IN (SELECT document_id FROM passage) AS in_trends,
           unnest(CASE WHEN published IS NULL THEN [NULL] ELSE [NULL, year(published)] END)::INTEGER AS year
    FROM document JOIN scope USING (document_id)
), part AS (
    SELECT source, year, greatest(stated, addresses) AS known,
           CASE WHEN stated >= coalesce(addresses, 0) THEN way || ': ' || stated_by
                WHEN addresses IS NOT NULL THEN 'addresses: ' || listed_by END AS known_by,
           CASE WHEN year IS NOT NULL THEN addresses END AS discovered
    FROM stated
    UNION ALL BY NAME
    SELECT source, NULL AS year, sum(documents) FILTER (step = 'found') AS discovered,
           coalesce(sum(documents) FILTER (step = 'captured'), 0) AS gathered
    FROM flow WHERE step IN ('found', 'captured') GROUP BY source
    UNION ALL BY NAME
    -- A document belongs to one source, but may have been read from several: a library has others' articles.
    SELECT kept_from AS source, year, CASE WHEN year IS NOT NULL THEN count(*) END AS gathered,
           count(DISTINCT url) AS read
    FROM dated JOIN addressed USING (url) GROUP BY kept_from, year
    UNION ALL BY NAME
    SELECT source, year, count(*) FILTER (leads) AS unique_documents,
           count(*) FILTER (leads AND in_scope) AS in_scope, count(*) FILTER (leads AND in_trends) AS in_trends
    FROM dated GROUP BY source, year
    UNION ALL BY NAME
    -- Years without any document, within the source's span and where it is known to have some.
    SELECT source, unnest(range(min(year), max(year) + 1))::INTEGER AS year
    FROM (SELECT source, year FROM dated UNION ALL SELECT source, year FROM stated WHERE stated > 0 OR addresses > 0)
    WHERE year IS NOT NULL GROUP BY source
)
SELECT source, year, max(known), max(known_by), max(discovered)::BIGINT,
       coalesce(max(gathered), 0)::BIGINT, coalesce(max(read), 0), coalesce(max(unique_documents), 0),
       coalesce(max(in_scope), 0), coalesce(max(in_trends), 0),
       CASE WHEN max(known) > 0 THEN round(least(1, coalesce(max(read), 0) / max(known)), 4) END
FROM part GROUP BY source, year;

-- name: dated
-- What gaps and breaks are looked for in: leading documents with a date.
SELECT d.source, d.published, d.published_precision,
       s.in_scope AND list_contains($1, d.access) AND d.document_id IN (SELECT document_id FROM passage)
FROM document AS d JOIN scope AS s USING (document_id)
WHERE d.duplicate_of IS NULL AND d.published IS NOT NULL
ORDER BY d.source, d.published, d.document_id;

-- name: known
SELECT source, year, known, read FROM coverage WHERE known > 0 ORDER BY source, year;
