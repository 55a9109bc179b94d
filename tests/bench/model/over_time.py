"""Words of topics over time: BERTopic's `topics_over_time` beside one sparse product, on DHSC's months."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.archive.data_files import DataFile
from pipeline.settings import Topics
from pipeline.topics.embedding import Vectors
from pipeline.topics.model import fit_model
from pipeline.topics.over_time import Cells, over_time, top_terms, whole
from tests.bench.model.tables import say

NAME = "over-time"
NEEDS = ("DHSC",)
ROUNDS = 3


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Fit our own model on the answers, then tell its words by month in both ways, several times over."""
    texts, months = answers(paths["DHSC"])
    model = fit_model(texts, vectors_of(texts), Topics())
    counter, topics = model.vectorizer_model, np.array(model.topics_)
    days = [datetime.strptime(month, "%Y-%m") for month in months]
    names, periods = np.unique(months, return_inverse=True)
    share = np.ones(len(texts))
    counting, counts = timed(lambda: counter.transform(texts))
    ours, told = timed(lambda: told_by_us(counts, topics, periods, share, evolution=False))
    evolved, _ = timed(lambda: told_by_us(counts, topics, periods, share, evolution=True))
    theirs, frame = timed(lambda: model.topics_over_time(texts, days, evolution_tuning=False))
    found, words = told
    terms = counter.get_feature_names_out()
    mine = {
        (int(topic), str(names[period])): (round(float(number)), [terms[at] for at in places[:5]])
        for topic, period, number, (places, _) in zip(
            found.topic, found.period, found.passages, words, strict=True
        )
    }
    rows = [(mine[row.Topic, f"{row.Timestamp:%Y-%m}"], row) for row in frame.itertuples()]
    figures = {
        "documents": len(texts), "months": len(names), "topics": int(topics.max()) + 1, "cells": len(rows),
        "same_frequency": sum(own[0] == row.Frequency for own, row in rows),
        "same_five_words": sum(own[1] == row.Words.split(", ") for own, row in rows),
        "bertopic_seconds": round(theirs, 3), "counting_seconds": round(counting, 3),
        "ours_seconds": round(ours, 4), "ours_with_evolution_seconds": round(evolved, 4),
        "times_faster_given_counts": round(theirs / ours, 1),
        "times_faster_with_counting": round(theirs / (ours + counting), 1),
    }  # fmt: skip
    for name, value in figures.items():
        say(f"{name.replace('_', ' '):<32}{value:>12}")
    return figures


def told_by_us(
    counts: Any, topics: Any, periods: Any, share: Any, evolution: bool
) -> tuple[Cells, list[Any]]:
    """Cells and the ten weightiest terms of each."""
    fit = whole(counts, topics)
    found = over_time(counts, topics, periods, share, fit, evolution=evolution)
    return found, list(top_terms(found, fit, 10))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Median seconds of some rounds, and what the last gave."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        given = work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), given


def answers(path: Path) -> tuple[list[str], list[str]]:
    """Texts and months of the written answers."""
    rows = list(DataFile(path).rows())
    return [row["text"] for row in rows], [row["date"][:7] for row in rows]


def vectors_of(texts: list[str]) -> Vectors:
    """Latent semantic vectors: which topics there are matters little here."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(min_df=5, max_df=0.2, sublinear_tf=True).fit_transform(texts)
    found: Vectors = TruncatedSVD(100, random_state=1).fit_transform(weights).astype(np.float32)
    return found
