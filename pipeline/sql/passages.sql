-- Passages of the leading documents that are in scope and more than a title. `document_hash` is the
-- text's hash with that of the settings.

-- name: drop_stale
DELETE FROM passage
WHERE (document_id, document_hash) NOT IN (
    SELECT (document_id, text_hash || '/' || ?) FROM document JOIN scope USING (document_id)
    WHERE duplicate_of IS NULL AND in_scope AND access <> 'metadata'
);

-- name: uncut
SELECT document_id, text, text_hash || '/' || $1
FROM document JOIN scope USING (document_id)
WHERE duplicate_of IS NULL AND in_scope AND access <> 'metadata'
  AND (document_id, text_hash || '/' || $1) NOT IN (SELECT (document_id, document_hash) FROM passage)
ORDER BY document_id;
