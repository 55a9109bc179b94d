"""Files and folders -> archive. What can't be taken in is counted with its reason, never dropped.

HTML, text, PDF and Word files become one capture each, a data file (JSONL, CSV, Parquet, a workbook's sheet)
one per row, a WARC file one per response. A folder laid out `host/path…` gives each page its URL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

from pipeline.archive.answers import Answer, Unread, holds_article, is_address, unpacked
from pipeline.archive.data_files import FIELDS
from pipeline.archive.folder import Archive
from pipeline.archive.foreign import answers
from pipeline.archive.gzip_members import MAGIC, Inflated
from pipeline.archive.import_tables import Broken, Table, body_of, slug
from pipeline.archive.index import Run
from pipeline.archive.places import Found, addresses_of, files_under, host_of, known_places, url_of
from pipeline.archive.table_text import DAMAGE
from pipeline.archive.workbooks import SUFFIXES
from pipeline.archive.writer import ArchiveWriter
from pipeline.config import Config
from pipeline.errors import InputError, SetAside, is_short
from pipeline.limits import at_most
from pipeline.progress import Tell
from pipeline.records import printable, short_id

COMMIT_EVERY = 500
RECORD = "application/json"
PAGES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
         ".txt": "text/plain", ".pdf": "application/pdf", ".xml": "application/xml",
         ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         ".docm": "application/vnd.ms-word.document.macroenabled.12"}  # fmt: skip
OLDER = {".doc": "a file of Word before 2007", ".dot": "a template of Word before 2007", ".rtf": "rich text",
         ".odt": "a text of LibreOffice", ".wpd": "a file of WordPerfect"}  # fmt: skip
"""Texts that no reader takes, which their program can save as .docx or PDF."""
TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".parquet", *SUFFIXES)
WARCS = (".warc", ".warc.gz", ".arc", ".arc.gz")
KINDS = ", ".join(sorted({*PAGES, *TABLES, *WARCS} | {".jsonl.gz", ".csv.gz"}))


@dataclass(slots=True)
class Imported:
    """What an import did. `refused` counts, by reason, what could not be taken in.

    `replaced` counts files and rows whose address the archive had with other bytes: newer versions.
    `tables` tells of each data file which column served which field; `undeclared` counts by host what
    belongs to no source of sources.toml.
    """

    files: int = 0
    kept: int = 0
    unchanged: int = 0
    replaced: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    undeclared: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Import:
    """One import under way. `urls` are those that the archive has; `addresses` those of the files."""

    config: Config
    writer: ArchiveWriter
    tell: Tell
    mapping: dict[str, str]
    source: str | None
    encoding: str | None
    sheet: str | None
    urls: set[str]
    addresses: dict[Path, str]
    done: Imported = field(default_factory=Imported)
    replaced: list[str] = field(default_factory=list)

    def refuse(self, where: str, reason: str, message: str) -> None:
        """Note what can't be taken in, in the archive and for the person who asked."""
        self.writer.refuse(where, reason)
        self.done.refused[reason] += 1
        if len(self.done.problems) < 20:
            self.done.problems.append(printable(message))
        self.tell.warn(printable(message))

    def put(self, url: str, body: bytes, media_type: str, source: str, via: str, **http: Any) -> str | None:
        """Hand one capture over, committing now and then. Returns its id; None where it is there already."""
        kept = self.writer.put(
            url, body, source=source, media_type=media_type, found="import", via=printable(via), **http
        )
        if (self.writer.report.kept + 1) % COMMIT_EVERY == 0:
            self.writer.commit()
            self.tell.steps(self.writer.report.kept)
        return kept

    def put_of(
        self, one: Found, url: str, body: bytes, media_type: str, source: str, via: str, **http: Any
    ) -> None:
        """The same for what lies in a file of the user's: where that replaces something, it is told."""
        if self.put(url, body, media_type, source, via, place=one.marks, **http) and url in self.urls:
            self.done.replaced += 1
            self.replaced += [f"{url} (now from {via})"] if len(self.replaced) < 5 else []
        self.urls.add(url)

    def source_of(self, url: str, told: str = "") -> str:
        """The source of an address: as asked for, as declared, as `told` beside it, else its host."""
        if known := self.source or self.config.source_of(url) or told:
            return known
        host = host_of(url)
        if host:
            self.done.undeclared[host] += 1
        return host or "import"


