-- name: passage_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, text_hash)), 0) FROM passage;

-- name: texts
SELECT text FROM passage ORDER BY passage_id;

-- name: mark
INSERT OR REPLACE INTO stage_run VALUES ('fit', ?, now(), NULL, NULL);
