-- What the report reads, and nothing else. The page prints these queries, so that a reader can run them.

-- name: about
SELECT version, "commit", config_hash, models, seeds, floor, sample, epoch(built_at) AS built_at, settings, codebook
FROM about;

-- name: corpus
SELECT count(*) AS documents,
       count(*) FILTER (duplicate_of IS NOT NULL) AS duplicates,
       count(*) FILTER (published IS NULL) AS undated,
       min(published) AS first_date,
       arg_min(published_precision, published) AS first_precision,
       max(published) AS last_date,
       arg_max(published_precision, published) AS last_precision
FROM document
WHERE in_scope;

-- name: sources
SELECT coalesce(s.name, d.source) AS name, s.kind, s.homepage, s.covers, count(*) AS documents
FROM document AS d
LEFT JOIN source AS s USING (source)
WHERE d.in_scope
GROUP BY ALL
ORDER BY documents DESC, name;

-- name: periods
-- How many documents stand behind the points of each period.
SELECT period, period_start, max(documents) AS documents, bool_and(thin) AS thin
FROM theme_trend
WHERE measure = 'share' AND source IS NULL AND estimate = 'crude'
GROUP BY period, period_start
ORDER BY period, period_start;

-- name: themes
SELECT theme, label, definition FROM theme ORDER BY label;

-- name: theme_models
-- What codes each theme, and whether its scores are probabilities.
SELECT coalesce(t.label, m.theme) AS label, m.method, m.calibrated, m.labels, m.precision, m.recall
FROM theme_model AS m LEFT JOIN theme AS t USING (theme) ORDER BY label;

-- name: validity
-- How well each theme is coded: by the sample with most passages that precision and recall can be told of, else by
-- the reference set, else by nothing.
WITH wide AS (
    SELECT theme, sample_id, max(passages) AS passages,
           max(value) FILTER (measure = 'precision') AS precision,
           max(lower) FILTER (measure = 'precision') AS precision_lower,
           max(upper) FILTER (measure = 'precision') AS precision_upper,
           max(value) FILTER (measure = 'recall') AS recall,
           max(lower) FILTER (measure = 'recall') AS recall_lower,
           max(upper) FILTER (measure = 'recall') AS recall_upper,
           max(value) FILTER (measure = 'near misses') AS near,
           max(value) FILTER (measure = 'f1') AS f1
    FROM validation WHERE coder IS NULL GROUP BY ALL
), best AS (
    FROM wide WHERE precision IS NOT NULL AND recall IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY theme ORDER BY sample_id = 'reference set', passages DESC, sample_id) = 1
)
SELECT theme, sample_id, passages, precision, precision_lower, precision_upper, recall, recall_lower, recall_upper, near,
       f1 < (SELECT (settings::JSON->'label'->>'weak')::DOUBLE FROM about) AS weak
FROM theme LEFT JOIN best USING (theme) ORDER BY theme;

-- name: theme_trend
SELECT theme, period_start, prevalence, coalesce(lower, 0) AS lower, coalesce(upper, 1) AS upper,
       documents, thin
FROM theme_trend
WHERE measure = $measure AND period = $period AND source IS NULL AND estimate = $estimate
  AND prevalence IS NOT NULL
ORDER BY theme, period_start;

-- name: corrections
-- What people's codes say of the machine: over all documents it finds so much too much or too little.
SELECT theme, measure, documents, bias, bias_lower, bias_upper, surer, remark, refused
FROM correction WHERE source IS NULL ORDER BY theme, measure;

-- name: movements
-- Late against early, each theme's share; the mix of sources is fixed.
SELECT * FROM movement WHERE theme IS NOT NULL AND measure = 'share' ORDER BY theme;

-- name: robustness
-- How late stands against early under every defensible choice.
SELECT * FROM robustness ORDER BY theme;

-- name: specifications
SELECT * FROM specification ORDER BY theme, number;

-- name: change_points
SELECT * FROM change_point WHERE theme IS NOT NULL ORDER BY theme, measure, "at";

-- name: tests
SELECT theme, smooth_q, reason FROM shift_test WHERE theme IS NOT NULL AND measure = 'share' ORDER BY theme;

-- name: effects
SELECT e.*, coalesce(t.label, e.theme) AS label
FROM event_effect AS e LEFT JOIN theme AS t USING (theme)
ORDER BY e.date, e.event, label, e.measure;

