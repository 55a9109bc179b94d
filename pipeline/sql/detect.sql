-- What is tested for change, beside what trends rest on (trend.sql).

-- name: events
SELECT "date", title FROM event ORDER BY "date", title;
