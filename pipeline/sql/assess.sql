-- How reproducible topics and themes are.

-- name: fit
SELECT any_value(fit_id) FROM topic;

-- name: fitted
-- The passages that the topics were fitted on, as far as they are still there.
SELECT topic_id, document_id, source, passage.text, vector
FROM passage_topic AS t
JOIN passage USING (passage_id) JOIN document USING (document_id) JOIN embedding ON embedding.text_hash = t.text_hash
WHERE method = 'fit' ORDER BY passage_id;

-- name: topics
SELECT topic_id FROM topic ORDER BY topic_id;

-- name: judge_topics
-- What shakes it most decides: in a small corpus other seeds shake nothing, be it noise.
UPDATE topic SET stability = found.stability, stable = found.stability >= ?
FROM (SELECT topic_id, min(similarity) AS stability FROM topic_stability GROUP BY topic_id) AS found
WHERE found.topic_id = topic.topic_id;

-- name: judged
SELECT count(*) FILTER (NOT stable), count(stable) FROM topic;

-- name: coded
-- Codings of counted documents.
SELECT theme, passage_id, document_id FROM passage_theme JOIN passage USING (passage_id)
WHERE coded ORDER BY theme, passage_id;

-- name: by_phrase
-- Codings that phrases speak for: what dropping a phrase could undo. Only a classifier reads the text.
SELECT theme, passage_id, phrases, vector, CASE WHEN method = 'classifier' THEN passage.text ELSE '' END AS text
FROM passage_theme JOIN passage USING (passage_id) JOIN embedding USING (text_hash)
WHERE coded AND len(phrases) > 0 AND (method LIKE 'phrase%' OR method = 'classifier') ORDER BY theme, passage_id;

-- name: model
SELECT any_value(model) FROM theme_model;
