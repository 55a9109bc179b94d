"""Files and folders -> archive. What can't be taken in is counted with its reason, never dropped.

HTML, text and PDF files become one capture each, a data file (JSONL, CSV, Parquet) one per row, a
WARC file one per response. A folder laid out `host/path…` gives each page its URL.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.archive.answers import Answer, Unread, is_address
from pipeline.archive.data_files import FIELDS, columns_of, mapped, plain, rows_of
from pipeline.archive.folder import Archive
from pipeline.archive.foreign import answers
from pipeline.archive.index import Run
from pipeline.archive.mirrors import address_of
from pipeline.archive.writer import ArchiveWriter
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from pipeline.records import short_id

COMMIT_EVERY = 500
RECORD = "application/json"
PAGES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
         ".txt": "text/plain", ".pdf": "application/pdf"}  # fmt: skip
TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
WARCS = (".warc", ".warc.gz", ".arc", ".arc.gz")
KINDS = ", ".join(sorted({*PAGES, *TABLES, *WARCS} | {".jsonl.gz", ".csv.gz"}))


@dataclass(slots=True)
class Imported:
    """What an import did. `refused` counts, by reason, what could not be taken in."""

    files: int = 0
    kept: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Import:
    """One import under way."""

    config: Config
    writer: ArchiveWriter
    tell: Tell
    mapping: dict[str, str]
    source: str | None
    done: Imported = field(default_factory=Imported)

    def refuse(self, where: str, reason: str, message: str) -> None:
        """Note what can't be taken in, in the archive and for the person who asked."""
        self.writer.refuse(where, reason)
        self.done.refused[reason] += 1
        if len(self.done.problems) < 20:
            self.done.problems.append(message)
        self.tell.warn(message)

    def put(self, url: str, body: bytes, media_type: str, source: str, via: str, **http: Any) -> None:
        """Hand one capture over, committing now and then."""
        self.writer.put(url, body, source=source, media_type=media_type, found="import", via=via, **http)
        if (self.writer.report.kept + 1) % COMMIT_EVERY == 0:
            self.writer.commit()
            self.tell.steps(self.writer.report.kept)


def import_paths(
    paths: list[Path], config: Config, tell: Tell, mapping: Mapping[str, str] = {}, source: str | None = None
) -> Imported:
    """Take files and folders into the archive.

    `mapping` is field -> column for data files; `source` names the source of what has none of its own.
    Raises InputError for a path that is not there or can't be read, or for a column that is missing:
    nothing of a path is taken in before that is known, and what was taken in before stays.
    """
    unknown = set(mapping) - set(FIELDS)
    if unknown:
        raise InputError(f"--map: no field {sorted(unknown)[0]!r}; fields: {', '.join(FIELDS)}")
    files = [(file, root) for path in paths for file, root in _files(path)]
    if not files:
        raise InputError(f"nothing to import under {', '.join(map(str, paths))}; taken: {KINDS}")
    now = datetime.now(UTC)
    run = Run(f"import-{now:%Y%m%dT%H%M%S}-{short_id(now.isoformat(), length=8)}", "import", now)
    with Archive(config.archive, config.source_of).writer(run) as writer, tell.working("import"):
        work = _Import(config, writer, tell, dict(mapping), source)
        for file, root in files:
            _take(work, file, root)
            work.done.files += 1
        writer.commit()
        work.done.kept, work.done.unchanged = writer.report.kept, writer.report.unchanged
    return work.done


def url_of(file: Path, root: Path) -> str:
    """The URL that a file's place stands for: `host/path…` below `root`, else a `file:` name.

    A trailing `.html` or `/index.html` is the file's, not the URL's.
    """
    parts = file.resolve().parts
    below = len(root.resolve().parts) - 1
    return address_of(parts, max(below, 1)) or "file:///" + quote("/".join(parts[below:]).lstrip("/"))


