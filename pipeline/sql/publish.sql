-- The published snapshot: the contract with SQL clients. Runs in a new, empty database with the
-- working one attached read-only as `w`. Every table and column says what it is.

CREATE TABLE source AS
SELECT source, name, kind, homepage, rights, licence, covers FROM w.source ORDER BY source;
COMMENT ON TABLE source IS 'A place documents come from';
COMMENT ON COLUMN source.source IS 'Short name, as in `themeshift crawl bmj`';
COMMENT ON COLUMN source.name IS 'Full name';
COMMENT ON COLUMN source.kind IS 'journal, news, think tank, repository, data';
COMMENT ON COLUMN source.homepage IS 'Front page, where known';
COMMENT ON COLUMN source.rights IS 'Who holds the rights and what may be done with copies';
COMMENT ON COLUMN source.licence IS 'Open licence, where the source states one';
COMMENT ON COLUMN source.covers IS 'What is gathered from it';

CREATE TABLE crawl_run AS
SELECT run_id, source, started_at, finished_at, outcome, kept, unchanged, refused, failed, bytes, known, gone
FROM w.crawl_run ORDER BY started_at, run_id;
COMMENT ON TABLE crawl_run IS 'One run of a spider or of an import';
COMMENT ON COLUMN crawl_run.run_id IS 'Identifier; also in the WARC file''s warcinfo record';
COMMENT ON COLUMN crawl_run.source IS 'The source it gathered, or `import`';
COMMENT ON COLUMN crawl_run.started_at IS 'Start, UTC';
COMMENT ON COLUMN crawl_run.finished_at IS 'End, UTC';
COMMENT ON COLUMN crawl_run.outcome IS 'finished, suspect (a check failed: `monitor`), interrupted, failed';
COMMENT ON COLUMN crawl_run.kept IS 'Captures written to the archive';
COMMENT ON COLUMN crawl_run.unchanged IS 'Responses whose bytes the archive already held';
COMMENT ON COLUMN crawl_run.refused IS 'URLs found and not kept; their reasons are in `flow`';
COMMENT ON COLUMN crawl_run.failed IS 'Requests that failed after retries';
COMMENT ON COLUMN crawl_run.bytes IS 'Bytes of payload kept';
COMMENT ON COLUMN crawl_run.known IS 'URLs found that the archive had, not asked for again';
COMMENT ON COLUMN crawl_run.gone IS 'Known URLs that answered 404 or 410, or that their listing withdrew';

CREATE TABLE capture AS
SELECT c.capture_id, c.source, c.url, c.fetched_at, c.status, c.media_type, c.digest, c.warc_file, c.warc_offset,
       c.found, c.via, coalesce(r.outcome, 'not read yet') AS outcome, nullif(r.detail, '') AS detail
FROM w.capture AS c LEFT JOIN w.reading AS r USING (capture_id) ORDER BY c.capture_id;
COMMENT ON TABLE capture IS 'A response (or imported file) as received; its bytes are in the archive';
COMMENT ON COLUMN capture.capture_id IS 'Identifier: from the URL and the digest';
COMMENT ON COLUMN capture.source IS 'source.source';
COMMENT ON COLUMN capture.url IS 'The address it was fetched from, or a file: name';
COMMENT ON COLUMN capture.fetched_at IS 'When it was received, UTC';
COMMENT ON COLUMN capture.status IS 'HTTP status; 200 for files';
COMMENT ON COLUMN capture.media_type IS 'Media type as declared';
COMMENT ON COLUMN capture.digest IS 'WARC payload digest (sha1, base 32)';
COMMENT ON COLUMN capture.warc_file IS 'File in data/archive';
COMMENT ON COLUMN capture.warc_offset IS 'Byte at which the record starts in that file';
COMMENT ON COLUMN capture.found IS 'How the URL was found: sitemap, listing, feed, oai, link, import';
COMMENT ON COLUMN capture.via IS 'Where the URL was found';
COMMENT ON COLUMN capture.outcome IS '`document`, or why reading it gave none: http-error, error-page, login, bot-wall, redirect, needs-script, program-file, listing, empty, too-short, broken-pdf, broken-docx, broken-html, broken-record, truncated, damaged, unsupported, too-large, too-slow, crashed, reader-failed';
COMMENT ON COLUMN capture.detail IS 'What the reader saw, where it gave no document';

CREATE TABLE refusal AS
SELECT url, source, reason, via, run_id FROM w.refusal ORDER BY url, run_id, reason;
COMMENT ON TABLE refusal IS 'A URL that a run found and did not keep';
COMMENT ON COLUMN refusal.url IS 'The address';
COMMENT ON COLUMN refusal.source IS 'source.source, or `import`';
COMMENT ON COLUMN refusal.reason IS 'robots, off-site, http 404, too large, timeout and so on';
COMMENT ON COLUMN refusal.via IS 'Where the URL was found';
COMMENT ON COLUMN refusal.run_id IS 'crawl_run.run_id';

CREATE TABLE rights AS
SELECT document_id, access_basis, statement, licence, licence_stated_by, robots, robots_file, tdmrep_file, ai_txt_file,
       signals, reserved, permission, retain_until, coalesce(retain_until < current_date, false) AS withheld,
       if(withheld, 'metadata', may_export) AS may_export, if(withheld, NULL, terms) AS terms,
       if(withheld, 'retention is over', rule) AS rule
FROM w.rights ORDER BY document_id;
COMMENT ON TABLE rights IS 'The rights ledger: on what basis each document is here, and what may be done with its text';
COMMENT ON COLUMN rights.document_id IS 'document.document_id';
COMMENT ON COLUMN rights.access_basis IS 'How it came to be here: open page, or imported by the user';
COMMENT ON COLUMN rights.statement IS 'What the page, or else the source, says of rights';
COMMENT ON COLUMN rights.licence IS 'The open licence that statement names, as rights.toml knows them; null where it names none';
COMMENT ON COLUMN rights.licence_stated_by IS 'page, or source (in sources.toml): where that licence is stated';
COMMENT ON COLUMN rights.robots IS 'allowed; no robots.txt; allowed, text not kept (captured before these files were kept); imported (no crawler of ours asked for it)';
COMMENT ON COLUMN rights.robots_file IS 'policy_file.policy_id of the robots.txt in force when the page was fetched';
COMMENT ON COLUMN rights.tdmrep_file IS 'policy_file.policy_id of the tdmrep.json in force then';
COMMENT ON COLUMN rights.ai_txt_file IS 'policy_file.policy_id of the ai.txt in force then';
COMMENT ON COLUMN rights.signals IS 'What was stated of text and data mining, and where: tdm-reservation=0 in header and so on; since: by a later visit that was refused for it';
COMMENT ON COLUMN rights.reserved IS 'Whether that reserves mining';
COMMENT ON COLUMN rights.permission IS 'On what ground it is mined although that is reserved, as sources.toml states it';
COMMENT ON COLUMN rights.retain_until IS 'Last day on which the copy may be kept, where the source''s terms set one';
COMMENT ON COLUMN rights.withheld IS 'True where that day had passed when this file was published: the text is left out';
COMMENT ON COLUMN rights.may_export IS 'What exports may hold: text, quotations or metadata';
COMMENT ON COLUMN rights.terms IS 'On what terms';
COMMENT ON COLUMN rights.rule IS 'The rule in rights.toml that says so, or: retention is over';

CREATE TABLE policy_file AS
SELECT policy_id, host, kind, url, status,
       CASE WHEN status = 200 AND (ltrim(text) LIKE '<%' OR (kind = 'tdmrep' AND NOT json_valid(text))) THEN 'unreadable'
            WHEN status = 200 THEN 'found'
            WHEN status BETWEEN 400 AND 499 AND status <> 429 THEN 'missing'
            ELSE 'unavailable' END AS outcome,
       problem, first_seen, last_seen, text, warc_file, warc_offset
FROM w.policy_file ORDER BY host, kind, first_seen, policy_id;
COMMENT ON TABLE policy_file IS 'What a host answered when asked for its robots.txt, tdmrep.json or ai.txt; one row for each different answer';
COMMENT ON COLUMN policy_file.policy_id IS 'Identifier: from address, digest and status';
COMMENT ON COLUMN policy_file.host IS 'The host it speaks for';
COMMENT ON COLUMN policy_file.kind IS 'robots, tdmrep or ai.txt';
COMMENT ON COLUMN policy_file.url IS 'The address it was asked for at';
COMMENT ON COLUMN policy_file.status IS 'HTTP status; 0 where no answer came';
COMMENT ON COLUMN policy_file.outcome IS 'found; missing; unreadable: a page or something else in its place; unavailable: a server error, 429, or no answer';
COMMENT ON COLUMN policy_file.problem IS 'Why no answer came';
COMMENT ON COLUMN policy_file.first_seen IS 'First received, UTC';
COMMENT ON COLUMN policy_file.last_seen IS 'Last received, UTC';
COMMENT ON COLUMN policy_file.text IS 'Its text, where one was served';
COMMENT ON COLUMN policy_file.warc_file IS 'File in data/archive';
COMMENT ON COLUMN policy_file.warc_offset IS 'Byte at which the record starts in that file';