def import_paths(
    paths: list[Path],
    config: Config,
    tell: Tell,
    mapping: Mapping[str, str] = {},
    source: str | None = None,
    encoding: str | None = None,
    follow: bool = False,
    sheet: str | None = None,
) -> Imported:
    """Take files and folders into the archive.

    `mapping` is field -> column for data files; `source` names the source of what has none of its own;
    `encoding` is that of data files, told from their bytes if none is named; `follow` takes in what links
    lead to outside of a folder; `sheet` is that of workbooks, their first if none is named.
    Raises InputError for a path that is not there or can't be read, or for a column that is missing:
    nothing of a path is taken in before that is known, and what was taken in before stays.
    """
    unknown = set(mapping) - set(FIELDS)
    if unknown:
        raise InputError(f"--map: no field {sorted(unknown)[0]!r}; fields: {', '.join(FIELDS)}")
    files = list({one.file: one for path in paths for one in files_under(path, follow)}.values())
    if not files:
        raise InputError(f"nothing to import under {', '.join(map(str, paths))}; taken: {KINDS}")
    now = datetime.now(UTC)
    run = Run(f"import-{now:%Y%m%dT%H%M%S}-{short_id(now.isoformat(), length=8)}", "import", now)
    archive = Archive(config.archive, config.source_of)
    with archive.writer(run) as writer, tell.working("import"):
        urls: set[str] = set()
        addresses = addresses_of(files, known_places(archive.lines(), urls))
        work = _Import(config, writer, tell, dict(mapping), source, encoding, sheet, urls, addresses)
        for one in files:
            if addresses[one.file].partition("~")[0] != (short := url_of(one.file, one.root)):
                tell.say(f"{one.file} is called {addresses[one.file]}: another file is {short}")
            _take(work, one)
            work.done.files += 1
        writer.commit()
        work.done.kept, work.done.unchanged = writer.report.kept, writer.report.unchanged
        _tell_of(work)
    return work.done


def _tell_of(work: _Import) -> None:
    """What is known at the end only."""
    if work.done.replaced:
        more = ", …" if work.done.replaced > len(work.replaced) else ""
        work.tell.warn(
            f"{work.done.replaced} with an address that the archive has for other contents; each is now the "
            f"newer version: {', '.join(work.replaced)}{more}"
        )
    if hosts := work.done.undeclared:
        most = ", ".join(f"{host} ({number})" for host, number in hosts.most_common(8))
        more = f" and {len(hosts) - 8} more" if len(hosts) > 8 else ""
        work.tell.say(
            f"no source in sources.toml has these hosts, so each is a source of its own: {most}{more}. "
            "--source names another"
        )


