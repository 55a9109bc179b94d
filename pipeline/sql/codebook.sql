-- A codebook's phrases in the published corpus.

-- name: passages
SELECT count(*) FROM passage;

-- name: found
SELECT DISTINCT passage_id, lower(unnest(regexp_extract_all(text, ?))) AS words FROM passage;
