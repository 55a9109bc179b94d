-- What a source's runs brought home, and the checks that failed.

-- name: state
SELECT concat_ws('/',
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(run_id, finished_at, outcome)), 0) FROM crawl_run),
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(capture_id, reader, outcome)), 0) FROM reading)
);

-- name: unanswered
-- The checks at reading that fail, for a person to be told of.
SELECT check_id AS id, source, check_name AS name, expected, seen, look_at
FROM monitor WHERE stage = 'read' AND NOT answered ORDER BY ended_at, source, check_name;

-- name: told
-- The checks in the spiders' own records.
SELECT source, run_id, finished_at, failed.name, failed.expected, failed.seen, failed.look_at
FROM (
    SELECT source, run_id, finished_at, unnest(checks) AS failed
    FROM read_json(
        ?, format = 'newline_delimited', ignore_errors = true,
        columns = {
            type: 'TEXT', source: 'TEXT', run_id: 'TEXT', finished_at: 'TIMESTAMPTZ',
            checks: 'STRUCT(name TEXT, expected TEXT, seen TEXT, look_at TEXT)[]'
        }
    )
    WHERE type = 'run' AND len(checks) > 0
)
ORDER BY finished_at, source, failed.name;

-- name: tallies
-- One row per run of a spider: how what it kept was read. A WARC file's name tells its run: imports and
-- other people's files are left out. Attachments have no fields of their own, so only pages are asked for them.
WITH kept AS (
    SELECT c.source, c.url, c.fetched_at, c.media_type NOT LIKE '%pdf%' AS is_page, r.*,
           regexp_extract(substr(c.warc_file, len(c.source) + 2), '^\d{8}T\d{6}-(\w+)-\d+\.warc', 1) AS tail,
           left(c.warc_file, len(c.source) + 16) AS opened
    FROM capture AS c JOIN (SELECT * EXCLUDE (source, url) FROM reading) AS r USING (capture_id)
    WHERE starts_with(c.warc_file, c.source || '-')
), judged AS (
    SELECT *, outcome = 'document' AS is_read, outcome = 'document' AND is_page AS asked,
           genre IS NOT NULL AND genre <> 'page' AS has_genre
    FROM kept WHERE tail <> ''
)
SELECT j.source, max(run.run_id) AS run_id, coalesce(max(run.finished_at), max(j.fetched_at)) AS ended,
       count(*) AS captures,
       count(*) FILTER (NOT is_read) AS unread,
       count(*) FILTER (is_read) AS documents,
       count(*) FILTER (is_read AND access = 'excerpt') AS paywalled,
       count(*) FILTER (asked) AS pages,
       count(*) FILTER (asked AND published IS NULL) AS undated,
       count(*) FILTER (asked AND coalesce(len(authors), 0) = 0) AS unsigned,
       count(*) FILTER (asked AND coalesce(title, '') = '') AS untitled,
       count(*) FILTER (asked AND NOT has_genre) AS unsorted,
       coalesce(sum(ln(greatest(word_count, 1))) FILTER (is_read), 0) AS log_words,
       coalesce(mode(j.outcome) FILTER (NOT is_read), '') AS reason,
       coalesce(min(j.url) FILTER (NOT is_read), '') AS unread_url,
       coalesce(min(j.url) FILTER (is_read AND access = 'excerpt'), '') AS paywalled_url,
       coalesce(min(j.url) FILTER (asked AND published IS NULL), '') AS undated_url,
       coalesce(min(j.url) FILTER (asked AND coalesce(len(authors), 0) = 0), '') AS unsigned_url,
       coalesce(min(j.url) FILTER (asked AND coalesce(title, '') = ''), '') AS untitled_url,
       coalesce(min(j.url) FILTER (asked AND NOT has_genre), '') AS unsorted_url,
       coalesce(arg_min(j.url, (word_count, j.url)) FILTER (is_read), '') AS short_url
FROM judged AS j
LEFT JOIN crawl_run AS run ON run.source = j.source AND right(run.run_id, 8) = j.tail
GROUP BY j.source, j.tail
ORDER BY j.source, min(j.opened), j.tail;
