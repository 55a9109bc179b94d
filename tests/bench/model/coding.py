"""Coding of patients' comments by a codebook alone and with 50, 200 and all human codes, beside a baseline.

`COMMENTS` names JSON lines with text, date and labels, gzipped or not. Learnt before May 2022, tested after
it. The codebook is made of the themes' names, and of nothing else. By itself:
`python -m tests.bench.model.coding`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.settings import Code
from pipeline.themes import Theme
from pipeline.themes.calibration import Flags, brier, miscalibration
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.learning import Labelled, learn, untaught
from pipeline.themes.model import CLASSIFIER, Model
from pipeline.topics.embedding import Vectors, WordLlama
from tests.bench.model.tables import say

NAME = "coding"
NEEDS = ("COMMENTS",)
SPLIT = "2022-05-01"
NO_THEMES = {"Labelling not possible", "Not assigned"}
FEWEST = 20
"""Comments before the split that a theme must have: 34 themes."""
SIZES = (50, 200)
SEEDS = range(5)
COMMON = {"and", "are", "the", "from", "with", "care", "staff", "services", "service", "during"}
ENDINGS = ("ations", "ation", "ment", "ness", "ing", "ies", "ed", "al", "es", "s", "y", "e")


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments with their codes: `present` is (n, themes), `earlier` says which may be learnt from."""

    texts: list[str]
    vectors: Vectors
    themes: list[Theme]
    present: Flags
    earlier: Flags


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print the table; return the figures."""
    comments = read(paths["COMMENTS"])
    everything = int(comments.earlier.sum())
    say(f"{len(comments.texts):,} comments, {everything:,} before {SPLIT}; {len(comments.themes)} themes")
    say(f"{'codes':>6}  {'coder':<24}{'micro-F1':>10}{'macro-F1':>10}{'Brier':>9}{'off by':>9}{'seconds':>9}")
    figures: dict[str, Any] = {"themes": len(comments.themes)}
    evidence = CodebookEvidence(comments.themes, WordLlama())
    figures["codebook alone"] = _row(0, "codebook alone", [by_codebook(comments, evidence)])
    for size, seeds in (*((size, SEEDS) for size in SIZES), (everything, range(1))):
        drawn = [draw(comments, size, seed) for seed in seeds]
        learnt = [by_learning(comments, evidence, rows) for rows in drawn]
        baseline = [by_words(comments, rows) for rows in drawn]
        figures[f"learnt, {size}"] = _row(size, "codebook and codes", learnt)
        figures[f"baseline, {size}"] = _row(size, "TF-IDF, linear SVM", baseline)
    return figures


def _row(size: int, coder: str, runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The medians over the runs, told and given back."""
    medians = {key: round(float(np.median([run[key] for run in runs])), 4) for key in runs[0]}
    rest = "".join(f"{medians[key]:>9.4f}" if key in medians else f"{'':>9}" for key in ("brier", "off"))
    scores = f"{medians['micro']:>10.3f}{medians['macro']:>10.3f}"
    say(f"{size:>6}  {coder:<24}{scores}{rest}{medians['seconds']:>9.1f}")
    if "classifiers" in medians:
        say(f"{'':>6}    of the themes by classifier: {medians['classifiers']:.0f}")
    return medians


def read(file: Path) -> Comments:
    """The comments that have a text, by date."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    rows = [row for row in map(json.loads, data.decode().split("\n")[:-1]) if row["text"] and row["date"]]
    rows.sort(key=lambda row: (row["date"], row["id"]))
    earlier = np.array([row["date"] < SPLIT for row in rows])
    known = Counter(label for row in rows if row["date"] < SPLIT for label in row["labels"])
    names = sorted(name for name, number in known.items() if number >= FEWEST and name not in NO_THEMES)
    present = np.array([[name in row["labels"] for name in names] for row in rows])
    texts = [row["text"] for row in rows]
    return Comments(texts, WordLlama()(texts), codebook_of(names), present, earlier)


def codebook_of(names: Sequence[str]) -> list[Theme]:
    """A codebook of names alone: a name is the definition, words that no other name has are the phrases."""
    words = {name: [w for w in re.findall(r"[a-z]{4,}", name.lower()) if w not in COMMON] for name in names}
    number = Counter(stem(word) for name in names for word in set(words[name]))
    return [
        Theme(
            name,
            name,
            name,
            tuple(dict.fromkeys(s for w in words[name] if number[s := stem(w)] == 1)),
            (name,),
        )
        for name in names
    ]


def stem(word: str) -> str:
    """A phrase that matches the word and its near relations."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending) + "*"
    return word + "*"


