"""A sample and its codes -> how coders agree, how the machine does, and what to mind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.labelling.coders import agreement
from pipeline.labelling.judgement import Agreement, Judgement, Material, Said, Validation
from pipeline.labelling.machine import validation
from pipeline.trends.resampling import Bootstrap

ENOUGH_TO_SUSPECT = 10
"""A coder who says the same to so many questions, and nothing else, is told of."""


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
        against += validation(material, theme, themes[theme], fewest, bootstrap)
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
    versions = sorted({said.codebook for said in sound})
    if len(versions) > 1:
        yield f"codes were made with {len(versions)} versions of the codebook: {', '.join(versions)}"
