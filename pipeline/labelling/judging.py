"""A sample and its codes -> how coders agree, how the machine does, and what to mind.

The machine's codes are held against the coders' consensus: precision, recall, F1 and prevalence of each
theme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from pipeline.labelling.accuracy import Judged, accuracy
from pipeline.labelling.agreement import Estimate
from pipeline.labelling.coders import agreement
from pipeline.labelling.drawing import NONE, level_name
from pipeline.labelling.judgement import (
    Agreement,
    Codes,
    Judgement,
    Material,
    Said,
    Validation,
    number,
    plain,
)
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.model import REFERENCE, Validity
from pipeline.trends.consensus import consensus
from pipeline.trends.resampling import Bootstrap, wilson
from pipeline.trends.surer import Said as Who
from pipeline.trends.surer import split_in_time

ENOUGH_TO_SUSPECT = 10
"""A coder who says the same to so many questions, and nothing else, is told of."""

NO_PART = "the sample has no evaluation part"
OTHERS = "invented passages, each author's by what the others taught: another population than the corpus"

WHO = {"precision": "the machine codes", "recall": "people code"}


def judge(material: Material, fewest: int, bootstrap: Bootstrap) -> Judgement:
    """Judge a sample. No number rests on fewer than `fewest` passages."""
    sound = [said for said in material.said if _as_drawn(said, material)]
    themes: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for said in sound:
        if said.present is not None:
            themes[said.theme][said.coder][said.passage_id] = said.present
    among: list[Agreement] = []
    against: list[Validation] = []
    for theme in sorted(themes):
        among += agreement(material, theme, themes[theme], fewest, bootstrap)
        for coder in (None, *sorted(material.others)):
            against += validation(material, theme, themes[theme], fewest, bootstrap, coder)
    return Judgement(among, against, list(_remarks(material, sound)))


def _as_drawn(said: Said, material: Material) -> bool:
    drawn = material.drawn.get(said.passage_id)
    return drawn is not None and drawn.text_hash == said.text_hash


def _remarks(material: Material, sound: Sequence[Said]) -> Iterator[str]:
    """What a reader of the numbers must know."""
    other = len({(s.passage_id, s.coder) for s in material.said}) - len(
        {(s.passage_id, s.coder) for s in sound}
    )
    if other:
        yield f"{other} passages were coded on another text than the sample's; those codes are left out"
    coded = {said.passage_id for said in sound}
    gone = [p for p in coded if p not in material.current]
    changed = [
        p for p in coded if p in material.current and material.current[p] != material.drawn[p].text_hash
    ]
    if gone or changed:
        yield (
            f"of {len(coded)} coded passages {len(gone)} are gone and {len(changed)} read otherwise now; "
            "precision and recall leave them out"
        )
    by_coder: dict[str, list[bool]] = defaultdict(list)
    for said in sound:
        if said.present is not None:
            by_coder[said.coder].append(said.present)
    for coder, given in sorted(by_coder.items()):
        if len(given) >= ENOUGH_TO_SUSPECT and len(set(given)) == 1:
            yield f"{coder} said {'yes' if given[0] else 'no'} to all {len(given)} questions: is that meant?"
    for a, b in combinations(sorted(by_coder), 2):
        mine, theirs = ({s.passage_id for s in sound if s.coder == name} for name in (a, b))
        if not mine & theirs:
            yield f"{a} and {b} coded no passage in common: whether they agree nobody can tell"
    dated = [said for said in sound if said.passage_id in material.years and said.present is not None]
    yield from split_in_time("the coders", [_who(said, said.coder, material) for said in dated])
    yield from split_in_time(
        "the versions of the codebook", [_who(said, said.codebook, material) for said in dated]
    )
    versions = sorted({said.codebook for said in sound})
    if len(versions) > 1:
        yield f"codes were made with {len(versions)} versions of the codebook: {', '.join(versions)}"


def _who(said: Said, who: str, material: Material) -> Who:
    return Who(who, material.drawn[said.passage_id].document_id, material.years[said.passage_id])


def validation(
    material: Material, theme: str, codes: Codes, fewest: int, bootstrap: Bootstrap, coder: str | None = None
) -> Iterator[Validation]:
    """The rows of a theme, of the coding in use or of another program. None rests on fewer than `fewest`."""
    people, said = _consensus(codes), {}
    if coder is not None:
        said = {p: score >= CODED for (p, t), score in material.others[coder].items() if t == theme}
        people = {p: present for p, present in people.items() if p in said}
        if not people:
            return
    kept = [p for p in sorted(people) if material.drawn[p].part == "evaluate"]
    own = [p for p in kept if material.current.get(p) == material.drawn[p].text_hash]
    y = np.array([people[p] for p in own])
    f = np.array([float((p, theme) in material.machine if coder is None else said[p]) for p in own])
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
        found = accuracy(judged, bootstrap, material.sample_id, theme, *([coder] if coder else []))
    none_kept = not any(d.part == "evaluate" for d in material.drawn.values())
    stale = len(kept) - len(own)
    for measure, base in rests.items():
        note = NO_PART if none_kept else _too_few(measure, base, fewest, len(own))
        value, raw = (Estimate(np.nan, np.nan, np.nan), np.nan) if note else found[measure]
        yield Validation(
            material.sample_id, theme, coder, measure, *plain(value), number(raw), len(own),
            len(set(documents)), int(f.sum()), float(y.sum()), float((f * y).sum()), int((y == 0.5).sum()),
            stale, note,
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


def of_reference(rows: Sequence[tuple[str, Validity]], level: float) -> Iterator[Validation]:
    """The measures of each theme, with Wilson's interval where they are shares of passages."""
    for theme, told in rows:
        both = told.coded + told.positives
        yield _on_reference(theme, told, "precision", told.precision, told.coded, level)
        yield _on_reference(theme, told, "recall", told.recall, told.positives, level)
        yield _on_reference(theme, told, "f1", 2 * told.right / both if both else 0.0, 0, level)
        yield _on_reference(theme, told, "without keywords", told.without_keywords, 0, level)
        yield _on_reference(theme, told, "near misses", told.near_misses, 0, level)


def _on_reference(
    theme: str, told: Validity, measure: str, value: float, of: int, level: float
) -> Validation:
    """A measure; an interval where it is a share `of` so many passages."""
    lower: float | None = None
    upper: float | None = None
    if of:
        lower, upper = (number(bound[0]) for bound in wilson(np.array([value]), of, level))
    exact = number(value)
    return Validation(
        REFERENCE, theme, None, measure, exact, lower, upper, exact, told.passages, told.passages, told.coded,
        float(told.positives), float(told.right), 0, 0, OTHERS,
    )  # fmt: skip
