"""What is told of stability beside rebuilds: corpora fitted again on nine tenths of them, all made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from pipeline.settings import Topics
from pipeline.topics.clusters import NeighbourLeiden
from pipeline.topics.embedding import WordLlama
from pipeline.topics.features import features
from pipeline.topics.stability import SAMPLE, Fitted, best_matches, refits
from pipeline.topics.vectors import Labels
from tests.bench.model import corpora
from tests.bench.model.tables import say

NAME = "stability"
NEEDS = ("BBC", "DHSC")
REBUILDS = 6
TITLE = 8
"""The first words of a BBC article are its title."""
ANSWERS = 5000


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print per corpus the mean similarity and Rand index, told and of rebuilds; return them."""
    articles, _ = corpora.articles(paths["BBC"])
    short, _ = corpora.short_passages(paths["BBC"], 3000)
    found = {}
    say(f"  {'':<20}{'topics':>7}{'similar: told':>15}{'rebuilt':>9}{'Rand: told':>12}{'rebuilt':>9}")
    for name, texts in {
        "sample documents": corpora.sample(),
        "BBC articles": articles,
        "BBC titles": [" ".join(text.split()[:TITLE]) for text in articles],
        "short BBC passages": short,
        "written answers": corpora.answers(paths["DHSC"], ANSWERS),
    }.items():
        found[name] = row = of_corpus(texts)
        say(
            f"  {name:<20}{row['topics']:>7}{row['told']:>15.3f}{row['rebuilt']:>9.3f}"
            f"{row['told_rand']:>12.3f}{row['rebuilt_rand']:>9.3f}"
        )
    return found


def of_corpus(texts: Sequence[str]) -> dict[str, float]:
    """Of samples as the stage `assess` tells it, and of rebuilds with samples and seeds of their own."""
    from sklearn.metrics import adjusted_rand_score

    settings, names = Topics(), [str(at) for at in range(len(texts))]
    vectors = WordLlama()(texts)
    labels = _fit(texts, vectors, settings)
    count = int(labels.max()) + 1
    told = list(refits(Fitted(texts, vectors, labels, names, ["one"] * len(texts)), settings))
    samples = [refit for refit in told if refit.perturbation == "sample"]
    likeness, indices = [], []
    for seed in range(REBUILDS):
        rows = np.flatnonzero(np.random.default_rng([14, seed]).random(len(texts)) < SAMPLE)
        again = _fit([texts[row] for row in rows], vectors[rows], Topics(seed=1000 + seed))
        likeness.append(float(np.nanmean(best_matches(labels[rows], again, count))))
        indices.append(float(adjusted_rand_score(labels[rows], again)))
    return {
        "topics": count,
        "told": mean(float(np.nanmean(refit.similarity)) for refit in samples),
        "rebuilt": mean(likeness),
        "told_rand": mean(refit.rand_index for refit in samples),
        "rebuilt_rand": mean(indices),
    }


def _fit(texts: Sequence[str], vectors: Any, settings: Topics) -> Labels:
    return NeighbourLeiden(settings).fit(features(texts, vectors, settings)).labels_
