-- What is tested for change, beside what trends rest on (trend.sql).

-- name: events
SELECT "date", title FROM event ORDER BY "date", title;

-- name: mark
INSERT OR REPLACE INTO stage_run VALUES ('detect', ?, now(), NULL, NULL);
