"""Coverage of trends on simulated documents whose truth is known: make bench-trends N=500.

Four unlike sources whose mix turns over six years, documents of long-tailed length, clustered passages; rare
themes and few documents; independent documents, and documents that come by threes on one event. Then the
same with a coder whose errors are planted, corrected by labels (tests/bench/corrected.py).

`N` replications of each cell, those of a cell seeded by it alone: two versions are compared on the same ones.
Twenty codings of the same documents are measured at a time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pipeline.trends.mix import Estimates, SplitChange, change, fixed_mix, standardised
from pipeline.trends.prevalence import trend
from pipeline.trends.resampling import Bootstrap, Floats
from tests.bench import corrected as bench_corrected
from tests.support.simulated_trends import FIRST, SOURCES, YEARS, Unlike, unlike

TOGETHER = 20
NUMBERS = (8, 15, 30, 100, 400)
THEMES = (0.01, 0.02, 0.05, 0.2, 0.5)
KINDS = ("share", "mention")
BURSTS = (1, 3)
ESTIMATES = ("crude", "standardised", "change", "within", "mix")
LEAST, MOST, CARRIERS = 0.93, 0.98, 5
"""What coverage should be: at least, and of points at most, where so many carriers are expected."""
Held = tuple[Floats, Floats, Floats]
"""An estimate of some periods: its bounds (T, k) and the truth (T, 1)."""


def main(arguments: Sequence[str]) -> int:
    """Measure, and print tables and a line of JSON."""
    replications = int(arguments[0]) if arguments else 500
    sys.stdout.write(json.dumps(bench(replications)) + "\n")
    return 0


def bench(replications: int) -> dict[str, Any]:
    """Print the tables; return the figures."""
    began = time.perf_counter()
    figures = [row for burst in BURSTS for kind in KINDS for row in table(kind, burst, replications)]
    sys.stdout.write("\n" + "\n".join(missed(figures)) + "\n")
    sys.stdout.write(f"\n{bench_corrected.HEAD}\n")
    errors: list[dict[str, Any]] = []
    for case in bench_corrected.CASES:
        for number in bench_corrected.LABELS:
            for row in bench_corrected.simulate(case, number, replications):
                if row["estimate"] in ("corrected", "change") or number == max(bench_corrected.LABELS):
                    errors.append(row)
                    sys.stdout.write(bench_corrected.line(row) + "\n")
    by_hand = bench_corrected.summary(errors)
    for what, value in by_hand.items():
        sys.stdout.write(f"{what}: {value:.3f}\n")
    seconds = round(time.perf_counter() - began, 1)
    return {"replications": replications, "seconds": seconds, "cells": figures, "corrected": by_hand,
            "planted_errors": errors}  # fmt: skip


def table(kind: str, burst: int, replications: int) -> Iterator[dict[str, Any]]:
    """Coverage, with the mean width in brackets, of every cell of a measure; printed as it is found."""
    told = "independent documents" if burst == 1 else f"documents come by {burst} on one event"
    sys.stdout.write(f"\n{kind}, {told}\n{'theme':>6}{'documents':>11}")
    sys.stdout.write("".join(f"{name:>16}" for name in ESTIMATES) + "\n")
    for theme in THEMES:
        for number in NUMBERS:
            row = cell(theme, number, kind, burst, replications)
            columns = "".join(f"{row[f'{e} coverage']:>8.3f} ({row[f'{e} width']:.3f})" for e in ESTIMATES)
            sys.stdout.write(f"{theme:>6.0%}{number:>11}{columns}\n")
            sys.stdout.flush()
            yield row


def cell(theme: float, number: int, kind: str, burst: int, replications: int) -> dict[str, Any]:
    """How often the 95% intervals of each estimate held the truth, over all years, and how wide they are."""
    held: dict[str, list[Floats]] = {name: [] for name in ESTIMATES}
    width: dict[str, list[Floats]] = {name: [] for name in ESTIMATES}
    carriers = []
    for block in range(-(-replications // TOGETHER)):
        rng = np.random.default_rng([7, block, number, int(1000 * theme), burst])
        planted = unlike(theme, number, kind, TOGETHER, rng, burst)
        carriers.append((planted.data.values > 0).sum(axis=0).mean() / YEARS)
        for name, (lower, upper, truth) in intervals(planted, Bootstrap(1000, block, 0.95)):
            # A mix that doesn't change has no width, but for the last bits.
            held[name].append(((lower - 1e-9 <= truth) & (truth <= upper + 1e-9)).mean())
            width[name].append((upper - lower).mean())
    row = {"theme": theme, "documents": number, "measure": kind, "burst": burst}
    row["carriers"] = round(float(np.mean(carriers)), 1)
    for name in ESTIMATES:
        row[f"{name} coverage"] = round(float(np.mean(held[name])), 4)
        row[f"{name} width"] = round(float(np.mean(width[name])), 4)
    return row


def intervals(planted: Unlike, bootstrap: Bootstrap) -> Iterator[tuple[str, Held]]:
    """Of every estimate of every year, or of every year and the one before, bounds and truth."""
    data = planted.data
    found = list(trend(data, "year", bootstrap))
    mix = fixed_mix(data.source, {})
    years = [one.whole.start.year - FIRST for one in found]
    truths = [true(planted, year, mix) for year in years]
    points = [standardised(one, mix, bootstrap) for one in found]
    yield "crude", _stacked([(one.whole.lower, one.whole.upper) for one in found], [t[0] for t in truths])
    yield "standardised", _stacked([(p.lower, p.upper) for p in points if p], [t[1] for t in truths])
    splits = [change(a, b, bootstrap) for a, b in pairwise(found)]
    moves = [moved(planted, a, b) for a, b in pairwise(years)]
    for at, name in enumerate(("change", "within", "mix")):
        yield name, _stacked([_bounds(split, name) for split in splits], [move[at] for move in moves])


def true(planted: Unlike, year: int, mix: dict[str, float]) -> tuple[float, float]:
    """Crude and standardised prevalence of a year, with its documents' sources as they are."""
    counts, truth = planted.counts[year], planted.truth[year]
    weights = np.array([mix.get(name, 0.0) for name in SOURCES]) * (counts > 0)
    return float(counts @ truth / counts.sum()), float(weights @ truth / weights.sum())


