-- name: state
SELECT count(*) || ':' || coalesce(bit_xor(hash(topic_id, fit_id, terms)), 0) FROM topic;

-- name: passages
-- Those fitted: what has joined since would make a rebuild describe the same topics otherwise.
SELECT passage_id, document_id, topic_id, text, vector
FROM passage_topic JOIN passage USING (passage_id) JOIN embedding ON embedding.text_hash = passage.text_hash
WHERE method = 'fit' ORDER BY passage_id;

-- name: terms
SELECT topic_id, terms FROM topic;
