-- What a sample is drawn from, and what its coders see. Asked of the published file; `trend.sql` says which
-- documents count, in place of {counted}.

-- name: themes
SELECT theme FROM theme ORDER BY theme;

-- name: built
SELECT version, commit, config_hash, models, strftime(built_at, '%Y-%m-%dT%H:%M:%SZ') AS built_at FROM about;

-- name: frame
-- Every passage that counts in trends and whose text is here, with the themes that the machine coded.
SELECT p.passage_id, p.document_id, d.source, year(d.published) AS year,
       coalesce(c.coded, []) AS coded, coalesce(c.near, false) AS near
FROM passage AS p JOIN document AS d USING (document_id)
LEFT JOIN (
    SELECT passage_id, list(theme ORDER BY theme) FILTER (coded) AS coded, bool_or(NOT coded) AS near
    FROM passage_theme WHERE list_contains($themes, theme) GROUP BY passage_id
) AS c USING (passage_id)
WHERE p.text IS NOT NULL AND p.document_id IN (SELECT document_id FROM ({counted}))
ORDER BY p.document_id, p.position;

-- name: to_suggest
-- Every passage that counts in trends and whose text is here.
SELECT p.passage_id, p.document_id, p.text, year(d.published) AS year
FROM passage AS p JOIN document AS d USING (document_id)
WHERE p.text IS NOT NULL AND p.document_id IN (SELECT document_id FROM ({counted}))
ORDER BY p.passage_id;

-- name: withheld
SELECT count(*) FROM passage WHERE text IS NULL AND document_id IN (SELECT document_id FROM ({counted}));

-- name: texts
SELECT p.passage_id, p.text, d.title, coalesce(s.name, d.source) AS source, d.published, d.published_precision,
       r.may_export
FROM passage AS p JOIN document AS d USING (document_id)
LEFT JOIN source AS s ON s.source = d.source LEFT JOIN rights AS r ON r.document_id = p.document_id
WHERE p.passage_id IN (SELECT unnest(?::TEXT[])) AND p.text IS NOT NULL;

-- name: passages
SELECT passage_id, document_id, text_hash, start_char, end_char FROM passage ORDER BY document_id, position;

-- name: coded
SELECT passage_id, theme FROM passage_theme WHERE coded AND passage_id IN (SELECT unnest(?::TEXT[]));