CREATE TABLE document AS
SELECT d.document_id, d.source, d.url, d.title, d.authors, d.published, d.published_precision, d.genre, d.doi,
       d.access, d.language, CASE WHEN r.withheld IS NOT TRUE THEN d.text END AS text, d.word_count, d.duplicate_of,
       d.rights, d.capture_id, d.text_capture_id, d.modified, d.pmid, d.pmcid, d.journal, d.volume, d.issue, d.pages,
       d.origins,
       s.in_scope, s.reason AS scope_reason, s.terms AS scope_terms
FROM w.document AS d JOIN w.scope AS s USING (document_id) LEFT JOIN rights AS r USING (document_id)
ORDER BY d.document_id;
COMMENT ON TABLE document IS 'A text published once';
COMMENT ON COLUMN document.document_id IS 'Identifier: from the canonical URL';
COMMENT ON COLUMN document.source IS 'source.source';
COMMENT ON COLUMN document.url IS 'Canonical address';
COMMENT ON COLUMN document.title IS 'Title, without the site''s name';
COMMENT ON COLUMN document.authors IS 'People, Given Family, in order';
COMMENT ON COLUMN document.published IS 'Date of publication; the first day of the month or year where only that is known';
COMMENT ON COLUMN document.published_precision IS 'day, month or year';
COMMENT ON COLUMN document.genre IS 'editorial, news, feature, analysis, letter, blog, opinion, press-release, report, journal-article, written-answer, debate, speech, guidance, board-paper, correction, page';
COMMENT ON COLUMN document.doi IS 'Digital object identifier, without a resolver';
COMMENT ON COLUMN document.access IS 'full, excerpt (before a paywall), abstract, summary (a report''s page, its text in a file), notice (a correction of another document) or metadata: how much of the text is here';
COMMENT ON COLUMN document.language IS 'Language as declared by the page';
COMMENT ON COLUMN document.text IS 'The document''s own words; paragraphs separated by a blank line; null where it may be kept no longer (`rights.withheld`)';
COMMENT ON COLUMN document.word_count IS 'Words in text';
COMMENT ON COLUMN document.duplicate_of IS 'The document_id of the copy that leads, as in `document_group`; null for the leading one, which trends count';
COMMENT ON COLUMN document.rights IS 'Rights or licence as the page or the source states it';
COMMENT ON COLUMN document.capture_id IS 'The capture that title, authors and date were read from';
COMMENT ON COLUMN document.text_capture_id IS 'The capture that the text was read from: the page''s file where it has one that is fuller';
COMMENT ON COLUMN document.modified IS 'When the page says it was last changed; never taken for its publication';
COMMENT ON COLUMN document.pmid IS 'Number in PubMed';
COMMENT ON COLUMN document.pmcid IS 'Number in PubMed Central, as in PMC3750800';
COMMENT ON COLUMN document.journal IS 'The journal or series it appeared in';
COMMENT ON COLUMN document.volume IS 'Volume of the journal';
COMMENT ON COLUMN document.issue IS 'Issue of the volume';
COMMENT ON COLUMN document.pages IS 'Pages, or the number that stands for them';
COMMENT ON COLUMN document.origins IS 'Where each field came from: origins[''published''], origins[''access''] (the evidence) and so on';
COMMENT ON COLUMN document.in_scope IS 'Whether it is about the subject of the corpus, by the rule in scope.toml; only such documents have passages and count in trends';
COMMENT ON COLUMN document.scope_reason IS 'Why it is in scope or out of it';
COMMENT ON COLUMN document.scope_terms IS 'The names of the subject that were found in title and text, lower case';

CREATE TABLE document_group AS
SELECT document_id, leader_id, kind, copy_of, similarity, containment, evidence
FROM w.document_group ORDER BY leader_id, kind <> 'leader', document_id;
COMMENT ON TABLE document_group IS 'Documents that are one publication: one row for each member of a group';
COMMENT ON COLUMN document_group.document_id IS 'document.document_id';
COMMENT ON COLUMN document_group.leader_id IS 'The document_id of the copy that leads: the only one that has passages and counts in trends';
COMMENT ON COLUMN document_group.kind IS 'leader; else why it is in the group: doi, identifier (PMID, PMCID or Hansard''s id), file (of a page), identical, near, joint (a report of several bodies), excerpt, reprint (in part, by another body)';
COMMENT ON COLUMN document_group.copy_of IS 'The document_id of the member it was compared with; null for the leader';
COMMENT ON COLUMN document_group.similarity IS 'Runs of eight words in both, of all runs in either (Jaccard)';
COMMENT ON COLUMN document_group.containment IS 'Share of the shorter text''s words that stand in such runs of the longer one';
COMMENT ON COLUMN document_group.evidence IS 'What spoke for it, in words';

CREATE TABLE document_version AS
WITH state AS (
    SELECT *, lead(seen_from) OVER (PARTITION BY document_id ORDER BY version) AS next_from
    FROM w.document_version
), confirmed AS (
    -- The latest visit that found a page in this state.
    SELECT s.document_id, s.version, max(v."at") AS confirmed_at
    FROM state AS s
    JOIN w.reading AS r ON substr(sha256(r.url), 1, 16) = s.document_id AND r.text_hash = s.text_hash
    JOIN w.revisit AS v ON v.capture_id = r.capture_id AND v."at" >= s.seen_from
     AND v."at" < coalesce(s.next_from, 'infinity')
    GROUP BY s.document_id, s.version
)
SELECT s.document_id, s.version, s.capture_id, s.seen_from,
       greatest(s.seen_to, coalesce(k.confirmed_at, s.seen_to)) AS seen_to, s.text_hash,
       c.words_added, c.words_removed, if(r.withheld, NULL, c.diff) AS diff, if(r.withheld, NULL, c.notice) AS notice
FROM (FROM state SELECT *, lag(text_hash) OVER (PARTITION BY document_id ORDER BY version) AS before) AS s
LEFT JOIN confirmed AS k USING (document_id, version)
LEFT JOIN rights AS r ON r.document_id = s.document_id
LEFT JOIN w.version_change AS c
    ON c.document_id = s.document_id AND c.before = s.before AND c.after = s.text_hash
ORDER BY s.document_id, s.version;
COMMENT ON TABLE document_version IS 'One state of a document, in the representation that its page''s text is from; a new one only where the text changed';
COMMENT ON COLUMN document_version.document_id IS 'document.document_id';
COMMENT ON COLUMN document_version.version IS 'Counts from 1, oldest first';
COMMENT ON COLUMN document_version.capture_id IS 'First capture of this state';
COMMENT ON COLUMN document_version.seen_from IS 'First seen, UTC; for a capture of a web archive, when the archive saw it';
COMMENT ON COLUMN document_version.seen_to IS 'Last seen, UTC';
COMMENT ON COLUMN document_version.text_hash IS 'SHA-256 of the text, first 16 hex digits';
COMMENT ON COLUMN document_version.words_added IS 'Words that the version before did not have; null for the first version, as the next three';
COMMENT ON COLUMN document_version.words_removed IS 'Words of the version before that are gone';
COMMENT ON COLUMN document_version.diff IS 'What changed, one paragraph a line: + new, - gone, ~ changed, with [-words gone-] and {+words new+}';
COMMENT ON COLUMN document_version.notice IS 'The first new paragraph that speaks of a correction, an update or a retraction';

CREATE TABLE passage AS
SELECT passage_id, document_id, position, start_char, end_char,
       CASE WHEN r.withheld IS NOT TRUE THEN text END AS text, text_hash
FROM w.passage LEFT JOIN rights AS r USING (document_id) ORDER BY document_id, position;
COMMENT ON TABLE passage IS 'A stretch of a document: what topics and themes are measured on';
COMMENT ON COLUMN passage.passage_id IS 'Identifier: document and position';
COMMENT ON COLUMN passage.document_id IS 'document.document_id';
COMMENT ON COLUMN passage.position IS 'Counts from 0';
COMMENT ON COLUMN passage.start_char IS 'First character in document.text, from 0';
COMMENT ON COLUMN passage.end_char IS 'One past the last character';
COMMENT ON COLUMN passage.text IS 'document.text[start_char:end_char]; null where that is';
COMMENT ON COLUMN passage.text_hash IS 'SHA-256 of the text, first 16 hex digits: whether human_code.text_hash is of this text';

