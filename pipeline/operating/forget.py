"""Forgetting captures: chosen, shown, and then gone from everywhere that this data folder reaches.

First tombstones are written. Then the WARC files are rewritten, and all that holds texts and can be made
again is removed, or rid of them. Each step finds by itself whether it is done, so that the next run goes on
with one that was cut short. What lies elsewhere is named (docs/decisions/0035).
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.archive import Archive
from pipeline.archive.forgetting import bury, note, refuse_damaged, rewrite
from pipeline.archive.index import Tombstone, acknowledged, forgotten, unfinished
from pipeline.config import Config
from pipeline.errors import InputError, StoreError
from pipeline.operating import traces
from pipeline.operating.kept import NOTE
from pipeline.progress import Tell
from pipeline.records import counted, replay

Document = tuple[str, str, str]
"""The id, address and source of a document."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which captures are to go: those for which all that is given here holds, by any of its values.

    `addresses` may have `*`; they, `captures` and `sources` may be those of the capture, of the page that a
    web archive kept, or of the document that was read from it. `before` is when they were fetched;
    `past_retention`: the last day that their source's terms allow has passed.
    """

    addresses: Sequence[str] = ()
    captures: Sequence[str] = ()
    sources: Sequence[str] = ()
    before: date | None = None
    past_retention: bool = False

    def __bool__(self) -> bool:
        return bool(self.addresses or self.captures or self.sources or self.before or self.past_retention)

    def fits(self, line: Mapping[str, Any], read: Document | None, config: Config, today: date) -> bool:
        """Whether the capture of an index line, and what was `read` from it, is one of them."""
        fetched = datetime.fromisoformat(line["fetched_at"]).astimezone(UTC).date()
        kept = replay(line["url"])
        document_id, url, source = read or ("", "", line["source"])
        addresses = {line["url"], line.get("asked", ""), url, kept.url if kept else ""}
        sources = {line["source"], source}
        return (
            (not self.addresses or any(_named(one, self.addresses) for one in addresses))
            and (not self.captures or not {line["capture_id"], document_id}.isdisjoint(self.captures))
            and (not self.sources or not sources.isdisjoint(self.sources))
            and (self.before is None or fetched < self.before)
            and (not self.past_retention or min(last_day(config, one, fetched) for one in sources) < today)
        )


@dataclass(slots=True)
class Forgotten:
    """What goes or went: index lines of captures, files rewritten and bytes of them, what else was removed.

    `resumed` is how many a run that was cut short had chosen. `also` are addresses of copies and excerpts of
    the texts, which stay; `elsewhere` names what this can't reach.
    """

    done: bool = False
    captures: list[dict[str, Any]] = field(default_factory=list)
    resumed: int = 0
    files: int = 0
    bytes: int = 0
    also: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def last_day(config: Config, source: str, fetched: date) -> date:
    """The last day on which a capture may be kept, by the terms of its source."""
    terms = config.sources.get(source)
    if terms is None:
        return date.max
    days = fetched + timedelta(days=terms.retain_days) if terms.retain_days else date.max
    return min(days, terms.retain_until)


def choose(config: Config, choice: Choice, today: date | None = None) -> Forgotten:
    """What would go. Nothing is changed. Raises InputError where nothing fits, or there is no archive."""
    archive = _archive(config)
    today, stones = today or datetime.now(UTC).date(), forgotten(config.archive)
    found, documents = Forgotten(), _documents(config)
    for line in acknowledged(archive.lines()):
        if line["type"] == "capture" and line["capture_id"] in stones:
            found.resumed += 1
        elif (
            line["type"] == "capture"
            and choice
            and choice.fits(line, documents.get(line["capture_id"]), config, today)
        ):
            found.captures.append(line)
    if not found.captures and not found.resumed and not unfinished(config.archive):
        raise InputError("no capture of the archive fits: nothing to forget")
    found.also = _also(config, [line["capture_id"] for line in found.captures])
    found.elsewhere = _elsewhere(config)
    return found


def forget(config: Config, choice: Choice, reason: str, tell: Tell) -> Forgotten:
    """Let the chosen captures go from everywhere, and finish what a run that was cut short has begun.

    Raises InputError where nothing fits or a crawl or import is under way, ArchiveError for a damaged file,
    StoreError where a build is under way; then nothing is changed.
    """
    found = choose(config, choice)
    archive = _archive(config)
    with tell.working("forget"), ExitStack() as held:
        connection = _hold(config, held)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for file in {line["warc_file"] for line in found.captures}:
            refuse_damaged(config.archive / file)
        bury(config.archive, [_stone(line, reason, now) for line in found.captures])
        stones = forgotten(config.archive)
        files = list(_touched(archive, stones))
        for number, file in enumerate(files, 1):
            found.bytes += rewrite(file, stones, archive.source_of)
            tell.steps(number, len(files))
        found.files = len(files)
        found.removed += traces.pieces(archive.folder, stones)
        found.removed += traces.rows(archive.folder, connection, stones)
        traces.vectors(config, connection, stones)
        held.close()  # the working database is closed before it goes
        found.removed += traces.caches(config)
        note(config.archive, "done", at=datetime.now(UTC).isoformat(timespec="seconds"))
    found.done = True
    return found


def _stone(line: Mapping[str, Any], reason: str, now: str) -> Tombstone:
    names = ("capture_id", "url", "digest", "source", "fetched_at")
    return Tombstone(
        **{name: line[name] for name in names}, reason=reason, at=now, asked=line.get("asked", "")
    )


def lift(config: Config, addresses: Sequence[str]) -> int:
    """Let addresses be gathered again. Returns how many were forgotten; raises InputError where none was."""
    stones = forgotten(_archive(config).folder).values()
    found = {one.url for one in stones if _named(one.url, addresses) or _named(one.asked, addresses)}
    if not found:
        raise InputError(f"{', '.join(addresses)}: not forgotten")
    for url in sorted(found):
        note(config.archive, "lifted", url=url, at=datetime.now(UTC).isoformat(timespec="seconds"))
    return len(found)


def _archive(config: Config) -> Archive:
    if not config.archive.is_dir():
        raise InputError(f"{config.data} holds no archive: nothing to forget. --data names another folder")
    return Archive(config.archive, config.source_of)


def _named(address: str, patterns: Sequence[str]) -> bool:
    return bool(address) and any(
        address == pattern
        or ("*" in pattern and fnmatchcase(address, pattern.replace("[", "[[]").replace("?", "[?]")))
        for pattern in patterns
    )


def _hold(config: Config, held: ExitStack) -> store.Connection | None:
    """Keep builds out while captures go, and crawls and imports, which hold the file that they write.

    Returns the working database; None where there is none, or one that is damaged: it goes.
    """
    for file in Archive(config.archive).files():
        stream = held.enter_context(file.open("rb"))
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"{file} is being written: wait until that run has ended") from error
        stream.close()
    if store.working_file(config).exists():
        try:
            return held.enter_context(store.open_working(config))
        except StoreError as error:
            if "in use" in str(error):
                raise
    return None


def _touched(archive: Archive, stones: Mapping[str, Tombstone]) -> Iterator[Path]:
    """The files in which something is left of what is forgotten."""
    names = {
        line["warc_file"]
        for line in acknowledged(archive.lines())
        if line["type"] in ("capture", "revisit") and line.get("capture_id") in stones
    }
    return (file for file in archive.files() if file.name in names)


def _documents(config: Config) -> dict[str, Document]:
    """Capture id -> the document that was read from it."""
    return {row[0]: (row[1], row[2], row[3]) for row in _asked(config, "documents")}


def _also(config: Config, ids: Sequence[str]) -> list[str]:
    """Other addresses under which these texts stand."""
    return [url for (url,) in _asked(config, "also", ids)]


def _asked(config: Config, query: str, *given: Any) -> store.Rows:
    """What the working database says, as far as there is one."""
    if not store.working_file(config).exists():
        return []
    try:
        with store.read_working(config) as connection:
            return connection.execute(store.queries("forget")[query], list(given)).fetchall()
    except (StoreError, *store.MISSING):
        return []


def _elsewhere(config: Config) -> list[str]:
    """What a person has to see to."""
    found = []
    if store.published_file(config).exists():
        found.append(
            f"{store.published_file(config)}: `themeshift build`, then `themeshift publish` and "
            "`themeshift report`; until then it has their texts"
        )
    with suppress(OSError, ValueError, KeyError, TypeError):
        folder = json.loads((config.working / NOTE).read_bytes())["folder"]
        found.append(
            f"the backup: `themeshift backup {folder}` takes them out of it, older versions included"
        )
    found.append("label sheets, exports, copies of the published file and other backups that people took")
    return found


def as_text(found: Forgotten) -> str:
    """What went, or would go, and where it lies; and what a person has to see to."""
    lines = [
        "  ".join(
            [line["capture_id"], line["source"], line["fetched_at"][:10], line["url"], line["warc_file"]]
        )
        for line in found.captures
    ]
    if found.resumed:
        lines.append(f"{counted(found.resumed, 'capture')} that a run which was cut short had chosen")
    number = counted(len(found.captures) + found.resumed, "capture")
    if not found.done:
        lines.append(f"{number} would go. Nothing is changed: --yes does it; run `themeshift backup` before")
    else:
        lines += [f"removed: {name}" for name in found.removed]
        lines.append(f"{number} gone from {counted(found.files, 'file')} ({found.bytes / 1e6:,.1f} MB)")
    lines += [f"the same text, or a part of it, stays under {url}: name that as well" for url in found.also]
    return "\n".join([*lines, "What is left to do:", *(f"  {what}" for what in found.elsewhere)])
