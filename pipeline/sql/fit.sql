-- Topics of passages: fitted, or assigned between two fits.

-- name: passage_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, text_hash)), 0) FROM passage;

-- name: passages
SELECT passage_id, document_id, text_hash, text, vector
FROM passage JOIN embedding USING (text_hash) ORDER BY passage_id;

-- name: ask
INSERT OR REPLACE INTO stage_run VALUES ('refit', NULL, NULL, NULL, NULL);

-- name: asked
SELECT count(*) FROM stage_run WHERE stage = 'refit';

-- name: answered
DELETE FROM stage_run WHERE stage = 'refit';

-- name: latest
-- What the archive held: a rebuild from it comes to the same.
SELECT max(fetched_at)::TEXT FROM capture;

-- name: fit_in_use
SELECT any_value(fit_id) FROM topic;

-- name: drop_gone
DELETE FROM passage_topic WHERE (passage_id, text_hash) NOT IN (SELECT (passage_id, text_hash) FROM passage);

-- name: unplaced
SELECT passage_id, text_hash, text, vector
FROM passage ANTI JOIN passage_topic USING (passage_id) JOIN embedding USING (text_hash) ORDER BY passage_id;

-- name: placed
-- Fitted passages that are still there, assigned ones, and the strangers among these.
SELECT count(*) FILTER (method = 'fit'), count(*) FILTER (method = 'neighbours'),
       count(*) FILTER (method = 'neighbours' AND likeness < ?)
FROM passage_topic;

-- name: fitted_documents
SELECT passage_id, document_id FROM passage_topic JOIN passage USING (passage_id) WHERE method = 'fit';

-- name: joined
-- All that have come since the fit.
SELECT passage_id, document_id, topic_id, likeness, text, vector
FROM passage_topic AS t JOIN passage USING (passage_id) JOIN embedding ON embedding.text_hash = t.text_hash
WHERE method = 'neighbours' ORDER BY passage_id;

-- name: count_passages
UPDATE topic SET passages = (SELECT count(*) FROM passage_topic WHERE passage_topic.topic_id = topic.topic_id);

-- name: remembered_topics
SELECT topic_id, terms FROM topic ORDER BY topic_id;

-- name: remembered_passages
-- The last fit as the database has it, should its model be lost.
SELECT topic_id, text_hash, vector FROM passage_topic JOIN embedding USING (text_hash)
WHERE method = 'fit' ORDER BY passage_id;

-- name: remembered_fits
SELECT fit_id, parent_id, number, "at"::TEXT, why, passages, topics FROM topic_fit ORDER BY number;

-- name: remembered_events
SELECT fit_id, topic_id, kind, other_id, similarity, l.passages, shared
FROM topic_lineage AS l JOIN topic_fit USING (fit_id) ORDER BY number, l.rowid;

-- name: last_told
SELECT fit_id FROM topic_fit ORDER BY number DESC LIMIT 1;