CREATE TABLE topic AS
SELECT topic_id, label, phrase, terms, passages, stability, stable
FROM w.topic LEFT JOIN w.topic_phrase USING (topic_id) ORDER BY topic_id;
COMMENT ON TABLE topic IS 'A topic found by BERTopic';
COMMENT ON COLUMN topic.topic_id IS 'Identifier; a topic keeps it over refits (topic_lineage), and none is ever used again';
COMMENT ON COLUMN topic.label IS 'Its first terms';
COMMENT ON COLUMN topic.phrase IS 'Its typical phrase, spelled as its passages mostly spell it; null where none recurs';
COMMENT ON COLUMN topic.terms IS 'Terms that many of its passages hold and few others, weightiest first';
COMMENT ON COLUMN topic.passages IS 'Passages assigned to it';
COMMENT ON COLUMN topic.stability IS 'How well refits find it again, 0 to 1: the lowest similarity that topic_stability has of it';
COMMENT ON COLUMN topic.stable IS 'Whether that is at least what config.toml asks for; where it is not, don''t build on the topic';

CREATE TABLE topic_fit AS
SELECT fit_id, parent_id, number, "at", why, passages, topics FROM w.topic_fit ORDER BY number;
COMMENT ON TABLE topic_fit IS 'A fit of topics: the last one is in use';
COMMENT ON COLUMN topic_fit.fit_id IS 'Identifier; also the folder in models/';
COMMENT ON COLUMN topic_fit.parent_id IS 'The fit before it, whose ids it carries on';
COMMENT ON COLUMN topic_fit.number IS 'Counts from 1';
COMMENT ON COLUMN topic_fit."at" IS 'What the archive held then: its latest capture, UTC';
COMMENT ON COLUMN topic_fit.why IS 'Why topics were fitted anew';
COMMENT ON COLUMN topic_fit.passages IS 'Passages it was fitted on';
COMMENT ON COLUMN topic_fit.topics IS 'Topics it found';

CREATE TABLE topic_lineage AS
SELECT l.fit_id, f."at", l.topic_id, l.kind, l.other_id, l.similarity, l.passages, l.shared
FROM w.topic_lineage AS l JOIN w.topic_fit AS f USING (fit_id) ORDER BY f.number, l.topic_id, l.kind;
COMMENT ON TABLE topic_lineage IS 'What became of each topic at each fit';
COMMENT ON COLUMN topic_lineage.fit_id IS 'topic_fit.fit_id';
COMMENT ON COLUMN topic_lineage."at" IS 'topic_fit.at';
COMMENT ON COLUMN topic_lineage.topic_id IS 'The topic; topic.topic_id as long as it lives';
COMMENT ON COLUMN topic_lineage.kind IS 'continued; born; split: new, and most of its passages were of other_id; merged: gone, and most of its passages are of other_id; died';
COMMENT ON COLUMN topic_lineage.other_id IS 'The topic that it came out of, or went into';
COMMENT ON COLUMN topic_lineage.similarity IS 'Between the topic and itself in the fit before, or other_id: mean of what centroids, terms and passages have in common, 0 to 1';
COMMENT ON COLUMN topic_lineage.passages IS 'Its passages in this fit; for merged and died, in the one before';
COMMENT ON COLUMN topic_lineage.shared IS 'Those of them that are in the other of the two, too';

CREATE TABLE fit_stability AS
SELECT perturbation, left_out, run, passages, topics, rand_index FROM w.fit_stability ORDER BY perturbation, run;
COMMENT ON TABLE fit_stability IS 'A refit of the topics in use, to see how reproducible they are';
COMMENT ON COLUMN fit_stability.perturbation IS 'sample: 90% of the documents; source: one source left out; both with everything made anew; seed: another seed for the communities of the same graph';
COMMENT ON COLUMN fit_stability.left_out IS 'The source left out';
COMMENT ON COLUMN fit_stability.run IS 'Counts from 1 within its kind';
COMMENT ON COLUMN fit_stability.passages IS 'Passages in both fits';
COMMENT ON COLUMN fit_stability.topics IS 'Topics that the refit found';
COMMENT ON COLUMN fit_stability.rand_index IS 'Agreement of both on those passages: Rand index adjusted for chance, 1 for equal, 0 for what chance gives';

CREATE TABLE topic_stability AS
SELECT topic_id, perturbation, runs, similarity, lowest FROM w.topic_stability ORDER BY topic_id, perturbation;
COMMENT ON TABLE topic_stability IS 'How well refits of one kind find a topic again';
COMMENT ON COLUMN topic_stability.topic_id IS 'topic.topic_id';
COMMENT ON COLUMN topic_stability.perturbation IS 'seed, sample or source, as in fit_stability';
COMMENT ON COLUMN topic_stability.runs IS 'Refits in which any of its passages was';
COMMENT ON COLUMN topic_stability.similarity IS 'Mean over these of its best match: passages in both, of all in either (Jaccard)';
COMMENT ON COLUMN topic_stability.lowest IS 'The lowest of them';

CREATE TABLE topic_example AS
SELECT topic_id, rank, passage_id, likeness FROM w.topic_example
WHERE passage_id IN (SELECT passage_id FROM w.passage) ORDER BY topic_id, rank;
COMMENT ON TABLE topic_example IS 'Passages that show what a topic is about';
COMMENT ON COLUMN topic_example.topic_id IS 'topic.topic_id';
COMMENT ON COLUMN topic_example.rank IS '1: the most typical';
COMMENT ON COLUMN topic_example.passage_id IS 'passage.passage_id';
COMMENT ON COLUMN topic_example.likeness IS 'Cosine of the passage to the centroid of the topic';

CREATE TABLE topic_tree AS
SELECT node, parent, topic_id, level, height, topics, passages, label FROM w.topic_tree ORDER BY level, node;
COMMENT ON TABLE topic_tree IS 'How topics join into larger ones';
COMMENT ON COLUMN topic_tree.node IS 'Identifier: a topic_id, or g000 and so on for joined topics';
COMMENT ON COLUMN topic_tree.parent IS 'topic_tree.node that it is part of; null for the topmost';
COMMENT ON COLUMN topic_tree.topic_id IS 'topic.topic_id; null for joined topics';
COMMENT ON COLUMN topic_tree.level IS 'Steps down from the topmost, which is 0';
COMMENT ON COLUMN topic_tree.height IS 'Mean distance (1 - cosine of centred centroids) at which its parts join; 0 for a topic';
COMMENT ON COLUMN topic_tree.topics IS 'Topics in it';
COMMENT ON COLUMN topic_tree.passages IS 'Passages in them when they were fitted';
COMMENT ON COLUMN topic_tree.label IS 'The terms that weigh most in its topics';

CREATE TABLE passage_topic AS
SELECT passage_id, topic_id, probability, method FROM w.passage_topic ORDER BY passage_id;
COMMENT ON TABLE passage_topic IS 'The topic of each passage';
COMMENT ON COLUMN passage_topic.passage_id IS 'passage.passage_id';
COMMENT ON COLUMN passage_topic.topic_id IS 'topic.topic_id';
COMMENT ON COLUMN passage_topic.probability IS 'How surely the passage belongs to this topic rather than another: softmax of its cosines to the topics'' centroids, at temperature 0.05';
COMMENT ON COLUMN passage_topic.method IS 'fit: it was there when the topics were fitted; neighbours: it came later, and most of its nearest fitted passages are of this topic';

CREATE TABLE theme AS
SELECT theme, label, definition, codebook, codebook_hash FROM w.theme ORDER BY theme;
COMMENT ON TABLE theme IS 'A theme of the codebook';
COMMENT ON COLUMN theme.theme IS 'Short name';
COMMENT ON COLUMN theme.label IS 'Name to show';
COMMENT ON COLUMN theme.definition IS 'What counts as the theme';
COMMENT ON COLUMN theme.codebook IS 'Version of the codebook, as its author named it';
COMMENT ON COLUMN theme.codebook_hash IS 'Hash of all that is in that codebook: another one, another codebook';

CREATE TABLE theme_model AS
SELECT theme, model, method, why, calibrated, threshold, labels, positives, f1, codebook_f1, classifier_f1, brier,
       brier_before, miscalibration, precision, recall, slope, curve_intercept, intercept, reference_passages,
       reference_positives, reference_coded, reference_right, without_keywords, near_misses, coder