def _files(path: Path) -> Iterator[tuple[Path, Path]]:
    """(file, root) of everything under a path that looks importable, in a stable order."""
    if not path.exists():
        raise InputError(f"{path} is not there")
    if path.is_file():
        yield path, path
        return
    try:
        below = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
    except OSError as error:
        raise InputError(f"{path} can't be listed: {error.strerror}") from error
    yield from ((p, path) for p in below)


def _take(work: _Import, file: Path, root: Path) -> None:
    name = file.name.lower()
    plain = name.removesuffix(".gz")
    take: Callable[[_Import, Path, Path], None]
    if name.endswith(WARCS):
        take = _take_warc
    elif plain.endswith(TABLES):
        take = _take_table
    elif Path(plain).suffix in PAGES or root != file or _looks_like_page(file):
        take = _take_page
    else:
        raise InputError(f"{file}: no reader for this kind of file; taken: {KINDS}")
    try:
        take(work, file, root)
    except PermissionError as error:
        work.refuse(url_of(file, root), "no permission", f"{file} can't be read: {error.strerror}")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        work.writer.commit()
        work.refuse(
            url_of(file, root),
            "truncated",
            f"{file} is truncated or no gzip ({error}); what came before was kept",
        )


def _take_page(work: _Import, file: Path, root: Path) -> None:
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    url = url_of(file, root)
    if suffix not in PAGES and not _looks_like_page(file):
        work.writer.refuse(url, "unsupported")
        work.done.refused["unsupported"] += 1
        return
    body = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
    source = work.source or work.config.source_of(url) or "import"
    modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    work.put(url, body, PAGES.get(suffix, "text/html"), source, str(file), fetched_at=modified)


def _looks_like_page(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(1024).lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html", b"%pdf-"))


def _take_warc(work: _Import, file: Path, root: Path) -> None:
    for found in answers(file):
        if isinstance(found, Unread) and found.told:
            work.writer.commit()
            work.refuse(found.url or url_of(file, root), found.reason, found.told)
        elif isinstance(found, Unread):
            work.writer.refuse(found.url, found.reason, str(file))
            work.done.refused[found.reason.partition(":")[0]] += 1
        else:
            _take_answer(work, found, file)


def _take_answer(work: _Import, found: Answer, file: Path) -> None:
    work.put(
        found.url,
        found.body,
        found.media_type,
        work.source or work.config.source_of(found.url) or "import",
        f"{file.name} {found.record_id}".strip(),
        fetched_at=found.when,
        http_status=found.http_status,
        http_headers=found.http_headers,
        truncated=found.truncated,
    )


def _take_table(work: _Import, file: Path, root: Path) -> None:
    known: dict[frozenset[str], dict[str, str]] = {}
    for number, row in enumerate(rows_of(file), 1):
        if not isinstance(row, dict):
            work.refuse(f"{url_of(file, root)}#{number}", "broken-record", f"{file}, row {number}: {row}")
            continue
        names = frozenset(row)  # the rows of a JSONL file need not all have the same fields
        if names not in known:
            known[names] = columns_of(work.mapping, row, file, first=not known)
        _take_row(work, mapped(row, known[names]), file, root, number)


def _take_row(work: _Import, record: dict[str, Any], file: Path, root: Path, number: int) -> None:
    given = record.get("url") or ""
    key = str(record.get("id") or number)
    url = given if str(given).startswith(("http://", "https://")) else f"{url_of(file, root)}#{quote(key)}"
    if not is_address(url):
        told = f"{file}, row {number}: {url!r:.120} is no address; mend it, or leave the field empty"
        work.refuse(f"{url_of(file, root)}#{number}", "bad address", told)
        return
    source = work.source or work.config.source_of(url) or _slug(record.get("source")) or "import"
    body = json.dumps(record, ensure_ascii=False, sort_keys=True, default=plain).encode(
        "utf-8", "surrogatepass"
    )
    work.put(url, body, RECORD, source, f"{file.name}#{number}")


def _slug(name: Any) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", str(name or "").lower()).strip("-")
    return words[:60].strip("-")
