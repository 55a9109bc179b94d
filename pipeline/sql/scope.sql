-- Which documents are about the corpus's subject. `document_hash` covers all that a verdict rests on.

-- name: drop_stale
DELETE FROM scope
WHERE rule <> ?
   OR (document_id, document_hash) NOT IN (
       SELECT (document_id, md5(concat_ws('|', source, published, title, text_hash))) FROM document
   );

-- name: any_unjudged
SELECT document_id FROM document ANTI JOIN scope USING (document_id) LIMIT 1;

-- name: unjudged
SELECT document_id, source, published, word_count, md5(concat_ws('|', source, published, title, text_hash)),
       regexp_extract_all(coalesce(title, ''), ?), regexp_extract_all(text, ?)
FROM document ANTI JOIN scope USING (document_id)
ORDER BY document_id;