FROM w.theme_model ORDER BY theme;
COMMENT ON TABLE theme_model IS 'How each theme is coded, and why so: by the codebook, by a classifier that learnt from the reference set, from people''s codes, or from both, or by another program';
COMMENT ON COLUMN theme_model.theme IS 'theme.theme';
COMMENT ON COLUMN theme_model.model IS 'Identifier: from the codebook, the embedding, the rules of coding and the codes learnt from';
COMMENT ON COLUMN theme_model.method IS 'codebook, classifier or imported';
COMMENT ON COLUMN theme_model.why IS 'What decided for that method';
COMMENT ON COLUMN theme_model.calibrated IS 'Whether passage_theme.score is a probability: by people''s codes, or, where `labels` is 0, by the reference set, as if one passage in twenty carried the theme';
COMMENT ON COLUMN theme_model.threshold IS 'The score from which on a passage is coded';
COMMENT ON COLUMN theme_model.labels IS 'Passages that people coded for training';
COMMENT ON COLUMN theme_model.positives IS 'Those of them with the theme';
COMMENT ON COLUMN theme_model.f1 IS 'F1 of the method in use, cross-validated on the training part or, where `labels` is 0, on the reference set with each author left out; null without enough codes, as the next five';
COMMENT ON COLUMN theme_model.codebook_f1 IS 'F1 of the codebook on the same passages';
COMMENT ON COLUMN theme_model.classifier_f1 IS 'F1 of the classifier, cross-validated';
COMMENT ON COLUMN theme_model.brier IS 'Mean squared distance of the calibrated score and people''s codes, cross-validated: 0 is perfect';
COMMENT ON COLUMN theme_model.brier_before IS 'The same of the codebook''s uncalibrated score';
COMMENT ON COLUMN theme_model.miscalibration IS 'Mean distance of calibrated score and rate of the theme, over ten bins of the score';
COMMENT ON COLUMN theme_model.precision IS 'Share of coded passages that carry the theme, on the reference set with each author left out; an upper bound here. Null where the theme was not learnt from it';
COMMENT ON COLUMN theme_model.recall IS 'Share of passages with the theme that are coded, likewise';
COMMENT ON COLUMN theme_model.slope IS 'Slope of the curve from log-odds to probability; null where the score is not calibrated';
COMMENT ON COLUMN theme_model.curve_intercept IS 'Intercept of that curve';
COMMENT ON COLUMN theme_model.intercept IS 'Intercept of the classifier, null for a codebook''s theme; the weights are in theme_weight';
COMMENT ON COLUMN theme_model.reference_passages IS 'Passages of the reference set; null where the theme was not learnt from it, as the next five';
COMMENT ON COLUMN theme_model.reference_positives IS 'Those of them that carry the theme';
COMMENT ON COLUMN theme_model.reference_coded IS 'Those that are coded, each author''s by what the others taught';
COMMENT ON COLUMN theme_model.reference_right IS 'Those that both are';
COMMENT ON COLUMN theme_model.without_keywords IS 'Share coded of passages that carry the theme without any of its words';
COMMENT ON COLUMN theme_model.near_misses IS 'Share coded of passages that have the theme''s words and not the theme';
COMMENT ON COLUMN theme_model.coder IS 'The program whose codings are in use, where `method` is imported; else null';

CREATE TABLE theme_coder AS
SELECT theme, coder, in_use, codings, coded, stale, f1, gain, gain_error FROM w.theme_coder ORDER BY theme, coder;
COMMENT ON TABLE theme_coder IS 'A machine coder of a theme, the codebook, a classifier or another program, and what people''s codes for training say of it';
COMMENT ON COLUMN theme_coder.theme IS 'theme.theme';
COMMENT ON COLUMN theme_coder.coder IS 'codebook, classifier, or the name under which a program''s codings were imported';
COMMENT ON COLUMN theme_coder.in_use IS 'Whether it codes the theme';
COMMENT ON COLUMN theme_coder.codings IS 'Texts of passages that a program coded for the theme; null for Themeshift''s own coders, as the next two';
COMMENT ON COLUMN theme_coder.coded IS 'Those of them that it said carry it: a score of at least 0.5';
COMMENT ON COLUMN theme_coder.stale IS 'Its codings of passages that are gone or read otherwise now';
COMMENT ON COLUMN theme_coder.f1 IS 'F1 on people''s codes for training, cross-validated where they teach; null where these are too few';
COMMENT ON COLUMN theme_coder.gain IS 'By how much that is greater than the F1 of the coder that would have the theme otherwise, whose own is 0';
COMMENT ON COLUMN theme_coder.gain_error IS 'Standard error of the gain, by documents: only a greater gain takes a theme over, on 20 passages with the theme at least';

CREATE TABLE imported_code AS
SELECT coder, passage_id, text_hash, theme, score FROM w.imported_code ORDER BY coder, theme, passage_id, text_hash;
COMMENT ON TABLE imported_code IS 'What another program said of a theme in a passage: the last that was imported';
COMMENT ON COLUMN imported_code.coder IS 'The program, as it was called at the import';
COMMENT ON COLUMN imported_code.passage_id IS 'passage.passage_id when it was coded; null where a text was; the passage may be gone or read otherwise since';
COMMENT ON COLUMN imported_code.text_hash IS 'passage.text_hash of the text that was coded; null where the passage was not published at the import';
COMMENT ON COLUMN imported_code.theme IS 'theme.theme, or a name that the codebook does not have';
COMMENT ON COLUMN imported_code.score IS '1 for a yes, 0 for a no, between them how sure it was';

CREATE TABLE theme_weight AS
SELECT theme, position, kind, feature, weight, idf FROM w.theme_weight ORDER BY theme, position;
COMMENT ON TABLE theme_weight IS 'The weights of each classifier: the whole of what it learnt';
COMMENT ON COLUMN theme_weight.theme IS 'theme.theme';
COMMENT ON COLUMN theme_weight.position IS 'Place of the feature, from 0; the same for all themes';
COMMENT ON COLUMN theme_weight.kind IS 'evidence (of the codebook), dimension (of the embedding) or term (a word or two)';
COMMENT ON COLUMN theme_weight.feature IS 'phrases, likeness or score; d000 and so on; the term';
COMMENT ON COLUMN theme_weight.weight IS 'What one unit of the feature adds to the log-odds of the theme';
COMMENT ON COLUMN theme_weight.idf IS 'Inverse document frequency of a term among the passages learnt from';

CREATE TABLE passage_theme AS
SELECT passage_id, theme, score, coded, method, phrases
FROM w.passage_theme ORDER BY theme, passage_id;
COMMENT ON TABLE passage_theme IS 'The codebook''s coding of a passage; passages with no sign of a theme have no row';
COMMENT ON COLUMN passage_theme.passage_id IS 'passage.passage_id';
COMMENT ON COLUMN passage_theme.theme IS 'theme.theme';
COMMENT ON COLUMN passage_theme.score IS 'Strength of the evidence, 0 to 1; a probability where theme_model.calibrated';
COMMENT ON COLUMN passage_theme.coded IS 'Whether the passage is counted as carrying the theme';
COMMENT ON COLUMN passage_theme.method IS 'What the coding rests on: phrase, embedding, phrase+embedding, classifier, or imported: theme_model.coder said so';
COMMENT ON COLUMN passage_theme.phrases IS 'The words that matched, as they stand in the passage';

CREATE TABLE code_sample AS
SELECT sample_id, passage_id, document_id, text_hash, unit, stratum, part, purpose, probability, part_probability,
       drawn_at
FROM w.code_sample ORDER BY sample_id, passage_id;
COMMENT ON TABLE code_sample IS 'A passage drawn to be coded by people, with the probability it had';
COMMENT ON COLUMN code_sample.sample_id IS 'The sample, a folder in archive/labels';
COMMENT ON COLUMN code_sample.passage_id IS 'passage.passage_id when it was drawn; the passage may be gone or read otherwise since';
COMMENT ON COLUMN code_sample.document_id IS 'document.document_id when it was drawn';
COMMENT ON COLUMN code_sample.text_hash IS 'Hash of the text that was drawn';
COMMENT ON COLUMN code_sample.unit IS 'What was drawn: passage, or document (then all its passages are here)';
COMMENT ON COLUMN code_sample.stratum IS 'Level of the machine''s coding, source and years that it was drawn from';
COMMENT ON COLUMN code_sample.part IS 'train or evaluate: what classifiers may learn from, and what they are judged by';
COMMENT ON COLUMN code_sample.purpose IS 'estimate: drawn by lot, to judge and correct by; training: chosen for what it teaches, it says nothing of the corpus and is kept from all samples that estimate';
COMMENT ON COLUMN code_sample.probability IS 'Its probability to be in the sample, above 0; null where it was chosen';
COMMENT ON COLUMN code_sample.part_probability IS 'Its probability to be in the sample and in this part; null where it was chosen';
COMMENT ON COLUMN code_sample.drawn_at IS 'When the sample was drawn, UTC: what came later could not be; null where its file does not say';

CREATE TABLE human_code AS
SELECT sample_id, passage_id, text_hash, theme, coder, present, codebook, coded_at, note
FROM w.human_code ORDER BY sample_id, passage_id, theme, coder;
COMMENT ON TABLE human_code IS 'What a person said of a theme in a passage: the latest of each coder';
COMMENT ON COLUMN human_code.sample_id IS 'code_sample.sample_id';
COMMENT ON COLUMN human_code.passage_id IS 'code_sample.passage_id';
COMMENT ON COLUMN human_code.text_hash IS 'Hash of the text that was coded';
COMMENT ON COLUMN human_code.theme IS 'The theme, as the codebook named it then';
COMMENT ON COLUMN human_code.coder IS 'Who coded';
COMMENT ON COLUMN human_code.present IS 'Whether the passage carries the theme; null for can''t tell';
COMMENT ON COLUMN human_code.codebook IS 'Version of the codebook, and a hash of what the coder read of it';
COMMENT ON COLUMN human_code.coded_at IS 'When, UTC';
COMMENT ON COLUMN human_code.note IS 'The coder''s note on the passage';

