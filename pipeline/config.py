"""config.toml and the reference files -> frozen classes. Unknown keys fail, with a suggestion."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from pipeline.typed_toml import make, read_toml, refuse_unknown

ROOT = Path(__file__).resolve().parent.parent


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
    delay: float = 3.0
    max_pages: int = 0
    max_megabytes: int = 60
    revisit_days: tuple[int, ...] = (30, 90, 365)
    log_files: int = 50
    log_megabytes: int = 200
    timeout: float = 60.0
    max_wait: float = 600.0
    max_listing_pages: int = 2000
    max_depth: int = 100
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

    min_words: int = 15
    earliest: int = 1900
    processes: int = 0
    seconds: float = 10.0
    megabytes: int = 3000


@dataclass(frozen=True, slots=True)
class Duplicates:
    """When two documents are one publication (docs/methods.md). All but the days and words are shares.

    `near`: runs of words in common, of all runs in either (Jaccard). `contained`: of the shorter text, in an
    excerpt. `reprinted`: of the shorter text, in what another body reprints, which makes up `of_longer` of
    the longer one. Copies are dated within `days`, reprints and copies of one body within `soon`, copies with
    one title within `long`. Texts of fewer than `min_words` are compared only where their titles are alike.
    Of `repeats`, genres, each item counts, whatever it repeats of its own body.
    """

    near: float = 0.5
    contained: float = 0.8
    reprinted: float = 0.5
    of_longer: float = 0.4
    soon: int = 7
    days: int = 31
    long: int = 366
    min_words: int = 40
    repeats: tuple[str, ...] = ("written-answer", "debate")


@dataclass(frozen=True, slots=True)
class Passages:
    """Paragraphs are joined up to `target_words` and split at sentences beyond `max_words`."""

    target_words: int = 100
    max_words: int = 220


@dataclass(frozen=True, slots=True)
class Embed:
    """The embedding model: `wordllama` comes with its package and needs no network."""

    model: str = "wordllama"
    batch: int = 2048


@dataclass(frozen=True, slots=True)
class Topics:
    """BERTopic on a neighbour graph: PCA, cosine neighbours, Leiden (docs/methods.md)."""

    seed: int = 20130401
    dimensions: int = 50
    neighbours: int = 15
    resolution: float = 2.0
    min_passages: int = 10
    terms: int = 10
    stop_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """Trends: bootstrap resamples, their seed, the interval's level, and the floor for a thin period.

    `weights` of sources make the mix that trends are standardised to; without any it is each source's share
    of all documents. A period with less than `coverage` of that mix is marked thin.
    """

    resamples: int = 1000
    seed: int = 20220701
    level: float = 0.95
    floor: int = 5
    access: tuple[str, ...] = ("full", "excerpt", "abstract", "summary")
    weights: Mapping[str, float] = field(default_factory=dict)
    coverage: float = 0.8


@dataclass(frozen=True, slots=True)
class Monitors:
    """When a run looks unlike those before it (docs/monitors.md).

    `runs` earlier runs are compared with; counts below `floor` tell nothing; `few` is a share of the
    usual number of articles; `refused` and `unread` are rises of a share; `slow` and `bytes` are
    multiples of the usual, and nothing below `slow_seconds` more per request or `megabytes` more in
    all counts; `gone` is a share of documents with a field; `short` one of the usual length in words;
    readings are compared `window` at a time, at the least; checks named in `off` are not made.
    """

    runs: int = 10
    floor: int = 5
    few: float = 0.5
    refused: float = 0.2
    slow: float = 3.0
    slow_seconds: float = 2.0
    bytes: float = 5.0
    megabytes: int = 50
    window: int = 10
    unread: float = 0.25
    gone: float = 0.1
    short: float = 0.3
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom to tell of a suspect or failed run; secrets come from the environment (docs/monitors.md)."""

    to: tuple[str, ...] = ()
    sender: str = ""
    smtp_host: str = "localhost"
    smtp_port: int = 25
    smtp_user: str = ""
    starttls: bool = False
    webhook: str = ""


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
    delay: float = 0.0
    spider: str = ""
    urls: tuple[str, ...] = ()
    article: str = ""
    terms: tuple[str, ...] = ()
    captures: str = "once"
    permission: str = ""
    retain_days: int = 0
    retain_until: date = date.max


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the reference files lie, relative to config.toml."""

    sources: str = "data/reference/sources.toml"
    codebook: str = "data/reference/codebook.toml"
    events: str = "data/reference/events.toml"
    scope: str = "data/reference/scope.toml"
    rights: str = "data/reference/rights.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run needs to know. `root` is where `file`, config.toml, lies, `data` what --data names."""

    root: Path
    data: Path
    file: Path = ROOT / "config.toml"
    crawl: Crawl = field(default_factory=Crawl)
    read: Read = field(default_factory=Read)
    duplicates: Duplicates = field(default_factory=Duplicates)
    passages: Passages = field(default_factory=Passages)
    embed: Embed = field(default_factory=Embed)
    topics: Topics = field(default_factory=Topics)
    trend: Trend = field(default_factory=Trend)
    reference: Reference = field(default_factory=Reference)
    monitors: Monitors = field(default_factory=Monitors)
    monitors_by_source: Mapping[str, Monitors] = field(default_factory=dict)
    notify: Notify = field(default_factory=Notify)
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        """What makes another command of Themeshift read the same settings and data."""
        ours = self.file == ROOT / "config.toml"
        return ["--data", str(self.data), *([] if ours else ["--config", str(self.file)])]

    @property
    def archive(self) -> Path:
        """The WARC files."""
        return self.data / "archive"

    @property
    def working(self) -> Path:
        """The working database and the embedding cache: rebuilt at any time."""
        return self.data / "working"

    @property
    def published(self) -> Path:
        """What SQL clients and readers see."""
        return self.data / "published"

    @property
    def models(self) -> Path:
        """The project's `models/` for the project's own data; beside the data otherwise."""
        return self.root / "models" if self.data == self.root / "data" else self.data / "models"

    @property
    def codebook_file(self) -> Path:
        """The codebook in use."""
        return self.root / self.reference.codebook

    @property
    def scope_file(self) -> Path:
        """The scope rule in use."""
        return self.root / self.reference.scope

    @property
    def rights_file(self) -> Path:
        """The licences and rules of the rights ledger in use."""
        return self.root / self.reference.rights

    @property
    def events_file(self) -> Path:
        """The policy events in use."""
        return self.root / self.reference.events

    def monitors_of(self, source: str) -> Monitors:
        """The thresholds that hold for a source."""
        return self.monitors_by_source.get(source, self.monitors)

    def source_of(self, url: str) -> str | None:
        """The source whose hosts include the URL's host, or None."""
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        for source in self.sources.values():
            if any(host == known.removeprefix("www.") for known in source.hosts):
                return source.source
        return None


