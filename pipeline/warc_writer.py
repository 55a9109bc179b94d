"""Writing WARC files: what one run of a spider or an import appends to the archive."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import ArchiveError
from pipeline.records import short_id
from pipeline.warc import RUN, digest_of, run_lines, warc_fields
from pipeline.warc_index import append_index, index_of

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


@dataclass(frozen=True, slots=True)
class _Received:
    """What is to be written of one capture."""

    url: str
    body: bytes
    digest: str
    media_type: str
    when: datetime
    http_status: str | None
    http_headers: Headers
    about: Mapping[str, str]

    @property
    def stamp(self) -> str:
        return self.when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
        about = {"source": source, "found": found, "via": via}
        received = _Received(url, body, digest, media_type, when, http_status, http_headers, about)
        with self._writing():
            entry = self._write_capture(received)
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
            append_index(index_of(self._path), self._pending)
        self._pending = []
        if self._stream.tell() > ROTATE_BYTES:
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

    def _write_capture(self, received: _Received) -> dict[str, Any]:
        start = self._stream.tell()
        response = self._response(received)
        self._writer.write_record(response)
        length = self._stream.tell() - start
        metadata = self._writer.create_warc_record(
            received.url,
            "metadata",
            payload=BytesIO(warc_fields({**received.about, "run": self.run.run_id})),
            warc_content_type="application/warc-fields",
            warc_headers_dict={
                "WARC-Date": received.stamp,
                "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        self._writer.write_record(metadata)
        return {
            "url": received.url,
            "fetched_at": received.stamp,
            "status": int(received.http_status.split()[0]) if received.http_status else 200,
            "media_type": received.media_type,
            "digest": received.digest,
            "warc_file": self._path.name,
            "warc_offset": start,
            "warc_length": length,
            **received.about,
            "end": self._stream.tell(),
        }

    def _response(self, received: _Received) -> ArcWarcRecord:
        status, headers = received.http_status, list(received.http_headers)
        http = StatusAndHeaders(status, headers, protocol="HTTP/1.1") if status else None
        return self._writer.create_warc_record(
            received.url,
            "response" if http else "resource",
            payload=BytesIO(received.body),
            length=len(received.body),
            warc_content_type="" if http else received.media_type,
            warc_headers_dict={"WARC-Date": received.stamp, "WARC-Payload-Digest": received.digest},
            http_headers=http,
        )

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
        """After a failed write. What is half-written the next sync moves aside; nothing is cut here."""
        with suppress(OSError):
            self._stream.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
