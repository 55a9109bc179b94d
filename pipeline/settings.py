"""The sections of config.toml, and a source, as frozen classes: keys, defaults, ranges (docs/settings.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pipeline.errors import OneOf, Range
from pipeline.records import ACCESS, GENRES

Share = Annotated[float, Range(0, 1)]
Part = Annotated[float, Range(0, 1, out="least")]
Between = Annotated[float, Range(0, 1, out="both")]
Times = Annotated[float, Range(1, 1000)]
Count = Annotated[int, Range(0, 1_000_000)]
Some = Annotated[int, Range(1, 1_000_000)]
Days = Annotated[int, Range(0, 36_500)]
Pause = Annotated[float, Range(0, 86_400)]
Seconds = Annotated[float, Range(0, 86_400, out="least")]
Seed = Annotated[int, Range(0, 4_000_000_000)]


@dataclass(frozen=True, slots=True)
class Crawl:
    """How the spiders behave. `delay` is the least number of seconds between requests to a host.

    `terms` are what services with a search are asked for; each is a phrase. A response may take `timeout`
    seconds in all, and a site may ask to be left alone (Retry-After) for `max_wait`. A listing is followed
    over `max_listing_pages` pages, and `max_depth` links deep. `revisit_days` are the ages (days) at which
    a known page is asked for again, the last of them over and over; none: never. `log_files` and
    `log_megabytes` bound what is kept of the logs.
    """

    contact: str = ""
    user_agent: str = "Themeshift/0.1"
    delay: Pause = 3.0
    max_pages: Count = 0
    max_megabytes: Annotated[int, Range(1, 10_000)] = 60
    revisit_days: Annotated[tuple[int, ...], Range(1, 36_500)] = (30, 90, 365)
    log_files: Some = 50
    log_megabytes: Some = 200
    timeout: Seconds = 60.0
    max_wait: Pause = 600.0
    max_listing_pages: Some = 2000
    max_depth: Count = 100
    terms: tuple[str, ...] = (
        "clinical commissioning group",
        "clinical commissioning groups",
        "CCG commissioning",
        "GP commissioning consortia",
        "practice based commissioning",
    )


@dataclass(frozen=True, slots=True)
class Read:
    """Reading. `min_words`: the shortest text that counts as a document. `earliest`: the first year of dates.

    `processes`: how many read at once; 0: one per core. A capture that takes longer than `seconds`, or a
    process of more than `megabytes`, is set aside.
    """

    min_words: Count = 15
    earliest: Annotated[int, Range(1, 9999)] = 1900
    processes: Annotated[int, Range(0, 1024)] = 0
    seconds: Seconds = 10.0
    megabytes: Annotated[int, Range(100, 1_000_000)] = 3000


REHOSTS = (
    "vdocuments.*", "fdocuments.*", "dokumen.*", "pdfslide.*", "documents.pub", "docplayer.*", "docslib.org",
    "docslides.com", "slideplayer.com", "slideserver.com", "slideshare.net", "*docbox.com", "studylib.net",
    "doczz.net", "*.doczz.net", "readkong.com", "scribd.com", "*.scribd.com", "yumpu.com", "issuu.com",
    "parallelparliament.co.uk", "theyworkforyou.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duplicates:
    """When two documents are one publication (docs/methods.md). All but the days and words are shares.

    `near`: runs of words in common, of all runs in either (Jaccard). `contained`: of the shorter text, in an
    excerpt. `reprinted`: of the shorter text, in what another body reprints, which makes up `of_longer` of
    the longer one. Copies are dated within `days`, reprints and copies of one body within `soon`, copies with
    one title within `long`; the same words are copies whenever they come. But texts of fewer than `min_words`
    are compared only where their titles are alike, and two of them are copies within `days` alone, of one
    body if less than `soon` days apart. Of `repeats`, genres, each item counts, whatever it repeats of its
    own body. `rehosts`: sites that put up what others published, as patterns; a copy there never leads.
    """

    near: Part = 0.5
    contained: Part = 0.8
    reprinted: Part = 0.5
    of_longer: Share = 0.4
    soon: Days = 7
    days: Days = 31
    long: Days = 366
    min_words: Count = 40
    repeats: Annotated[tuple[str, ...], OneOf(GENRES)] = ("written-answer", "debate")
    rehosts: tuple[str, ...] = REHOSTS


@dataclass(frozen=True, slots=True)
class Passages:
    """Paragraphs are joined up to `target_words` and split at sentences beyond `max_words`."""

    target_words: Annotated[int, Range(1, 100_000)] = 100
    max_words: Annotated[int, Range(1, 100_000)] = 220


@dataclass(frozen=True, slots=True)
class Embed:
    """The embedding model: `wordllama` comes with its package and needs no network.

    Others are named by a library and a model or a folder, such as `model2vec:minishlab/potion-base-8M`.
    """

    model: str = "wordllama"


@dataclass(frozen=True, slots=True)
class Topics:
    """BERTopic on a graph of neighbours: embeddings beside words, Leiden (docs/methods.md).

    `word_weight`: the part of words (TF-IDF) in how like two passages are, 0 to 1. `count`: so many topics;
    0: as `resolution` gives. `resolution`: higher gives more and smaller topics.

    Topics are fitted anew once `refit_share` of the fitted passages are new or gone, or `drift` of the new
    ones are strangers, or `min_passages` of them lie together apart from the old. The last `keep` fits stay
    in models/. A fit is compared with `refits` others of samples, one of another seed, and one without each
    source; a topic below `stable` in these is marked.
    """

    seed: Seed = 20130401
    dimensions: Annotated[int, Range(1, 1000)] = 50
    word_weight: Share = 0.5
    neighbours: Annotated[int, Range(1, 1000)] = 30
    count: Annotated[int, Range(0, 10_000)] = 0
    resolution: Annotated[float, Range(0, 1000, out="least")] = 1.4
    min_passages: Some = 10
    terms: Annotated[int, Range(1, 100)] = 10
    stop_words: tuple[str, ...] = ()
    refit_share: Annotated[float, Range(0, 100)] = 0.2
    drift: Share = 0.12
    keep: Annotated[int, Range(1, 1000)] = 3
    refits: Annotated[int, Range(1, 100)] = 3
    stable: Share = 0.6


@dataclass(frozen=True, slots=True)
class Code:
    """When people's codes teach the coder: `min_labels` passages coded for a theme, `min_positives` of them
    with it and as many without it, are the least.
    """

    min_labels: Some = 50
    min_positives: Some = 5


@dataclass(frozen=True, slots=True)
class Trend:
    """Trends: bootstrap resamples, their seed, the interval's level, and the floor for a thin period.

    `weights` of sources make the mix that trends are standardised to; without any it is each source's share
    of all documents. A period with less than `coverage` of that mix is marked thin; so is a corrected one of
    whose documents less was there when the sample was drawn. A theme is corrected by human codes of at least
    `min_labels` documents, of which at least `min_positives` carry it and as many don't. The words of topics
    are told for each `words`: month, quarter or year.
    """

    resamples: Annotated[int, Range(20, 100_000)] = 1000
    seed: Seed = 20220701
    level: Between = 0.95
    floor: Count = 5
    access: Annotated[tuple[str, ...], OneOf(ACCESS)] = ("full", "excerpt", "abstract", "summary")
    weights: Annotated[Mapping[str, float], Range(0, 10**12)] = field(default_factory=dict)
    coverage: Share = 0.8
    min_labels: Some = 50
    min_positives: Some = 10
    words: Annotated[str, OneOf(("month", "quarter", "year"))] = "quarter"


@dataclass(frozen=True, slots=True)
class Label:
    """Coding by people. `fewest`: no agreement, precision or recall is told that rests on fewer passages.

    A theme that is coded with an F1 below `weak` is marked where it is shown.
    """

    fewest: Some = 10
    weak: Share = 0.6


@dataclass(frozen=True, slots=True)
class Shifts:
    """Tests for change points and around events (docs/methods.md).

    Dates are shuffled `permutations` times or more; `rate` is the false-discovery rate over all series.
    A stretch at one level has at least `shortest` periods. A series needs `periods` solid ones to be
    tested, and as many on either side of an event, of which at most `window` on either side are looked at.
    """

    permutations: Annotated[int, Range(19, 1_000_000)] = 999
    rate: Between = 0.05
    shortest: Annotated[int, Range(1, 1000)] = 2
    periods: Annotated[int, Range(2, 1000)] = 6
    window: Annotated[int, Range(2, 1000)] = 12


@dataclass(frozen=True, slots=True)
class Monitors:
    """When a run looks unlike those before it (docs/monitors.md).

    `runs` earlier runs are compared with; counts below `floor` tell nothing; `few` is a share of the
    usual number of articles; `refused` and `unread` are rises of a share; `slow` and `bytes` are
    multiples of the usual, and nothing below `slow_seconds` more per request or `megabytes` more in
    all counts; `gone` is a share of documents with a field; `short` one of the usual length in words;
    readings are compared `window` at a time, at the least; checks named in `off` are not made.
    """

    runs: Annotated[int, Range(1, 1000)] = 10
    floor: Count = 5
    few: Share = 0.5
    refused: Share = 0.2
    slow: Times = 3.0
    slow_seconds: Pause = 2.0
    bytes: Times = 5.0
    megabytes: Count = 50
    window: Some = 10
    unread: Share = 0.25
    gone: Annotated[float, Range(0, 0.5)] = 0.1
    short: Share = 0.3
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom to tell of a suspect or failed run; secrets come from the environment (docs/monitors.md).

    `metrics`: a file that ends in .prom, written anew by each scheduled run (docs/operating.md).
    """

    to: tuple[str, ...] = ()
    sender: str = ""
    smtp_host: str = "localhost"
    smtp_port: Annotated[int, Range(1, 65_535)] = 25
    smtp_user: str = ""
    starttls: bool = False
    webhook: str = ""
    metrics: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A place documents come from, as `data/reference/sources.toml` declares it.

    `since`: the first day that is of interest, as far as it is known. `delay`: seconds between requests
    where the source needs more than `crawl.delay`. `spider`: the general spider that gathers it (feed,
    sitemap, wayback); without it the one of the source's own name does. `urls`: where that one begins.
    `article`: the paths of articles, a pattern. `terms`: asked of a search instead of `crawl.terms`.
    `captures`: how many states of an archived page to take: once, year, month or change. `permission`:
    on what ground it is mined although it reserves that. `retain_days`, `retain_until`: how long its terms
    let copies be kept, in days from the fetch (0: no limit) or up to a date (docs/rights.md).
    """

    source: str
    name: str
    kind: str
    homepage: str
    hosts: tuple[str, ...]
    rights: str = ""
    licence: str = ""
    covers: str = ""
    since: str = ""
    delay: Pause = 0.0
    spider: str = ""
    urls: tuple[str, ...] = ()
    article: str = ""
    terms: tuple[str, ...] = ()
    captures: Annotated[str, OneOf(("once", "year", "month", "change"))] = "once"
    permission: str = ""
    retain_days: Days = 0
    retain_until: date = date.max


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the reference files lie, relative to config.toml; without `passages` none are learnt from."""

    sources: str = "data/reference/sources.toml"
    codebook: str = "data/reference/codebook.toml"
    events: str = "data/reference/events.toml"
    scope: str = "data/reference/scope.toml"
    rights: str = "data/reference/rights.toml"
    passages: str = ""
    coder: str = "data/reference/coder.npz"