-- name: counts
-- What the methods paragraph tells the numbers of.
SELECT (SELECT count(*) FROM passage) AS passages,
       (SELECT count(*) FROM theme) AS themes,
       (SELECT count(*) FROM theme_model WHERE method = 'classifier' AND labels > 0) AS learnt,
       (SELECT count(*) FROM theme_model WHERE precision IS NOT NULL) AS taught,
       (SELECT count(*) FROM theme_model WHERE method = 'imported') AS imported,
       (SELECT string_agg(DISTINCT coder, ', ' ORDER BY coder) FROM theme_model WHERE method = 'imported') AS programs,
       (SELECT count(*) FROM topic) AS topics,
       (SELECT coalesce(sum(in_trends), 0)::BIGINT FROM coverage WHERE year IS NULL) AS documents,
       (SELECT count(*) FROM coverage WHERE year IS NULL AND in_trends > 0) AS sources,
       (SELECT count(*) FROM document WHERE in_scope AND duplicate_of IS NOT NULL) AS copies,
       (SELECT count(*) FROM shift_test WHERE reason IS NULL) AS tested,
       (SELECT count(*) FROM shift_test WHERE reason IS NOT NULL) AS untested,
       (SELECT any_value(period) FROM shift_test) AS period,
       (SELECT count(*) FROM change_point) AS changes,
       (SELECT count(*) FROM movement) AS movements,
       (SELECT count(*) FROM event) AS events,
       (SELECT count(DISTINCT (date, event)) FROM event_effect WHERE reason IS NULL) AS fitted_events,
       (SELECT count(*) FROM event_effect WHERE reason IS NULL) AS fitted,
       (SELECT count(*) FROM theme_trend WHERE estimate = 'corrected') AS corrected;

-- name: human_tables
-- Codes by people are there only where people coded.
SELECT count(*) = 2 AS there FROM duckdb_tables()
WHERE schema_name = 'main' AND table_name IN ('human_code', 'code_sample');

-- name: human
-- Passages that were drawn by lot, and such as were chosen for training.
SELECT count(DISTINCT passage_id) FILTER (purpose IS DISTINCT FROM 'training') AS coded_passages,
       count(DISTINCT passage_id) FILTER (purpose = 'training') AS chosen_passages, count(DISTINCT coder) AS coders
FROM human_code JOIN code_sample USING (sample_id, passage_id);

-- name: no_human
SELECT 0 AS coded_passages, 0 AS chosen_passages, 0 AS coders;

-- name: events
SELECT "date", title, kind, reference FROM event ORDER BY "date", title;

-- name: flow
SELECT step, reason, sum(documents)::BIGINT AS documents
FROM flow
GROUP BY step, reason
ORDER BY min(position), documents DESC, reason;

-- name: coverage
-- Per source and year, and with no year the source as a whole.
SELECT coalesce(s.name, c.source) AS name, c.year, c.known, coalesce(c.known_by, '') AS known_by, c.gathered,
       c.read, c.in_scope, c.share
FROM coverage AS c
LEFT JOIN source AS s USING (source)
ORDER BY name, c.year;

-- name: gaps
-- A source's weight is its share of all documents in trends.
WITH weight AS (
    SELECT source, sum(in_trends) / greatest(sum(sum(in_trends)) OVER (), 1) AS weight
    FROM coverage WHERE year IS NULL GROUP BY source
)
SELECT CASE WHEN g.source IS NOT NULL THEN coalesce(s.name, g.source) END AS name, g.period_start, g.period_end,
       g.kind, g.expected, g.seen, g.why, CASE WHEN g.source IS NULL THEN 1 ELSE coalesce(w.weight, 0) END AS weight
FROM gap AS g
LEFT JOIN source AS s USING (source)
LEFT JOIN weight AS w USING (source)
ORDER BY name NULLS FIRST, g.period_start, g.kind;

-- name: topics
SELECT topic_id, coalesce(phrase, label) AS label, terms, passages, stability, stable, count(*) OVER () AS topics
FROM topic
ORDER BY passages DESC, topic_id
LIMIT 30;

-- name: topic_trend
SELECT topic_id, period_start, prevalence, coalesce(lower, 0) AS lower, coalesce(upper, 1) AS upper,
       documents, thin
FROM topic_trend
WHERE measure = 'share' AND period = 'year' AND source IS NULL AND estimate = 'crude'
  AND prevalence IS NOT NULL
ORDER BY topic_id, period_start;

-- name: quotations
-- Each document's strongest passage for a theme, then the three strongest of those.
WITH strongest AS (
    SELECT c.theme, c.passage_id, c.score, c.phrases, p.text, d.title, d.url, d.source,
           d.published, d.published_precision
    FROM passage_theme AS c
    JOIN passage AS p USING (passage_id)
    JOIN document AS d USING (document_id)
    WHERE c.coded AND d.duplicate_of IS NULL AND p.text IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY c.theme, d.document_id ORDER BY c.score DESC, p.position
    ) = 1
)
SELECT q.theme, q.passage_id, q.text, q.phrases, q.title, q.url, coalesce(s.name, q.source) AS source,
       q.published, q.published_precision
FROM strongest AS q
LEFT JOIN source AS s ON s.source = q.source
QUALIFY row_number() OVER (PARTITION BY q.theme ORDER BY q.score DESC, q.passage_id) <= 3
ORDER BY q.theme, q.score DESC, q.passage_id;
