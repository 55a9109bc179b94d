"""config.toml, the reference files and other TOML -> frozen classes; what is wrong is said with its place."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from itertools import product
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pipeline.durable import note_path, noted_path
from pipeline.errors import ConfigError
from pipeline.records import source_at
from pipeline.settings import (
    Code,
    Crawl,
    Duplicates,
    Embed,
    Label,
    Monitors,
    Notify,
    Passages,
    Read,
    Reference,
    Shifts,
    Source,
    Topics,
    Trend,
)

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "config.toml"
NOTE = "working/config"
"""Where a data folder says by which config.toml it was made, unless by the project's."""
ORDERED: Mapping[type, tuple[tuple[str, str], ...]] = {
    Duplicates: (("soon", "days"), ("days", "long")),
    Passages: (("target_words", "max_words"),),
    Shifts: (("periods", "window"),),
}
"""Pairs of keys of which the first may not be above the second."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run needs to know. `root` is where `file`, config.toml, lies, `data` what --data names."""

    root: Path
    data: Path
    file: Path = OURS
    crawl: Crawl = field(default_factory=Crawl)
    read: Read = field(default_factory=Read)
    duplicates: Duplicates = field(default_factory=Duplicates)
    passages: Passages = field(default_factory=Passages)
    embed: Embed = field(default_factory=Embed)
    topics: Topics = field(default_factory=Topics)
    code: Code = field(default_factory=Code)
    trend: Trend = field(default_factory=Trend)
    label: Label = field(default_factory=Label)
    shifts: Shifts = field(default_factory=Shifts)
    reference: Reference = field(default_factory=Reference)
    monitors: Monitors = field(default_factory=Monitors)
    monitors_by_source: Mapping[str, Monitors] = field(default_factory=dict)
    notify: Notify = field(default_factory=Notify)
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        """What makes another command of Themeshift read the same settings and data."""
        ours = self.file == OURS and remembered(self.data, or_gone=True) is None
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
    def passages_folder(self) -> Path | None:
        """The reference set in use, if one is."""
        return self.root / self.reference.passages if self.reference.passages else None

    @property
    def coder_file(self) -> Path:
        """What was learnt from the reference set."""
        return self.root / self.reference.coder

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
        """The source whose hosts include the URL's host, or None (`records.source_at`)."""
        return source_at(url, ((source.source, source.hosts) for source in self.sources.values()))


def load(data: Path | str | None = None, config_file: Path | None = None) -> Config:
    """Read config.toml and sources.toml.

    `data` defaults to the environment's THEMESHIFT_DATA, then to `data` beside config.toml; `config_file` to
    the one by which that folder was made last, then to the project's. Raises ConfigError for a file that is
    missing or malformed, for unknown keys, and for values that are out of their range.
    """
    folder = Path(data or os.environ.get("THEMESHIFT_DATA") or (config_file or OURS).parent / "data")
    folder = folder.expanduser().resolve()
    config_file = (config_file or remembered(folder) or OURS).resolve()
    root = config_file.parent
    sections = read_toml(config_file)
    apart = ("root", "data", "file", "sources", "monitors_by_source")
    known = {name: hint for name, hint in get_type_hints(Config).items() if name not in apart}
    refuse_unknown(sections, known, str(config_file))
    own = _split_by_source(sections, "monitors")
    parts = {name: make(known[name], table, f"{config_file} [{name}]") for name, table in sections.items()}
    reference = parts.get("reference", Reference())
    sources = load_sources(root / reference.sources)
    refuse_unknown(own, sources, f"{config_file} [monitors]")
    usual = sections.get("monitors", {})
    by_source = {
        name: make(Monitors, {**usual, **table}, f"{config_file} [monitors.{name}]")
        for name, table in own.items()
    }
    return Config(root, folder, config_file, sources=sources, monitors_by_source=by_source, **parts)


