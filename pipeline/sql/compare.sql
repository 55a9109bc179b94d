-- Copies of one publication, and what changed between the versions of a page.

-- name: state
SELECT fingerprint FROM stage_run WHERE stage = 'document';

-- name: forget_files
-- Documents as their own pages have them: what an earlier comparison had put in is taken out again.
UPDATE document SET text = r.text, text_hash = r.text_hash, word_count = r.word_count, access = r.access,
                    text_capture_id = document.capture_id
FROM reading AS r
WHERE r.capture_id = document.capture_id AND document.text_capture_id <> document.capture_id;

-- name: forget_groups
UPDATE document SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL;

-- name: linked_files
-- Files found on a page that is a document of its own, both read.
SELECT DISTINCT page.document_id, file.document_id, page.title, file.title, page.access, page.text, file.text
FROM capture AS c
JOIN reading AS fr ON fr.capture_id = c.capture_id AND fr.outcome = 'document'
JOIN capture AS pc ON pc.url = c.via
JOIN reading AS pr ON pr.capture_id = pc.capture_id AND pr.outcome = 'document'
JOIN document AS file ON file.document_id = substr(sha256(fr.url), 1, 16)
JOIN document AS page ON page.document_id = substr(sha256(pr.url), 1, 16)
WHERE c.found = 'link' AND c.media_type LIKE '%pdf%' AND page.document_id <> file.document_id
ORDER BY ALL;

-- name: take_text
UPDATE document SET text = f.text, text_hash = f.text_hash, word_count = f.word_count, access = f.access,
                    text_capture_id = f.capture_id
FROM document AS f
WHERE document.document_id = $1 AND f.document_id = $2;

-- name: drop_stale_sketches
DELETE FROM sketched WHERE rule <> ? OR text_hash NOT IN (SELECT text_hash FROM document);

-- name: drop_stale_marks
DELETE FROM sketch WHERE text_key NOT IN (SELECT ('0x' || text_hash)::UBIGINT FROM sketched);

-- name: unsketched
SELECT DISTINCT text_hash FROM document ANTI JOIN sketched USING (text_hash)
WHERE access <> 'metadata' ORDER BY text_hash;

-- name: how_many_unsketched
SELECT count(DISTINCT text_hash) FROM document ANTI JOIN sketched USING (text_hash) WHERE access <> 'metadata';

-- name: texts_of
SELECT text_hash, any_value(text) FROM document WHERE text_hash IN (SELECT unnest(?)) GROUP BY text_hash
ORDER BY text_hash;

-- name: papers
SELECT document_id, source, url, coalesce(title, ''), published, published_precision, genre, access, word_count
FROM document ORDER BY document_id;

-- name: identified
-- What could name a document beside its address; whether it is a notice about another one.
SELECT document_id, url, doi, pmid, pmcid, access = 'notice' FROM document ORDER BY document_id;

-- name: candidates
-- Documents with the same text, a band in common, or a quarter of the shorter one's marks. In a crowd each
-- is compared with the first thirty, and of one text with the thirty that are dated next; a mark of more than
-- fifty texts is boilerplate.
WITH keyed AS (
    SELECT document_id, text_hash, published, ('0x' || text_hash)::UBIGINT AS text_key
    FROM document WHERE access <> 'metadata'
), bucket AS (
    SELECT document_id, 'text' || text_hash AS bucket, 30 AS near, published AS day FROM keyed
    UNION ALL
    SELECT document_id, part || ':' || mark, 0, NULL FROM (
        FROM sketch WHERE part > 0 QUALIFY count(*) OVER (PARTITION BY part, mark) > 1
    ) JOIN keyed USING (text_key)
), member AS (
    SELECT document_id, bucket, near,
           row_number() OVER (PARTITION BY bucket ORDER BY day NULLS FIRST, document_id) AS place
    FROM bucket QUALIFY count(*) OVER (PARTITION BY bucket) > 1
), telling AS (
    SELECT mark FROM sketch WHERE part = 0 GROUP BY mark HAVING count(*) BETWEEN 2 AND 50
), held AS (
    SELECT text_key, mark FROM sketch JOIN telling USING (mark) WHERE part = 0
), size AS (
    SELECT text_key, count(*) AS marks FROM sketch WHERE part = 0 GROUP BY text_key
), overlap AS (
    SELECT a.text_key AS a, b.text_key AS b, count(*) AS shared
    FROM held AS a JOIN held AS b ON a.mark = b.mark AND a.text_key < b.text_key GROUP BY ALL
), contained AS (
    SELECT a, b FROM overlap JOIN size AS x ON x.text_key = a JOIN size AS y ON y.text_key = b
    WHERE shared >= 0.25 * least(x.marks, y.marks)
)
SELECT least(a.document_id, b.document_id), greatest(a.document_id, b.document_id)
FROM member AS a JOIN member AS b USING (bucket)
WHERE a.place < b.place AND (a.place <= 30 OR b.place <= a.place + a.near)
UNION
SELECT least(x.document_id, y.document_id), greatest(x.document_id, y.document_id)
FROM contained JOIN keyed AS x ON x.text_key = a JOIN keyed AS y ON y.text_key = b
ORDER BY ALL;

-- name: likenesses
SELECT a_hash, b_hash, similarity, a_in_b, b_in_a, a_words, b_words, swaps FROM likeness;

-- name: drop_stale_likenesses
DELETE FROM likeness
WHERE rule <> ? OR a_hash NOT IN (SELECT text_hash FROM document) OR b_hash NOT IN (SELECT text_hash FROM document);

-- name: texts
SELECT document_id, text FROM document WHERE document_id IN (SELECT unnest(?));

-- name: hashes
SELECT document_id, text_hash FROM document;

-- name: lead
UPDATE document SET duplicate_of = g.leader_id FROM document_group AS g
WHERE g.document_id = document.document_id AND g.document_id <> g.leader_id;

-- name: drop_stale_changes
DELETE FROM version_change WHERE rule <> ? OR (document_id, before, after) NOT IN (
    SELECT (document_id, lag(text_hash) OVER (PARTITION BY document_id ORDER BY version), text_hash)
    FROM document_version
    QUALIFY lag(text_hash) OVER (PARTITION BY document_id ORDER BY version) IS NOT NULL
);

-- name: undescribed
WITH step AS (
    SELECT document_id, version, text_hash AS after, capture_id,
           lag(text_hash) OVER older AS before, lag(capture_id) OVER older AS capture_before
    FROM document_version WINDOW older AS (PARTITION BY document_id ORDER BY version)
)
SELECT DISTINCT ON (s.document_id, s.before, s.after) s.document_id, s.before, s.after, old.text, new.text
FROM step AS s
JOIN reading AS old ON old.capture_id = s.capture_before
JOIN reading AS new ON new.capture_id = s.capture_id
ANTI JOIN version_change AS known
    ON known.document_id = s.document_id AND known.before = s.before AND known.after = s.after
WHERE s.before IS NOT NULL ORDER BY ALL;
