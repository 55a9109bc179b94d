-- What trends rest on. A document without passages has no text to carry a theme and isn't counted.

-- name: document_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(
    document_id, source, published, published_precision, access, duplicate_of, text_hash, in_scope
)), 0) FROM document JOIN scope USING (document_id);

-- name: theme_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, theme, coded)), 0)
       || (SELECT string_agg(theme, ' ' ORDER BY theme) FROM theme)
FROM passage_theme;

-- name: topic_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, topic_id)), 0) FROM passage_topic;

-- name: documents
SELECT document_id, source, published, published_precision, count(*) AS passages
FROM document JOIN passage USING (document_id)
WHERE duplicate_of IS NULL AND published IS NOT NULL AND list_contains(?, access)
GROUP BY ALL ORDER BY document_id;

-- name: themes
SELECT theme FROM theme ORDER BY theme;

-- name: topics
SELECT topic_id FROM topic ORDER BY topic_id;

-- name: theme_hits
SELECT document_id, theme, count(*) FROM passage_theme JOIN passage USING (passage_id)
WHERE coded GROUP BY ALL;

-- name: topic_hits
SELECT document_id, topic_id, count(*) FROM passage_topic JOIN passage USING (passage_id) GROUP BY ALL;

-- name: mark
INSERT OR REPLACE INTO stage_run VALUES ('trend', ?, now(), NULL, NULL);
