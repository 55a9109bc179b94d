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

-- name: label_state
SELECT (SELECT count(*) || ':' || coalesce(bit_xor(hash(human_code)), 0) FROM human_code) || ' '
       || (SELECT count(*) || ':' || coalesce(bit_xor(hash(code_sample)), 0) FROM code_sample);

-- name: documents
SELECT document_id, source, published, published_precision, count(*) AS passages
FROM document JOIN passage USING (document_id)
WHERE duplicate_of IS NULL AND published IS NOT NULL AND list_contains(?, access)
GROUP BY ALL ORDER BY document_id;

-- name: left_out
SELECT count(*), count(*) FILTER (published IS NULL), count(*) FILTER (NOT list_contains(?, access))
FROM document JOIN scope USING (document_id) WHERE duplicate_of IS NULL AND in_scope;

-- name: themes
SELECT theme FROM theme ORDER BY theme;

-- name: topics
SELECT topic_id FROM topic ORDER BY topic_id;

-- name: theme_hits
SELECT document_id, theme, count(*) FROM passage_theme JOIN passage USING (passage_id)
WHERE coded GROUP BY ALL;

-- name: topic_hits
SELECT document_id, topic_id, count(*) FROM passage_topic JOIN passage USING (passage_id) GROUP BY ALL;

-- name: labels
-- Passages that people coded, for evaluation: how many of how many said yes, and what the machine did.
SELECT h.theme, s.sample_id, s.unit, s.stratum, p.document_id, s.part_probability,
       count(*) FILTER (h.present) AS yes, count(*) AS said, coalesce(any_value(c.coded), false)::INTEGER AS machine
FROM code_sample AS s
JOIN human_code AS h USING (sample_id, passage_id)
JOIN passage AS p ON p.passage_id = s.passage_id AND p.text_hash = h.text_hash
LEFT JOIN passage_theme AS c ON c.passage_id = s.passage_id AND c.theme = h.theme
WHERE s.part = 'evaluate' AND h.present IS NOT NULL
GROUP BY h.theme, s.sample_id, s.unit, s.stratum, p.document_id, s.passage_id, s.part_probability
ORDER BY ALL;

-- name: who_coded
-- Who coded what for evaluation: the coder, the sample, the version of the codebook, and the document's year.
SELECT h.theme, h.coder, s.sample_id, h.codebook, p.document_id, year(d.published)
FROM code_sample AS s
JOIN human_code AS h USING (sample_id, passage_id)
JOIN passage AS p ON p.passage_id = s.passage_id AND p.text_hash = h.text_hash
JOIN document AS d ON d.document_id = p.document_id
WHERE s.part = 'evaluate' AND h.present IS NOT NULL AND d.published IS NOT NULL
ORDER BY ALL;

-- name: lost_labels
-- Codes of passages that are no longer there, or say something else now.
SELECT h.theme, count(*) FROM human_code AS h JOIN code_sample AS s USING (sample_id, passage_id)
LEFT JOIN passage AS p ON p.passage_id = h.passage_id AND p.text_hash = h.text_hash
WHERE s.part = 'evaluate' AND p.passage_id IS NULL GROUP BY h.theme;

-- name: newcomers
-- Documents that were first seen after the last sample was drawn (or, where its file doesn't say when, after people
-- had begun to code): they could not be drawn.
SELECT document_id FROM document_version
GROUP BY document_id HAVING min(seen_from) > (SELECT max(began) FROM (
    SELECT coalesce(any_value(s.drawn_at), min(h.coded_at)) AS began
    FROM human_code AS h JOIN code_sample AS s USING (sample_id, passage_id) GROUP BY h.sample_id
));
