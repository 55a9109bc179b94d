-- What a finding's other analyses rest on. Asked of the working database by a build, of the published file by a person.

-- name: documents
-- Those that trends count, and their copies, which one choice counts as well.
SELECT document_id, source, published, published_precision, access, coalesce(genre, '') AS genre, duplicate_of
FROM document
WHERE published IS NOT NULL AND list_contains(?, access)
  AND coalesce(duplicate_of, document_id) IN (SELECT document_id FROM passage)
ORDER BY document_id;

-- name: passages
SELECT document_id, count(*) AS passages, sum(end_char - start_char) AS characters FROM passage GROUP BY ALL;

-- name: codings
-- Every passage with a sign of a theme, coded or not.
SELECT theme, document_id, coded, score, end_char - start_char AS characters, phrases
FROM passage_theme JOIN passage USING (passage_id) ORDER BY theme, passage_id;

-- name: working
SELECT count(*) > 0 FROM duckdb_tables() WHERE table_name = 'scope' AND NOT internal;

-- name: terms
SELECT document_id, len(terms) FROM scope;

-- name: published_terms
SELECT document_id, len(scope_terms) FROM document;

-- name: periods
SELECT DISTINCT period_start FROM theme_trend WHERE period = ? AND source IS NULL ORDER BY ALL;

-- name: clear
SELECT theme FROM movement WHERE theme IS NOT NULL AND measure = 'share' AND q_value <= ?;

-- name: movements
-- The stretches of which a theme was tested, late against early.
SELECT DISTINCT period, early_start, early_end, late_start, late_end FROM movement WHERE theme IS NOT NULL;