def load(data: Path | str | None = None, config_file: Path | None = None) -> Config:
    """Read config.toml and sources.toml.

    `data` defaults to the environment's THEMESHIFT_DATA, then to `data` beside config.toml.
    Raises ConfigError for a file that is missing or malformed and for unknown keys.
    """
    config_file = (config_file or ROOT / "config.toml").resolve()
    root = config_file.parent
    sections = read_toml(config_file)
    hints = get_type_hints(Config)
    names = (
        "crawl", "read", "duplicates", "passages", "embed", "topics", "trend", "reference", "monitors",
        "notify",
    )  # fmt: skip
    known = {name: hints[name] for name in names}
    refuse_unknown(sections, known, str(config_file))
    own = _split_by_source(sections, "monitors")
    parts = {name: make(known[name], table, f"{config_file} [{name}]") for name, table in sections.items()}
    reference = parts.get("reference", Reference())
    folder = Path(data or os.environ.get("THEMESHIFT_DATA") or root / "data").expanduser()
    sources = load_sources(root / reference.sources)
    refuse_unknown(own, sources, f"{config_file} [monitors]")
    usual = sections.get("monitors", {})
    by_source = {
        name: make(Monitors, {**usual, **table}, f"{config_file} [monitors.{name}]")
        for name, table in own.items()
    }
    return Config(root, folder.resolve(), config_file, sources=sources, monitors_by_source=by_source, **parts)


def _split_by_source(sections: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Take the tables of single sources, such as [monitors.bmj], out of a section."""
    section = sections.get(name)
    if not isinstance(section, dict):
        return {}
    keys = [item.name for item in fields(Monitors)]
    own = {k: v for k, v in section.items() if isinstance(v, dict) and k not in keys}
    sections[name] = {key: value for key, value in section.items() if key not in own}
    return own


def load_sources(file: Path) -> dict[str, Source]:
    """sources.toml: one table per source, its key the source's short name."""
    found: dict[str, Source] = {}
    for key, table in read_toml(file).items():
        if not isinstance(table, dict):
            raise ConfigError(f"{file}: {key!r} must be a table, as in [{key}]")
        found[key] = make(Source, {"source": key, **table}, f"{file} [{key}]")
        if found[key].retain_days < 0:
            raise ConfigError(f"{file} [{key}] retain_days must be 0 (no limit) or more")
    return found