CREATE TABLE agreement AS
SELECT sample_id, theme, measure, coder_a, coder_b, value, lower, upper, passages, documents, prevalence, note
FROM w.agreement ORDER BY sample_id, theme, coder_a NULLS FIRST, coder_b, measure;
COMMENT ON TABLE agreement IS 'How well coders agree on a theme';
COMMENT ON COLUMN agreement.sample_id IS 'code_sample.sample_id';
COMMENT ON COLUMN agreement.theme IS 'human_code.theme';
COMMENT ON COLUMN agreement.measure IS 'alpha (Krippendorff, all coders); of a pair: kappa (Cohen), positive and negative agreement';
COMMENT ON COLUMN agreement.coder_a IS 'One coder of a pair; null for alpha';
COMMENT ON COLUMN agreement.coder_b IS 'The other';
COMMENT ON COLUMN agreement.value IS 'At most 1; null where `note` says why there is none';
COMMENT ON COLUMN agreement.lower IS 'Lower bound of the 95% interval, from resampling documents';
COMMENT ON COLUMN agreement.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN agreement.passages IS 'Passages that at least two of them coded';
COMMENT ON COLUMN agreement.documents IS 'Documents of those passages';
COMMENT ON COLUMN agreement.prevalence IS 'Share of yes among the codes compared, unweighted';
COMMENT ON COLUMN agreement.note IS 'Why there is no number, or what to mind about it';

CREATE TABLE validation AS
SELECT sample_id, theme, coder, measure, value, lower, upper, unweighted, passages, documents, machine, people, agreed,
       ties, stale, note
FROM w.validation ORDER BY sample_id, theme, coder NULLS FIRST, measure;
COMMENT ON TABLE validation IS 'How well the machine codes a theme: by the coders'' consensus on the evaluation part of a sample, and on the reference set';
COMMENT ON COLUMN validation.sample_id IS 'code_sample.sample_id; `reference set` where invented passages tell, each author''s by what the others taught: another population than the corpus';
COMMENT ON COLUMN validation.theme IS 'theme.theme';
COMMENT ON COLUMN validation.coder IS 'Another program that is judged, on the passages that it coded; null: the coding in use';
COMMENT ON COLUMN validation.measure IS 'precision, recall, f1; prevalence: the share of passages that carry the theme, by people; of the reference set also `without keywords` (recall where the theme''s words are absent) and `near misses` (share coded where they stand for something else)';
COMMENT ON COLUMN validation.value IS 'Weighted to the whole frame by inclusion probabilities; null where `note` says why there is none';
COMMENT ON COLUMN validation.lower IS 'Lower bound of the 95% interval, from resampling documents; of the reference set, Wilson''s';
COMMENT ON COLUMN validation.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN validation.unweighted IS 'The same in the sample as it is, which has more of rare themes than the frame';
COMMENT ON COLUMN validation.passages IS 'Passages of the evaluation part that people coded and that are as they were drawn; or of the reference set';
COMMENT ON COLUMN validation.documents IS 'Documents of those passages';
COMMENT ON COLUMN validation.machine IS 'Of these passages, those that the machine codes';
COMMENT ON COLUMN validation.people IS 'Those that people code; a tie counts a half';
COMMENT ON COLUMN validation.agreed IS 'Those that both do';
COMMENT ON COLUMN validation.ties IS 'Those on which coders are even';
COMMENT ON COLUMN validation.stale IS 'Coded passages left out, since they are gone or read otherwise now';
COMMENT ON COLUMN validation.note IS 'Why there is no number, or what to mind about it';
CREATE TABLE theme_stability AS
SELECT theme, perturbation, left_out, passages, lost, lost_share, documents, prevalence, prevalence_without, change
FROM w.theme_stability ORDER BY theme, perturbation, left_out NULLS FIRST;
COMMENT ON TABLE theme_stability IS 'What is left of a theme without a source, or without a phrase of the codebook';
COMMENT ON COLUMN theme_stability.theme IS 'theme.theme';
COMMENT ON COLUMN theme_stability.perturbation IS 'source: one left out; phrase: one dropped from the codebook (a classifier codes without it as it was learnt, from all else in the passage); any phrase: all passages that rest on some one phrase';
COMMENT ON COLUMN theme_stability.left_out IS 'The source or the phrase';
COMMENT ON COLUMN theme_stability.passages IS 'Passages coded with the theme';
COMMENT ON COLUMN theme_stability.lost IS 'Those of them that are no longer coded, or are of that source';
COMMENT ON COLUMN theme_stability.lost_share IS 'lost / passages';
COMMENT ON COLUMN theme_stability.documents IS 'Documents with any of these passages';
COMMENT ON COLUMN theme_stability.prevalence IS 'Share over all counted documents of all periods';
COMMENT ON COLUMN theme_stability.prevalence_without IS 'The same without the source''s documents, or without the phrase';
COMMENT ON COLUMN theme_stability.change IS 'prevalence_without - prevalence';

CREATE TABLE topic_trend AS
SELECT topic_id, measure, period, period_start, source, estimate, prevalence, lower, upper, documents, passages, thin,
       coverage, design_effect
FROM w.topic_trend ORDER BY topic_id, measure, period, source NULLS FIRST, estimate, period_start;
COMMENT ON TABLE topic_trend IS 'Prevalence of a topic in a period';
COMMENT ON COLUMN topic_trend.topic_id IS 'topic.topic_id';
COMMENT ON COLUMN topic_trend.measure IS 'share: mean over documents of the share of their passages; mention: share of documents with at least one';
COMMENT ON COLUMN topic_trend.period IS 'month, quarter or year';
COMMENT ON COLUMN topic_trend.period_start IS 'First day of the period';
COMMENT ON COLUMN topic_trend.source IS 'source.source; null for all sources together';
COMMENT ON COLUMN topic_trend.estimate IS 'crude: documents as they come; standardised: all sources, weighted to the fixed mix in about.mix';
COMMENT ON COLUMN topic_trend.prevalence IS 'Between 0 and 1';
COMMENT ON COLUMN topic_trend.lower IS 'Lower bound of the 95% interval: Wilson''s score interval, of as many documents as these are worth';
COMMENT ON COLUMN topic_trend.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN topic_trend.documents IS 'Effective number of documents: one dated only to a year counts a quarter in each quarter';
COMMENT ON COLUMN topic_trend.passages IS 'Passages of those documents, weighted alike';
COMMENT ON COLUMN topic_trend.thin IS 'Fewer documents than the configured floor, or, standardised, less of the mix than configured: not to be read as a point of a line';
COMMENT ON COLUMN topic_trend.coverage IS 'Share of the fixed mix whose sources have documents in the period; the others are left out. Null for crude';
COMMENT ON COLUMN topic_trend.design_effect IS 'How many times the variance is that of independent documents, since those of a week hang together; null where fewer than half are dated to the day';

CREATE TABLE theme_trend AS
SELECT theme, measure, period, period_start, source, estimate, prevalence, lower, upper, documents, passages, thin,
       coverage, design_effect
FROM w.theme_trend ORDER BY theme, measure, period, source NULLS FIRST, estimate, period_start;
COMMENT ON TABLE theme_trend IS 'Prevalence of a theme in a period';
COMMENT ON COLUMN theme_trend.theme IS 'theme.theme';
COMMENT ON COLUMN theme_trend.measure IS 'share: mean over documents of the share of their passages; mention: share of documents with at least one';
COMMENT ON COLUMN theme_trend.period IS 'month, quarter or year';
COMMENT ON COLUMN theme_trend.period_start IS 'First day of the period';
COMMENT ON COLUMN theme_trend.source IS 'source.source; null for all sources together';
COMMENT ON COLUMN theme_trend.estimate IS 'crude: documents as they come; standardised: all sources, weighted to the fixed mix in about.mix; corrected: as they come, corrected for the coder''s errors by human codes, where there are enough (correction)';
COMMENT ON COLUMN theme_trend.prevalence IS 'Between 0 and 1';
COMMENT ON COLUMN theme_trend.lower IS 'Lower bound of the 95% interval: Wilson''s score interval, of as many documents as these are worth; corrected, of the human codes too';
COMMENT ON COLUMN theme_trend.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN theme_trend.documents IS 'Effective number of documents: one dated only to a year counts a quarter in each quarter';
COMMENT ON COLUMN theme_trend.passages IS 'Passages of those documents, weighted alike';
COMMENT ON COLUMN theme_trend.thin IS 'Fewer documents than the configured floor, or less coverage than configured: not to be read as a point of a line';
COMMENT ON COLUMN theme_trend.coverage IS 'Standardised: share of the fixed mix whose sources have documents in the period; the others are left out. Corrected: share of the documents that were there when the sample was drawn; errors are carried over to the others. Null for crude';
COMMENT ON COLUMN theme_trend.design_effect IS 'How many times the variance is that of independent documents, since those of a week hang together; null where fewer than half are dated to the day, and corrected';

