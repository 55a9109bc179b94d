-- What of a database is not what it says of itself: each counts what is wrong. A table that an older database lacks
-- is passed over.

-- name: working: a reading's text has the hash that stands beside it
SELECT count(*) FROM reading WHERE text IS NOT NULL AND text_hash <> substr(sha256(text), 1, 16);
-- name: working: a document's text has the hash that stands beside it
SELECT count(*) FROM document WHERE text IS NOT NULL AND text_hash <> substr(sha256(text), 1, 16);
-- name: working: a passage's text has the hash that stands beside it
SELECT count(*) FROM passage WHERE text_hash <> substr(sha256(text), 1, 16);
-- name: working: a passage is a stretch of its document
SELECT count(*) FROM passage AS p LEFT JOIN document AS d USING (document_id)
WHERE d.document_id IS NULL OR p.text IS DISTINCT FROM d.text[p.start_char + 1 : p.end_char];
-- name: working: a document has its capture
SELECT count(*) FROM document ANTI JOIN capture USING (capture_id);
-- name: published: a passage's text has the hash that stands beside it
SELECT count(*) FROM passage WHERE text IS NOT NULL AND text_hash <> substr(sha256(text), 1, 16);

-- name: tables
SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main' ORDER BY table_name;

-- name: captures
SELECT capture_id, url, warc_file FROM capture ORDER BY ALL;

-- name: access
SELECT list(value ->> '$') FROM about, json_each(settings, '$.trend.access');
