"""What there is to verify, part by part, and how each is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pipeline import store
from pipeline.archive import Archive, index_of
from pipeline.archive.index import forgotten, tombstones_file
from pipeline.archive.wholeness import COPY, Flaw, check, told
from pipeline.config import Config
from pipeline.durable import as_sealed, flawed_lines, open_note, read_seal
from pipeline.errors import ArchiveError, ModelError, StoreError, is_short
from pipeline.labelling import codings, samples
from pipeline.publishing import checking, manifest
from pipeline.topics import saved_fits

FIT = re.compile(r"[0-9a-f]{16}")
AGAIN = "`themeshift verify --repair` sets it aside, and the next build makes it again"


@dataclass(frozen=True, slots=True)
class Part:
    """Something to look at: its path in the data folder, its bytes, and what finds its flaws.

    `state` is the digest that stands beside a database: with the same one, what it says of itself need not be
    computed again.
    """

    name: str
    bytes: int
    look: Callable[[], list[Flaw]]
    state: str = ""


def parts(config: Config, sound: Mapping[str, str] = MappingProxyType({})) -> Iterator[Part]:
    """Everything that can be looked at. `sound`: name -> state of databases that were found sound before."""

    def part(file: Path, look: Callable[[], list[Flaw]], *more: Path, state: str = "") -> Part:
        size = sum(one.stat().st_size for one in (file, *more) if one.is_file())
        return Part(os.path.relpath(file, config.data), size, look, state)

    def database(file: Path, state: str, look: Callable[[Config, bool], list[Flaw]]) -> Part:
        deep = not state or sound.get(os.path.relpath(file, config.data)) != state
        return part(file, partial(look, config, deep), state=state)

    archive = Archive(config.archive, config.source_of)
    for file in archive.files():
        yield part(file, partial(check, file, config.source_of), index_of(file))
    for index in archive.orphans():
        yield part(index, partial(_orphan, index))
    for file in [
        config.archive / "answers.jsonl",
        tombstones_file(config.archive),
        config.working / "notified.jsonl",
        config.models / "lineage.jsonl",
    ]:
        if file.exists():
            yield part(file, partial(_lines, file))
    for file in sorted(samples.folder(config.archive).glob("*/*.jsonl")):
        whole = (
            partial(samples.load, config.archive, file.parent.name) if file.name == "sample.jsonl" else None
        )
        yield part(file, partial(_lines, file, whole))
    for file in sorted(codings.folder(config.archive).glob("*/*.jsonl")):
        yield part(file, partial(_lines, file, partial(codings.read, config.archive, file.parent.name)))
    if config.models.is_dir():
        for folder in sorted(one for one in config.models.iterdir() if FIT.fullmatch(one.name)):
            files = [one for one in folder.rglob("*") if one.is_file()]
            yield part(folder, partial(_model, config.models, folder.name), *files)
    for file in caches(config):
        yield part(file, partial(_cache, file))
    if (file := store.working_file(config)).exists():
        yield database(file, _sealed_as(file), working)
    yield database(file := store.published_file(config), manifest.digest(file), _published)


def caches(config: Config) -> list[Path]:
    """Files that are made again where they are not there: vectors, and arrays of the last fit."""
    return sorted([*config.working.glob("embeddings/**/*.parquet"), *config.working.glob("*/*.npz")])


def _orphan(index: Path) -> list[Flaw]:
    name = index.name.removesuffix(".jsonl")
    return [Flaw(
        name, "the WARC file is not there, though its index is", f"{COPY.format(name)}; where there is none, "
        "the index is all that is left of its captures: delete it once you know what is lost",
    )]  # fmt: skip


def _lines(file: Path, whole: Callable[[], object] | None = None) -> list[Flaw]:
    """A file of lines that people gave, or that tell of fits: each has a sum."""
    if bad := flawed_lines(file):
        return [Flaw(file.name, f"{told(bad, 'line')} not as written", COPY.format(file.name))]
    try:
        if whole:
            whole()
    except ArchiveError as error:
        return [Flaw(file.name, str(error), COPY.format(file.name))]
    return []


def _model(models: Path, fit_id: str) -> list[Flaw]:
    try:
        saved_fits.checked(models, fit_id)
    except ModelError as error:
        todo = f"{COPY.format(fit_id)}, or let the next build fit topics anew: their ids stay"
        return [Flaw(fit_id, str(error), todo)]
    asked = models / fit_id / saved_fits.ASKED
    return _lines(asked) if asked.exists() else []


def _cache(file: Path) -> list[Flaw]:
    if file.exists() and as_sealed(file) is False:
        return [Flaw(file.name, "it is not as it was written", AGAIN, "cache")]
    return []


def _sealed_as(file: Path) -> str:
    try:
        return "" if open_note(file).exists() else read_seal(file).get(file.name, "")
    except (OSError, ValueError):
        return ""


def working(config: Config, deep: bool = True) -> list[Flaw]:
    """The working database: as sealed, and if `deep` every block read, every text against its hash."""
    file = store.working_file(config)
    flaws: list[Flaw] = []
    if not file.exists():
        return flaws
    if not open_note(file).exists() and as_sealed(file) is False:
        flaws.append(Flaw(file.name, "it is not as the last run left it", AGAIN, "working"))
    elif not deep:
        return flaws
    try:
        with store.read_working(config) as connection:
            named = store.queries("integrity")
            for (table,) in connection.execute(named["tables"]).fetchall():
                connection.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" AS t').fetchall()
            for name, query in named.items():
                if name.startswith("working: ") and (bad := _count(connection, query)):
                    what = f"{name.removeprefix('working: ')}: not so {bad} times"
                    flaws.append(Flaw(file.name, what, AGAIN, "working"))
    except StoreError as error:
        if is_short(error):
            raise
        busy = "in use by another run" in str(error)
        flaws.append(Flaw(file.name, str(error), "" if busy else AGAIN, "" if busy else "working"))
    return flaws


def _count(connection: store.Connection, query: str) -> int:
    try:
        return int(store.value(connection, query))
    except store.MISSING:  # of an older shape, which the next build empties
        return 0


def _published(config: Config, deep: bool) -> list[Flaw]:
    """The published file, and whether the archive still has what it rests on."""
    flaws, file = checking.check(config, deep), store.published_file(config)
    if flaws or not file.exists():
        return flaws
    there = {line["capture_id"] for line in Archive(config.archive).lines() if line["type"] == "capture"}
    with store.open_published(file) as connection:
        rows = connection.execute(store.queries("integrity")["captures"]).fetchall()
    stones = forgotten(config.archive)
    if still := [url for capture_id, url, _ in rows if capture_id in stones]:
        what = (
            f"{told(still, 'capture')} still published, and to be forgotten: build, publish and report anew"
        )
        flaws.append(Flaw(file.name, what, ""))
    there |= stones.keys()
    if gone := [url for capture_id, url, _ in rows if capture_id not in there]:
        of = sorted({warc for capture_id, _, warc in rows if capture_id not in there})
        what = f"{told(gone, 'capture')} published and no longer in the archive, in {', '.join(of[:5])}"
        flaws.append(
            Flaw(file.name, what, f"{COPY.format(', '.join(of[:5]))}; publishing again forgets them")
        )
    return flaws