CREATE TABLE trend_change AS
SELECT theme, topic_id, measure, period, period_start, previous_start, change, change_lower, change_upper, mix, mix_lower, mix_upper,
       within, within_lower, within_upper, documents, previous_documents, thin
FROM w.trend_change ORDER BY theme, topic_id, measure, period, period_start;
COMMENT ON TABLE trend_change IS 'The change of a theme''s or a topic''s crude prevalence, all sources together, since the period before, split in two';
COMMENT ON COLUMN trend_change.theme IS 'theme.theme; null for a topic';
COMMENT ON COLUMN trend_change.topic_id IS 'topic.topic_id; null for a theme';
COMMENT ON COLUMN trend_change.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN trend_change.period IS 'month, quarter or year';
COMMENT ON COLUMN trend_change.period_start IS 'First day of the period';
COMMENT ON COLUMN trend_change.previous_start IS 'First day of the period compared with: the last one before that has documents';
COMMENT ON COLUMN trend_change.change IS 'Crude prevalence now minus then: mix plus within';
COMMENT ON COLUMN trend_change.change_lower IS 'Lower bound of its 95% interval, from those of both points';
COMMENT ON COLUMN trend_change.change_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN trend_change.mix IS 'What of the change comes from other sources publishing (Kitagawa 1955)';
COMMENT ON COLUMN trend_change.mix_lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN trend_change.mix_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN trend_change.within IS 'What of the change comes from the sources'' own prevalences';
COMMENT ON COLUMN trend_change.within_lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN trend_change.within_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN trend_change.documents IS 'Effective number of documents in the period';
COMMENT ON COLUMN trend_change.previous_documents IS 'The same in the period compared with';
COMMENT ON COLUMN trend_change.thin IS 'One of the two has fewer documents than the configured floor';

CREATE TABLE topic_term AS
SELECT topic_id, period, period_start, terms, weights, passages FROM w.topic_term ORDER BY topic_id, period_start;
COMMENT ON TABLE topic_term IS 'The words of a topic in a period';
COMMENT ON COLUMN topic_term.topic_id IS 'topic.topic_id';
COMMENT ON COLUMN topic_term.period IS 'month, quarter or year, as configured';
COMMENT ON COLUMN topic_term.period_start IS 'First day of the period';
COMMENT ON COLUMN topic_term.terms IS 'Up to ten terms by c-TF-IDF, weightiest first; averaged with the period before and with the topic as a whole';
COMMENT ON COLUMN topic_term.weights IS 'The weight of each of them';
COMMENT ON COLUMN topic_term.passages IS 'Passages of the topic in the period: one dated only to a year counts a quarter in each quarter';

CREATE TABLE correction AS
SELECT theme, source, measure, labels, documents, positives, lost, weight, slope, pooled, period_p, source_p, bias, bias_lower,
       bias_upper, surer, remark, refused
FROM w.correction ORDER BY theme, measure, source NULLS FIRST;
COMMENT ON TABLE correction IS 'What people''s codes said of the machine''s coding of a theme: the corrected trend rests on it, or is refused';
COMMENT ON COLUMN correction.theme IS 'theme.theme';
COMMENT ON COLUMN correction.source IS 'source.source; null for all sources together';
COMMENT ON COLUMN correction.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN correction.labels IS 'Units with human codes in the evaluation part: passages for share, documents for mention';
COMMENT ON COLUMN correction.documents IS 'Documents that they are of';
COMMENT ON COLUMN correction.positives IS 'Of the labels, how many people found to carry the theme';
COMMENT ON COLUMN correction.lost IS 'Codes that count no more, since their passage is gone or says something else now';
COMMENT ON COLUMN correction.weight IS 'Weight of the machine''s coding beside the human codes, 0 to 1, tuned for least variance (lambda of PPI++)';
COMMENT ON COLUMN correction.slope IS 'How far the corrected prevalence moves where the machine''s moves by 1';
COMMENT ON COLUMN correction.pooled IS 'pooled: one correction for all periods and sources; by period, by source: errors differ more between these than so few labels do by chance, and corrections differ, too';
COMMENT ON COLUMN correction.period_p IS 'Chance of errors that differ so much between periods, were they alike: permutation of documents; null where only one has labels';
COMMENT ON COLUMN correction.source_p IS 'The same between sources';
COMMENT ON COLUMN correction.bias IS 'The machine''s prevalence over all documents, less the corrected one';
COMMENT ON COLUMN correction.bias_lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN correction.bias_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN correction.surer IS 'corrected, or crude where the correction adds more error than it takes off, or who coded hardly share a year';
COMMENT ON COLUMN correction.remark IS 'What to mind about the corrected figures; null where there is nothing';
COMMENT ON COLUMN correction.refused IS 'Why the theme is not corrected; null where it is';

CREATE TABLE shift_test AS
SELECT theme, topic_id, measure, period, periods, thin_periods, carriers, p_value, q_value, smooth_p,
       smooth_q, changes, reason
FROM w.shift_test ORDER BY theme, topic_id, measure;
COMMENT ON TABLE shift_test IS 'Whether a series changed at all: one row for each theme or topic and measure, tested or not';
COMMENT ON COLUMN shift_test.theme IS 'theme.theme; null for a topic';
COMMENT ON COLUMN shift_test.topic_id IS 'topic.topic_id; null for a theme';
COMMENT ON COLUMN shift_test.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN shift_test.period IS 'month, quarter or year: the finest that is mostly solid; the same for all series';
COMMENT ON COLUMN shift_test.periods IS 'Solid periods that were tested';
COMMENT ON COLUMN shift_test.thin_periods IS 'Periods left out since they are thin or empty';
COMMENT ON COLUMN shift_test.carriers IS 'Documents in these periods that carry it';
COMMENT ON COLUMN shift_test.p_value IS 'Chance of so good a fit of a changed level, were dates exchangeable within sources; null where it was not tested';
COMMENT ON COLUMN shift_test.q_value IS 'The same, adjusted for all series of the run (Benjamini-Hochberg)';
COMMENT ON COLUMN shift_test.smooth_p IS 'Chance of so much smooth change over time (Neyman), were dates exchangeable within sources';
COMMENT ON COLUMN shift_test.smooth_q IS 'The same, adjusted for all series of the run (Benjamini-Hochberg)';
COMMENT ON COLUMN shift_test.changes IS 'Change points found';
COMMENT ON COLUMN shift_test.reason IS 'Why it was not tested; null where it was';

CREATE TABLE change_point AS
SELECT theme, topic_id, measure, period, "at", at_lower, at_upper, before_start, after_end, before, after, change,
       change_lower, change_upper, documents_before, documents_after, coverage, p_value, q_value
FROM w.change_point ORDER BY theme, topic_id, measure, "at";
COMMENT ON TABLE change_point IS 'A dated change of the level of a standardised series, found beyond chance';
COMMENT ON COLUMN change_point.theme IS 'theme.theme; null for a topic';
COMMENT ON COLUMN change_point.topic_id IS 'topic.topic_id; null for a theme';
COMMENT ON COLUMN change_point.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN change_point.period IS 'month, quarter or year: how exactly it is dated';
COMMENT ON COLUMN change_point."at" IS 'First day of the first period after it';
COMMENT ON COLUMN change_point.at_lower IS 'Earliest such day of the 95% set of dates';
COMMENT ON COLUMN change_point.at_upper IS 'Latest such day';
COMMENT ON COLUMN change_point.before_start IS 'First day of the stretch before: since the last change, or the first solid period';
COMMENT ON COLUMN change_point.after_end IS 'Last day of the stretch after';
COMMENT ON COLUMN change_point.before IS 'Standardised prevalence in the stretch before';
COMMENT ON COLUMN change_point.after IS 'Standardised prevalence in the stretch after';
COMMENT ON COLUMN change_point.change IS 'After minus before';
COMMENT ON COLUMN change_point.change_lower IS 'Lower bound of its 95% interval, from those of both stretches, the date taken as given';
COMMENT ON COLUMN change_point.change_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN change_point.documents_before IS 'Effective number of documents in the stretch before';
COMMENT ON COLUMN change_point.documents_after IS 'The same in the stretch after';
COMMENT ON COLUMN change_point.coverage IS 'Share of the fixed mix whose sources have documents in both stretches; the others are left out';
COMMENT ON COLUMN change_point.p_value IS 'Chance of so good a fit, were dates exchangeable within sources; at least that of the stretch it was found in';
COMMENT ON COLUMN change_point.q_value IS 'The same, adjusted for all series of the run, or all parts tested in its round (Benjamini-Hochberg)';

