"""Trends against a known truth: simulated documents and coders, and patients' comments that people coded.

The comments: a TF-IDF classifier is trained on those before May 2022; of those after it, 200 are drawn as a
sample, and each theme's monthly prevalence is corrected by their human codes, over many draws.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.archive.data_files import DataFile
from pipeline.trends.corrected import Conditions, SampledCodes, correct, frame, refusal
from pipeline.trends.corrected_points import corrected
from pipeline.trends.prevalence import Documents, Measured, cells, measure
from pipeline.trends.resampling import Bootstrap, Floats
from tests.bench import trends as bench_trends
from tests.bench.model.tables import say

NAME = "trends"
NEEDS = ()
FROM = "2022-05"
SAMPLED = 200
LEAST = 50
"""Months with fewer comments are no points here."""
COMMONEST = 12


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Both tables; replications come from N, the comments from COMMENTS where they are there."""
    figures = {"simulated": bench_trends.bench(int(os.environ.get("N") or 500))}
    comments = os.environ.get("COMMENTS")
    if comments and Path(comments).exists():
        figures["comments"] = on_comments(Path(comments), int(os.environ.get("DRAWS") or 100))
    else:
        say("no COMMENTS: the part on patients' comments is left out")
    return figures


def on_comments(path: Path, draws: int) -> dict[str, Any]:
    """Monthly prevalence of the commonest themes: error of raw and corrected, coverage of the intervals."""
    rows = comments_of(path)
    early = [row for row in rows if row["date"] < FROM]
    late = [row for row in rows if row["date"] >= FROM]
    themes, machine, human = coded(early, late)
    n = len(late)
    days = [date.fromisoformat(row["date"]) for row in late]
    data = Documents([row["source"] for row in late], days, ["day"] * n, np.ones(n), machine)
    bootstrap = Bootstrap(1000, 1, 0.95)
    months = [cell for cell in cells(data, "month") if len(cell.members) >= LEAST]
    crude = [measure(data, cell, bootstrap) for cell in months]
    say(
        f"\n{n:,} comments from {FROM} on, {len(months)} months; people code {SAMPLED} of them, {draws} draws"
    )
    say(
        f"{'theme':<60}{'true':>6}{'raw MAE':>9}{'corrected':>10}{'labels':>8}{'coverage':>10}{'width':>7}"
        f"{'refused':>9}"
    )
    found = []
    for column, theme in enumerate(themes):
        row = one_theme(data, human[:, column], column, months, crude, bootstrap, draws)
        found.append({"theme": theme} | row)
        shown = [
            f"{row[key]:>{width}.3f}" if row[key] is not None else " " * (width - 1) + "-"
            for key, width in (("corrected_mae", 10), ("labels_mae", 8), ("coverage", 10), ("width", 7))
        ]
        say(
            f"{theme[:58]:<60}{row['true']:>6.3f}{row['raw_mae']:>9.4f}{''.join(shown)}{row['refused']:>9.2f}"
        )
    able = [row for row in found if row["corrected_mae"] is not None]
    middle = {
        key: round(float(np.mean([row[key] for row in able])), 4)
        for key in ("raw_mae", "corrected_mae", "labels_mae", "coverage", "raw_coverage")
    }
    say(f"mean over {len(able)} themes that are not always refused: " + json.dumps(middle))
    return {"draws": draws, "sampled": SAMPLED, "mean": middle, "themes": found}


def one_theme(
    data: Documents, human: Floats, column: int, months: list[Any], crude: list[Measured],
    bootstrap: Bootstrap, draws: int,
) -> dict[str, Any]:  # fmt: skip
    """Means over draws of the sample; the truth of a month is the prevalence in its human codes."""
    right = np.array([human[cell.members].mean() for cell in months])
    raw = np.array([one.whole.prevalence[column] for one in crude])
    raw_held = [
        one.whole.lower[column] <= t <= one.whole.upper[column] for one, t in zip(crude, right, strict=True)
    ]
    machine, n = data.values[:, column], len(human)
    error, alone, held, width, refused = [], [], [], [], 0
    for draw in range(draws):
        rng = np.random.default_rng([draw, column])
        taken = rng.choice(n, SAMPLED, replace=False)
        labels = SampledCodes(
            taken, human[taken], machine[taken], np.ones(SAMPLED), np.zeros(SAMPLED, dtype=np.intp)
        )
        terms = Conditions(50, 10, permutations=199)
        if refusal(labels, terms):
            refused += 1
            continue
        own = frame(data, taken)
        fit = correct(labels, machine, own, terms, rng)
        points = [
            corrected(fit, own, cell, one, column, bootstrap) for cell, one in zip(months, crude, strict=True)
        ]
        value, low, high = (
            np.array([getattr(p, a)[0] for p in points]) for a in ("prevalence", "lower", "upper")
        )
        error.append(np.abs(value - right).mean())
        of_month = [human[taken[np.isin(taken, cell.members)]] for cell in months]
        alone.append(
            np.mean([abs(own.mean() - t) for own, t in zip(of_month, right, strict=True) if len(own)])
        )
        held.append(((low <= right) & (right <= high)).mean())
        width.append((high - low).mean())
    means = [round(float(np.mean(x)), 4) if x else None for x in (error, alone, held, width)]
    return {
        "true": round(float(right.mean()), 4), "raw_mae": round(float(np.abs(raw - right).mean()), 4),
        **dict(zip(("corrected_mae", "labels_mae", "coverage", "width"), means, strict=True)),
        "raw_coverage": round(float(np.mean(raw_held)), 4), "refused": refused / draws,
    }  # fmt: skip


def comments_of(path: Path) -> list[dict[str, Any]]:
    """The comments, each with date, source, text and labels."""
    return [row for row in DataFile(path).rows() if row["date"] and row["text"]]


def coded(early: list[dict[str, Any]], late: list[dict[str, Any]]) -> tuple[list[str], Floats, Floats]:
    """The commonest themes, the machine's codes of the late comments (n, k) and people's (n, k)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    names, numbers = np.unique([label for row in early for label in row["labels"]], return_counts=True)
    themes = [str(name) for name in names[np.argsort(-numbers)][:COMMONEST]]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    before, after = (
        words.fit_transform([r["text"] for r in early]),
        words.transform([r["text"] for r in late]),
    )
    machine, human = [], []
    for theme in themes:
        known = np.array([theme in row["labels"] for row in early])
        machine.append(LogisticRegression(C=10, max_iter=500).fit(before, known).predict(after))
        human.append([theme in row["labels"] for row in late])
    return themes, np.array(machine, dtype=float).T, np.array(human, dtype=float).T
