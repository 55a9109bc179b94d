-- Readings, and the documents and versions that follow from them.

-- name: how_many
SELECT count(*) FROM capture ANTI JOIN (SELECT capture_id FROM reading WHERE reader = ?) USING (capture_id);

-- name: unread
SELECT capture_id, url, source, fetched_at, status, media_type, digest, warc_file, warc_offset,
       warc_length, found, via
FROM capture ANTI JOIN (SELECT capture_id FROM reading WHERE reader = ?) USING (capture_id)
ORDER BY warc_file, warc_offset;

-- name: reading_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(capture_id, reader, outcome)), 0) FROM reading;

-- name: mark
INSERT OR REPLACE INTO stage_run VALUES ('document', ?, now(), NULL, NULL);

-- name: document
-- One row per canonical URL: the fullest capture, a page before a file, the latest.
INSERT INTO document
SELECT substr(sha256(r.url), 1, 16), r.source, r.url, r.title, r.authors, r.published,
       r.published_precision, r.genre, r.doi, r.access, r.language, r.text, r.text_hash, r.word_count,
       NULL, coalesce(r.rights, nullif(s.licence, ''), nullif(s.rights, '')), r.capture_id
FROM reading AS r
JOIN capture AS c USING (capture_id)
LEFT JOIN source AS s ON s.source = r.source
WHERE r.reader = ? AND r.outcome = 'document'
QUALIFY row_number() OVER (
    PARTITION BY r.url
    ORDER BY list_position(['full', 'excerpt', 'abstract', 'summary', 'metadata'], r.access),
             c.media_type LIKE '%html%' DESC, c.fetched_at DESC, r.capture_id
) = 1
ORDER BY 1;

-- name: document_version
-- Captures of one document in the order they were seen; a new version where the text differs.
INSERT INTO document_version
WITH seen AS (
    SELECT substr(sha256(r.url), 1, 16) AS document_id, r.capture_id, c.fetched_at, r.text_hash,
           lag(r.text_hash) OVER (PARTITION BY r.url ORDER BY c.fetched_at, r.capture_id) AS before
    FROM reading AS r JOIN capture AS c USING (capture_id)
    WHERE r.reader = ? AND r.outcome = 'document'
), numbered AS (
    SELECT *, count(*) FILTER (before IS DISTINCT FROM text_hash) OVER (
        PARTITION BY document_id ORDER BY fetched_at, capture_id
    ) AS version
    FROM seen
)
SELECT document_id, version, arg_min(capture_id, (fetched_at, capture_id)), min(fetched_at),
       max(fetched_at), any_value(text_hash)
FROM numbered GROUP BY document_id, version ORDER BY document_id, version;

-- name: other_source
INSERT INTO source
SELECT DISTINCT source, source, 'data', '', '', '', '' FROM document
WHERE source NOT IN (SELECT source FROM source);

-- name: twins
-- Documents that share a DOI or a text with another, the one to lead first.
WITH keyed AS (
    SELECT document_id, 'doi:' || lower(doi) AS key FROM document WHERE doi IS NOT NULL
    UNION ALL
    SELECT document_id, 'text:' || text_hash FROM document
), shared AS (
    SELECT * FROM keyed QUALIFY count(*) OVER (PARTITION BY key) > 1
)
SELECT document_id, key,
       list_position(['full', 'excerpt', 'abstract', 'summary', 'metadata'], access)
       || ':' || lpad((1000000000 - word_count)::TEXT, 10, '0')
       || ':' || coalesce(published::TEXT, '9') || ':' || document_id
FROM shared JOIN document USING (document_id);