CREATE TABLE movement AS
SELECT theme, topic_id, measure, period, early_start, early_end, late_start, late_end, early, early_lower, early_upper,
       late, late_lower, late_upper, change, change_lower, change_upper, documents_early, documents_late, coverage,
       p_value, q_value
FROM w.movement ORDER BY theme, topic_id, measure;
COMMENT ON TABLE movement IS 'A series in the last third of its solid periods against the first third, at a fixed mix of sources';
COMMENT ON COLUMN movement.theme IS 'theme.theme; null for a topic';
COMMENT ON COLUMN movement.topic_id IS 'topic.topic_id; null for a theme';
COMMENT ON COLUMN movement.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN movement.period IS 'month, quarter or year: what the thirds are counted in';
COMMENT ON COLUMN movement.early_start IS 'First day of the first third';
COMMENT ON COLUMN movement.early_end IS 'Last day of the first third';
COMMENT ON COLUMN movement.late_start IS 'First day of the last third';
COMMENT ON COLUMN movement.late_end IS 'Last day of the last third';
COMMENT ON COLUMN movement.early IS 'Standardised prevalence in the first third';
COMMENT ON COLUMN movement.early_lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN movement.early_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN movement.late IS 'Standardised prevalence in the last third';
COMMENT ON COLUMN movement.late_lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN movement.late_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN movement.change IS 'Late minus early';
COMMENT ON COLUMN movement.change_lower IS 'Lower bound of its 95% interval, from those of both thirds';
COMMENT ON COLUMN movement.change_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN movement.documents_early IS 'Effective number of documents in the first third';
COMMENT ON COLUMN movement.documents_late IS 'The same in the last third';
COMMENT ON COLUMN movement.coverage IS 'Share of the fixed mix whose sources have documents in both thirds; the others are left out';
COMMENT ON COLUMN movement.p_value IS 'Chance of so large a difference, were dates exchangeable within sources';
COMMENT ON COLUMN movement.q_value IS 'The same, adjusted for all series of the table (Benjamini-Hochberg)';

CREATE TABLE robustness AS
SELECT theme, period, early_start, early_end, late_start, late_end, change, lower, upper, analyses, agree,
       sure, against, robust, share_lowest, share_highest, mention_lowest, mention_highest, choices, shaken_by,
       shaken_name, shaken_change
FROM w.robustness ORDER BY theme;
COMMENT ON TABLE robustness IS 'How late stands against early of a theme (movement), under every defensible choice: one row for each theme tested';
COMMENT ON COLUMN robustness.theme IS 'theme.theme';
COMMENT ON COLUMN robustness.period IS 'month, quarter or year';
COMMENT ON COLUMN robustness.early_start IS 'First day of the early stretch';
COMMENT ON COLUMN robustness.early_end IS 'Its last day';
COMMENT ON COLUMN robustness.late_start IS 'First day of the late stretch';
COMMENT ON COLUMN robustness.late_end IS 'Its last day';
COMMENT ON COLUMN robustness.change IS 'The published change: share, at a fixed mix of sources, passages as coded';
COMMENT ON COLUMN robustness.lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN robustness.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN robustness.analyses IS 'How many analyses were made: rows of specification';
COMMENT ON COLUMN robustness.agree IS 'Those of them that have the direction of the published change';
COMMENT ON COLUMN robustness.sure IS 'Those of these whose interval leaves out 0';
COMMENT ON COLUMN robustness.against IS 'Those that have the other direction and whose interval leaves out 0';
COMMENT ON COLUMN robustness.robust IS 'The published change is beyond chance by movement.q_value, 95% of the analyses have its direction, half of them beyond chance, and none is beyond chance in the other';
COMMENT ON COLUMN robustness.share_lowest IS 'Lowest change by share';
COMMENT ON COLUMN robustness.share_highest IS 'Highest change by share';
COMMENT ON COLUMN robustness.mention_lowest IS 'Lowest change by mention';
COMMENT ON COLUMN robustness.mention_highest IS 'Highest change by mention';
COMMENT ON COLUMN robustness.choices IS 'How much of the variance of the relative change each choice explains by itself, largest first';
COMMENT ON COLUMN robustness.shaken_by IS 'What, left out, moves the published change most: source, genre, phrase, period or scope';
COMMENT ON COLUMN robustness.shaken_name IS 'Which one of them';
COMMENT ON COLUMN robustness.shaken_change IS 'The change without it';

CREATE TABLE specification AS
SELECT theme, number, measure, estimate, coding, unit, copies, access, left_out, left_out_name, before, after,
       change, lower, upper, relative, headline, agrees
FROM w.specification ORDER BY theme, number;
COMMENT ON TABLE specification IS 'One analysis of how late stands against early of a theme: its choices, and what it gives';
COMMENT ON COLUMN specification.theme IS 'theme.theme';
COMMENT ON COLUMN specification.number IS 'Place in the curve: 1 is the lowest relative change';
COMMENT ON COLUMN specification.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN specification.estimate IS 'crude, standardised (at the fixed mix of the sources in both stretches) or corrected';
COMMENT ON COLUMN specification.coding IS 'as coded; the surer ones (without the least sure quarter); less sure ones too (a quarter more); phrases alone';
COMMENT ON COLUMN specification.unit IS 'passages alike, or by length: how a share weighs passages';
COMMENT ON COLUMN specification.copies IS 'once: the leading copy alone; each: every copy in its own source and time';
COMMENT ON COLUMN specification.access IS 'all, or full text';
COMMENT ON COLUMN specification.left_out IS 'What is left out: source, genre, phrase, period (the first or the last) or scope; null for nothing';
COMMENT ON COLUMN specification.left_out_name IS 'Which one';
COMMENT ON COLUMN specification.before IS 'Prevalence in the early stretch';
COMMENT ON COLUMN specification.after IS 'Prevalence in the late stretch';
COMMENT ON COLUMN specification.change IS 'after - before';
COMMENT ON COLUMN specification.lower IS 'Lower bound of its 95% interval';
COMMENT ON COLUMN specification.upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN specification.relative IS 'change beside the mean of before and after: -2 to 2, whatever the measure';
COMMENT ON COLUMN specification.headline IS 'Whether it is the published analysis';
COMMENT ON COLUMN specification.agrees IS 'Whether it has the direction of the published change';

CREATE TABLE event_effect AS
SELECT date, event, theme, measure, period, periods_before, periods_after, level, level_lower, level_upper, level_p,
       level_q, slope, slope_lower, slope_upper, slope_p, slope_q, autocorrelation, others, reason
FROM w.event_effect ORDER BY date, event, theme, measure;
COMMENT ON TABLE event_effect IS 'An interrupted time series: a theme around a policy event, fitted or not. It doesn''t show that the event was the cause';
COMMENT ON COLUMN event_effect.date IS 'event.date';
COMMENT ON COLUMN event_effect.event IS 'event.title';
COMMENT ON COLUMN event_effect.theme IS 'theme.theme';
COMMENT ON COLUMN event_effect.measure IS 'share or mention, as in theme_trend';
COMMENT ON COLUMN event_effect.period IS 'month, quarter or year; the same for all series';
COMMENT ON COLUMN event_effect.periods_before IS 'Solid periods before the event, within the window';
COMMENT ON COLUMN event_effect.periods_after IS 'Solid periods after it; the one that it falls within counts on neither side';
COMMENT ON COLUMN event_effect.level IS 'Change of the level at the event, as a prevalence';
COMMENT ON COLUMN event_effect.level_lower IS 'Lower bound of its 95% interval, over all autocorrelations that the periods leave possible';
COMMENT ON COLUMN event_effect.level_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN event_effect.level_p IS 'p-value of the change of level';
COMMENT ON COLUMN event_effect.level_q IS 'The same, adjusted for all levels and slopes of the table (Benjamini-Hochberg)';
COMMENT ON COLUMN event_effect.slope IS 'Change of the slope, as a prevalence per period';
COMMENT ON COLUMN event_effect.slope_lower IS 'Lower bound of its 95% interval, in the same way';
COMMENT ON COLUMN event_effect.slope_upper IS 'Upper bound of the same interval';
COMMENT ON COLUMN event_effect.slope_p IS 'p-value of the change of slope';
COMMENT ON COLUMN event_effect.slope_q IS 'The same, adjusted for all levels and slopes of the table (Benjamini-Hochberg)';
COMMENT ON COLUMN event_effect.autocorrelation IS 'Correlation of a period''s error with the next one''s: the mean of what the periods leave possible';
COMMENT ON COLUMN event_effect.others IS 'Titles of other events within the same periods: what is found may be theirs';
COMMENT ON COLUMN event_effect.reason IS 'Why it was not fitted; null where it was';

CREATE TABLE event AS
SELECT date, title, kind, reference FROM w.event ORDER BY date, title;
COMMENT ON TABLE event IS 'A policy event, to set beside the trends';
COMMENT ON COLUMN event.date IS 'When it happened';
COMMENT ON COLUMN event.title IS 'What happened';
COMMENT ON COLUMN event.kind IS 'law, guidance, structure, review or plan';
COMMENT ON COLUMN event.reference IS 'Where to read about it';

