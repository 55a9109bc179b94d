-- `embedding` is a temporary view over the cache's Parquet files.

-- name: missing_count
SELECT count(DISTINCT text_hash) FROM passage WHERE text_hash NOT IN (SELECT text_hash FROM embedding);

-- name: missing
SELECT text_hash, any_value(text) FROM passage
WHERE text_hash > ? AND text_hash NOT IN (SELECT text_hash FROM embedding)
GROUP BY text_hash ORDER BY text_hash LIMIT ?;

-- name: known
SELECT text_hash, vector FROM embedding WHERE text_hash IN (SELECT unnest(?::TEXT[]));

-- name: vectors
SELECT passage_id, vector FROM passage JOIN embedding USING (text_hash) ORDER BY passage_id;
