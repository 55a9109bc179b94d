"""The archive: WARC files, gzipped per record, written through one door and never changed.

Beside each `X.warc.gz` stands `X.warc.gz.jsonl`, one line per capture, refusal and finished run. It
is a convenience: when it is missing or behind, `Archive.sync` rebuilds it from the WARC file.
A capture is acknowledged once its records and its index line are synced to disk.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import ArchiveError
from pipeline.records import Capture, CaptureRef, short_id
from pipeline.warc import (
    RUN,
    SourceOf,
    charset_of,
    complete_until,
    digest_of,
    payload,
    run_lines,
    scan,
    warc_fields,
)

SUFFIXES = (".warc.gz", ".warc")
ROTATE_BYTES = 1024 * 1024 * 1024
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a spider or an import: what wrote a WARC file."""

    run_id: str
    source: str
    started_at: datetime
    software: str = "themeshift"
    operator: str = ""
    robots: str = "obey"


@dataclass(frozen=True, slots=True)
class Torn:
    """The half-written end of a WARC file, found after a crash and moved aside."""

    warc_file: str
    offset: int
    bytes: int
    kept_in: str


@dataclass(slots=True)
class Refusal:
    """A URL that was found and not kept, with the reason."""

    url: str
    reason: str
    via: str = ""


@dataclass(slots=True)
class RunReport:
    """What a run did, as written into the archive when it ends."""

    run_id: str
    source: str
    started_at: str
    finished_at: str = ""
    outcome: str = "running"
    kept: int = 0
    unchanged: int = 0
    refused: int = 0
    failed: int = 0
    bytes: int = 0
    refusals: list[Refusal] = field(default_factory=list)


