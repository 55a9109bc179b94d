"""What the report says, as frozen records: `data.load` makes them, the page and the charts show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pipeline.publishing.report.coded import UNKNOWN, HowWell
from pipeline.publishing.report.curves import Curve
from pipeline.publishing.report.periods import Point

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
    codebook: str = ""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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
class ShownQuotation:
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
class Level:
    """Standardised prevalence over the days from `start` to `end`."""

    start: date
    end: date
    prevalence: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class ShownMovement:
    """The last third of a theme's periods against the first; `change` with its interval, p and q."""

    early: Level
    late: Level
    change: float
    lower: float
    upper: float
    q_value: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A change point: `at` is the first day after it, `earliest` and `latest` bound that day.

    It stands between the levels `before` and `after`, of the days from `start` to `end`. The size is null
    where no source has documents on both sides.
    """

    period: str
    at: date
    earliest: date
    latest: date
    start: date
    end: date
    before: float | None
    after: float | None
    change: float | None
    lower: float | None
    upper: float | None
    q_value: float


@dataclass(frozen=True, slots=True)
class EventEffect:
    """A theme around an event: change of level and of slope, each (value, lower, upper, q), or the reason."""

    event: str
    date: date
    theme: str
    measure: str
    period: str
    level: tuple[float, float, float, float] | None
    slope: tuple[float, float, float, float] | None
    others: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """What people's codes of so many documents said: `bias`, machine less truth, with its interval.

    `refused` says why there are too few codes to correct by; then there is no bias. `remark` is what to mind.
    """

    refused: str
    documents: int
    bias: float
    lower: float
    upper: float
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme with its series by measure (in the report's period), its changes, and its quotations.

    `fixed` are the series at a fixed mix of sources, `corrected` those corrected by people's codes, `shifts`
    the change points, each by measure; `corrections` are missing where nobody has coded. `movement` is of its
    share, `smooth_q` how likely its course is chance, `untested` says why that was not tested, `coded` how
    well it is coded.
    """

    theme: str
    label: str
    definition: str
    series: Mapping[str, tuple[Point, ...]]
    fixed: Mapping[str, tuple[Point, ...]]
    corrected: Mapping[str, tuple[Point, ...]]
    corrections: Mapping[str, ShownCorrection]
    shifts: Mapping[str, tuple[Shift, ...]]
    movement: ShownMovement | None
    smooth_q: float | None
    untested: str
    quotations: tuple[ShownQuotation, ...]
    coded: HowWell = UNKNOWN


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
class ShownEvent:
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
class ShownGap:
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
class Taught:
    """A theme that was learnt from the reference set: precision and recall there, author by author."""

    label: str
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Report:
    """All the page shows. `period` is month, quarter or year; `coverage` has a year None for all years.

    `counts` are what the methods paragraph tells the numbers of; `taught` are the themes that were learnt
    from the reference set, `classifiers` the labels of those that classifiers code by people's codes,
    `calibrated` of the others those whose scores are probabilities.
    """

    about: About
    corpus: Corpus
    period: str
    thickness: tuple[Thickness, ...]
    themes: tuple[ShownTheme, ...]
    topics: tuple[Topic, ...]
    topics_in_all: int
    events: tuple[ShownEvent, ...]
    flow: tuple[FlowRow, ...]
    curves: Mapping[str, Curve]
    coverage: Mapping[str, Mapping[int | None, Covered]]
    gaps: tuple[ShownGap, ...] = ()
    effects: tuple[EventEffect, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)
    taught: tuple[Taught, ...] = ()
    classifiers: tuple[str, ...] = ()
    calibrated: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """The false-discovery rate that findings are told at."""
        return float(self.about.settings.get("shifts", {}).get("rate", 0.05))