def _take(work: _Import, one: Found) -> None:
    file, url = one.file, work.addresses[one.file]
    if one.refused:
        work.refuse(url, "link", f"{file} is {one.refused}")
        return
    name = file.name.lower()
    plain, named = name.removesuffix(".gz"), one.root == file
    if name.endswith(WARCS):
        take = _take_warc
    elif plain.endswith(TABLES):
        take = _take_table
    elif named and name.endswith(".numbers"):
        raise InputError(
            f"{file}: Numbers' own files are not read; export it to Excel or CSV and import that"
        )
    elif Path(plain).suffix in PAGES or not named or _looks_like_page(file):
        take = _take_page
    elif Path(plain).suffix in OLDER:
        raise InputError(f"{file} is {OLDER[Path(plain).suffix]}: save it as .docx or PDF and import that")
    else:
        raise InputError(f"{file}: no reader for this kind of file; taken: {KINDS}")
    try:
        take(work, one, url)
    except InputError as error:
        if named:
            raise
        work.refuse(url, "unreadable", str(error))  # one file of a folder costs itself alone
    except SetAside as outcome:
        work.refuse(url, outcome.reason, f"{file} has {outcome.detail}: not taken")
    except DAMAGE as error:
        work.writer.commit()
        kept = "what came before was kept" + (", and may be spoilt" if "check" in str(error) else "")
        work.refuse(url, "truncated", f"{file} is truncated or no gzip ({error}); {kept}")
    except OSError as error:  # gone meanwhile, or on a bad disk
        if is_short(error):
            raise
        reason = "no permission" if isinstance(error, PermissionError) else "unreadable"
        work.refuse(url, reason, f"{file} can't be read: {error.strerror}")


def _take_page(work: _Import, one: Found, url: str) -> None:
    file = one.file
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    if suffix in OLDER and not _looks_like_page(file):
        why = f"{file} is {OLDER[suffix]}: save it as .docx or PDF and import that"
        work.refuse(url, "unsupported", why)
        return
    if suffix not in PAGES and not _looks_like_page(file):
        work.writer.refuse(url, "unsupported")
        work.done.refused["unsupported"] += 1
        return
    with file.open("rb") as stream:
        body = at_most(BufferedReader(Inflated(stream)) if file.name.lower().endswith(".gz") else stream)
    if suffix == ".xml" and not _holds_article(body):
        work.refuse(url, "unsupported", f"{file}: XML without an article in JATS in it is not taken")
        return
    modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    media_type = PAGES.get(suffix, "text/html")
    work.put_of(one, url, body, media_type, work.source_of(url), str(file), fetched_at=modified)


def _holds_article(body: bytes) -> bool:
    """Whether XML is an article in JATS or a page, as its first tags tell; it may still be gzipped."""
    return holds_article(unpacked(body) if body.startswith(MAGIC) else body[:8192])


def _looks_like_page(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(1024).lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html", b"%pdf-"))


def _take_warc(work: _Import, one: Found, url: str) -> None:
    file = one.file
    for found in answers(file):
        if isinstance(found, Unread) and found.told:
            work.writer.commit()
            work.refuse(found.url or url, found.reason, found.told)
        elif isinstance(found, Unread):
            work.writer.refuse(found.url, found.reason, printable(str(file)))
            work.done.refused[found.reason.partition(":")[0]] += 1
        else:
            _take_answer(work, found, file)


def _take_answer(work: _Import, found: Answer, file: Path) -> None:
    work.put(
        found.url,
        found.body,
        found.media_type,
        work.source_of(found.url),
        f"{file.name} {found.record_id}".strip(),
        fetched_at=found.when,
        http_status=found.http_status,
        http_headers=found.http_headers,
        truncated=found.truncated,
    )


def _take_table(work: _Import, one: Found, url: str) -> None:
    table = Table(one.file, work.mapping, work.encoding, work.sheet)
    work.done.tables.append(table.told())
    for line in table.lines():
        work.tell.say(line)
    for warning in table.warnings():
        work.tell.warn(warning)
    for row in table.rows(url):
        if isinstance(row, Broken):
            work.refuse(
                f"{url}#row={row.number}", "broken-record", f"{one.file}, row {row.number}: {row.why}"
            )
            continue
        if not is_address(row.url):
            told = f"{one.file}, row {row.number}: {row.url!r:.120} is no address; mend it, or leave it empty"
            work.refuse(f"{url}#row={row.number}", "bad address", told)
            continue
        source = work.source_of(row.address or row.url, slug(row.record.get("source")))
        work.put_of(one, row.url, body_of(row.record), RECORD, source, f"{one.file.name}#{row.number}")
