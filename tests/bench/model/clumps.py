"""How often chance looks like a new subject over many builds, and how small a new one is noticed.

Also alone: `python -m tests.bench.model.clumps DHSC-path`.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.settings import Passages, Topics
from pipeline.stages.passages import cut
from pipeline.topics.clusters import NeighbourLeiden, leiden
from pipeline.topics.drift import Drift, due
from pipeline.topics.embedding import WordLlama
from pipeline.topics.neighbourhoods import Neighbourhoods, neighbourhoods
from pipeline.topics.new_subjects import Together, new_subject
from pipeline.topics.space import assign, space_of
from pipeline.topics.vectors import centroids_of
from tests.bench.model.tables import say

NAME = "clumps"
NEEDS = ("DHSC",)
RUNS, BUILDS, NEW = 40, 20, 0.2
"""Runs of builds without anything new, from a fit to a fifth more documents."""
SUBJECTS, DRAWS, FINE = 8, 3, 12.0
"""New subjects are communities at this resolution, under a hundredth of the corpus, left out of the fit."""
SIZES = (10, 15, 20, 30, 40)
AMID = 0.05
SETTINGS = Topics()


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages of answers: texts, vectors and numbers of their documents."""

    texts: list[str]
    vectors: Any
    documents: Any

    def part(self, rows: Any) -> Corpus:
        """These passages."""
        return Corpus([self.texts[at] for at in rows], self.vectors[rows], self.documents[rows])


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print both tables; return their figures."""
    whole = corpus(paths["DHSC"])
    _, around = neighbourhoods(whole.texts, whole.vectors, SETTINGS)
    graph = around.graph(SETTINGS.neighbours)
    labels = NeighbourLeiden(SETTINGS).divide(graph, around.unit).labels_
    rng = np.random.default_rng(5)
    alarms = {}
    for name, turned in (("topics as often", (1.0,)), ("some thrice as often, some a third", (0.3, 1, 1, 3))):
        runs = [alarmed(whole, around, labels, turned, rng) for _ in range(RUNS)]
        alarms[name] = [float(np.mean([run[kind] for run in runs])) for kind in range(2)]
        clumps, strange = alarms[name]
        say(f"{RUNS} runs of {BUILDS} builds, {name}: alarm by clumps {clumps:.3f}, strangers {strange:.3f}")
    fine = leiden(graph, FINE, 1)
    seen = [one for own in subjects(fine, rng) for one in noticed(whole, labels, fine == own, rng)]
    power = {}
    for size in SIZES:
        passages, hits = zip(*((count, hit) for of, count, hit in seen if of == size), strict=True)
        power[size] = float(np.mean(hits))
        say(f"new subject of {size} documents ({np.mean(passages):.0f} passages): noticed {power[size]:.2f}")
    return {"false_alarms": alarms, "noticed": power}


def corpus(path: Path) -> Corpus:
    """The answers, cut and embedded as a build does."""
    sizes, texts, documents = Passages(), [], []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            text = json.loads(line)["text"]
            own = [text[a:b] for a, b in cut(text, sizes.target_words, sizes.max_words)]
            texts += own
            documents += [number] * len(own)
    return Corpus(texts, WordLlama()(texts), np.array(documents))


def alarmed(
    whole: Corpus, around: Neighbourhoods, labels: Any, turned: tuple[float, ...], rng: Any
) -> tuple[bool, bool]:
    """Whether clumps, or strangers, call for a refit in a run of builds; topics as the whole has them."""
    weights = rng.choice(turned, labels.max() + 1)[labels]
    names = np.unique(whole.documents)
    own = np.zeros(whole.documents.max() + 1)
    np.maximum.at(own, whole.documents, weights)
    chances = own[names] / own[names].sum()
    order = rng.permutation(rng.choice(names, int(NEW * len(names)), replace=False, p=chances))
    arrival = np.zeros(len(own), dtype=int)
    arrival[order] = 1 + np.arange(len(order)) * BUILDS // len(order)
    at = arrival[whole.documents]
    likeness = likeness_to(around, whole.documents, at == 0)
    fitted = int((at == 0).sum())
    familiar = np.quantile(likeness[at == 0], 0.05)
    clumps = strange = False
    for build in range(1, BUILDS + 1):
        there = at <= build
        new = (at > 0)[there]
        found = Together(around.unit[there], labels[there], whole.documents[there], new, likeness[there])
        clumps = (
            clumps or len(new_subject(found, (at == build)[there], NEW * fitted)) >= SETTINGS.min_passages
        )
        strangers = int((likeness[there][new] < familiar).sum())
        never = replace(SETTINGS, refit_share=1.0)
        strange = strange or bool(due(Drift(fitted, fitted, int(new.sum()), strangers), never))
    return clumps, strange


def likeness_to(around: Neighbourhoods, documents: Any, fitted: Any) -> Any:
    """(n,): the mean cosine of each passage to the nearest fitted ones of other documents."""
    there = fitted[around.near] & (documents[around.near] != documents[:, None])
    nearest = -np.sort(-np.where(there, around.cosines, -2), axis=1)[:, : SETTINGS.neighbours]
    return np.where(nearest > -2, nearest, 0).sum(axis=1) / np.maximum((nearest > -2).sum(axis=1), 1)


def subjects(fine: Any, rng: Any) -> Any:
    """Communities of the size of a small topic."""
    sizes = np.bincount(fine)
    return rng.permutation(np.flatnonzero((sizes >= 40) & (sizes <= 150)))[:SUBJECTS]


def noticed(whole: Corpus, labels: Any, subject: Any, rng: Any) -> list[tuple[int, int, bool]]:
    """New documents of a subject that the fit never saw, amid others: their number, passages, if noticed."""
    touched = np.unique(whole.documents[subject])
    held, sizes = np.bincount(whole.documents[subject]), np.bincount(whole.documents)
    about = touched[held[touched] / sizes[touched] >= 0.4]
    others = rng.permutation(np.setdiff1d(whole.documents, touched))
    amid, old = np.split(others, [int(AMID * len(others))])
    rows = np.flatnonzero(np.isin(whole.documents, old))
    fitted = whole.part(rows)
    features, around = neighbourhoods(fitted.texts, fitted.vectors, SETTINGS)
    space = space_of(features, around, SETTINGS.neighbours, [str(d) for d in fitted.documents])
    middles, found = centroids_of(fitted.vectors, labels[rows]), []
    for size in (size for size in SIZES if size <= len(about)):
        for _ in range(DRAWS):
            drawn = np.concatenate([amid, rng.choice(about, size, replace=False)])
            new = whole.part(np.flatnonzero(np.isin(whole.documents, drawn)))
            placed = assign(new.texts, new.vectors, space, labels[rows], middles)
            is_new = np.arange(len(rows) + len(new.texts)) >= len(rows)
            together = Together(
                np.vstack([around.unit, features.place(new.texts, new.vectors)]),
                np.concatenate([labels[rows], placed.labels]),
                np.concatenate([fitted.documents, new.documents]),
                is_new,
                np.concatenate([space.likeness, placed.likeness]),
            )
            seen = (
                len(new_subject(together, is_new, SETTINGS.refit_share * len(rows))) >= SETTINGS.min_passages
            )
            passages = int(np.isin(new.documents, about).sum())
            found.append((size, passages, seen))
    return found


if __name__ == "__main__":
    say(json.dumps(run({"DHSC": Path(sys.argv[1])})))
