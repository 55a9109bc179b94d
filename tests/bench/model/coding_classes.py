"""Coding of news by its five classes: the likeness of a short codebook, and 20 human codes a class.

`BBC` names a table of text, part and class (a folder with corpus.tsv, or the file). Each article goes to the
class with the greatest score. By itself: `python -m tests.bench.model.coding_classes`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Code
from pipeline.themes import Theme
from pipeline.themes.codebook_evidence import CodebookEvidence, score
from pipeline.themes.learning import Labelled, learn
from pipeline.topics.embedding import Vectors, WordLlama
from tests.bench.model.tables import say

NAME = "coding-classes"
NEEDS = ("BBC",)
PER_CLASS = 20
SEEDS = range(5)
PHRASES = {
    "business": ("compan*", "profit*", "econom*", "market*", "share*", "bank*", "trade"),
    "entertainment": ("film*", "music*", "actor*", "award*", "album*", "singer*", "television"),
    "politics": ("government", "minister*", "elect*", "parliament", "party", "vote*", "labour"),
    "sport": ("match*", "player*", "team*", "win*", "coach*", "champion*", "goal*"),
    "tech": ("software", "computer*", "internet", "technolog*", "phone*", "online", "digital"),
}
"""Written down from the names of the classes, before any article was looked at."""
THEMES = [
    Theme(name, name.capitalize(), f"News about {name}.", phrases, (" ".join(p.strip("*") for p in phrases),))
    for name, phrases in PHRASES.items()
]
Classes = npt.NDArray[np.int64]


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print the table; return the accuracies."""
    texts, classes = read(paths["BBC"])
    vectors = WordLlama()(texts)
    evidence = CodebookEvidence(THEMES, WordLlama())
    likeness = evidence.likeness(vectors).astype(np.float64)
    phrases = [[matcher(text) for text in texts] for matcher in evidence.matchers]
    figures = {
        "likeness alone": _right(likeness, classes),
        "codebook": _right(_scores(phrases, likeness), classes),
    }
    began = time.perf_counter()
    runs = [by_learning(texts, vectors, phrases, likeness, classes, seed) for seed in SEEDS]
    for key in runs[0]:
        figures[key] = float(np.median([one[key] for one in runs]))
    figures = {key: round(value, 3) for key, value in figures.items()}
    say(f"{len(texts):,} articles, {len(THEMES)} classes; accuracy, medians of {len(SEEDS)} draws")
    for key, value in figures.items():
        say(f"  {key:<42}{value:.3f}")
    return {**figures, "seconds": round(time.perf_counter() - began, 1)}


def read(path: Path) -> tuple[list[str], Classes]:
    """The articles and the numbers of their classes."""
    file = path / "corpus.tsv" if path.is_dir() else path
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line]
    names = list(PHRASES)
    return [row[0] for row in rows], np.array([names.index(row[2]) for row in rows])


def by_learning(
    texts: Sequence[str],
    vectors: Vectors,
    phrases: list[list[list[str]]],
    likeness: npt.NDArray[np.float64],
    classes: Classes,
    seed: int,
) -> dict[str, float]:
    """Learnt from PER_CLASS codes a class, judged on all other articles; and by the embedding alone."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    drawn = np.concatenate(
        [random.choice(np.flatnonzero(classes == k), PER_CLASS, replace=False) for k in range(len(THEMES))]
    )
    rest = np.setdiff1d(np.arange(len(texts)), drawn)
    names = [theme.theme for theme in THEMES]
    labelled = Labelled(
        [texts[i] for i in drawn], [str(i) for i in drawn], vectors[drawn],
        {name: [phrases[k][i] for i in drawn] for k, name in enumerate(names)},
        {name: likeness[drawn, k] for k, name in enumerate(names)},
        {name: (classes[drawn] == k).astype(float) for k, name in enumerate(names)}, np.ones(len(drawn)),
    )  # fmt: skip
    model = learn("bench", labelled, Code())
    shared = model.shared(vectors[rest], [texts[i] for i in rest])
    scores = np.column_stack(
        [
            [c.score for c in model.code(name, [phrases[k][i] for i in rest], likeness[rest, k], shared)]
            for k, name in enumerate(names)
        ]
    )
    plain = LogisticRegression(C=10, max_iter=1000).fit(vectors[drawn], classes[drawn])
    return {
        f"codebook and {PER_CLASS} codes a class": _right(scores, classes[rest]),
        f"embedding and {PER_CLASS} codes a class, baseline": float(
            plain.score(vectors[rest], classes[rest])
        ),
    }


def _scores(phrases: list[list[list[str]]], likeness: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    columns = [
        [score(found, float(like)).score for found, like in zip(own, likeness[:, k], strict=True)]
        for k, own in enumerate(phrases)
    ]
    return np.column_stack(columns)


def _right(scores: npt.NDArray[np.float64], classes: Classes) -> float:
    return float((scores.argmax(axis=1) == classes).mean())


if __name__ == "__main__":
    say(json.dumps({NAME: run({need: Path(os.environ[need]) for need in NEEDS})}))