def moved(planted: Unlike, first: int, second: int) -> tuple[float, float, float]:
    """The true change from one year to another, within the sources and by their mix."""
    counts = planted.counts[[first, second]]
    shares = counts / counts.sum(axis=1, keepdims=True)
    before, after = planted.truth[[first, second]]
    # A source that one of the years lacks changes the mix alone.
    before, after = np.where(counts[0] > 0, before, after), np.where(counts[1] > 0, after, before)
    within = float(shares.mean(axis=0) @ (after - before))
    by_mix = float((shares[1] - shares[0]) @ (before + after) / 2)
    return within + by_mix, within, by_mix


def missed(figures: Sequence[dict[str, Any]]) -> list[str]:
    """What lies outside of what coverage should be, by kind of documents and estimate."""
    lines = []
    for burst in BURSTS:
        for name in ESTIMATES:
            own = [row for row in figures if row["burst"] == burst]
            found = [row[f"{name} coverage"] for row in own]
            point = name in ("crude", "standardised")
            wide = [r for r in own if point and r["carriers"] >= CARRIERS and r[f"{name} coverage"] > MOST]
            low = sum(value < LEAST for value in found)
            width = float(np.mean([row[f"{name} width"] for row in own]))
            lines.append(
                f"by {burst}, {name}: {min(found):.3f} to {max(found):.3f}; of {len(own)} cells {low} below "
                f"{LEAST}, {len(wide)} needlessly above {MOST}; mean width {width:.4f}"
            )
    return lines


def _stacked(bounds: Sequence[tuple[Floats, Floats]], truth: Sequence[float]) -> Held:
    lower, upper = (np.stack(side) for side in zip(*bounds, strict=True))
    return lower, upper, np.array(truth)[:, None]


def _bounds(split: SplitChange, name: str) -> tuple[Floats, Floats]:
    part: Estimates = split.total if name == "change" else getattr(split, name)
    return part.lower, part.upper


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
