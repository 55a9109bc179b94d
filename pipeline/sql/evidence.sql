-- What stands behind a point of a trend. Asked of the published file; `trend.sql` says which documents count.

-- name: themes
SELECT theme, label FROM theme ORDER BY theme;

-- name: topics
SELECT topic_id, label FROM topic ORDER BY topic_id;

-- name: unstable
SELECT stability FROM topic WHERE topic_id = ? AND NOT stable;

-- name: remark
SELECT string_agg(DISTINCT remark, '; ' ORDER BY remark) FROM correction
WHERE theme = ? AND source IS NULL AND remark IS NOT NULL;

-- name: sources
SELECT source FROM source ORDER BY source;

-- name: theme_points
SELECT estimate, period_start, measure, prevalence, lower, upper, documents, passages, thin, coverage, design_effect
FROM theme_trend
WHERE theme = ? AND period = ? AND source IS NOT DISTINCT FROM ?
ORDER BY estimate <> 'crude', estimate DESC, period_start, measure;

-- name: topic_points
SELECT estimate, period_start, measure, prevalence, lower, upper, documents, passages, thin, coverage, design_effect
FROM topic_trend
WHERE topic_id = ? AND period = ? AND source IS NOT DISTINCT FROM ?
ORDER BY estimate <> 'crude', estimate DESC, period_start, measure;

-- name: theme_passages
-- Every passage that carries the theme, strongest first.
SELECT passage_id, document_id, score, method, phrases
FROM passage_theme JOIN passage USING (passage_id)
WHERE theme = ? AND coded ORDER BY score DESC, passage_id;

-- name: topic_passages
SELECT passage_id, document_id, probability AS score, 'topic' AS method, []::TEXT[] AS phrases
FROM passage_topic JOIN passage USING (passage_id)
WHERE topic_id = ? ORDER BY score DESC, passage_id;

-- name: quotations
-- The text of these passages and where its bytes lie. A file that a text was read from is the place to link to.
SELECT p.passage_id, p.document_id, d.source, d.title, d.published, d.published_precision, p.text, p.start_char,
       p.end_char, d.url, if(d.text_capture_id = d.capture_id, d.url, k.url) AS text_url,
       k.capture_id, k.warc_file, k.warc_offset, r.withheld, r.retain_until, r.may_export
FROM passage AS p
JOIN document AS d USING (document_id)
JOIN capture AS k ON k.capture_id = d.text_capture_id
LEFT JOIN rights AS r ON r.document_id = d.document_id
WHERE p.passage_id IN (SELECT unnest(?::TEXT[]));
