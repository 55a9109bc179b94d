"""Topics beside stock BERTopic's: BBC articles and short passages of them, at equal numbers of topics."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from pipeline.settings import Topics
from pipeline.topics.clusters import NeighbourLeiden
from pipeline.topics.embedding import Vectors, WordLlama
from pipeline.topics.features import features
from pipeline.topics.model import weightiest, weights
from pipeline.topics.vectors import Labels, membership
from tests.bench.model import corpora, stock
from tests.bench.model.quality import Coherence, diversity
from tests.bench.model.tables import say

NAME = "topics"
NEEDS = ("BBC",)
COUNTS = (10, 20, 30, 40, 50)
SEEDS = (1, 2, 3)
PAPER = {"npmi": 0.167, "diversity": 0.794}
PAIRS, STOCK_PAIRS = 6, 3
"""Pairs of samples, ours and stock's, whose fits take minutes; the agreement of one pair varies by 0.05."""
SHORT = 3000
"""As many short passages as the agreement is measured on."""


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print the tables; return their figures, medians over seeds."""
    found: dict[str, Any] = {"paper": PAPER}
    for name, (texts, classes) in {
        "BBC articles": corpora.articles(paths["BBC"]),
        "short BBC passages": corpora.short_passages(paths["BBC"], SHORT),
    }.items():
        say(f"{name}: {len(texts):,} texts, five classes; medians over {len(SEEDS)} seeds")
        found[name] = of_corpus(texts, classes)
    return found


def of_corpus(texts: Sequence[str], classes: Sequence[str]) -> dict[str, Any]:
    """Quality at each number of topics, and agreement of fits on parts of the texts, ours and stock's."""
    vectors = WordLlama()(texts)
    truth = np.unique(classes, return_inverse=True)[1]
    coherence = Coherence([text.split() for text in texts])
    theirs = _stock(texts) if stock.there() else None
    table = []
    for count in COUNTS:
        ours = [_ours(texts, vectors, Topics(count=count, seed=seed)) for seed in SEEDS]
        named = [top_words(texts, vectors, own) for own in ours]
        row = {"topics": count, "themeshift": _scored(ours, named, truth, coherence)}
        if theirs:
            others = [each["reduced"][str(count)] for each in theirs["whole"]]
            labels = [np.array(other["labels"]) for other in others]
            words = [other["words"] for other in others]
            row["stock"] = _scored(labels, words, truth, coherence)
            # Stock leaves out what is hardest: ours at stock's own number, on what it kept.
            same = [_ours(texts, vectors, Topics(count=len(each), seed=1)) for each in words]
            row["kept"] = {
                "stock": _median(_nmi(truth, own, own >= 0) for own in labels),
                "themeshift": _median(_nmi(truth, a, b >= 0) for a, b in zip(same, labels, strict=True)),
            }
            # Each on the share that stock keeps, of which it is surest itself.
            row["surest"] = _median(
                _nmi(truth, own, _surest(vectors, own, float(np.mean(other >= 0))))
                for own, other in zip(same, labels, strict=True)
            )
            row["equal"] = {
                "stock": row["stock"]["nmi"],
                "themeshift": _median(_nmi(truth, own) for own in same),
            }
        table.append(row)
    figures: dict[str, Any] = {"counts": table, "mean": _means(table), "agreement": {}}
    drawn = _samples(len(texts), PAIRS)
    figures["agreement"]["themeshift"] = _agreement([_on(texts, vectors, rows) for rows in drawn], drawn)
    default = _ours(texts, vectors, Topics())
    figures["default"] = {"topics": int(default.max()) + 1, "nmi": round(_nmi(truth, default), 3)}
    if theirs:
        figures["agreement"]["stock"] = _agreement(
            [np.array(each["labels"]) for each in theirs["parts"]], drawn
        )
        figures["stock outliers"] = _median(np.mean(np.array(each["labels"]) < 0) for each in theirs["whole"])
    _print(figures)
    return figures


def _ours(texts: Sequence[str], vectors: Vectors, settings: Topics) -> Labels:
    return NeighbourLeiden(settings).fit(features(texts, vectors, settings)).labels_


def _on(texts: Sequence[str], vectors: Vectors, rows: Sequence[int]) -> Labels:
    settings = Topics(seed=rows[0] + len(rows))
    return _ours([texts[row] for row in rows], vectors[list(rows)], settings)


