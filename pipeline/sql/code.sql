-- name: drop_stale_codes
DELETE FROM passage_theme WHERE passage_id NOT IN (
    SELECT passage_id FROM coded_passage JOIN passage USING (passage_id, text_hash) WHERE codebook = ?
);

-- name: drop_stale
DELETE FROM coded_passage WHERE passage_id NOT IN (
    SELECT passage_id FROM coded_passage JOIN passage USING (passage_id, text_hash) WHERE codebook = ?
);

-- name: uncoded
-- `found` becomes one regexp_extract_all per theme: a pattern that came from a column would be
-- compiled anew for every row. `text` is handed over only where the coder reads it.
SELECT passage_id, text_hash, vector, {text} AS text,
       [{found}] AS found
FROM passage ANTI JOIN coded_passage USING (passage_id) JOIN embedding USING (text_hash)
ORDER BY passage_id;

-- name: any_uncoded
SELECT passage_id FROM passage ANTI JOIN coded_passage USING (passage_id) LIMIT 1;

-- name: known_codebook
SELECT codebook, codebook_hash FROM theme LIMIT 1;

-- name: training
-- One row per text and theme that people coded for training: how many said yes, of how many, and the chance that the
-- text had to be drawn for it. A text that any sample keeps for evaluation is never learnt from.
WITH drawn AS (
    SELECT sample_id, passage_id, text_hash, part_probability FROM code_sample WHERE part = 'train'
), kept AS (
    SELECT DISTINCT text_hash FROM code_sample WHERE part = 'evaluate'
)
SELECT h.text_hash, h.theme, count(*) FILTER (h.present) AS yes, count(*) AS said,
       max(d.part_probability) AS chance
FROM human_code AS h JOIN drawn AS d USING (sample_id, passage_id, text_hash)
ANTI JOIN kept ON kept.text_hash = h.text_hash
WHERE h.present IS NOT NULL
GROUP BY ALL ORDER BY ALL;

-- name: labelled
SELECT text_hash, min(document_id) AS document_id, any_value(text) AS text, any_value(vector) AS vector
FROM passage JOIN embedding USING (text_hash)
WHERE text_hash IN (SELECT unnest(?::TEXT[]))
GROUP BY text_hash ORDER BY text_hash;

-- name: present_texts
SELECT DISTINCT text_hash FROM passage WHERE text_hash IN (SELECT unnest(?::TEXT[]));

-- name: theme_models
SELECT theme, method, why, labels, positives, threshold, f1, codebook_f1, classifier_f1, brier, brier_before,
       miscalibration, coder, slope, curve_intercept, intercept, reference_passages, reference_positives, reference_coded,
       reference_right, without_keywords, near_misses
FROM theme_model WHERE model = ?;

-- name: tried
-- The coders that people's codes were asked about, the one before first.
SELECT theme, coder, f1, gain, gain_error, in_use FROM theme_coder WHERE f1 IS NOT NULL
ORDER BY theme, gain <> 0, coder;

-- name: given
-- What other programs said of texts of the corpus: one row per coder, theme and text. Where a coder said different
-- things of one text, their mean. A coding without a text's hash is of the passage of that name, as it is today.
SELECT coder, theme, text_hash, avg(score) AS score FROM (
    SELECT coder, theme, text_hash, score FROM imported_code WHERE text_hash IS NOT NULL
    UNION ALL
    SELECT coder, theme, passage.text_hash, score FROM imported_code JOIN passage USING (passage_id)
    WHERE imported_code.text_hash IS NULL
) SEMI JOIN passage USING (text_hash)
WHERE theme IN (SELECT theme FROM theme)
GROUP BY ALL ORDER BY ALL;

-- name: given_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(coder, passage_id, text_hash, theme, score)), 0) FROM imported_code;

-- name: texts
SELECT count(DISTINCT text_hash) FROM passage;

-- name: stale_given
-- Codings of passages that are gone or read otherwise now.
SELECT i.coder, i.theme, count(*) FROM imported_code AS i
WHERE coalesce(i.text_hash NOT IN (SELECT text_hash FROM passage), true)
  AND (i.text_hash IS NOT NULL OR i.passage_id NOT IN (SELECT passage_id FROM passage))
GROUP BY ALL ORDER BY ALL;

-- name: weights
SELECT weight FROM theme_weight WHERE theme = ? ORDER BY position;

-- name: terms
SELECT feature, idf FROM theme_weight
WHERE kind = 'term' AND theme = (SELECT min(theme) FROM theme_weight) ORDER BY position;
