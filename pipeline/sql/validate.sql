-- Samples and their codes beside the machine's coding.

-- name: state
SELECT concat_ws('/',
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(sample_id, passage_id, text_hash, stratum, part, part_probability)), 0) FROM code_sample),
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(sample_id, passage_id, theme, coder, text_hash, present, codebook)), 0) FROM human_code),
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, text_hash)), 0)
     FROM passage WHERE passage_id IN (SELECT passage_id FROM code_sample)),
    (SELECT count(*) || ':' || coalesce(bit_xor(hash(passage_id, theme)), 0)
     FROM passage_theme WHERE coded AND passage_id IN (SELECT passage_id FROM code_sample))
);

-- name: reference_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(theme, reference_passages, reference_positives, reference_coded,
    reference_right, without_keywords, near_misses)), 0) FROM theme_model;

-- name: reference
SELECT theme, reference_passages, reference_positives, reference_coded, reference_right, without_keywords, near_misses
FROM theme_model WHERE reference_passages IS NOT NULL ORDER BY theme;

-- name: samples
SELECT DISTINCT sample_id FROM code_sample ORDER BY sample_id;

-- name: drawn
SELECT passage_id, document_id, text_hash, stratum, part, probability, part_probability
FROM code_sample WHERE sample_id = ? ORDER BY passage_id;

-- name: said
SELECT passage_id, text_hash, theme, coder, present, codebook
FROM human_code WHERE sample_id = ? ORDER BY passage_id, theme, coder;

-- name: machine
SELECT passage_id, theme FROM passage_theme
WHERE coded AND passage_id IN (SELECT passage_id FROM code_sample WHERE sample_id = ?);

-- name: years
SELECT p.passage_id, year(d.published) FROM passage AS p JOIN document AS d USING (document_id)
WHERE d.published IS NOT NULL AND p.passage_id IN (SELECT passage_id FROM code_sample WHERE sample_id = ?);

-- name: others_state
SELECT count(*) || ':' || coalesce(bit_xor(hash(coder, passage_id, text_hash, theme, score)), 0) FROM imported_code;

-- name: others
-- What other programs said of the drawn texts; of one text their mean.
SELECT i.coder, s.passage_id, i.theme, avg(i.score)
FROM code_sample AS s JOIN imported_code AS i
  ON i.text_hash = s.text_hash OR (i.text_hash IS NULL AND i.passage_id = s.passage_id)
WHERE s.sample_id = ? GROUP BY ALL ORDER BY ALL;

-- name: current
SELECT passage_id, text_hash FROM passage
WHERE passage_id IN (SELECT passage_id FROM code_sample WHERE sample_id = ?);
