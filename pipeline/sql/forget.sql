-- What stays when captures are forgotten.

-- name: texts_that_stay
-- Hashes of the passages of documents none of whose captures is among those that go.
SELECT DISTINCT p.text_hash FROM passage AS p JOIN document AS d USING (document_id)
WHERE d.capture_id NOT IN (SELECT unnest(?::TEXT[]))
  AND coalesce(d.text_capture_id, '') NOT IN (SELECT unnest(?::TEXT[]));

-- name: texts
SELECT text FROM reading WHERE text IS NOT NULL AND capture_id IN (SELECT unnest(?::TEXT[]));

-- name: vectors_that_stay
COPY (SELECT text_hash, vector FROM read_parquet($1) WHERE text_hash IN (SELECT unnest($2::TEXT[])))
TO $3 (FORMAT parquet);
