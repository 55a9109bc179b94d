-- What a sample is drawn from, and what its coders see. Asked of the published file; `trend.sql` says which
-- documents count, in place of {counted}.

-- name: themes
SELECT theme FROM theme ORDER BY theme;

-- name: built
SELECT version, commit, config_hash, models, strftime(built_at, '%Y-%m-%dT%H:%M:%SZ') AS built_at FROM about;

-- name: frame
-- Every passage that counts in trends and whose text is here, with the themes that the machine coded.
SELECT p.passage_id, p.document_id, d.source, year(d.published) AS year,
       coalesce(c.coded, []) AS coded, coalesce(c.near, false) AS near,
       p.text_hash
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

-- name: of_theme
-- Every passage, whether the theme is coded in it, and whether there is a sign of it.
SELECT p.document_id, coalesce(t.coded, false) AS coded, coalesce(NOT t.coded, false) AS near
FROM passage AS p LEFT JOIN passage_theme AS t ON t.passage_id = p.passage_id AND t.theme = ?
ORDER BY p.document_id, p.position;

-- name: years
SELECT passage_id, year(published) FROM passage JOIN document USING (document_id) WHERE published IS NOT NULL;

-- name: remarks
SELECT theme, string_agg(measure, ' and ' ORDER BY measure DESC), remark FROM correction
WHERE source IS NULL AND remark IS NOT NULL AND theme IN (SELECT unnest(?::TEXT[]))
GROUP BY theme, remark ORDER BY ALL;

-- name: corrected_years
-- Mean widths of the intervals of a theme's years, crude and corrected, and what it is corrected by.
SELECT t.theme, avg(t.upper - t.lower) FILTER (estimate = 'crude') AS crude,
       avg(t.upper - t.lower) FILTER (estimate = 'corrected') AS corrected, any_value(c.labels), any_value(c.slope)
FROM theme_trend AS t JOIN correction AS c ON c.theme = t.theme AND c.measure = t.measure AND c.source IS NULL
WHERE t.measure = 'share' AND t.period = 'year' AND t.source IS NULL AND NOT t.thin AND c.refused IS NULL
GROUP BY t.theme HAVING crude IS NOT NULL AND corrected IS NOT NULL;

-- name: coded
SELECT passage_id, theme FROM passage_theme WHERE coded AND passage_id IN (SELECT unnest(?::TEXT[]));
