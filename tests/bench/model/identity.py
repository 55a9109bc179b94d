"""What 1% new documents cost beside a full build, and which ids and topics passages keep over a refit.

Also alone: `python -m tests.bench.model.identity DHSC-path`.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from pipeline import config as configuration
from pipeline import store
from pipeline.config import Config
from pipeline.stages.embed import vectors_of
from pipeline.topics.embedding import unit_rows
from pipeline.topics.identity import TopicSet, born, carry_over
from pipeline.topics.model import fit_model, topic_names
from pipeline.topics.neighbourhoods import neighbourhoods
from pipeline.topics.space import Space, assign, space_of
from pipeline.topics.vectors import centroids_of
from tests.bench.model.tables import say

NAME = "identity"
NEEDS = ("DHSC",)
ROUNDS = 3
NEW = 0.01


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print both tables; return their figures."""
    with tempfile.TemporaryDirectory() as folder:
        costs = [grow(paths["DHSC"], Path(folder) / str(number), number) for number in range(ROUNDS)]
        say_costs(costs)
        config = configuration.load(Path(folder) / "0")
        kept = [refitted(config, seed) for seed in range(ROUNDS)]
    say_kept(kept)
    return {
        "new_documents_share_of_seconds": round(median(c["share"] for c in costs), 4),
        "new_documents_share_of_cpu": round(median(c["cpu_share"] for c in costs), 4),
        "ids_unchanged": min(c["unchanged"] for c in costs),
        **{key: round(median(k[key] for k in kept), 4) for key in kept[0]},
    }


def grow(corpus: Path, data: Path, number: int) -> dict[str, Any]:
    """Build 99% of the documents, then the rest: seconds of each, and the share of passages that moved."""
    read = gzip.open if corpus.suffix == ".gz" else open
    with read(corpus, "rt", encoding="utf-8") as stream:
        lines = list(stream)
    step = round(1 / NEW)
    data.mkdir()
    parts = {"old": lines, "new": lines[number::step]}
    parts["old"] = [line for at, line in enumerate(lines) if at % step != number]
    seconds, topics = {}, {}
    for name, part in parts.items():
        (data / f"{name}.jsonl").write_text("".join(part))
        command("import", str(data / f"{name}.jsonl"), "--quiet", "--data", str(data))
        seconds[name] = command("build", "--json", "--data", str(data))
        with store.open_working(configuration.load(data)) as connection:
            topics[name] = dict(
                connection.execute("SELECT passage_id, topic_id FROM passage_topic").fetchall()
            )
    unchanged = np.mean([topics["new"].get(passage) == topic for passage, topic in topics["old"].items()])
    old, new = seconds["old"], seconds["new"]
    return {
        "documents": len(parts["new"]),
        "old": old,
        "new": new,
        "share": new["seconds"] / old["seconds"],
        "cpu_share": new["cpu"] / old["cpu"],
        "unchanged": float(unchanged),
    }


def command(*arguments: str) -> dict[str, Any]:
    """Seconds and CPU seconds of a command in a process of its own, and what it answered."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer = json.loads(done.stdout) if "--json" in arguments else {}
    return {"seconds": time.perf_counter() - began, "cpu": cpu, **answer}


def refitted(config: Config, seed: int) -> dict[str, float]:
    """Fit on 99% of the passages, then on all: which keep their id, matched and by BERTopic's own numbers."""
    with store.open_working(config) as connection:
        ids, vectors = vectors_of(connection, config)
        rows = connection.execute("SELECT text, text_hash FROM passage ORDER BY passage_id").fetchall()
    texts, hashes = [text for text, _ in rows], [key for _, key in rows]
    held = np.zeros(len(ids), dtype=bool)
    held[np.random.default_rng(seed).choice(len(ids), round(NEW * len(ids)), replace=False)] = True
    old, space = fitted(config, texts, hashes, vectors, ~held)
    new, _ = fitted(config, texts, hashes, vectors, held | ~held)
    names, _ = born(old)
    renamed = np.array(carry_over(names, old, new, len(names))[0])[new.labels]
    some = [texts[at] for at in np.flatnonzero(held)]
    placed = assign(some, vectors[held], space, old.labels, old.centroids).labels
    nearest = (unit_rows(vectors[held]) @ unit_rows(old.centroids).T).argmax(axis=1)
    was = np.array(names)
    return {
        "matched_ids_kept": float((was[old.labels] == renamed[~held]).mean()),
        "numeric_ids_kept": float((old.labels == new.labels[~held]).mean()),
        "assigned_as_the_refit_has_it": float((was[placed] == renamed[held]).mean()),
        "nearest_centroid_as_the_refit_has_it": float((was[nearest] == renamed[held]).mean()),
    }


def fitted(
    config: Config, texts: list[str], hashes: list[str], vectors: Any, part: Any
) -> tuple[TopicSet, Space]:
    """The topics of a part of the passages, and the space they lie in."""
    own = np.flatnonzero(part)
    some, settings = [texts[at] for at in own], config.topics
    features, around = neighbourhoods(some, vectors[own], settings)
    model = fit_model(some, vectors[own], settings, around)
    labels = np.asarray(model.topics_, dtype=np.int64)
    names, hashed = topic_names(model, settings.terms), [hashes[at] for at in own]
    topics = TopicSet("one", centroids_of(vectors[own], labels), names, hashed, labels)
    return topics, space_of(features, around, settings.neighbours, [str(at) for at in own])


def say_costs(costs: list[dict[str, Any]]) -> None:
    """The stages of the last round, and the shares of all."""
    old, new = (
        {stage["stage"]: stage["seconds"] for stage in costs[-1][part]["stages"]} for part in ("old", "new")
    )
    say(f"{'stage':<10} {'99%, s':>8} {'then 1%, s':>11}")
    for stage, seconds in old.items():
        say(f"{stage:<10} {seconds:8.2f} {new[stage]:11.2f}")
    for measure, key in (("seconds", "share"), ("CPU", "cpu_share")):
        shares = ", ".join(f"{100 * cost[key]:.1f}%" for cost in costs)
        say(f"1% new documents, of the {measure} of the first build: {shares}")
    say(f"passages whose topic's id is unchanged: {100 * min(cost['unchanged'] for cost in costs):.2f}%")


def say_kept(kept: list[dict[str, float]]) -> None:
    """A line for each figure, the median last."""
    say("\nrefit on 99%, then on all passages")
    for key in kept[0]:
        values = [figures[key] for figures in kept]
        shown = ", ".join(f"{100 * value:.1f}%" for value in values)
        say(f"{key.replace('_', ' '):<38} {shown}; median {100 * median(values):.1f}%")


if __name__ == "__main__":
    say(json.dumps(run({"DHSC": Path(sys.argv[1])})))
