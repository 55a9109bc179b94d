-- The rights ledger: on what ground each document is here, what was stated of it, and what may be exported.

-- name: stage_licences
CREATE OR REPLACE TEMP TABLE licence_stated (statement TEXT, licence TEXT, terms TEXT);

-- name: stage_rules
CREATE OR REPLACE TEMP TABLE export_rule (
    licensed BOOLEAN, reserved BOOLEAN, may_export TEXT, terms TEXT, name TEXT
);

-- name: statements
SELECT DISTINCT rights FROM document WHERE rights IS NOT NULL ORDER BY rights;

-- name: ledger
INSERT INTO rights
WITH in_force AS (
    -- The policy files that each capture names.
    SELECT named.capture_id,
           any_value(p.policy_id) FILTER (p.kind = 'robots') AS robots_file,
           any_value(p.status) FILTER (p.kind = 'robots') AS robots_status,
           any_value(p.policy_id) FILTER (p.kind = 'tdmrep') AS tdmrep_file,
           any_value(p.policy_id) FILTER (p.kind = 'ai.txt') AS ai_txt_file
    FROM (SELECT capture_id, unnest(policies) AS policy_id FROM capture) AS named
    JOIN policy_file AS p USING (policy_id)
    GROUP BY named.capture_id
), seen AS (
    SELECT capture_id, max("at") AS last_at FROM revisit WHERE capture_id IS NOT NULL GROUP BY capture_id
), reserved_since AS (
    -- Pages that were open when they were kept, and reserved when they were last asked for.
    SELECT r.url, max(run.finished_at) AS last_at, arg_max(r.reason, run.finished_at) AS reason
    FROM refusal AS r JOIN crawl_run AS run USING (run_id)
    WHERE regexp_matches(r.reason, '^(tdm-reservation|ai\.txt|noai)')
    GROUP BY r.url
), stated AS (
    SELECT d.document_id, d.rights AS statement, c.found = 'import' AS imported, f.*,
           CASE WHEN d.rights IS NOT NULL THEN if(r.rights IS NULL, 'source', 'page') END AS stated_by,
           list_concat(
               coalesce(string_split(nullif(c.signals, ''), '; '), []),
               CASE WHEN later.url IS NULL THEN [] ELSE [later.reason || ', since ' || later.last_at::DATE] END
           ) AS signals,
           later.url IS NOT NULL OR coalesce(c.permission, '') <> '' AS reserved,
           coalesce(
               nullif(c.permission, ''), CASE WHEN later.url IS NOT NULL THEN nullif(t.permission, '') END
           ) AS permission,
           least(
               t.retain_until, CASE WHEN t.retain_days > 0 THEN (c.fetched_at + to_days(t.retain_days))::DATE END
           ) AS retain_until
    FROM document AS d
    JOIN capture AS c USING (capture_id)
    LEFT JOIN reading AS r USING (capture_id)
    LEFT JOIN in_force AS f USING (capture_id)
    LEFT JOIN seen AS s USING (capture_id)
    LEFT JOIN source_terms AS t ON t.source = d.source
    LEFT JOIN reserved_since AS later
      ON later.url = c.url AND later.last_at > greatest(c.fetched_at, coalesce(s.last_at, c.fetched_at))
)
SELECT s.document_id,
       if(s.imported, 'imported by the user', 'open page'),
       s.statement, l.licence, CASE WHEN l.licence IS NOT NULL THEN s.stated_by END,
       CASE WHEN s.imported THEN 'imported'
            WHEN s.robots_file IS NULL THEN 'allowed, text not kept'
            WHEN s.robots_status = 200 THEN 'allowed'
            ELSE 'no robots.txt' END,
       s.robots_file, s.tdmrep_file, s.ai_txt_file, s.signals, s.reserved, s.permission, s.retain_until,
       e.may_export, coalesce(nullif(e.terms, ''), l.terms), e.name
FROM stated AS s
LEFT JOIN licence_stated AS l USING (statement)
JOIN export_rule AS e ON e.licensed = (l.licence IS NOT NULL) AND e.reserved = s.reserved;
