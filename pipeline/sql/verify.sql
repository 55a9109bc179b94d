-- Checks on a snapshot before it is published: each counts what is wrong.

-- name: a document has its capture
SELECT count(*) FROM document ANTI JOIN capture USING (capture_id);
-- name: a document has its source
SELECT count(*) FROM document ANTI JOIN source USING (source);
-- name: a duplicate leads to a leading document
SELECT count(*) FROM document AS copy LEFT JOIN document AS leader ON leader.document_id = copy.duplicate_of
WHERE copy.duplicate_of IS NOT NULL AND (leader.document_id IS NULL OR leader.duplicate_of IS NOT NULL);
-- name: a copy is in a group, and a leader leads one
SELECT count(*) FROM document AS d LEFT JOIN document_group AS g USING (document_id)
WHERE coalesce(d.duplicate_of, d.document_id) <> coalesce(g.leader_id, d.document_id);
-- name: a text has its capture
SELECT count(*) FROM document AS d LEFT JOIN capture AS c ON c.capture_id = d.text_capture_id WHERE c.capture_id IS NULL;
-- name: a passage is a stretch of its document
SELECT count(*) FROM passage AS p LEFT JOIN document AS d USING (document_id)
WHERE d.document_id IS NULL OR p.text IS DISTINCT FROM d.text[p.start_char + 1 : p.end_char];
-- name: a document has its entry in the rights ledger
SELECT count(*) FROM document ANTI JOIN rights USING (document_id);
-- name: text is there exactly as long as it may be kept
SELECT count(*) FROM document AS d JOIN rights AS r USING (document_id) WHERE r.withheld = (d.text IS NOT NULL);
-- name: a policy file in force is known
SELECT count(*) FROM (SELECT unnest([robots_file, tdmrep_file, ai_txt_file]) AS policy_id FROM rights)
WHERE policy_id IS NOT NULL AND policy_id NOT IN (SELECT policy_id FROM policy_file);
-- name: a coding has its passage and theme
SELECT count(*) FROM passage_theme AS c
WHERE c.passage_id NOT IN (SELECT passage_id FROM passage) OR c.theme NOT IN (SELECT theme FROM theme);
-- name: a topic's passages exist
SELECT count(*) FROM passage_topic AS c
WHERE c.passage_id NOT IN (SELECT passage_id FROM passage) OR c.topic_id NOT IN (SELECT topic_id FROM topic);
-- name: the topics are those of the last fit
SELECT count(*) FROM topic WHERE topic_id NOT IN (
    SELECT topic_id FROM topic_lineage
    WHERE kind IN ('continued', 'born', 'split') AND fit_id = (SELECT arg_max(fit_id, number) FROM topic_fit)
);
-- name: an example has its passage and topic
SELECT count(*) FROM topic_example AS e
WHERE e.passage_id NOT IN (SELECT passage_id FROM passage) OR e.topic_id NOT IN (SELECT topic_id FROM topic);
-- name: the tree of topics holds topics, each once
SELECT count(topic_id) - count(DISTINCT topic_id) FILTER (topic_id IN (SELECT topic_id FROM topic)) FROM topic_tree;
-- name: a node of the tree has its parent
SELECT count(*) FROM topic_tree WHERE parent NOT IN (SELECT node FROM topic_tree);
-- name: a prevalence lies in its interval
SELECT count(*) FROM (FROM theme_trend SELECT prevalence, lower, upper UNION ALL FROM topic_trend SELECT prevalence, lower, upper)
WHERE NOT (0 <= lower AND lower <= prevalence AND prevalence <= upper AND upper <= 1);
-- name: a change is its mix and its within
SELECT count(*) FROM trend_change WHERE NOT abs(change - mix - within) < 1e-9;
-- name: a change is the difference of two crude prevalences
WITH crude AS (
    SELECT theme AS series, measure, period, period_start, prevalence FROM theme_trend WHERE source IS NULL AND estimate = 'crude'
    UNION ALL
    SELECT topic_id, measure, period, period_start, prevalence FROM topic_trend WHERE source IS NULL AND estimate = 'crude'
)
SELECT count(*) FROM trend_change AS c
LEFT JOIN crude AS b
       ON (b.series, b.measure, b.period, b.period_start) = (coalesce(c.theme, c.topic_id), c.measure, c.period, c.period_start)
LEFT JOIN crude AS a
       ON (a.series, a.measure, a.period, a.period_start) = (coalesce(c.theme, c.topic_id), c.measure, c.period, c.previous_start)
WHERE (abs(c.change - (b.prevalence - a.prevalence)) < 1e-5) IS NOT TRUE;
-- name: a change lies in its interval
SELECT count(*) FROM trend_change
WHERE NOT (-1 <= change_lower AND change_lower <= change AND change <= change_upper AND change_upper <= 1
           AND mix_lower <= mix AND mix <= mix_upper AND within_lower <= within AND within <= within_upper);
-- name: what is standardised says how much of the mix it rests on, and what is crude does not
SELECT count(*) FROM (FROM theme_trend SELECT estimate, source, coverage UNION ALL FROM topic_trend SELECT estimate, source, coverage)
WHERE CASE estimate WHEN 'crude' THEN coverage IS NOT NULL
      WHEN 'corrected' THEN (coverage BETWEEN 0 AND 1) IS NOT TRUE
      ELSE (source IS NULL AND coverage > 0 AND coverage <= 1) IS NOT TRUE END;
-- name: a drawn passage had a chance to be drawn
SELECT count(*) FROM code_sample
WHERE CASE purpose WHEN 'training' THEN part <> 'train' OR probability IS NOT NULL OR part_probability IS NOT NULL
      ELSE (0 < part_probability AND part_probability <= probability AND probability <= 1) IS NOT TRUE END;
-- name: a code is of a sample
SELECT count(*) FROM human_code ANTI JOIN code_sample USING (sample_id, passage_id);
-- name: an agreement and an accuracy lie in their intervals
SELECT count(*) FROM (FROM agreement SELECT value, lower, upper UNION ALL FROM validation SELECT value, lower, upper)
WHERE NOT (lower <= value AND value <= upper AND upper <= 1);
-- name: words over time are those of a topic, each with its weight
SELECT count(*) FROM topic_term
WHERE topic_id NOT IN (SELECT topic_id FROM topic) OR len(terms) <> len(weights) OR passages <= 0;
-- name: what is corrected has its correction, and what is refused is not corrected
SELECT count(*) FROM (SELECT DISTINCT theme, measure, source FROM theme_trend WHERE estimate = 'corrected') AS t
FULL JOIN (FROM correction WHERE refused IS NULL) AS c
       ON (c.theme, c.measure, coalesce(c.source, '')) = (t.theme, t.measure, coalesce(t.source, ''))
WHERE t.theme IS NULL OR c.theme IS NULL;
-- name: a table has a comment
SELECT count(*) FROM duckdb_tables() WHERE comment IS NULL AND schema_name = 'main';
-- name: a column has a comment
SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal AND schema_name = 'main';

-- name: steps
SELECT step, sum(documents)::BIGINT FROM flow GROUP BY step;
