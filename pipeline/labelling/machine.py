"""The machine's codes beside the coders' consensus: precision, recall, F1 and prevalence of each theme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from pipeline.consensus import consensus
from pipeline.labelling.accuracy import Judged, accuracy
from pipeline.labelling.agreement import Estimate
from pipeline.labelling.drawing import NONE, level_name
from pipeline.labelling.judgement import Codes, Material, Validation, number, plain
from pipeline.trends.resampling import Bootstrap

NO_PART = "the sample has no evaluation part"
WHO = {"precision": "the machine codes", "recall": "people code"}


def validation(
    material: Material, theme: str, codes: Codes, fewest: int, bootstrap: Bootstrap
) -> Iterator[Validation]:
    """The rows of a theme. No number rests on fewer than `fewest` passages."""
    people = _consensus(codes)
    kept = [p for p in sorted(people) if material.drawn[p].part == "evaluate"]
    own = [p for p in kept if material.current.get(p) == material.drawn[p].text_hash]
    y = np.array([people[p] for p in own])
    f = np.array([float((p, theme) in material.machine) for p in own])
    drawn = [material.drawn[p] for p in own]
    documents = [d.document_id for d in drawn]
    rests = {"precision": f.sum(), "recall": y.sum(), "f1": min(f.sum(), y.sum()), "prevalence": len(own)}
    found: dict[str, tuple[Estimate, float]] = {}
    if len(own) >= fewest:
        chance = np.array([d.part_probability for d in drawn])
        # Strata of a source and years have too few documents of the part to tell how they spread.
        strata = [level_name(d.stratum) for d in drawn]
        levels = [NONE if name == NONE else "signs of a theme" for name in strata]
        judged = Judged(f, y, chance, documents, strata, levels)
        found = accuracy(judged, bootstrap, material.sample_id, theme)
    none_kept = not any(d.part == "evaluate" for d in material.drawn.values())
    stale = len(kept) - len(own)
    for measure, base in rests.items():
        note = NO_PART if none_kept else _too_few(measure, base, fewest, len(own))
        value, raw = (Estimate(np.nan, np.nan, np.nan), np.nan) if note else found[measure]
        yield Validation(
            material.sample_id, theme, measure, *plain(value), number(raw), len(own), len(set(documents)),
            int(f.sum()), float(y.sum()), float((f * y).sum()), int((y == 0.5).sum()), stale, note,
        )  # fmt: skip


def _consensus(codes: Codes) -> dict[str, float]:
    """passage_id -> what its coders say together."""
    votes: dict[str, list[bool]] = defaultdict(list)
    for said in codes.values():
        for passage, present in said.items():
            votes[passage].append(present)
    return {p: consensus(sum(own), len(own)) for p, own in votes.items()}


def _too_few(measure: str, base: float, fewest: int, passages: int) -> str | None:
    if passages < fewest:
        return f"only {passages} passages of the evaluation part have codes; {fewest} are needed"
    if base < fewest:
        return f"{WHO.get(measure, 'one of the two codes')} only {base:g} of them; {fewest} are needed"
    return None
