-- One passage and how it is coded in the published file.

-- name: passage
SELECT p.passage_id, p.text, d.title, d.source, d.published, d.published_precision, d.url
FROM passage AS p JOIN document AS d USING (document_id) WHERE p.passage_id = ?;

-- name: codings
SELECT theme, score FROM passage_theme WHERE passage_id = ?;

-- name: of_document
-- The first and the last passage of a document, and how many it has.
SELECT min(passage_id), max(passage_id), count(*) FROM passage WHERE document_id = ? HAVING count(*) > 0;

-- name: given
-- What other programs said of the passage's text, by theme and coder.
SELECT theme, coder, avg(score) FROM imported_code
WHERE text_hash = (SELECT text_hash FROM passage WHERE passage_id = $passage)
   OR (text_hash IS NULL AND passage_id = $passage) GROUP BY ALL;

-- name: model
SELECT min(model) FROM theme_model;