class Archive:
    """A folder of WARC files. Several processes may write at once, each to a file of its own."""

    def __init__(self, folder: Path, source_of: SourceOf = lambda url: None) -> None:
        self.folder = folder
        self.source_of = source_of

    def files(self) -> list[Path]:
        """The WARC files, in the order of their names."""
        if not self.folder.is_dir():
            return []
        return sorted(p for p in self.folder.iterdir() if p.name.endswith(SUFFIXES))

    def sync(self) -> list[Torn]:
        """Bring every index up to its WARC file, and move torn ends aside. Returns those."""
        return [torn for file in self.files() for torn in self._sync_file(file)]

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every index line of the archive, oldest file first."""
        for file in self.files():
            yield from _read_index(index_of(file))

    def read(self, ref: CaptureRef) -> Capture:
        """The capture that lies at `ref`.

        Raises SetAside where its compressed content ends too early, ArchiveError where the record
        is not there.
        """
        path = self.folder / ref.warc_file
        try:
            with path.open("rb") as stream:
                stream.seek(ref.warc_offset)
                record = next(iter(ArchiveIterator(stream, arc2warc=True)))
                body = payload(record)
        except (OSError, StopIteration, ArchiveLoadFailed) as error:
            raise ArchiveError(f"{path}: no record at byte {ref.warc_offset}: {error}") from error
        return Capture(
            url=ref.url,
            source=ref.source,
            fetched_at=ref.fetched_at,
            media_type=ref.media_type,
            body=body,
            status=ref.status,
            charset=charset_of(record),
            capture_id=ref.capture_id,
            found=ref.found,
            via=ref.via,
        )

    def writer(self, run: Run) -> ArchiveWriter:
        """Open a WARC file for this run; use it as a context manager."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{self.folder} can't be made: {error.strerror}") from error
        self.sync()
        known = {line["capture_id"] for line in self.lines() if line["type"] == "capture"}
        return ArchiveWriter(self.folder, run, known)

    def _sync_file(self, file: Path) -> list[Torn]:
        index = index_of(file)
        end = max((line["end"] for line in _read_index(index)), default=0)
        if end == file.stat().st_size:
            return []
        with file.open("rb+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return []  # being written: its writer keeps the index
            try:
                good = complete_until(stream, end, file)
                lines = list(scan(stream, file.name, end, good, self.source_of))
            except ArchiveLoadFailed as error:
                raise ArchiveError(
                    f"{file} is not a WARC file gzipped per record ({error}); "
                    "`warcio recompress` mends that, then try again"
                ) from error
            lines.append({"type": "end", "end": good})
            _append(index, lines)
            return _set_torn_aside(stream, file, good)


class ArchiveWriter:
    """Appends captures of one run to a WARC file. `commit` is what acknowledges them."""

    def __init__(self, folder: Path, run: Run, known: set[str]) -> None:
        self.run = run
        self.report = RunReport(run.run_id, run.source, run.started_at.isoformat())
        self._folder = folder
        self._known = known
        self._pending: list[dict[str, Any]] = []
        self._serial = 0
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close("finished")
        elif isinstance(error, (OSError, ArchiveError)):
            self._abandon()
        else:
            self.close("interrupted" if kind is KeyboardInterrupt else "failed")

    def put(
        self,
        url: str,
        body: bytes,
        *,
        source: str,
        media_type: str,
        fetched_at: datetime | None = None,
        http_status: str | None = None,
        http_headers: Headers = (),
        found: str = "",
        via: str = "",
    ) -> str | None:
        """Append one capture; returns its id, or None where the archive already holds these bytes.

        `http_status` is the status line after the protocol, such as "200 OK"; None for what did not
        come over HTTP, which becomes a `resource` record. `body` is the payload as it was sent,
        content encoding and all; `media_type` is that of the file where there are no headers.
        """
        digest = digest_of(body)
        capture_id = short_id(url, digest)
        if capture_id in self._known:
            self.report.unchanged += 1
            return None
        when = (fetched_at or datetime.now(UTC)).astimezone(UTC)
        with self._writing():
            entry = self._write_capture(
                url, body, digest, media_type, when, http_status, http_headers, source, found, via
            )
        self._known.add(capture_id)
        self._pending.append({"type": "capture", "capture_id": capture_id, **entry})
        self.report.kept += 1
        self.report.bytes += len(body)
        return capture_id

    def refuse(self, url: str, reason: str, via: str = "") -> None:
        """Note a URL that was found and not kept; it is written with the run's report."""
        self.report.refusals.append(Refusal(url, reason, via))
        self.report.refused += 1

    def commit(self) -> None:
        """Sync to disk what was put since the last commit: from here on it is acknowledged."""
        with self._writing():
            self._stream.flush()
            os.fsync(self._stream.fileno())
            _append(index_of(self._path), self._pending)
        self._pending = []
        self._good = self._stream.tell()
        if self._good > ROTATE_BYTES:
            self._stream.close()
            self._open()

    def close(self, outcome: str) -> RunReport:
        """Write the run's report into the archive and close the file. Safe to call twice."""
        if self._stream.closed:
            return self.report
        self.report.outcome = outcome
        self.report.finished_at = datetime.now(UTC).isoformat()
        with self._writing():
            start = self._stream.tell()
            body = json.dumps(asdict(self.report), ensure_ascii=False).encode()
            record = self._writer.create_warc_record(
                RUN + self.run.run_id,
                "metadata",
                payload=BytesIO(body),
                warc_content_type="application/json",
            )
            self._writer.write_record(record)
            self._pending += run_lines(asdict(self.report), self._path.name, start, self._stream.tell())
        self.commit()
        self._stream.close()
        return self.report

    def _open(self) -> None:
        stamp = self.run.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
        name = f"{self.run.source}-{stamp}-{self.run.run_id[-8:]}-{self._serial:05d}.warc.gz"
        self._serial += 1
        self._path = self._folder / name
        try:
            self._stream: IO[bytes] = self._path.open("xb")
        except OSError as error:
            raise ArchiveError(f"{self._path} can't be written: {error.strerror}") from error
        fcntl.flock(self._stream, fcntl.LOCK_EX)
        self._good = 0
        self._writer = WARCWriter(self._stream, gzip=True, warc_version="WARC/1.1")
        info = {
            "software": self.run.software,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self.run.source,
            "operator": self.run.operator,
            "robots": self.run.robots,
            "run": self.run.run_id,
        }
        with self._writing():
            self._writer.write_record(self._writer.create_warcinfo_record(name, info))
            self._pending.append({"type": "end", "end": self._stream.tell()})
        self.commit()
        _sync_folder(self._folder)

    def _write_capture(
        self,
        url: str,
        body: bytes,
        digest: str,
        media_type: str,
        when: datetime,
        http_status: str | None,
        http_headers: Headers,
        source: str,
        found: str,
        via: str,
    ) -> dict[str, Any]:
        start = self._stream.tell()
        stamp = when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        given = {"WARC-Date": stamp, "WARC-Payload-Digest": digest}
        http = StatusAndHeaders(http_status, list(http_headers), protocol="HTTP/1.1") if http_status else None
        response = self._writer.create_warc_record(
            url,
            "response" if http else "resource",
            payload=BytesIO(body),
            length=len(body),
            warc_content_type="" if http else media_type,
            warc_headers_dict=given,
            http_headers=http,
        )
        self._writer.write_record(response)
        middle = self._stream.tell()
        about = {"source": source, "found": found, "via": via, "run": self.run.run_id}
        metadata = self._writer.create_warc_record(
            url,
            "metadata",
            payload=BytesIO(warc_fields(about)),
            warc_content_type="application/warc-fields",
            warc_headers_dict={
                "WARC-Date": stamp,
                "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        self._writer.write_record(metadata)
        return {
            "url": url,
            "source": source,
            "fetched_at": stamp,
            "status": int(http_status.split()[0]) if http_status else 200,
            "media_type": media_type,
            "digest": digest,
            "warc_file": self._path.name,
            "warc_offset": start,
            "warc_length": middle - start,
            "found": found,
            "via": via,
            "end": self._stream.tell(),
        }

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"{self._path} can't be written: {error.strerror or error}. What was acknowledged before "
                "is safe; free some space or mend the permission, and run the same command again"
            ) from error

    def _abandon(self) -> None:
        """After a failed write: give the file back its last acknowledged length."""
        with suppress(OSError):  # if even this fails, the next sync moves the torn end aside
            os.truncate(self._path, self._good)
        with suppress(OSError):
            self._stream.close()


def index_of(file: Path) -> Path:
    """The index beside a WARC file."""
    return file.with_name(file.name + ".jsonl")


def _set_torn_aside(stream: IO[bytes], file: Path, good: int) -> list[Torn]:
    size = os.fstat(stream.fileno()).st_size
    if size == good:
        return []
    aside = file.with_name(f"{file.name}.torn-{good}")
    stream.seek(good)
    aside.write_bytes(stream.read())
    stream.truncate(good)
    os.fsync(stream.fileno())
    return [Torn(file.name, good, size - good, aside.name)]


def _read_index(index: Path) -> Iterator[dict[str, Any]]:
    if not index.exists():
        return
    with index.open("rb") as stream:
        for line in stream:
            try:
                yield json.loads(line)
            except ValueError:
                return  # a torn last line: what it said is read from the WARC file again


def _append(index: Path, lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    with index.open("ab+") as stream:
        _drop_torn_line(stream)
        stream.write(b"".join(json.dumps(x, ensure_ascii=False).encode() + b"\n" for x in lines))
        stream.flush()
        os.fsync(stream.fileno())


def _drop_torn_line(stream: IO[bytes]) -> None:
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        return
    stream.seek(size - 1)
    if stream.read(1) == b"\n":
        return
    stream.seek(0)
    stream.truncate(stream.read().rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
