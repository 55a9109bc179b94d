-- name: note
INSERT INTO stage_run (stage, fingerprint, finished_at, rows, seconds) VALUES ($1, NULL, now(), $2, $3)
ON CONFLICT (stage) DO UPDATE SET finished_at = excluded.finished_at, rows = excluded.rows,
    seconds = excluded.seconds;

-- name: reprocessing
SELECT count(*) FROM stage_run WHERE stage = 'reprocess';

-- name: begin
INSERT INTO stage_run VALUES ('reprocess', NULL, now(), NULL, NULL);

-- name: end
DELETE FROM stage_run WHERE stage = 'reprocess';
