-- name: state
SELECT count(*) || ':' || coalesce(bit_xor(hash(topic_id, fit_id, terms)), 0) FROM topic;

-- name: known
SELECT fingerprint FROM stage_run WHERE stage = 'describe';

-- name: passages
SELECT passage_id, document_id, topic_id, text, vector
FROM passage_topic JOIN passage USING (passage_id) JOIN embedding ON embedding.text_hash = passage.text_hash
ORDER BY passage_id;

-- name: terms
SELECT topic_id, terms FROM topic;

-- name: mark
INSERT OR REPLACE INTO stage_run VALUES ('describe', ?, now(), NULL, NULL);
