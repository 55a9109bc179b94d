-- What differs between two published files, attached as `before` and `after`. Documents are the same where
-- their identifiers are: the canonical URL.

-- name: fields
-- The columns of document that both have, apart from its key, its text and what follows from that.
SELECT column_name FROM duckdb_columns() WHERE database_name = 'before' AND table_name = 'document'
INTERSECT
SELECT column_name FROM duckdb_columns() WHERE database_name = 'after' AND table_name = 'document'
EXCEPT
SELECT unnest(['document_id', 'text', 'word_count', 'capture_id', 'text_capture_id', 'url', 'scope_terms'])
ORDER BY 1;

-- name: counts
SELECT (SELECT count(*) FROM before.document), (SELECT count(*) FROM after.document),
       (SELECT count(*) FROM before.document JOIN after.document USING (document_id)),
       (SELECT count(*) FROM before.document AS b JOIN after.document AS a USING (document_id)
        WHERE a.text IS DISTINCT FROM b.text);

-- name: gone
SELECT b.document_id, b.title, b.url, coalesce(c.outcome, 'no longer in the archive') AS why
FROM before.document AS b ANTI JOIN after.document USING (document_id)
LEFT JOIN after.capture AS c ON c.capture_id = b.capture_id ORDER BY b.document_id;

-- name: new
SELECT a.document_id, a.title, a.url, coalesce(c.outcome, 'not in the archive') AS why
FROM after.document AS a ANTI JOIN before.document USING (document_id)
LEFT JOIN before.capture AS c ON c.capture_id = a.capture_id ORDER BY a.document_id;

-- name: field
-- {field}: one of `fields`.
SELECT a.document_id, a.title, b."{field}"::TEXT AS was, a."{field}"::TEXT AS "is"
FROM before.document AS b JOIN after.document AS a USING (document_id)
WHERE a."{field}" IS DISTINCT FROM b."{field}" ORDER BY a.document_id;

-- name: text
-- The texts that differ, the largest change in words first.
SELECT a.document_id, a.title, b.word_count AS was, a.word_count AS "is", b.text, a.text
FROM before.document AS b JOIN after.document AS a USING (document_id)
WHERE a.text IS DISTINCT FROM b.text
ORDER BY abs(a.word_count - b.word_count) DESC, a.document_id LIMIT ?;

-- name: outcomes
SELECT b.outcome AS was, a.outcome AS "is", count(*) AS captures
FROM before.capture AS b JOIN after.capture AS a USING (capture_id)
WHERE a.outcome <> b.outcome GROUP BY ALL ORDER BY captures DESC, was, "is";

-- name: flow
SELECT step, coalesce(was, 0)::BIGINT AS was, coalesce("is", 0)::BIGINT AS "is"
FROM (SELECT position, step, sum(documents) AS "is" FROM after.flow GROUP BY ALL)
FULL JOIN (SELECT step, sum(documents) AS was FROM before.flow GROUP BY ALL) USING (step)
WHERE coalesce(was, 0) <> coalesce("is", 0) ORDER BY position;

-- name: numbers
-- Prevalences of themes that moved, the widest move first. `beyond`: out of the interval that was published.
SELECT theme, measure, period, period_start, coalesce(a.source, 'all sources') AS source, estimate,
       b.prevalence AS was, a.prevalence AS "is", a.prevalence NOT BETWEEN b.lower AND b.upper AS beyond
FROM before.theme_trend AS b
JOIN after.theme_trend AS a USING (theme, measure, period, period_start, estimate)
WHERE a.source IS NOT DISTINCT FROM b.source AND abs(a.prevalence - b.prevalence) > 1e-9 AND NOT (a.thin AND b.thin)
ORDER BY abs(a.prevalence - b.prevalence) DESC, theme, measure, period, period_start, a.source, estimate LIMIT ?;

-- name: moved
SELECT count(*), count(*) FILTER (abs(a.prevalence - b.prevalence) > 1e-9),
       count(*) FILTER (a.prevalence NOT BETWEEN b.lower AND b.upper)
FROM before.theme_trend AS b
JOIN after.theme_trend AS a USING (theme, measure, period, period_start, estimate)
WHERE a.source IS NOT DISTINCT FROM b.source AND NOT (a.thin AND b.thin);
