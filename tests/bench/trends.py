"""Bias and coverage of trends on simulated documents whose truth is known: make bench-trends N=500.

Then the same with a coder whose errors are planted, corrected by labels (tests/bench_corrected.py).

Each replication codes the same documents anew, at the same planted prevalences and mix of sources. The
intervals of a replication come from its own resamples, twenty codings at a time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.trends.mix import Estimates, change, fixed_mix, standardised
from pipeline.trends.prevalence import Documents, Measured, trend
from pipeline.trends.resampling import Bootstrap, Floats
from tests.bench import corrected as bench_corrected
from tests.support.simulated_trends import SOURCES, simulated

TOGETHER = 20
STEADY = np.array([0.1, 0.3, 0.6])
RISEN = np.array([0.3, 0.4, 0.7])
EVEN, SHIFTED = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
# Planted: prevalence of each source in two years, and the mix in them.
CASES = {
    "nothing": (STEADY, STEADY, EVEN, EVEN),
    "mix alone": (STEADY, STEADY, EVEN, SHIFTED),
    "within alone": (STEADY, RISEN, EVEN, EVEN),
    "both": (STEADY, RISEN, EVEN, SHIFTED),
}
NUMBERS = ("crude", "standardised", "crude for standardised", "change", "mix", "within")


def main(arguments: Sequence[str]) -> int:
    """Measure, and print two tables and a line of JSON."""
    replications = int(arguments[0]) if arguments else 500
    sys.stdout.write(json.dumps(bench(replications)) + "\n")
    return 0


def bench(replications: int) -> dict[str, Any]:
    """Print both tables; return the figures."""
    began = time.perf_counter()
    figures = true_codings(replications)
    summary = {
        f"{what}, {number} documents": mean_coverage(figures, what, number)
        for what in NUMBERS
        if what != "crude for standardised"
        for number in (30, 100, 400)
    }
    for what, coverage in summary.items():
        sys.stdout.write(f"mean coverage of {what}: {coverage:.3f}\n")
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
    return {"replications": replications, "seconds": seconds, "coverage": summary, "corrected": by_hand,
            "cases": figures, "planted_errors": errors}  # fmt: skip


def true_codings(replications: int) -> list[dict[str, Any]]:
    """The table of estimates from codings without an error."""
    figures: list[dict[str, Any]] = []
    sys.stdout.write(f"{'planted':<14}{'measure':<9}{'documents':>9}  {'estimate':<24}"
                     f"{'truth':>7}{'bias':>9}{'coverage':>10}{'width':>8}\n")  # fmt: skip
    for name in CASES:
        for kind in ("mention", "share"):
            for number in (30, 100, 400):
                for row in simulate(name, kind, number, replications):
                    figures.append(row)
                    sys.stdout.write(
                        f"{name:<14}{kind:<9}{number:>9}  {row['estimate']:<24}{row['truth']:>7.3f}"
                        f"{row['bias']:>+9.4f}{row['coverage']:>10.3f}{row['width']:>8.3f}\n"
                    )
    return figures


def simulate(case: str, kind: str, number: int, replications: int) -> list[dict[str, Any]]:
    """Bias, coverage of the 95% interval and its mean width, of each estimate in the second year."""
    first, second, mix_first, mix_second = CASES[case]
    counts = np.round(number * np.stack([mix_first, mix_second]))
    truth = np.stack([first, second])
    shares = counts / counts.sum(axis=1, keepdims=True)
    fixed = counts.sum(axis=0) / counts.sum()
    right = {
        "crude": float(shares[1] @ second),
        "standardised": float(fixed @ second),
        "crude for standardised": float(fixed @ second),
        "change": float(shares[1] @ second - shares[0] @ first),
        "mix": float((shares[1] - shares[0]) @ (first + second) / 2),
        "within": float((second - first) @ (shares[0] + shares[1]) / 2),
    }
    found: dict[str, list[Estimates]] = {name: [] for name in NUMBERS}
    for block in range(-(-replications // TOGETHER)):
        rng = np.random.default_rng([7, block, number])
        data = simulated(counts, truth, kind, TOGETHER, rng)
        for name, estimate in estimates(data, Bootstrap(1000, block, 0.95)).items():
            found[name].append(estimate)
    about = {"planted": case, "measure": kind, "documents": number}
    return [about | {"estimate": name} | scored(found[name], right[name]) for name in NUMBERS]


def mean_coverage(figures: Sequence[dict[str, Any]], estimate: str, number: int) -> float:
    """Over all cases, but for those in which the estimate is 0 by construction."""
    of = [row for row in figures if row["estimate"] == estimate and row["documents"] == number]
    return round(float(np.mean([row["coverage"] for row in of if row["width"] > 0])), 4)


def estimates(data: Documents, bootstrap: Bootstrap) -> dict[str, Estimates]:
    """The estimates of the second of two years."""
    before, after = trend(data, "year", bootstrap)
    point = standardised(after, fixed_mix(data.source, {}), bootstrap)
    assert point is not None
    split = change(before, after, bootstrap)
    crude = of_all(after)
    fixed = Estimates(point.prevalence, point.lower, point.upper)
    return dict(zip(NUMBERS, (crude, fixed, crude, split.total, split.mix, split.within), strict=True))


def of_all(found: Measured) -> Estimates:
    """The crude prevalence of all sources."""
    return Estimates(found.whole.prevalence, found.whole.lower, found.whole.upper)


def scored(found: Sequence[Estimates], truth: float) -> dict[str, float]:
    """How far off, how often the interval held the truth, and how wide it was."""
    value, lower, upper = (
        np.concatenate(column) for column in zip(*((e.value, e.lower, e.upper) for e in found), strict=True)
    )
    # A mix that doesn't change has no width, but for the last bits.
    held: Floats = (lower - 1e-9 <= truth) & (truth <= upper + 1e-9)
    return {
        "truth": round(truth, 4),
        "bias": round(float(value.mean() - truth), 5),
        "coverage": round(float(held.mean()), 4),
        "width": round(float((upper - lower).mean()), 4),
    }


if __name__ == "__main__":
    assert len(SOURCES) >= len(STEADY)
    sys.exit(main(sys.argv[1:]))
