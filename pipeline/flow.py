"""The order of things. A newcomer starts here.

    archive ─► index ─► read ─► check ─► compare ─► scope ─► passages ─► embed ─► fit
            ─► describe ─► code ─► assess ─► validate ─► trend ─► detect ─► vary ─► tally ─► publish ─► report

Each stage takes in what it has not seen (an anti-join finds it) or, where it works on the whole,
checks a fingerprint of what it rests on and does nothing when that has not changed. Each runs in one
transaction; `read` commits in chunks, since readings don't depend on one another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from pipeline import stages, store
from pipeline.config import Config, remember
from pipeline.progress import Tell
from pipeline.store import Connection
from pipeline.workers import check_space

Run = Callable[[Connection, Config, Tell], int]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a build: what it does, in words; tables, files and folders that it reads and writes.

    `load` imports it and gives its `run`: a stage that doesn't run costs nothing to have. One with its own
    transactions commits by itself; any other is all or nothing.
    """

    name: str
    does: str
    load: Callable[[], Run]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    own_transactions: bool = False


STAGES = (
    Stage(
        "index", "what the archive holds, into the working database.", lambda: stages.index.run,
        reads=("archive", "sources.toml", "events.toml"),
        writes=(
            "capture", "crawl_run", "universe", "refusal", "revisit", "policy_file", "source",
            "source_terms", "event", "code_sample", "human_code", "imported_code",
        ),
    ),
    Stage(
        "read", "captures into documents.", lambda: stages.read.run,
        reads=("archive", "capture", "revisit", "source"),
        writes=("reading", "document", "document_version"),
        own_transactions=True,
    ),
    Stage(
        "check", "what reads unlike before, and what the spiders' monitors told.", lambda: stages.check.run,
        reads=("archive", "answers.jsonl", "capture", "reading", "crawl_run"),
        writes=("monitor",),
    ),
    Stage(
        "compare",
        "which documents are copies of one another, and what changed between versions of a page.",
        lambda: stages.compare.run,
        reads=("capture", "reading", "document", "document_version"),
        writes=("sketch", "sketched", "likeness", "document_group", "document", "version_change"),
    ),
    Stage(
        "scope", "which documents are about the subject.", lambda: stages.scope.run,
        reads=("document", "scope.toml"),
        writes=("scope",),
    ),
    Stage(
        "passages", "documents into passages.", lambda: stages.passages.run,
        reads=("document", "scope"),
        writes=("passage",),
    ),
    Stage(
        "embed", "passages into vectors.", lambda: stages.embed.run,
        reads=("passage",),
        writes=("embeddings",),
    ),
    Stage(
        "fit", "topics, with BERTopic; new passages are assigned to the last ones as long as these serve.",
        lambda: stages.fit.run,
        reads=("passage", "embeddings", "capture", "models"),
        writes=("topic", "passage_topic", "topic_fit", "topic_lineage", "models"),
    ),
    Stage(
        "describe", "what shows a topic: its phrase, examples, and the tree of topics.",
        lambda: stages.describe.run,
        reads=("topic", "passage_topic", "passage", "embeddings"),
        writes=("topic_phrase", "topic_example", "topic_tree"),
    ),
    Stage(
        "code", "themes, by the codebook.", lambda: stages.code.run,
        reads=("passage", "embeddings", "codebook.toml", "code_sample", "human_code", "imported_code"),
        writes=("theme", "theme_model", "theme_weight", "theme_coder", "passage_theme", "coded_passage"),
    ),
    Stage(
        "assess", "how reproducible topics and themes are.", lambda: stages.assess.run,
        reads=(
            "passage_topic", "passage_theme", "passage", "embeddings", "document", "scope", "theme",
            "theme_model", "theme_weight", "theme_coder", "codebook.toml",
        ),
        writes=("fit_stability", "topic_stability", "theme_stability", "topic"),
    ),
    Stage(
        "validate", "how well coders agree with one another, and the machine with them.",
        lambda: stages.validate.run,
        reads=(
            "code_sample", "human_code", "imported_code", "document", "passage", "passage_theme",
            "theme_model",
        ),
        writes=("agreement", "validation"),
    ),
    Stage(
        "trend", "prevalence over time, with intervals.", lambda: stages.trend.run,
        reads=(
            "document", "document_version", "scope", "passage", "passage_theme", "passage_topic", "theme",
            "topic", "code_sample", "human_code",
        ),
        writes=("theme_trend", "topic_trend", "trend_change", "mix", "correction", "topic_term"),
    ),
    Stage(
        "detect", "change points, and changes around events.", lambda: stages.detect.run,
        reads=("document", "scope", "passage", "passage_theme", "passage_topic", "theme", "topic", "event"),
        writes=("shift_test", "change_point", "movement", "event_effect"),
    ),
    Stage(
        "vary", "findings under every defensible choice.", lambda: stages.vary.run,
        reads=(
            "document", "document_version", "scope", "passage", "passage_theme", "passage_topic", "theme",
            "topic", "movement", "code_sample", "human_code",
        ),
        writes=("robustness", "specification"),
    ),
    Stage(
        "tally", "the document flow.", lambda: stages.tally.run,
        reads=("everything", "rights.toml"),
        writes=("flow", "coverage", "gap", "rights", "about"),
    ),
)  # fmt: skip
BY_NAME = {stage.name: stage for stage in STAGES}
NAMES = tuple(BY_NAME)


@dataclass(frozen=True, slots=True)
class StageRun:
    """What a stage did: how many rows it made (its own unit) and how long it took, in seconds."""

    stage: str
    rows: int
    seconds: float


def build(config: Config, tell: Tell, names: Sequence[str] = NAMES) -> Iterator[StageRun]:
    """Run the stages of these names in order, yielding what each did as it ends."""
    check_space()
    remember(config)
    with store.open_working(config, tell.say) as connection:
        for stage in STAGES:
            if stage.name in names:
                yield run_stage(stage, connection, config, tell)


def reprocess(config: Config, tell: Tell) -> Iterator[StageRun]:
    """Empty the working database and run every stage; one that was interrupted is gone on with."""
    named = store.queries("flow")
    check_space()
    with store.open_working(config) as connection:
        if not store.value(connection, named["reprocessing"]):
            with store.transaction(connection):
                store.start_anew(connection)
                connection.execute(named["begin"])
    yield from build(config, tell)
    with store.open_working(config) as connection:
        connection.execute(named["end"])


def run_stage(stage: Stage, connection: Connection, config: Config, tell: Tell) -> StageRun:
    """Run one stage in its transaction and note it in `stage_run`."""
    run = stage.load()
    started = time.perf_counter()
    scope = nullcontext() if stage.own_transactions else store.transaction(connection)
    with tell.working(stage.name), scope:
        rows = run(connection, config, tell)
    seconds = time.perf_counter() - started
    if rows and stage.name != "tally":
        connection.execute(store.queries("flow")["note"], [stage.name, rows, seconds])
    return StageRun(stage.name, rows, seconds)
