-- The working database: private to the pipeline, rebuilt from the archive at any time.

CREATE TABLE IF NOT EXISTS capture (
    capture_id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, fetched_at TIMESTAMPTZ,
    status INTEGER, media_type TEXT, digest TEXT, warc_file TEXT, warc_offset BIGINT,
    warc_length BIGINT, found TEXT, via TEXT, policies TEXT[], signals TEXT, permission TEXT
);
CREATE TABLE IF NOT EXISTS policy_file (
    policy_id TEXT PRIMARY KEY, host TEXT, kind TEXT, url TEXT, status INTEGER, problem TEXT,
    first_seen TIMESTAMPTZ, last_seen TIMESTAMPTZ, media_type TEXT, digest TEXT, warc_file TEXT,
    warc_offset BIGINT, warc_length BIGINT, text TEXT
);
CREATE TABLE IF NOT EXISTS crawl_run (
    run_id TEXT PRIMARY KEY, source TEXT, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ,
    outcome TEXT, kept BIGINT, unchanged BIGINT, refused BIGINT, failed BIGINT, bytes BIGINT, known BIGINT,
    gone BIGINT
);
CREATE TABLE IF NOT EXISTS refusal (
    url TEXT, source TEXT, reason TEXT, via TEXT, run_id TEXT
);
CREATE TABLE IF NOT EXISTS reading (
    capture_id TEXT, reader TEXT, outcome TEXT NOT NULL, detail TEXT,
    source TEXT, url TEXT, title TEXT, authors TEXT[], published DATE, published_precision TEXT,
    genre TEXT, doi TEXT, access TEXT, language TEXT, rights TEXT, text TEXT, text_hash TEXT,
    word_count INTEGER, origins TEXT, source_name TEXT, modified DATE, pmid TEXT, pmcid TEXT, journal TEXT, volume TEXT,
    issue TEXT, pages TEXT,
    PRIMARY KEY (capture_id, reader)
);
CREATE TABLE IF NOT EXISTS document (
    document_id TEXT PRIMARY KEY, source TEXT, url TEXT, title TEXT, authors TEXT[], published DATE,
    published_precision TEXT, genre TEXT, doi TEXT, access TEXT, language TEXT, text TEXT,
    text_hash TEXT, word_count INTEGER, duplicate_of TEXT, rights TEXT, capture_id TEXT,
    text_capture_id TEXT, modified DATE, pmid TEXT, pmcid TEXT, journal TEXT, volume TEXT,
    issue TEXT, pages TEXT, origins MAP(TEXT, TEXT)
);
CREATE TABLE IF NOT EXISTS document_version (
    document_id TEXT, version INTEGER, capture_id TEXT, seen_from TIMESTAMPTZ, seen_to TIMESTAMPTZ,
    text_hash TEXT
);
CREATE TABLE IF NOT EXISTS version_change (
    document_id TEXT, before TEXT, after TEXT, words_added INTEGER, words_removed INTEGER, diff TEXT,
    notice TEXT, rule TEXT
);
CREATE TABLE IF NOT EXISTS sketched (
    text_hash TEXT PRIMARY KEY, rule TEXT
);
CREATE TABLE IF NOT EXISTS sketch (
    text_key UBIGINT, part TINYINT, mark UINTEGER
);
CREATE TABLE IF NOT EXISTS likeness (
    a_hash TEXT, b_hash TEXT, similarity DOUBLE, a_in_b DOUBLE, b_in_a DOUBLE, a_words INTEGER,
    b_words INTEGER, swaps INTEGER, rule TEXT
);
CREATE TABLE IF NOT EXISTS document_group (
    document_id TEXT PRIMARY KEY, leader_id TEXT, kind TEXT, copy_of TEXT, similarity DOUBLE,
    containment DOUBLE, evidence TEXT
);
CREATE TABLE IF NOT EXISTS scope (
    document_id TEXT PRIMARY KEY, in_scope BOOLEAN, reason TEXT, terms TEXT[], mentions INTEGER,
    document_hash TEXT, rule TEXT
);
CREATE TABLE IF NOT EXISTS passage (
    passage_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER, start_char INTEGER,
    end_char INTEGER, text TEXT, text_hash TEXT, document_hash TEXT
);
CREATE TABLE IF NOT EXISTS topic (
    topic_id TEXT PRIMARY KEY, label TEXT, terms TEXT[], passages BIGINT, fit_id TEXT, stability DOUBLE,
    stable BOOLEAN
);
CREATE TABLE IF NOT EXISTS passage_topic (
    passage_id TEXT, topic_id TEXT, probability DOUBLE, text_hash TEXT, method TEXT, likeness DOUBLE
);
CREATE TABLE IF NOT EXISTS topic_fit (
    fit_id TEXT PRIMARY KEY, parent_id TEXT, number INTEGER, "at" TIMESTAMPTZ, why TEXT, passages BIGINT,
    topics INTEGER
);
CREATE TABLE IF NOT EXISTS topic_lineage (
    fit_id TEXT, topic_id TEXT, kind TEXT, other_id TEXT, similarity DOUBLE, passages BIGINT, shared BIGINT
);
CREATE TABLE IF NOT EXISTS fit_stability (
    perturbation TEXT, left_out TEXT, run INTEGER, passages BIGINT, topics INTEGER, rand_index DOUBLE
);
CREATE TABLE IF NOT EXISTS topic_stability (
    topic_id TEXT, perturbation TEXT, runs INTEGER, similarity DOUBLE, lowest DOUBLE
);
CREATE TABLE IF NOT EXISTS theme_stability (
    theme TEXT, perturbation TEXT, left_out TEXT, passages BIGINT, lost BIGINT, lost_share DOUBLE, documents BIGINT,
    prevalence DOUBLE, prevalence_without DOUBLE, change DOUBLE
);
CREATE TABLE IF NOT EXISTS topic_phrase (
    topic_id TEXT PRIMARY KEY, phrase TEXT
);
CREATE TABLE IF NOT EXISTS topic_example (
    topic_id TEXT, rank INTEGER, passage_id TEXT, likeness DOUBLE
);
CREATE TABLE IF NOT EXISTS topic_tree (
    node TEXT PRIMARY KEY, parent TEXT, topic_id TEXT, level INTEGER, height DOUBLE, topics INTEGER,
    passages BIGINT, label TEXT
);
CREATE TABLE IF NOT EXISTS theme (
    theme TEXT PRIMARY KEY, label TEXT, definition TEXT, codebook TEXT, codebook_hash TEXT
);
CREATE TABLE IF NOT EXISTS passage_theme (
    passage_id TEXT, theme TEXT, score DOUBLE, coded BOOLEAN, method TEXT, phrases TEXT[]
);
CREATE TABLE IF NOT EXISTS theme_model (
    theme TEXT PRIMARY KEY, model TEXT, method TEXT, why TEXT, calibrated BOOLEAN, threshold DOUBLE, labels BIGINT,
    positives BIGINT, f1 DOUBLE, codebook_f1 DOUBLE, classifier_f1 DOUBLE, brier DOUBLE, brier_before DOUBLE,
    miscalibration DOUBLE, precision DOUBLE, recall DOUBLE, slope DOUBLE, curve_intercept DOUBLE, intercept DOUBLE,
    reference_passages BIGINT, reference_positives BIGINT, reference_coded BIGINT, reference_right BIGINT,
    without_keywords DOUBLE, near_misses DOUBLE, coder TEXT
);
CREATE TABLE IF NOT EXISTS imported_code (
    coder TEXT, passage_id TEXT, text_hash TEXT, theme TEXT, score DOUBLE
);
CREATE TABLE IF NOT EXISTS theme_coder (
    theme TEXT, coder TEXT, in_use BOOLEAN, codings BIGINT, coded BIGINT, stale BIGINT, f1 DOUBLE, gain DOUBLE,
    gain_error DOUBLE
);
CREATE TABLE IF NOT EXISTS theme_weight (
    theme TEXT, position INTEGER, kind TEXT, feature TEXT, weight DOUBLE, idf DOUBLE
);
CREATE TABLE IF NOT EXISTS coded_passage (
    passage_id TEXT PRIMARY KEY, text_hash TEXT, codebook TEXT
);
CREATE TABLE IF NOT EXISTS code_sample (
    sample_id TEXT, passage_id TEXT, document_id TEXT, text_hash TEXT, unit TEXT, stratum TEXT, part TEXT,
    purpose TEXT, probability DOUBLE, part_probability DOUBLE, drawn_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS human_code (
    sample_id TEXT, passage_id TEXT, text_hash TEXT, theme TEXT, coder TEXT, present BOOLEAN, codebook TEXT,
    coded_at TIMESTAMPTZ, note TEXT
);
CREATE TABLE IF NOT EXISTS agreement (
    sample_id TEXT, theme TEXT, measure TEXT, coder_a TEXT, coder_b TEXT, value DOUBLE, lower DOUBLE, upper DOUBLE,
    passages BIGINT, documents BIGINT, prevalence DOUBLE, note TEXT
);
CREATE TABLE IF NOT EXISTS validation (
    sample_id TEXT, theme TEXT, coder TEXT, measure TEXT, value DOUBLE, lower DOUBLE, upper DOUBLE, unweighted DOUBLE,
    passages BIGINT, documents BIGINT, machine BIGINT, people DOUBLE, agreed DOUBLE, ties BIGINT, stale BIGINT, note TEXT
);
CREATE TABLE IF NOT EXISTS topic_trend (
    topic_id TEXT, measure TEXT, period TEXT, period_start DATE, source TEXT, estimate TEXT,
    prevalence DOUBLE, lower DOUBLE, upper DOUBLE, documents DOUBLE, passages DOUBLE, thin BOOLEAN,
    coverage DOUBLE, design_effect DOUBLE
);
CREATE TABLE IF NOT EXISTS theme_trend (
    theme TEXT, measure TEXT, period TEXT, period_start DATE, source TEXT, estimate TEXT,
    prevalence DOUBLE, lower DOUBLE, upper DOUBLE, documents DOUBLE, passages DOUBLE, thin BOOLEAN,
    coverage DOUBLE, design_effect DOUBLE
);
CREATE TABLE IF NOT EXISTS trend_change (
    theme TEXT, topic_id TEXT, measure TEXT, period TEXT, period_start DATE, previous_start DATE,
    change DOUBLE, change_lower DOUBLE, change_upper DOUBLE, mix DOUBLE, mix_lower DOUBLE, mix_upper DOUBLE,
    within DOUBLE, within_lower DOUBLE, within_upper DOUBLE, documents DOUBLE, previous_documents DOUBLE, thin BOOLEAN
);
CREATE TABLE IF NOT EXISTS robustness (
    theme TEXT, period TEXT, early_start DATE, early_end DATE, late_start DATE, late_end DATE, change DOUBLE, lower DOUBLE,
    upper DOUBLE, analyses INTEGER, agree INTEGER, sure INTEGER, against INTEGER, robust BOOLEAN, share_lowest DOUBLE,
    share_highest DOUBLE, mention_lowest DOUBLE, mention_highest DOUBLE, choices MAP(TEXT, DOUBLE), shaken_by TEXT,
    shaken_name TEXT, shaken_change DOUBLE
);
CREATE TABLE IF NOT EXISTS specification (
    theme TEXT, number INTEGER, measure TEXT, estimate TEXT, coding TEXT, unit TEXT, copies TEXT, access TEXT,
    left_out TEXT, left_out_name TEXT, before DOUBLE, after DOUBLE, change DOUBLE, lower DOUBLE, upper DOUBLE,
    relative DOUBLE, headline BOOLEAN, agrees BOOLEAN
);
CREATE TABLE IF NOT EXISTS topic_term (
    topic_id TEXT, period TEXT, period_start DATE, terms TEXT[], weights DOUBLE[], passages DOUBLE
);
CREATE TABLE IF NOT EXISTS correction (
    theme TEXT, source TEXT, measure TEXT, labels BIGINT, documents BIGINT, positives BIGINT, lost BIGINT,
    weight DOUBLE, slope DOUBLE, pooled TEXT, period_p DOUBLE, source_p DOUBLE, bias DOUBLE, bias_lower DOUBLE,
    bias_upper DOUBLE, surer TEXT, remark TEXT, refused TEXT
);
CREATE TABLE IF NOT EXISTS shift_test (
    theme TEXT, topic_id TEXT, measure TEXT, period TEXT, periods INTEGER, thin_periods INTEGER, carriers INTEGER,
    p_value DOUBLE, q_value DOUBLE, smooth_p DOUBLE, smooth_q DOUBLE, changes INTEGER, reason TEXT
);
CREATE TABLE IF NOT EXISTS change_point (
    theme TEXT, topic_id TEXT, measure TEXT, period TEXT, "at" DATE, at_lower DATE, at_upper DATE, before_start DATE,
    after_end DATE, before DOUBLE, after DOUBLE, change DOUBLE, change_lower DOUBLE, change_upper DOUBLE,
    documents_before DOUBLE, documents_after DOUBLE, coverage DOUBLE, p_value DOUBLE, q_value DOUBLE
);
CREATE TABLE IF NOT EXISTS movement (
    theme TEXT, topic_id TEXT, measure TEXT, period TEXT, early_start DATE, early_end DATE, late_start DATE,
    late_end DATE, early DOUBLE, early_lower DOUBLE, early_upper DOUBLE, late DOUBLE, late_lower DOUBLE,
    late_upper DOUBLE, change DOUBLE, change_lower DOUBLE, change_upper DOUBLE, documents_early DOUBLE,
    documents_late DOUBLE, coverage DOUBLE, p_value DOUBLE, q_value DOUBLE
);
CREATE TABLE IF NOT EXISTS event_effect (
    date DATE, event TEXT, theme TEXT, measure TEXT, period TEXT, periods_before INTEGER, periods_after INTEGER,
    level DOUBLE, level_lower DOUBLE, level_upper DOUBLE, level_p DOUBLE, level_q DOUBLE,
    slope DOUBLE, slope_lower DOUBLE, slope_upper DOUBLE, slope_p DOUBLE, slope_q DOUBLE,
    autocorrelation DOUBLE, others TEXT[], reason TEXT
);
CREATE TABLE IF NOT EXISTS mix (
    source TEXT PRIMARY KEY, weight DOUBLE
);
CREATE TABLE IF NOT EXISTS stage_run (
    stage TEXT PRIMARY KEY, fingerprint TEXT, finished_at TIMESTAMPTZ, rows BIGINT, seconds DOUBLE
);
CREATE TABLE IF NOT EXISTS source (
    source TEXT PRIMARY KEY, name TEXT, kind TEXT, homepage TEXT, rights TEXT, licence TEXT, covers TEXT
);
CREATE TABLE IF NOT EXISTS source_terms (
    source TEXT PRIMARY KEY, permission TEXT, retain_days INTEGER, retain_until DATE
);
CREATE TABLE IF NOT EXISTS event (
    date DATE, title TEXT, kind TEXT, reference TEXT
);
CREATE TABLE IF NOT EXISTS flow (
    position INTEGER, step TEXT, reason TEXT, source TEXT, documents BIGINT
);
CREATE TABLE IF NOT EXISTS coverage (
    source TEXT, year INTEGER, known BIGINT, known_by TEXT, discovered BIGINT, gathered BIGINT, read BIGINT,
    unique_documents BIGINT, in_scope BIGINT, in_trends BIGINT, share DOUBLE
);
CREATE TABLE IF NOT EXISTS universe (
    source TEXT, year INTEGER, counted_by TEXT, counts TEXT, query TEXT, documents BIGINT, counted_at TIMESTAMPTZ,
    run_id TEXT, url TEXT
);
CREATE TABLE IF NOT EXISTS gap (
    source TEXT, period_start DATE, period_end DATE, kind TEXT, expected DOUBLE, seen DOUBLE, why TEXT
);
CREATE TABLE IF NOT EXISTS rights (
    document_id TEXT PRIMARY KEY, access_basis TEXT, statement TEXT, licence TEXT, licence_stated_by TEXT,
    robots TEXT, robots_file TEXT, tdmrep_file TEXT, ai_txt_file TEXT, signals TEXT[], reserved BOOLEAN,
    permission TEXT, retain_until DATE, may_export TEXT, terms TEXT, rule TEXT
);
CREATE TABLE IF NOT EXISTS monitor (
    check_id TEXT, source TEXT, run_id TEXT, ended_at TIMESTAMPTZ, stage TEXT, check_name TEXT, expected TEXT,
    seen TEXT, look_at TEXT, answered BOOLEAN, note TEXT, answered_by TEXT, answered_at TIMESTAMPTZ,
    accepted BOOLEAN
);
CREATE TABLE IF NOT EXISTS about (
    version TEXT, commit TEXT, config_hash TEXT, models TEXT, seeds TEXT, floor INTEGER, sample BOOLEAN,
    built_at TIMESTAMPTZ, mix TEXT, settings TEXT, codebook TEXT
);
CREATE TABLE IF NOT EXISTS revisit (
    url TEXT, source TEXT, "at" TIMESTAMPTZ, outcome TEXT, run_id TEXT, capture_id TEXT, moved_to TEXT
);
