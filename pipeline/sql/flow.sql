-- name: note
INSERT INTO stage_run (stage, fingerprint, finished_at, rows, seconds) VALUES ($1, NULL, now(), $2, $3)
ON CONFLICT (stage) DO UPDATE SET finished_at = excluded.finished_at, rows = excluded.rows,
    seconds = excluded.seconds;