def _stock(texts: Sequence[str]) -> dict[str, Any]:
    whole = [{"seed": seed, "counts": list(COUNTS)} for seed in SEEDS]
    parts = [{"seed": seed, "rows": rows} for seed, rows in enumerate(_samples(len(texts), STOCK_PAIRS))]
    told = stock.kept_fits(texts, [*whole, *parts])
    return {"whole": told[: len(whole)], "parts": told[len(whole) :]}


def _samples(count: int, pairs: int) -> list[list[int]]:
    """Pairs of samples of nine tenths, one after the other."""
    return [sorted(random.Random(seed).sample(range(count), round(0.9 * count))) for seed in range(2 * pairs)]


def _agreement(labels: Sequence[Labels], samples: Sequence[Sequence[int]]) -> float:
    from sklearn.metrics import adjusted_rand_score

    scores = []
    for at in range(0, len(labels), 2):
        one, other = np.array(samples[at]), np.array(samples[at + 1])
        common = np.intersect1d(one, other)
        pair = labels[at][np.searchsorted(one, common)], labels[at + 1][np.searchsorted(other, common)]
        scores.append(adjusted_rand_score(*pair))
    return _median(scores)


def _scored(labels: Sequence[Labels], words: Any, truth: Labels, coherence: Coherence) -> dict[str, float]:
    return {
        "found": _median(len(each) for each in words),
        "npmi": _median(coherence(each) for each in words),
        "diversity": _median(diversity(each) for each in words),
        "nmi": _median(_nmi(truth, own) for own in labels),
    }


def top_words(texts: Sequence[str], vectors: Vectors, labels: Labels, count: int = 10) -> list[list[str]]:
    """The ten words of each topic, weighed as `pipeline.topics.model` does, without its pairs of words."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english")
    counts = vectorizer.fit_transform(texts)
    names = vectorizer.get_feature_names_out()
    ranked = weights(counts, labels, membership(vectors, labels))
    return [[str(names[at]) for at, _ in row] for row in weightiest(ranked, count)]


def _surest(vectors: Vectors, labels: Labels, share: float) -> Any:
    """(n,): whether a text is among this share of them with the highest probability."""
    sure = membership(vectors, labels)
    return sure >= np.quantile(sure, 1 - share)


def _nmi(truth: Labels, labels: Labels, kept: Any = None) -> float:
    from sklearn.metrics import normalized_mutual_info_score

    rows = slice(None) if kept is None else kept
    return float(normalized_mutual_info_score(truth[rows], labels[rows]))


def _median(values: Any) -> float:
    return round(float(median(list(values))), 3)


def _means(table: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    return {
        who: {
            what: round(float(np.mean([row[who][what] for row in table])), 3)
            for what in ("npmi", "diversity", "nmi")
        }
        for who in ("themeshift", "stock")
        if who in table[0]
    }


def _print(figures: dict[str, Any]) -> None:
    say(f"  {'topics':>8}  {'':<11}{'found':>6}{'NPMI':>8}{'diversity':>11}{'NMI':>7}   NMI without outliers")
    for row in figures["counts"]:
        for who in ("themeshift", "stock"):
            if who in row:
                one, kept = row[who], row.get("kept", {}).get(who, "")
                say(
                    f"  {row['topics']:>8}  {who:<11}{one['found']:>6.0f}{one['npmi']:>8.3f}"
                    f"{one['diversity']:>11.3f}{one['nmi']:>7.3f}   {kept}"
                )
        if "equal" in row:
            say(f"{'':>10}themeshift at as many topics as stock found: NMI {row['equal']['themeshift']:.3f}")
            say(f"{'':>10}themeshift on as large a share, of which it is surest: NMI {row['surest']:.3f}")
    for who, one in figures["mean"].items():
        say(f"  {'mean':>8}  {who:<11}{'':>6}{one['npmi']:>8.3f}{one['diversity']:>11.3f}{one['nmi']:>7.3f}")
    say(f"  the BERTopic paper on BBC, 10 to 50 topics: NPMI {PAPER['npmi']}, diversity {PAPER['diversity']}")
    say(f"  agreement of fits on samples of nine tenths: {figures['agreement']}")
    outliers = figures.get("stock outliers", "-")
    say(f"  by default: {figures['default']}; outliers: themeshift 0, stock {outliers}")