def remember(config: Config) -> None:
    """Note in the data folder which config.toml it is made by; `load` goes by that where none is named."""
    file = config.file if config.file != OURS else None
    if remembered(config.data, or_gone=True) != file:
        note_path(config.data / NOTE, file)


def remembered(data: Path, or_gone: bool = False) -> Path | None:
    """The config.toml that a data folder was made by last, where that is not the project's.

    Raises ConfigError where it is gone, unless it may be.
    """
    file = noted_path(data / NOTE)
    if file and not or_gone and not file.is_file():
        raise ConfigError(
            f"{data} was made by {file}, which is gone: name other settings, as in --config {OURS}"
        )
    return file


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
    return found


def read_toml(file: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises ConfigError, with the line, for one that is missing or malformed."""
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        ours = ROOT / "data" / "reference"
        hint = f": copy it, and what lies beside it, from {ours}, or name another one under [reference]"
        raise ConfigError(f"{file} is missing{hint if (ours / file.name).exists() else ''}") from None
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error


def make(kind: type[T], table: Any, where: str) -> T:
    """A frozen class from a TOML table. Raises ConfigError for keys unknown or missing, types and ranges."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table")
    hints = get_type_hints(kind, include_extras=True)
    refuse_unknown(table, hints, where)
    for item in fields(kind):  # type: ignore[arg-type]
        required = item.default is MISSING and item.default_factory is MISSING
        if required and item.name not in table:
            raise ConfigError(f"{where}: the key {item.name!r} is missing")
    made = kind(**{key: _typed(value, hints[key], f"{where} {key}") for key, value in table.items()})
    for low, high in ORDERED.get(kind, ()):
        below, above = getattr(made, low), getattr(made, high)
        if below > above:
            raise ConfigError(f"{where} {low} must be at most {high} ({above}), not {below}")
    return made


def problems_of(kind: type[Any], table: Any, where: str) -> list[str]:
    """Every reason why `make` would refuse the table, not only the first."""
    if not isinstance(table, dict):
        return [f"{where} must be a table"]
    hints = get_type_hints(kind, include_extras=True)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    found = [f"{where}: the key {name!r} is missing" for name in needed if name not in table]
    for key, value in table.items():
        try:
            refuse_unknown({key: value}, hints, where)
            _typed(value, hints[key], f"{where} {key}")
        except ConfigError as error:
            found.append(str(error))
    return found


def refuse_unknown(table: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError for a key that is not known, with the one that may have been meant."""
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {key!r}; {hint}")


def _typed(value: Any, hint: Any, where: str) -> Any:
    """The value as its key has it. Raises ConfigError for another type, and for what is out of its range."""
    hint, *bounds = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    named, whole, part = OF_PARTS.get(hint, (getattr(hint, "__name__", ""), hint, None))
    each = (
        list(value.values()) if isinstance(value, dict) else value if part and _is(value, list) else [value]
    )
    if not _is(value, whole) or (part and not all(_is(one, part) for one in each)):
        raise ConfigError(f"{where} must be {named}, not {value!r}")
    for one, bound in product(each, bounds):
        if not bound.holds(one):
            raise ConfigError(f"{where} must be {NUMBERS.get(part or hint, '')}{bound}, not {one!r}")
    if part is float:
        return {key: float(one) for key, one in value.items()}
    if part:
        return tuple(sorted(value)) if part is int else tuple(value)
    return float(value) if hint is float else value


def _is(value: Any, kind: Any) -> bool:
    """Whether it is of that kind; a whole number is a number too, and what is true or false is neither."""
    return isinstance(value, (int, float) if kind is float else kind) and isinstance(value, bool) <= (
        kind is bool
    )


OF_PARTS: Mapping[Any, tuple[str, type, type]] = {
    tuple[str, ...]: ("a list of strings", list, str),
    tuple[int, ...]: ("a list of whole numbers", list, int),
    Mapping[str, float]: ("a table of numbers", dict, float),
}
"""Types of several values: in words, in TOML, and that of each."""
NUMBERS: Mapping[Any, str] = {int: "a whole number ", float: "a number "}
