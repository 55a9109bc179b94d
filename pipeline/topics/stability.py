"""How well refits find the topics again: on samples of documents, without a source, with another seed.

On samples and without a source everything is made anew that topics rest on: components, weights of words,
neighbours, graph, communities. With another seed the communities alone are. Of a large corpus all of it rests
on a sample of bounded size. Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Topics
from pipeline.topics.clusters import NeighbourLeiden, neighbour_graph
from pipeline.topics.embedding import Vectors
from pipeline.topics.features import features
from pipeline.topics.identity import Floats, jaccard
from pipeline.topics.neighbourhoods import Neighbourhoods, neighbourhoods
from pipeline.topics.vectors import Labels
from pipeline.workers import spread

Rows = npt.NDArray[np.int64]
SAMPLE = 0.9
"""The share of documents in a sample."""
SEEDS = 1
"""Refits with another seed, which shakes topics least."""
MOST = 50_000
"""Of a corpus with more passages a sample of so many is fitted and refitted: neighbours are exact there."""
LEAST = 0.01
"""A source with fewer of the passages can change little, and is not left out."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A refit beside the fit: on `passages` common ones, it found `topics`.

    `perturbation` is seed, sample or source; `left_out` names the source. `rand_index` is adjusted for
    chance; `similarity` (k,) is each topic's best match in it, NaN where none of its passages was there.
    """

    perturbation: str
    left_out: str | None
    run: int
    passages: int
    topics: int
    rand_index: float
    similarity: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """The n passages that were fitted: their texts and vectors, topics, documents and sources."""

    texts: Sequence[str]
    vectors: Vectors
    labels: Labels
    documents: Sequence[str]
    sources: Sequence[str]


class Perturbed:
    """The fitted passages' graph, and that of any part of them, made as the fit made its own."""

    def __init__(self, fitted: Fitted, settings: Topics, around: Neighbourhoods | None) -> None:
        self._fitted = fitted
        self._settings = settings
        self._around = around or neighbourhoods(fitted.texts, fitted.vectors, settings)[1]

    def graph(self, rows: Rows) -> tuple[Any, Vectors]:
        """The graph of these rows alone, and what it is of: of a part nothing is taken from the whole.

        A graph cut from the whole one knows what the rest is like, and is found again too easily
        (docs/decisions/0018).
        """
        if len(rows) == len(self._around.unit):
            return self._around.graph(self._settings.neighbours), self._around.unit
        texts = [self._fitted.texts[at] for at in rows]
        unit = features(texts, self._fitted.vectors[rows], self._settings)
        return neighbour_graph(unit, self._settings.neighbours, self._settings.seed), unit


def refits(
    fitted: Fitted, settings: Topics, around: Neighbourhoods | None = None, most: int = MOST
) -> Iterator[Refit]:
    """Compare a fit with refits, in a fixed order; `around` are its passages' neighbourhoods, if known.

    Of more than `most` passages a sample is fitted, and compared with refits of itself: beside a fit of the
    whole corpus, one of a small part would seem to find little again. A topic has the mean similarity of the
    sample's topics that its passages are in.
    """
    left_out = _left_out(fitted.sources, settings)
    if len(fitted.labels) <= most:
        yield from _refits(fitted, settings, left_out, around)
        return
    rows = drawn(fitted.documents, most, settings.seed)
    texts, vectors = [fitted.texts[at] for at in rows], fitted.vectors[rows]
    around = neighbourhoods(texts, vectors, settings)[1]
    labels = _divide((around.graph(settings.neighbours), around.unit, settings))
    documents, sources = ([of[at] for at in rows] for of in (fitted.documents, fitted.sources))
    lies = np.zeros((int(fitted.labels.max()) + 1, int(labels.max()) + 1))
    np.add.at(lies, (fitted.labels[rows], labels), 1)
    part = Fitted(texts, vectors, labels, documents, sources)
    for refit in _refits(part, settings, left_out, around):
        yield replace(refit, similarity=passed_on(refit.similarity, lies))


