-- Readings, and the documents and versions that follow from them.

-- name: damaged_again
DELETE FROM reading WHERE outcome = 'damaged';

-- name: how_many
SELECT count(*) FROM capture ANTI JOIN (SELECT capture_id FROM reading WHERE reader = ?) USING (capture_id);

-- name: unread
SELECT capture_id, url, source, fetched_at, status, media_type, digest, warc_file, warc_offset,
       warc_length, found, via
FROM capture ANTI JOIN (SELECT capture_id FROM reading WHERE reader = ?) USING (capture_id)
ORDER BY warc_file, warc_offset;

-- name: media_types
SELECT DISTINCT coalesce(media_type, '')
FROM capture ANTI JOIN (SELECT capture_id FROM reading WHERE reader = ?) USING (capture_id);

-- name: reading_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(capture_id, reader, outcome)), 0)
       || ':' || (SELECT count(*) FROM revisit WHERE outcome = 'changed')
FROM reading WHERE reader = ?;

-- name: seen_at
-- A capture of a web archive was seen when the archive saw it: its address says so.
CREATE OR REPLACE TEMP MACRO seen_at(url, fetched_at) AS coalesce(try_strptime(rpad(regexp_extract(
    url, '^https?://(?:web\.archive|webarchive\.nationalarchives)\.[^/]+/(?:[a-z]+/)*(\d{8,14})[a-z_]*/', 1
), 14, '0'), '%Y%m%d%H%M%S')::TIMESTAMPTZ, fetched_at);

-- name: sighting
-- When each capture's bytes were seen: when they were received, and when a page went back to them later.
CREATE OR REPLACE TEMP VIEW sighting AS
SELECT capture_id, seen_at(url, fetched_at) AS seen FROM capture
UNION ALL
SELECT capture_id, v."at" FROM revisit AS v JOIN capture AS c USING (capture_id)
WHERE v.outcome = 'changed' AND v."at" > c.fetched_at;

-- name: document
-- One row per canonical URL: the fullest capture, a page before a file, the latest. Chosen before the texts are
-- fetched, which would otherwise all be sorted.
INSERT INTO document
WITH chosen AS (
    SELECT r.capture_id
    FROM reading AS r
    JOIN capture AS c USING (capture_id)
    JOIN (SELECT capture_id, max(seen) AS seen FROM sighting GROUP BY capture_id) USING (capture_id)
    WHERE r.reader = $1 AND r.outcome = 'document'
    QUALIFY row_number() OVER (
        PARTITION BY r.url
        ORDER BY list_position(['full', 'excerpt', 'abstract', 'summary', 'notice', 'metadata'], r.access),
                 c.media_type LIKE '%html%' DESC, seen DESC, r.capture_id
    ) = 1
)
SELECT substr(sha256(r.url), 1, 16), r.source, r.url, r.title, r.authors, r.published,
       r.published_precision, r.genre, r.doi, r.access, r.language, r.text, r.text_hash, r.word_count,
       NULL, coalesce(r.rights, nullif(s.licence, ''), nullif(s.rights, '')), r.capture_id,
       r.capture_id,
       r.modified, r.pmid, r.pmcid, r.journal, r.volume, r.issue, r.pages,
       from_json(r.origins, '"MAP(VARCHAR, VARCHAR)"')
FROM reading AS r SEMI JOIN chosen USING (capture_id)
LEFT JOIN source AS s ON s.source = r.source
WHERE r.reader = $1;

-- name: document_version
-- Captures of one document in the order they were seen; a new version where the text differs. Only what
-- represents the document as its text does: a page's PDF, its record in a service and its excerpt say the
-- same otherwise, or less of it.
INSERT INTO document_version
WITH represented AS (
    SELECT substr(sha256(r.url), 1, 16) AS document_id, r.capture_id, r.text_hash,
           -- A page may come from its site or from an archive; a record is one service's.
           (r.access, CASE WHEN c.media_type LIKE '%html%' THEN 'page'
                           WHEN c.media_type LIKE '%pdf%' THEN 'file'
                           ELSE regexp_extract(c.url, '^[^/]*//(?:www\.)?([^/]+)', 1) END) AS representation,
           seen
    FROM reading AS r JOIN capture AS c USING (capture_id) JOIN sighting USING (capture_id)
    WHERE r.reader = ? AND r.outcome = 'document'
), followed AS (
    SELECT r.*, lag(r.text_hash) OVER (PARTITION BY r.document_id ORDER BY r.seen, r.capture_id) AS before
    FROM represented AS r
    JOIN document AS d USING (document_id)
    JOIN represented AS chosen ON chosen.capture_id = d.capture_id AND chosen.representation = r.representation
), numbered AS (
    SELECT *, count(*) FILTER (before IS DISTINCT FROM text_hash) OVER (
        PARTITION BY document_id ORDER BY seen, capture_id
    ) AS version
    FROM followed
)
SELECT document_id, version, arg_min(capture_id, (seen, capture_id)), min(seen), max(seen), any_value(text_hash)
FROM numbered GROUP BY document_id, version ORDER BY document_id, version;

-- name: undeclared
-- Documents of no declared source: of an import that named none, or of a host of its own.
SELECT document_id, url FROM document
WHERE source NOT IN (SELECT unnest(?::VARCHAR[])) AND (source = 'import' OR contains(source, '.')) ORDER BY ALL;

-- name: belongs
UPDATE document AS d
SET source = s.source, rights = coalesce(d.rights, nullif(s.licence, ''), nullif(s.rights, ''))
FROM source AS s WHERE s.source = ? AND d.document_id = ?;

-- name: other_source
INSERT INTO source
SELECT DISTINCT source, source, 'data', '', '', '', '' FROM document
WHERE source NOT IN (SELECT source FROM source);
