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
-- compiled anew for every row.
SELECT passage_id, text_hash, vector,
       [{found}] AS found
FROM passage ANTI JOIN coded_passage USING (passage_id) JOIN embedding USING (text_hash)
ORDER BY passage_id;

-- name: any_uncoded
SELECT passage_id FROM passage ANTI JOIN coded_passage USING (passage_id) LIMIT 1;
