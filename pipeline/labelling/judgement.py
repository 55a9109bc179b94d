"""What a sample is judged by, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

from pipeline.labelling.agreement import Estimate
from pipeline.labelling.samples import Drawn

Codes = Mapping[str, Mapping[str, bool]]
"""coder -> passage_id -> yes or no, of one theme."""


@dataclass(frozen=True, slots=True)
class Said:
    """A coder's latest code of a passage and theme."""

    passage_id: str
    text_hash: str
    theme: str
    coder: str
    present: bool | None
    codebook: str


@dataclass(frozen=True, slots=True)
class Material:
    """A sample, its codes, the passages and themes that the machine coded, today's texts by hash.

    `others` are what other programs said of its passages: coder -> (passage, theme) -> a score from 0 to 1.
    `years` are those of the passages' documents.
    """

    sample_id: str
    drawn: Mapping[str, Drawn]
    said: Sequence[Said]
    machine: frozenset[tuple[str, str]]
    current: Mapping[str, str]
    others: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How coders agree on a theme. Alpha is of all coders, and names none; the others are of a pair.

    `prevalence` is the share of yes among the codes compared. `note` says why there is no number, or what
    to mind.
    """

    sample_id: str
    theme: str
    measure: str
    coder_a: str | None
    coder_b: str | None
    value: float | None
    lower: float | None
    upper: float | None
    passages: int
    documents: int
    prevalence: float | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Validation:
    """How the machine codes a theme on the evaluation part: precision, recall, f1, and people's prevalence.

    `coder` is another program that is judged so, on the passages that it coded; None: the coding in use.

    `machine`, `people` and `agreed` (both) count passages said to carry the theme. On `ties` coders are
    even; `stale` ones are left out, since they are gone or read otherwise now.
    """

    sample_id: str
    theme: str
    coder: str | None
    measure: str
    value: float | None
    lower: float | None
    upper: float | None
    unweighted: float | None
    passages: int
    documents: int
    machine: int
    people: float
    agreed: float
    ties: int
    stale: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that can be said of a sample."""

    agreement: Sequence[Agreement]
    validation: Sequence[Validation]
    remarks: Sequence[str]


def plain(found: Estimate) -> tuple[float | None, float | None, float | None]:
    """An estimate as a row has it: value, lower, upper."""
    return number(found.value), number(found.lower), number(found.upper)


def number(value: float) -> float | None:
    """A number as a row has it: none instead of nan."""
    return None if isnan(value) else round(float(value), 6)
