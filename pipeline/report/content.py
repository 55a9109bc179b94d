"""What the report says, as frozen records: `data.load` makes them, the page and the charts show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.report.periods import Point

MEASURES = ("share", "mention")


@dataclass(frozen=True, slots=True)
class About:
    """What made the published file. Texts are empty where it doesn't say."""

    version: str = ""
    commit: str = ""
    config_hash: str = ""
    models: str = ""
    seeds: str = ""
    floor: int = 0
    sample: bool = False
    built_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceCount:
    """A source that gave documents, duplicates included."""

    name: str
    kind: str
    homepage: str
    covers: str
    documents: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """Counts of all documents, and the first and last dates with their precisions."""

    documents: int
    duplicates: int
    undated: int
    first: date | None
    first_precision: str | None
    last: date | None
    last_precision: str | None
    sources: tuple[SourceCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotation:
    """A coded passage of a leading document, whole; `phrases` are the words that matched."""

    passage_id: str
    text: str
    phrases: tuple[str, ...]
    title: str
    url: str
    source: str
    published: date | None
    precision: str | None


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme with its series by measure (in the report's period), its years, and its quotations.

    `fixed_mix_years` are the years at a fixed mix of sources.
    """

    theme: str
    label: str
    definition: str
    series: Mapping[str, tuple[Point, ...]]
    years: tuple[Point, ...]
    fixed_mix_years: tuple[Point, ...]
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its yearly share. `stability` is how well refits find it again, None where untold."""

    label: str
    terms: tuple[str, ...]
    passages: int
    years: tuple[Point, ...]
    stability: float | None = None
    stable: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """A policy event."""

    date: date
    title: str
    kind: str
    reference: str


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A step of the document flow, or one reason of a step that leads out of it."""

    step: str
    reason: str | None
    documents: int


@dataclass(frozen=True, slots=True)
class Thickness:
    """How many documents stand behind the points of a period, and whether that is too few."""

    start: date
    documents: float
    thin: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """How many documents of a source, or of one of its years, are known, gathered, read and in scope.

    `known` is None where nobody counts; `share` is read / known.
    """

    known: int | None
    known_by: str
    gathered: int
    read: int
    in_scope: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of days in which a source (None: all together) gave less than, or unlike, expected.

    `weight` is the source's share of all documents in trends.
    """

    source: str | None
    start: date | None
    end: date | None
    kind: str
    expected: float | None
    seen: float
    why: str
    weight: float

    @property
    def hatched(self) -> bool:
        """Whether it is a stretch with too little, and no change at a day."""
        return self.kind in ("no documents", "few")


@dataclass(frozen=True, slots=True)
class Report:
    """All the page shows. `period` is month, quarter or year; `coverage` has a year None for all years."""

    about: About
    corpus: Corpus
    period: str
    thickness: tuple[Thickness, ...]
    themes: tuple[Theme, ...]
    topics: tuple[Topic, ...]
    topics_in_all: int
    events: tuple[Event, ...]
    flow: tuple[FlowRow, ...]
    coverage: Mapping[str, Mapping[int | None, Covered]]
    gaps: tuple[Gap, ...] = ()
