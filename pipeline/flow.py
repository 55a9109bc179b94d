"""The order of things. A newcomer starts here.

    archive ─► index ─► read ─► check ─► compare ─► scope ─► passages ─► embed ─► fit
            ─► describe ─► code ─► assess ─► validate ─► trend ─► detect ─► tally ─► publish ─► report

Each stage takes in what it has not seen (an anti-join finds it) or, where it works on the whole,
checks a fingerprint of what it rests on and does nothing when that has not changed. Each runs in one
transaction; `read` commits in chunks, since readings don't depend on one another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module

from pipeline import store
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.store import Connection

STAGES = (
    "index",
    "read",
    "check",
    "compare",
    "scope",
    "passages",
    "embed",
    "fit",
    "describe",
    "code",
    "assess",
    "validate",
    "trend",
    "detect",
    "tally",
)
OWN_TRANSACTIONS = frozenset({"read"})
Stage = Callable[[Connection, Config, Tell], int]


@dataclass(frozen=True, slots=True)
class StageRun:
    """What a stage did: how many rows it made (its own unit) and how long it took, in seconds."""

    stage: str
    rows: int
    seconds: float


def build(config: Config, tell: Tell, stages: tuple[str, ...] = STAGES) -> Iterator[StageRun]:
    """Run the stages in order, yielding what each did as it ends."""
    with store.open_working(config) as connection:
        for stage in stages:
            yield run_stage(stage, connection, config, tell)


def reprocess(config: Config, tell: Tell) -> Iterator[StageRun]:
    """Empty the working database and run every stage; one that was interrupted is gone on with."""
    named = store.queries("flow")
    with store.open_working(config) as connection:
        if not store.value(connection, named["reprocessing"]):
            with store.transaction(connection):
                store.start_anew(connection)
                connection.execute(named["begin"])
    yield from build(config, tell)
    with store.open_working(config) as connection:
        connection.execute(named["end"])


def run_stage(stage: str, connection: Connection, config: Config, tell: Tell) -> StageRun:
    """Run one stage in its transaction and note it in `stage_run`."""
    # Imported by name and only now: a stage that doesn't run costs nothing to have.
    run: Stage = import_module(f"pipeline.stages.{stage}").run
    started = time.perf_counter()
    scope = nullcontext() if stage in OWN_TRANSACTIONS else store.transaction(connection)
    with tell.working(stage), scope:
        rows = run(connection, config, tell)
    seconds = time.perf_counter() - started
    if rows and stage != "tally":
        connection.execute(store.queries("flow")["note"], [stage, rows, seconds])
    return StageRun(stage, rows, seconds)
