"""What people found in sampled passages, beside what the machine did there, measure by measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline import store
from pipeline.store import Connection
from pipeline.trends.consensus import consensus
from pipeline.trends.corrected import SampledCodes
from pipeline.trends.resampling import Floats
from pipeline.trends.surer import Said, split_in_time

SINGLY = (
    "single passages were drawn, and they don't tell whether a document mentions the theme: draw whole "
    "documents"
)


@dataclass(frozen=True, slots=True)
class CodedTwice:
    """A passage of the evaluation part: its sample, place of its document, its chance, both codings."""

    sample: str
    unit: str
    stratum: str
    document: int
    chance: float
    human: float
    machine: float


@dataclass(frozen=True, slots=True)
class HumanCodes:
    """Per theme the coded passages of counted documents, and how many codes have lost their passage.

    `drawable` (n,) says which documents were there when the last sample that people coded was drawn. `split`
    are remarks, by theme, on coders, samples or versions of the codebook that hardly share a year.
    """

    passages: Mapping[str, list[CodedTwice]]
    lost: Mapping[str, int]
    drawable: Floats
    split: Mapping[str, Sequence[str]] = field(default_factory=dict)


def human_codes(connection: Connection, ids: Sequence[str]) -> HumanCodes:
    """The human codes of the documents `ids`; empty where nobody has coded."""
    named = store.queries("trend")
    lost = dict(connection.execute(named["lost_labels"]).fetchall())
    rows = connection.execute(named["labels"]).fetchall()
    found: dict[str, list[CodedTwice]] = {theme: [] for theme in lost}
    place = {name: at for at, name in enumerate(ids)}
    for theme, sample, unit, stratum, document, chance, yes, said, machine in rows:
        coded = found.setdefault(theme, [])
        if document in place and chance and chance > 0:
            at = f"{sample} {stratum}"
            coded.append(
                CodedTwice(sample, unit, at, place[document], chance, consensus(yes, said), float(machine))
            )
    drawable = np.ones(len(ids))
    if rows:
        newcomers = {name for (name,) in connection.execute(named["newcomers"]).fetchall()}
        drawable = np.array([float(name not in newcomers) for name in ids])
    return HumanCodes(found, lost, drawable, _split(connection.execute(named["who_coded"]).fetchall()))


def _split(rows: Sequence[tuple[str, str, str, str, str, int]]) -> dict[str, list[str]]:
    """By theme, who hardly shares a year with whom."""
    found: dict[str, list[str]] = {}
    for theme in sorted({row[0] for row in rows}):
        own = [row for row in rows if row[0] == theme]
        for at, what in enumerate(("the coders", "the samples", "the versions of the codebook"), 1):
            said = [Said(str(row[at]), row[4], row[5]) for row in own]
            found.setdefault(theme, []).extend(split_in_time(what, said))
    return found


def labels_for(measure: str, coded: Sequence[CodedTwice], passages: Floats) -> SampledCodes | str:
    """The labels that a measure is corrected by, or why there are none.

    `share` is a sum over passages, and any sample of passages serves; `mention` is about whole documents.
    `passages` (n,) are those of each document.
    """
    if measure == "share":
        return _labels([(c, 1 / (passages[c.document] * c.chance), c.human, c.machine) for c in coded])
    whole = [c for c in coded if c.unit == "document"] if passages.max() > 1 else list(coded)
    if not whole:
        return SINGLY
    return _labels(list(_documents(whole, passages)))


def _documents(
    whole: Sequence[CodedTwice], passages: Floats
) -> Iterator[tuple[CodedTwice, float, float, float]]:
    """Documents all of whose passages are coded; the others are left out, whatever was found in them."""
    together: dict[tuple[str, int], list[CodedTwice]] = {}
    for one in whole:
        together.setdefault((one.sample, one.document), []).append(one)
    for (_, document), own in together.items():
        if len(own) == passages[document]:
            yield own[0], 1 / own[0].chance, max(c.human for c in own), max(c.machine for c in own)


def _labels(rows: Sequence[tuple[CodedTwice, float, float, float]]) -> SampledCodes:
    """Each sample weighs as many as it has units: its weights say how they stand to one another."""
    samples: dict[str, list[float]] = {}
    for one, weight, *_ in rows:
        samples.setdefault(one.sample, []).append(weight)
    scale = {sample: len(own) / sum(own) for sample, own in samples.items()}
    strata = {name: at for at, name in enumerate(sorted({one.stratum for one, *_ in rows}))}
    numbers = [[scale[one.sample] * weight, human, machine] for one, weight, human, machine in rows]
    weights, human, machine = np.array(numbers, dtype=np.float64).reshape(-1, 3).T
    document = np.array([one.document for one, *_ in rows], dtype=np.intp)
    stratum = np.array([strata[one.stratum] for one, *_ in rows], dtype=np.intp)
    return SampledCodes(document, human, machine, weights, stratum)
