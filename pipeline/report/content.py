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
    """A theme with its series by measure (in the report's period), its years, and its quotations."""

    theme: str
    label: str
    definition: str
    series: Mapping[str, tuple[Point, ...]]
    years: tuple[Point, ...]
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its yearly share."""

    label: str
    terms: tuple[str, ...]
    passages: int
    years: tuple[Point, ...]


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
class Report:
    """All the page shows. `period` is month, quarter or year; `by_year` counts by source and year."""

    about: About
    corpus: Corpus
    period: str
    thickness: tuple[Thickness, ...]
    themes: tuple[Theme, ...]
    topics: tuple[Topic, ...]
    topics_in_all: int
    events: tuple[Event, ...]
    flow: tuple[FlowRow, ...]
    by_year: Mapping[str, Mapping[int | None, int]]
