-- The words of topics over time.

-- name: topic_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, passage.text_hash, topic_id)), 0)
FROM passage JOIN passage_topic USING (passage_id);

-- name: fit
-- The fit that the topics are of: their words are learnt once for it.
SELECT coalesce(max(fit_id), '') FROM topic;

-- name: texts
SELECT DISTINCT text_hash FROM passage ORDER BY text_hash;

-- name: new_texts
SELECT text_hash, any_value(text) FROM passage WHERE text_hash IN (SELECT unnest(?::TEXT[]))
GROUP BY text_hash ORDER BY text_hash;

-- name: passages
SELECT passage.text_hash, document_id, topic_id FROM passage JOIN passage_topic USING (passage_id) ORDER BY passage_id;
