-- What stays when captures are forgotten.

-- name: texts_that_stay
-- Hashes of the passages of documents none of whose captures is among those that go.
SELECT DISTINCT p.text_hash FROM passage AS p JOIN document AS d USING (document_id)
WHERE d.capture_id NOT IN (SELECT unnest(?::TEXT[]))
  AND coalesce(d.text_capture_id, '') NOT IN (SELECT unnest(?::TEXT[]));

-- name: documents
SELECT v.capture_id, document_id, url, source FROM document_version AS v JOIN document USING (document_id)
UNION SELECT capture_id, document_id, url, source FROM document
UNION SELECT text_capture_id, document_id, url, source FROM document WHERE text_capture_id IS NOT NULL;

-- name: also
-- Other documents that have the text, or a part of it: copies, excerpts, the file of a page.
WITH gone AS (
    SELECT document_id FROM document
    WHERE capture_id IN (SELECT unnest($1::TEXT[])) OR text_capture_id IN (SELECT unnest($1::TEXT[]))
)
SELECT DISTINCT d.url
FROM document_group AS own JOIN document_group AS other USING (leader_id)
JOIN document AS d ON d.document_id = other.document_id
WHERE own.document_id IN (FROM gone) AND d.document_id NOT IN (FROM gone) ORDER BY d.url;

-- name: texts
SELECT text FROM reading WHERE text IS NOT NULL AND capture_id IN (SELECT unnest(?::TEXT[]));

-- name: vectors_that_stay
COPY (SELECT text_hash, vector FROM read_parquet($1) WHERE text_hash IN (SELECT unnest($2::TEXT[])))
TO $3 (FORMAT parquet);
