-- Published prevalences, computed once more from the published passages by SQL alone.

-- name: prevalences
-- How many were recomputed, how many of them are as published, and how many are published. `kind` is theme or
-- topic, `key` the column that names it, `passages` which passages carry which.
WITH counted AS (
    SELECT document_id, source, published, published_precision, count(*) AS passages
    FROM document JOIN passage USING (document_id)
    WHERE duplicate_of IS NULL AND published IS NOT NULL AND list_contains($access::TEXT[], access)
    GROUP BY ALL
),
dated AS (
    SELECT document_id, source, passages, p.period,
           if(published_precision = 'year',
              date_trunc('year', published) + to_months((n.part * p.months)::INTEGER),
              date_trunc(p.period, published))::DATE AS period_start,
           if(published_precision = 'year', p.months / 12, 1.0) AS weight
    FROM counted, (VALUES ('month', 1), ('quarter', 3), ('year', 12)) AS p(period, months),
         range(12) AS n(part)
    WHERE n.part < if(published_precision = 'year', 12 // p.months, 1)
),
hits AS (
    SELECT series, document_id, count(*) AS hits
    FROM ({passages}) JOIN passage USING (passage_id) GROUP BY ALL
),
valued AS (
    SELECT s.series, d.*, coalesce(h.hits, 0) / d.passages AS share,
           (coalesce(h.hits, 0) > 0)::INTEGER AS mention
    FROM dated AS d CROSS JOIN (SELECT {key} AS series FROM {kind}) AS s
    LEFT JOIN hits AS h ON h.series = s.series AND h.document_id = d.document_id
),
by_source AS (
    SELECT series, measure, period, period_start, source, sum(weight * value) / sum(weight) AS prevalence,
           sum(weight) AS documents, sum(weight * passages) AS passages
    FROM (FROM valued UNPIVOT (value FOR measure IN (share, mention))) GROUP BY ALL
),
mix AS (SELECT key AS source, value::DOUBLE AS part FROM about, json_each(mix)),
recomputed AS (
    SELECT series, measure, period, period_start, source, 'crude' AS estimate, prevalence, documents, passages
    FROM by_source
    UNION ALL
    SELECT series, measure, period, period_start, NULL, 'crude',
           sum(documents * prevalence) / sum(documents), sum(documents), sum(passages)
    FROM by_source GROUP BY ALL
    UNION ALL
    SELECT series, measure, period, period_start, NULL, 'standardised',
           sum(part * prevalence) / sum(part), sum(documents), sum(passages)
    FROM by_source JOIN mix USING (source) GROUP BY ALL
)
SELECT count(*), count(*) FILTER (
    abs(r.prevalence - t.prevalence) < 1e-5 AND abs(r.documents - t.documents) < 1e-5
    AND abs(r.passages - t.passages) < 1e-5
), (SELECT count(*) FROM {kind}_trend WHERE estimate <> 'corrected')
FROM recomputed AS r JOIN {kind}_trend AS t
  ON t.{key} = r.series AND t.measure = r.measure AND t.period = r.period AND t.estimate = r.estimate
 AND t.period_start = r.period_start AND t.source IS NOT DISTINCT FROM r.source;