def drawn(documents: Sequence[str], most: int, seed: int) -> Rows:
    """Rows of whole documents, drawn by lot, that are `most` together at most."""
    _, number, sizes = np.unique(np.array(documents), return_inverse=True, return_counts=True)
    kept, held = np.zeros(len(sizes), dtype=bool), 0
    for at in np.random.default_rng([seed, most]).permutation(len(sizes)).tolist():
        if held + sizes[at] <= most:
            kept[at] = True
            held += int(sizes[at])
    return np.flatnonzero(kept[number])


def passed_on(similarity: Floats, lies: Floats) -> Floats:
    """(k,): the mean similarity (j,) of the topics that passages of each of k topics are in, `lies` (k, j).

    NaN for a topic without passages in any that could be found.
    """
    there = ~np.isnan(similarity)
    count = lies @ there
    return np.where(count > 0, lies @ np.where(there, similarity, 0) / np.maximum(count, 1), np.nan)


def _refits(
    fitted: Fitted, settings: Topics, left_out_of: Sequence[str], around: Neighbourhoods | None
) -> Iterator[Refit]:
    from sklearn.metrics import adjusted_rand_score

    perturbed, labels = Perturbed(fitted, settings, around), fitted.labels
    plan = [
        step
        for step in _plan(fitted.documents, fitted.sources, left_out_of, settings)
        if len(step[3]) >= 2 * settings.min_passages
    ]
    work = ((*perturbed.graph(rows), replace(settings, seed=seed)) for *_, rows, seed in plan)
    for (kind, left_out, run, rows, _), found in zip(plan, spread(len(labels), _divide, work), strict=True):
        index = float(adjusted_rand_score(labels[rows], found))
        best = best_matches(labels[rows], found, int(labels.max()) + 1)
        yield Refit(kind, left_out, run, len(rows), int(found.max()) + 1, index, best)


def _divide(work: tuple[Any, Vectors, Topics]) -> Labels:
    graph, unit, settings = work
    return NeighbourLeiden(settings).divide(graph, unit).labels_


def best_matches(labels: Labels, found: Labels, count: int) -> Floats:
    """(count,): each topic's best Jaccard similarity with one found (Hennig 2007); NaN for an empty one."""
    counts = np.zeros((count, int(found.max()) + 1))
    np.add.at(counts, (labels, found), 1)
    return np.where(counts.sum(axis=1) > 0, jaccard(counts).max(axis=1), np.nan)


def planned(sources: Sequence[str], settings: Topics) -> int:
    """How many refits there will be."""
    return min(SEEDS, settings.refits) + settings.refits + len(_left_out(sources, settings))


def _plan(
    documents: Sequence[str], sources: Sequence[str], left_out: Sequence[str], settings: Topics
) -> Iterator[tuple[str, str | None, int, Rows, int]]:
    every = np.arange(len(documents))
    for run in range(1, min(SEEDS, settings.refits) + 1):
        yield "seed", None, run, every, settings.seed + run
    names, number = np.unique(np.array(documents), return_inverse=True)
    rng = np.random.default_rng(settings.seed)
    for run in range(1, settings.refits + 1):
        kept = rng.permutation(len(names)) < SAMPLE * len(names)
        yield "sample", None, run, np.flatnonzero(kept[number]), settings.seed
    own = np.array(sources)
    for run, source in enumerate(left_out, 1):
        yield "source", source, run, np.flatnonzero(own != source), settings.seed


def _left_out(sources: Sequence[str], settings: Topics) -> list[str]:
    """The largest sources, where there are several."""
    names, sizes = np.unique(np.array(sources), return_counts=True)
    order = np.lexsort((names, -sizes))[: settings.refits]
    return [str(names[at]) for at in order if LEAST * len(sources) <= sizes[at] < len(sources)]