CREATE TABLE flow AS
SELECT position, step, reason, source, documents FROM w.flow ORDER BY position, reason NULLS FIRST, source;
COMMENT ON TABLE flow IS 'Every URL ever seen and what became of it, in the manner of a PRISMA diagram; sum over sources. found = refused + captured; captured = set aside + read; read = merged + document; document = duplicate + unique; unique = not in trends + in trends';
COMMENT ON COLUMN flow.position IS 'Order of the steps';
COMMENT ON COLUMN flow.step IS 'found, refused, captured, set aside, read, merged, document, duplicate, unique, not in trends, in trends';
COMMENT ON COLUMN flow.reason IS 'Why, for the steps that lead out of the flow';
COMMENT ON COLUMN flow.source IS 'source.source';
COMMENT ON COLUMN flow.documents IS 'Number of URLs (up to read) or of documents (after it)';

CREATE TABLE universe AS
SELECT source, year, counted_by, counts, query, documents, counted_at, run_id, url
FROM w.universe
QUALIFY row_number() OVER (
    PARTITION BY source, counted_by, counts, query, year ORDER BY counted_at DESC, run_id
) = 1
ORDER BY source, counted_by, counts, query, year NULLS FIRST;
COMMENT ON TABLE universe IS 'The known universe: how many documents a source has, as its own answers told; the latest of each count';
COMMENT ON COLUMN universe.source IS 'source.source';
COMMENT ON COLUMN universe.year IS 'Year of publication; null for all';
COMMENT ON COLUMN universe.counted_by IS 'Who counts: oai, crossref, europepmc, search, sitemap, listing, feed, cdx';
COMMENT ON COLUMN universe.counts IS 'What is counted: records (all there is, whatever it is about); matches (what a search for `query` finds: searches overlap, and what they find need not be in scope); parts (pieces of documents that it finds); addresses (distinct addresses of articles that lists named, each under the kind of list that named it first)';
COMMENT ON COLUMN universe.query IS 'What was searched for; empty for all';
COMMENT ON COLUMN universe.documents IS 'How many';
COMMENT ON COLUMN universe.counted_at IS 'When the run ended that was told, UTC';
COMMENT ON COLUMN universe.run_id IS 'crawl_run.run_id';
COMMENT ON COLUMN universe.url IS 'The answer that says so; for addresses, the first list';

CREATE TABLE coverage AS
SELECT source, year, known, known_by, discovered, gathered, read, unique_documents, in_scope, in_trends, share
FROM w.coverage ORDER BY source, year NULLS FIRST;
COMMENT ON TABLE coverage IS 'Per source and year of publication, and per source in all, how many documents are known to be there, and how many of them were gathered, read and counted';
COMMENT ON COLUMN coverage.source IS 'source.source';
COMMENT ON COLUMN coverage.year IS 'Year of publication; null for the source as a whole, which holds what has no date, too';
COMMENT ON COLUMN coverage.known IS 'How many documents the source is known to have: the best count of the latest run that counted; null where nobody counts';
COMMENT ON COLUMN coverage.known_by IS 'What that count is, and who counted: universe.counts and universe.counted_by';
COMMENT ON COLUMN coverage.discovered IS 'Addresses found; of a year, those that a list dated to it, null where no list says dates';
COMMENT ON COLUMN coverage.gathered IS 'Addresses kept; of a year, those whose page, as read, is dated to it';
COMMENT ON COLUMN coverage.read IS 'Documents read from what was kept, also those that belong to another source: a library has the articles of others';
COMMENT ON COLUMN coverage.unique_documents IS 'Documents that belong to the source, leading copies only';
COMMENT ON COLUMN coverage.in_scope IS 'Of these, about the subject';
COMMENT ON COLUMN coverage.in_trends IS 'Of these, counted in trends';
COMMENT ON COLUMN coverage.share IS 'read / known, at most 1; null where nobody counts';

CREATE TABLE gap AS
SELECT source, period_start, period_end, kind, expected, seen, why
FROM w.gap ORDER BY source NULLS FIRST, period_start NULLS FIRST, kind;
COMMENT ON TABLE gap IS 'A stretch in which a source, or the corpus, gave less than, or unlike, what was to be expected';
COMMENT ON COLUMN gap.source IS 'source.source; null for all sources together';
COMMENT ON COLUMN gap.period_start IS 'First day; null where only the source as a whole is counted';
COMMENT ON COLUMN gap.period_end IS 'Last day; of a break, the last day of the first year after it';
COMMENT ON COLUMN gap.kind IS 'no documents: none was read though some were to be expected, or are known; few: less than half of those known were read; break: at least twice or at most half the year before, beyond chance; begins, ends: quarters of the corpus before the source''s first document and after its last';
COMMENT ON COLUMN gap.expected IS 'Documents to be expected; null for begins and ends';
COMMENT ON COLUMN gap.seen IS 'Documents there are: read (no documents, few) or counted in trends (break, begins, ends)';
COMMENT ON COLUMN gap.why IS 'What led to it, in words';

CREATE TABLE monitor AS
SELECT check_id, source, run_id, ended_at, stage, check_name, expected, seen, look_at, answered, note,
       answered_by, answered_at, accepted
FROM w.monitor ORDER BY ended_at, source, check_name, check_id;
COMMENT ON TABLE monitor IS 'A check that a run failed: something looks unlike the source''s earlier runs';
COMMENT ON COLUMN monitor.check_id IS 'Identifier: from run and check; what `themeshift answer` takes';
COMMENT ON COLUMN monitor.source IS 'source.source';
COMMENT ON COLUMN monitor.run_id IS 'crawl_run.run_id';
COMMENT ON COLUMN monitor.ended_at IS 'When the run ended, UTC';
COMMENT ON COLUMN monitor.stage IS 'crawl: found when the run ended; read: found in what its pages said';
COMMENT ON COLUMN monitor.check_name IS 'articles, layout, listings, refused, pace, bytes (crawl); unread, paywalled, short, no-dates, no-authors, no-titles, no-genre (read)';
COMMENT ON COLUMN monitor.expected IS 'What earlier runs led to expect';
COMMENT ON COLUMN monitor.seen IS 'What there was instead';
COMMENT ON COLUMN monitor.look_at IS 'A URL, or what to ask of this file';
COMMENT ON COLUMN monitor.answered IS 'Whether a person has answered it, for this run or a later one';
COMMENT ON COLUMN monitor.note IS 'The answer';
COMMENT ON COLUMN monitor.answered_by IS 'Who answered';
COMMENT ON COLUMN monitor.answered_at IS 'When, UTC';
COMMENT ON COLUMN monitor.accepted IS 'True where the answer says that this is usual from now on';

CREATE TABLE about AS SELECT * FROM w.about;
COMMENT ON TABLE about IS 'One row: what made this file';
COMMENT ON COLUMN about.version IS 'Version of Themeshift';
COMMENT ON COLUMN about.commit IS 'Git commit of the code, where known';
COMMENT ON COLUMN about.config_hash IS 'Hash of the configuration and reference files';
COMMENT ON COLUMN about.models IS 'Embedding model and topic fit';
COMMENT ON COLUMN about.seeds IS 'Random seeds';
COMMENT ON COLUMN about.floor IS 'A period with fewer documents than this is marked thin';
COMMENT ON COLUMN about.sample IS 'True where some documents are the invented samples of the demo';
COMMENT ON COLUMN about.built_at IS 'When the last stage that changed anything finished, UTC';
COMMENT ON COLUMN about.mix IS 'The fixed mix of sources that trends are standardised to, as JSON: source and weight';
COMMENT ON COLUMN about.settings IS 'The settings that figures rest on, as JSON: sections of config.toml with their keys';
COMMENT ON COLUMN about.codebook IS 'Version of the codebook, as it states it';

CREATE TABLE revisit AS
SELECT url, source, "at", outcome, run_id, capture_id, moved_to FROM w.revisit ORDER BY "at", url, run_id;
COMMENT ON TABLE revisit IS 'What asking again for an address gave, and what its listing said of it';
COMMENT ON COLUMN revisit.url IS 'The address';
COMMENT ON COLUMN revisit.source IS 'source.source';
COMMENT ON COLUMN revisit."at" IS 'When, UTC';
COMMENT ON COLUMN revisit.outcome IS 'unchanged; changed: other bytes than before; gone: 404, 410, or withdrawn by its listing; moved: it redirects to another article';
COMMENT ON COLUMN revisit.run_id IS 'crawl_run.run_id';
COMMENT ON COLUMN revisit.capture_id IS 'The capture whose bytes the page had then; null where it is gone or moved';
COMMENT ON COLUMN revisit.moved_to IS 'Where it redirects to, for outcome moved';
