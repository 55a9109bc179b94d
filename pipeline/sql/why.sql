-- One passage and how it is coded in the published file.

-- name: passage
SELECT p.passage_id, p.text, d.title, d.source, d.published, d.published_precision, d.url
FROM passage AS p JOIN document AS d USING (document_id) WHERE p.passage_id = ?;

-- name: codings
SELECT theme, score FROM passage_theme WHERE passage_id = ?;

-- name: of_document
-- The first and the last passage of a document, and how many it has.
SELECT min(passage_id), max(passage_id), count(*) FROM passage WHERE document_id = ? HAVING count(*) > 0;

-- name: model
SELECT min(model) FROM theme_model;