def draw(comments: Comments, size: int, seed: int) -> list[int]:
    """Comments to learn from, each as likely as the other."""
    earlier = np.flatnonzero(comments.earlier)
    return sorted(np.random.default_rng(seed).choice(earlier, size, replace=False).tolist())


def by_codebook(comments: Comments, evidence: CodebookEvidence) -> dict[str, float]:
    """The scores of a codebook that nobody has coded by."""
    began = time.perf_counter()
    return judged(comments, evidence, untaught("", evidence.themes), began)


def by_learning(comments: Comments, evidence: CodebookEvidence, rows: Sequence[int]) -> dict[str, float]:
    """The scores with the codes of these comments."""
    began = time.perf_counter()
    texts = [comments.texts[i] for i in rows]
    likeness = evidence.likeness(comments.vectors[list(rows)]).astype(np.float64)
    labelled = Labelled(
        texts, [str(i) for i in rows], comments.vectors[list(rows)],
        {name: [m(t) for t in texts] for name, m in zip(evidence.themes, evidence.matchers, strict=True)},
        {name: likeness[:, k] for k, name in enumerate(evidence.themes)},
        {name: comments.present[list(rows), k].astype(float) for k, name in enumerate(evidence.themes)},
        np.ones(len(rows)),
    )  # fmt: skip
    model = learn("bench", labelled, Code())
    found = judged(comments, evidence, model, began)
    return {**found, "classifiers": sum(theme.method == CLASSIFIER for theme in model.themes.values())}


def judged(comments: Comments, evidence: CodebookEvidence, model: Model, began: float) -> dict[str, float]:
    """How well a model codes the later comments; `off` is the miscalibration, mean over themes."""
    later = np.flatnonzero(~comments.earlier)
    texts = [comments.texts[i] for i in later]
    likeness = evidence.likeness(comments.vectors[later]).astype(np.float64)
    shared = model.shared(comments.vectors[later], texts)
    truth, even = comments.present[later], np.ones(len(later))
    coded, scores = np.zeros_like(truth), np.zeros(truth.shape)
    for k, (theme, matcher) in enumerate(zip(evidence.themes, evidence.matchers, strict=True)):
        found = model.code(theme, [matcher(text) for text in texts], likeness[:, k], shared)
        coded[:, k], scores[:, k] = [c.coded for c in found], [c.score for c in found]
    themes = range(len(evidence.themes))
    return {
        **f1_of(truth, coded),
        "brier": float(np.mean([brier(scores[:, k], truth[:, k], even) for k in themes])),
        "off": float(np.mean([miscalibration(scores[:, k], truth[:, k], even) for k in themes])),
        "seconds": time.perf_counter() - began,
    }


def by_words(comments: Comments, rows: Sequence[int]) -> dict[str, float]:
    """The baseline: a linear support vector machine on TF-IDF of words and pairs, classes balanced."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    began = time.perf_counter()
    later = np.flatnonzero(~comments.earlier)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    learnt = words.fit_transform([comments.texts[i] for i in rows])
    tested = words.transform([comments.texts[i] for i in later])
    coded = np.zeros_like(comments.present[later])
    for k in range(coded.shape[1]):
        answers = comments.present[list(rows), k]
        if answers.any():
            coded[:, k] = LinearSVC(class_weight="balanced").fit(learnt, answers).predict(tested)
    return {**f1_of(comments.present[later], coded), "seconds": time.perf_counter() - began}


def f1_of(truth: Flags, coded: Flags) -> dict[str, float]:
    """F1 over all codes, and its mean over themes."""
    from sklearn.metrics import f1_score

    return {
        kind: float(f1_score(truth, coded, average=kind, zero_division=0.0)) for kind in ("micro", "macro")
    }


if __name__ == "__main__":
    say(json.dumps({NAME: run({need: Path(os.environ[need]) for need in NEEDS})}))
