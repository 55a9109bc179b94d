"""The coders' codes beside one another: alpha of all, kappa and specific agreement of each pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan

import numpy as np

from pipeline.labelling import agreement as agreeing
from pipeline.labelling.agreement import RARE, Estimate, Statistic
from pipeline.labelling.judgement import Agreement, Codes, Material, plain
from pipeline.trends.resampling import Bootstrap, Floats

PAIRED: Mapping[str, Statistic] = {
    "kappa": agreeing.kappa,
    "positive": agreeing.positive,
    "negative": agreeing.negative,
}
MISLED = ("alpha", "kappa")
"""Measures that a rare theme misleads."""
NOTHING = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Compared:
    """Passages with codes to compare: `parts` as the statistics add them up, and those of one disagreement.

    `prevalence` is the share of yes among the codes; none where there are no passages.
    """

    passages: Sequence[str]
    parts: Floats
    disagreement: Floats
    prevalence: float | None


def agreement(
    material: Material, theme: str, codes: Codes, fewest: int, bootstrap: Bootstrap
) -> Iterator[Agreement]:
    """The rows of a theme, where two coded it. No number rests on fewer than `fewest` passages."""

    def row(measure: str, statistic: Statistic, of: Compared, *pair: str) -> Agreement:
        documents = [material.drawn[passage].document_id for passage in of.passages]
        found = NOTHING
        if len(documents) >= fewest:
            key = (material.sample_id, theme, measure, *pair)
            found = agreeing.estimate(statistic, of.parts, of.disagreement, documents, bootstrap, *key)
        a, b = pair or (None, None)
        note = _note(found, len(documents), fewest, of.prevalence if measure in MISLED else None)
        number = len(documents), len(set(documents))
        return Agreement(
            material.sample_id, theme, measure, a, b, *plain(found), *number, of.prevalence, note
        )

    if len(codes) < 2:
        return
    yield row("alpha", agreeing.alpha, _all(codes))
    for a, b in combinations(sorted(codes), 2):
        both = _pair(codes[a], codes[b])
        for measure, statistic in PAIRED.items():
            yield row(measure, statistic, both, a, b)


def _all(codes: Codes) -> Compared:
    """Passages that at least two coded."""
    given: dict[str, list[bool]] = {}
    for own in codes.values():
        for passage, present in own.items():
            given.setdefault(passage, []).append(present)
    shared = sorted(passage for passage, said in given.items() if len(said) > 1)
    counts = np.array([[sum(given[p]), len(given[p]) - sum(given[p])] for p in shared], dtype=float)
    parts = agreeing.alpha_parts(counts.reshape(-1, 2))
    prevalence = float(counts[:, 0].sum() / counts.sum()) if shared else None
    return Compared(shared, parts, np.array([2.0, 1.0, 1.0]), prevalence)


def _pair(a: Mapping[str, bool], b: Mapping[str, bool]) -> Compared:
    """Passages that both coded."""
    shared = sorted(set(a) & set(b))
    first, second = (np.array([own[p] for p in shared], dtype=float) for own in (a, b))
    prevalence = float((first.mean() + second.mean()) / 2) if shared else None
    return Compared(shared, agreeing.pair_parts(first, second), np.array([0.0, 0.5, 0.5, 0.0]), prevalence)


def _note(found: Estimate, passages: int, fewest: int, prevalence: float | None) -> str | None:
    """Why there is no number or interval, or why it misleads."""
    if passages < fewest:
        return f"only {passages} passages have codes to compare; {fewest} are needed"
    if isnan(found.value):
        return "not defined: the codes don't vary"
    if isnan(found.lower):
        return "no interval: too few documents, or none that varies"
    if prevalence is not None and not RARE <= prevalence <= 1 - RARE:
        kind = "rare" if prevalence < RARE else "nearly everywhere"
        return f"the theme is {kind} ({prevalence:.0%} yes): see positive and negative agreement"
    return None
