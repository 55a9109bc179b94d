-- What the archive's index files say, into the working database.

-- name: stage_lines
CREATE OR REPLACE TEMP TABLE index_line AS
SELECT * FROM read_json(
    ?, format = 'newline_delimited', ignore_errors = true, filename = true,
    columns = {
        type: 'TEXT', capture_id: 'TEXT', url: 'TEXT', source: 'TEXT', fetched_at: 'TIMESTAMPTZ',
        status: 'INTEGER', media_type: 'TEXT', digest: 'TEXT', warc_file: 'TEXT', warc_offset: 'BIGINT',
        warc_length: 'BIGINT', found: 'TEXT', via: 'TEXT', run_id: 'TEXT', started_at: 'TIMESTAMPTZ',
        finished_at: 'TIMESTAMPTZ', outcome: 'TEXT', kept: 'BIGINT', unchanged: 'BIGINT',
        refused: 'BIGINT', failed: 'BIGINT', bytes: 'BIGINT', reason: 'TEXT',
        known: 'BIGINT', gone: 'BIGINT', "at": 'TIMESTAMPTZ', moved_to: 'TEXT',
        asked: 'TEXT', policy: 'TEXT', policies: 'TEXT', signals: 'TEXT', permission: 'TEXT',
        universe: 'STRUCT(
            counted_by TEXT, counts TEXT, documents BIGINT, query TEXT, "year" INTEGER, url TEXT
        )[]'
    }
);

-- name: lines
SELECT filename, count(*) FROM index_line WHERE type IS NOT NULL GROUP BY ALL;

-- name: capture
INSERT INTO capture
SELECT capture_id, source, url, fetched_at, status, media_type, digest, warc_file, warc_offset,
       warc_length, found, via, string_split(nullif(policies, ''), ' '), signals, permission
FROM index_line
WHERE type = 'capture' AND capture_id NOT IN (SELECT capture_id FROM capture)
QUALIFY row_number() OVER (PARTITION BY capture_id ORDER BY fetched_at, warc_file, warc_offset) = 1
ORDER BY warc_file, warc_offset;

-- name: crawl_run
INSERT INTO crawl_run
SELECT run_id, source, started_at, finished_at, outcome, kept, unchanged, refused, failed, bytes,
       coalesce(known, 0), coalesce(gone, 0)
FROM index_line
WHERE type = 'run' AND run_id NOT IN (SELECT run_id FROM crawl_run)
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY warc_file) = 1;

-- name: universe
INSERT INTO universe
SELECT source, count.year, count.counted_by, count.counts, count.query, count.documents, finished_at, run_id, count.url
FROM (
    SELECT source, run_id, finished_at, unnest(universe) AS count FROM (
        FROM index_line WHERE type = 'run' AND len(universe) > 0
        QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY warc_file) = 1
    )
)
WHERE run_id NOT IN (SELECT run_id FROM universe);

-- name: refusal
INSERT INTO refusal
SELECT DISTINCT url, source, reason, via, run_id
FROM index_line
WHERE type = 'refused'
  AND NOT EXISTS (
      SELECT 1 FROM refusal AS known
      WHERE known.run_id = index_line.run_id AND known.url = index_line.url
  );

-- name: other_source
INSERT INTO source
SELECT DISTINCT source, source, 'data', '', '', '', '' FROM index_line
WHERE type = 'capture' AND source NOT IN (SELECT source FROM source);

-- name: revisit
-- A capture of other bytes than before is a revisit, too: it tells that the page was changed by then.
INSERT INTO revisit
SELECT DISTINCT url, source, coalesce("at", fetched_at), outcome, run_id, nullif(capture_id, ''), nullif(moved_to, '')
FROM index_line
WHERE (type = 'revisit' OR (type = 'capture' AND outcome = 'changed'))
  AND NOT EXISTS (
      SELECT 1 FROM revisit AS known
      WHERE known.run_id = index_line.run_id AND known.url = index_line.url
        AND known."at" = coalesce(index_line."at", index_line.fetched_at)
  );

-- name: policy_file
-- What hosts answered, once for each answer: where its text is, and when it was first and last met.
INSERT OR REPLACE INTO policy_file
SELECT found.*, known.text FROM (
    SELECT capture_id AS policy_id, regexp_extract(any_value(asked), '//([^/]+)', 1) AS host,
           any_value(policy) AS kind, any_value(asked) AS url, any_value(status) AS status,
           arg_min(nullif(outcome, ''), fetched_at) AS problem, min(fetched_at) AS first_seen,
           max(fetched_at) AS last_seen, any_value(media_type) AS media_type, any_value(digest) AS digest,
           arg_min(warc_file, fetched_at) AS warc_file, arg_min(warc_offset, fetched_at) AS warc_offset,
           arg_min(warc_length, fetched_at) AS warc_length
    FROM index_line WHERE type = 'policy' GROUP BY capture_id
) AS found LEFT JOIN policy_file AS known USING (policy_id);

-- name: forgotten_and_there
SELECT count(*) FROM capture WHERE capture_id IN (SELECT unnest(?::TEXT[]));

-- name: leave_out
DELETE FROM capture WHERE capture_id IN (SELECT unnest(?::TEXT[]));

-- name: unread_policies
SELECT policy_id, url, kind, first_seen, status, media_type, digest, warc_file, warc_offset, warc_length
FROM policy_file WHERE status = 200 AND text IS NULL ORDER BY warc_file, warc_offset;

-- name: policy_text
UPDATE policy_file SET text = $2 WHERE policy_id = $1;
