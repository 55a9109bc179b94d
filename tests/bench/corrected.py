"""Bias and coverage of the corrected trend on documents whose truth, and whose coder's errors, are planted.

Six years of three sources whose mix turns; a simple random sample of the documents has human codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from pipeline.trends.corrected import Conditions, correct, frame, refusal
from pipeline.trends.corrected_points import bias, corrected, difference
from pipeline.trends.mix import Estimates, fixed_mix, standardised
from pipeline.trends.prevalence import cells, measure
from pipeline.trends.resampling import Bootstrap, Floats
from tests.support.simulated_coding import SOURCES, Planted, drawn, simulated_coding

TOGETHER = 20
LABELS = (100, 200, 500)
TERMS = Conditions(50, 10)
MIX = np.linspace([90, 40, 20], [30, 40, 80], 6).round()
LEVEL = np.linspace(0.1, 0.3, 6)[:, None] * np.array([[0.5, 1.0, 1.5]])
STEADY = np.full((6, 3), 0.2)
TURNED = np.repeat([[0.98], [0.85]], 3, axis=0)
OF_SOURCES = np.array([[0.98, 0.98, 0.85]])
CASES = {
    "no errors": Planted.of(MIX, LEVEL, 1.0, 1.0),
    "errors, same": Planted.of(MIX, LEVEL, 0.8, 0.95),
    "errors, steady truth": Planted.of(MIX, STEADY, 0.8, 0.95),
    "errors, poor coder": Planted.of(MIX, LEVEL, 0.7, 0.9),
    "errors turn in year 4": Planted.of(MIX, LEVEL, 0.9, TURNED),
    "errors by source": Planted.of(MIX, LEVEL, 0.9, OF_SOURCES),
}
HEAD = (
    f"{'planted':<23}{'labels':>6}  {'estimate':<13}{'bias':>8}{'worst':>8}{'coverage':>10}{'width':>8}"
    f"{'refused':>9}{'apart':>7}"
)


@dataclass(frozen=True)
class Seen:
    """Of replications (r) and years (T): errors, whether the interval held, and widths; each (r, T)."""

    error: Floats
    held: Floats
    width: Floats

    def row(self) -> dict[str, float]:
        """Mean bias, the worst year's, coverage and width."""
        by_year = self.error.mean(axis=0)
        return {
            "bias": round(float(by_year.mean()), 4),
            "worst": round(float(by_year[np.abs(by_year).argmax()]), 4),
            "coverage": round(float(self.held.mean()), 4),
            "width": round(float(self.width.mean()), 4),
        }


def simulate(case: str, number: int, replications: int) -> Iterator[dict[str, Any]]:
    """Crude, standardised and corrected in each year against the truth; the corrected change from the first
    year to the last; over all, beside labels alone.
    """
    planted = CASES[case]
    found: dict[str, list[tuple[Floats, Floats, Floats]]] = {"crude": [], "standardised": [], "corrected": []}
    found["change"] = []
    overall, alone, apart, refused = [], [], 0, 0
    for block in range(-(-replications // TOGETHER)):
        rng = np.random.default_rng([11, block, number])
        data, truth = simulated_coding(planted, TOGETHER, rng)
        bootstrap = Bootstrap(1000, block, 0.95)
        years = list(cells(data, "year"))
        crude = [measure(data, year, bootstrap) for year in years]
        fixed = [standardised(one, fixed_mix(data.source, {}), bootstrap) for one in crude]
        for column in range(TOGETHER):
            for name, points in (("crude", [one.whole for one in crude]), ("standardised", fixed)):
                found[name].append(_columns([p for p in points if p is not None], column))
            labels = drawn(data, truth, column, number, rng)
            if refusal(labels, TERMS):
                refused += 1
                continue
            own = frame(data, labels.document)
            fit = correct(labels, data.values[:, column], own, TERMS, rng)
            apart += fit.pooled != "pooled"
            points = [
                corrected(fit, own, year, one, column, bootstrap)
                for year, one in zip(years, crude, strict=True)
            ]
            found["corrected"].append(_columns(points, 0))
            ends = (years[0], years[-1]), (crude[0], crude[-1])
            found["change"].append(_change(difference(fit, own, *ends, column, bootstrap)))
            _, low, high = bias(fit, own, float(data.values[:, column].mean()), 0.95)
            overall.append(high - low)
            alone.append(2 * ndtri(0.975) * labels.human.std(ddof=1) / np.sqrt(number))
    right = {name: planted.prevalence() for name in found} | {"standardised": at_fixed_mix(planted)}
    right["change"] = planted.prevalence()[[-1]] - planted.prevalence()[[0]]
    about = {"planted": case, "labels": number}
    for name, rows in found.items():
        if rows:
            yield (
                about
                | {"estimate": name}
                | scored(rows, right[name]).row()
                | {
                    "refused": refused / replications if name == "corrected" else 0.0,
                    "apart": apart / max(len(rows), 1) if name == "corrected" else 0.0,
                    "to_labels_alone": round(float(np.mean(overall) / np.mean(alone)), 3)
                    if overall
                    else None,
                }
            )


def at_fixed_mix(planted: Planted) -> Floats:
    """(T,): the true prevalence of each year at the mix of all years."""
    weights = planted.counts.sum(axis=0) / planted.counts.sum()
    return np.asarray(planted.truth @ weights)


def scored(rows: list[tuple[Floats, Floats, Floats]], right: Floats) -> Seen:
    """Values, lower and upper bounds of replications against the truth (T,)."""
    value, lower, upper = (np.stack(column) for column in zip(*rows, strict=True))
    held = (lower - 1e-9 <= right) & (right <= upper + 1e-9)
    return Seen(value - right, held.astype(float), upper - lower)


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    return (
        f"{row['planted']:<23}{row['labels']:>6}  {row['estimate']:<13}"
        f"{row['bias']:>+8.3f}{row['worst']:>+8.3f}"
        f"{row['coverage']:>10.3f}{row['width']:>8.3f}{row['refused']:>9.2f}{row['apart']:>7.2f}"
    )


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Mean coverage of the corrected estimate, and its width over all documents beside labels alone."""
    found: dict[str, float] = {}
    for number in LABELS:
        for estimate in ("change", "corrected"):
            own = [row for row in rows if row["labels"] == number and row["estimate"] == estimate]
            if own:
                mean = float(np.mean([row["coverage"] for row in own]))
                found[f"coverage of {estimate}, {number} labels"] = round(mean, 4)
        if own:
            ratio = float(np.median([r["to_labels_alone"] for r in own]))
            found[f"width beside labels alone, {number} labels"] = round(ratio, 3)
    return found


def _change(of: Estimates) -> tuple[Floats, Floats, Floats]:
    return of.value, of.lower, of.upper


def _columns(points: Any, column: int) -> tuple[Floats, Floats, Floats]:
    value, lower, upper = (
        np.array([getattr(point, name)[column] for point in points])
        for name in ("prevalence", "lower", "upper")
    )
    return value, lower, upper


assert len(SOURCES) == MIX.shape[1]
