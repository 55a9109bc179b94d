"""Writing WARC files: what one run of a spider or an import appends to the archive."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Any, Self

from warcio.warcwriter import WARCWriter

from pipeline.archive.gzip_members import Members
from pipeline.archive.index import Refusal, Run, RunReport, index_of
from pipeline.archive.warc import RUN, capture_line, described, digest_of, run_lines
from pipeline.archive.warc_records import Headers, Received, records_of, refers_to
from pipeline.durable import append_lines, seal, sync_folder, to_disk
from pipeline.errors import ArchiveError
from pipeline.records import short_id

ROTATE_BYTES = 1024 * 1024 * 1024
COMMIT_CAPTURES = 50
COMMIT_SECONDS = 1.0


class ArchiveWriter:
    """Appends captures of one run to a WARC file. `commit` is what acknowledges them.

    `known` is what the archive holds already: capture_id -> when it was received. `forgotten` are addresses
    that are not taken in again.
    """

    def __init__(self, folder: Path, run: Run, known: dict[str, str], forgotten: Container[str] = ()) -> None:
        self.run = run
        self.report = RunReport(run.run_id, run.source, run.started_at.isoformat())
        self._folder = folder
        self._known = known
        self._forgotten = forgotten
        self._pending: list[dict[str, Any]] = []
        self._serial = 0
        self._digested = (b"", digest_of(b""))
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
        truncated: str = "",
        **about: str,
    ) -> str | None:
        """Append one capture; returns its id, or None where the archive already holds these bytes, or was
        made to forget the address, which is then refused.

        `http_status` is the status line after the protocol, such as "200 OK"; None for what did not
        come over HTTP, which becomes a `resource` record. `body` is the payload as it was sent,
        content encoding and all; `media_type` is that of the file where there are no headers. `truncated`
        says why it is not all that there was. `about`
        is what is told beside it: `found`, `via`, `asked` (the address asked for, where another
        answered), `outcome` ("changed" where other bytes were there before).
        """
        digest = self._digest_of(body)
        capture_id = short_id(url, digest)
        if url in self._forgotten:
            self.refuse(url, "forgotten")
            return None
        if capture_id in self._known:
            self.report.unchanged += 1
            return None
        when = (fetched_at or datetime.now(UTC)).astimezone(UTC)
        kind = "response" if http_status else "resource"
        told = {"WARC-Payload-Digest": digest} | ({"WARC-Truncated": truncated} if truncated else {})
        received = Received(kind, url, body, media_type, when, http_status, http_headers, told)
        self._pending.append(self._write(received, {"source": source, **about}))
        self._known[capture_id] = received.stamp
        self.report.kept += 1
        self.report.bytes += len(body)
        return capture_id

    def held(self, url: str, body: bytes) -> str | None:
        """The id of the capture of these bytes under `url`, where the archive has it."""
        capture_id = short_id(url, self._digest_of(body))
        return capture_id if capture_id in self._known else None

    def revisit(
        self,
        url: str,
        outcome: str,
        *,
        http_status: str | None = None,
        http_headers: Headers = (),
        body: bytes = b"",
        **about: str,
    ) -> None:
        """Append what asking again for an address gave: unchanged, changed, gone or moved.

        `about` is that of `put`, with `source`, and `capture` (the id of the capture whose bytes the page
        has now) or `moved-to`. Where these bytes are held, a WARC `revisit` record refers to them; an
        error or a redirect is kept as it came; what only a listing said has no answer to keep.
        """
        kind = "revisit" if about.get("capture") else "response" if http_status else "metadata"
        same = None if (http_status or "").startswith("304") else body
        since = self._known.get(about.get("capture", ""), "")
        told = refers_to(url, since, same) if kind == "revisit" else {}
        kept = b"" if kind == "revisit" else body
        received = Received(kind, url, kept, "", datetime.now(UTC), http_status, http_headers, told)
        self._pending.append(self._write(received, {**about, "outcome": outcome}))
        if outcome == "gone":
            self.report.gone += 1
        elif outcome in ("unchanged", "changed"):
            self.report.unchanged += 1

    def policy(
        self, kind: str, url: str, body: bytes, http_status: str, http_headers: Headers, **about: str
    ) -> str:
        """Append what a host answered when asked for a policy file (a revisit if it is held); returns its id.

        `kind` is robots, tdmrep or ai.txt; `url` where the answer came from; `http_status` is empty where
        none came. `about` is that of `put`. It is no capture, and not counted as one.
        """
        digest = digest_of(body)
        policy_id = short_id(about["asked"], digest, http_status)
        since = self._known.get(policy_id)
        record_type = "metadata" if not http_status else "revisit" if since else "response"
        told = refers_to(url, since, body) if since else {"WARC-Payload-Digest": digest}
        if not http_status.startswith("200"):
            told["WARC-Truncated"] = "unspecified"  # what an error page says binds nobody
        kept = b"" if since else body
        received = Received(record_type, url, kept, "", datetime.now(UTC), http_status, http_headers, told)
        self._pending.append(self._write(received, {**about, "policy": kind, "capture": policy_id}))
        self._known.setdefault(policy_id, received.stamp)
        return policy_id

    def refuse(self, url: str, reason: str, via: str = "", found: str = "") -> None:
        """Note a URL that was found and not kept; it is written with the run's report."""
        self.report.refusals.append(Refusal(url, reason, via, found))
        self.report.refused += 1

    def commit(self) -> None:
        """Sync to disk what was put since the last commit: from here on it is acknowledged."""
        with self._writing():
            self._stream.flush()
            to_disk(self._stream.fileno())
            append_lines(index_of(self._path), self._pending)
        self._pending = []
        self._committed = monotonic()
        if self._stream.tell() > ROTATE_BYTES:
            self._close()
            self._open()

    def commit_soon(self) -> None:
        """Hand what was put to the operating system, and `commit` at least every so often.

        What is handed over survives the death of this process; a power cut may cost the captures of the
        last second, which are then not acknowledged and asked for again.
        """
        with self._writing():
            self._stream.flush()
        if len(self._pending) >= COMMIT_CAPTURES or monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def close(self, outcome: str) -> RunReport:
        """Write the run's report into the archive and close the file. Safe to call twice."""
        if self._stream.closed:
            return self.report
        self.report.outcome = outcome
        self.report.finished_at = datetime.now(UTC).isoformat()
        with self._writing():
            start = self._stream.tell()
            body = json.dumps(asdict(self.report), ensure_ascii=False).encode("utf-8", "backslashreplace")
            record = self._writer.create_warc_record(
                RUN + self.run.run_id,
                "metadata",
                payload=BytesIO(body),
                warc_content_type="application/json",
            )
            self._writer.write_record(record)
            self._pending += run_lines(asdict(self.report), self._path.name, start, self._stream.tell())
        self.commit()
        self._close()
        return self.report

    def _close(self) -> None:
        """Close the file, and seal it with its index: from here on neither changes."""
        self._stream.close()
        with self._writing():
            seal(self._path, index_of(self._path))

    def _digest_of(self, body: bytes) -> str:
        """Its payload digest, taken once for `held` and `put`."""
        if body is not self._digested[0]:
            self._digested = (body, digest_of(body))
        return self._digested[1]

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
        self._writer = WARCWriter(Members(self._stream), gzip=False, warc_version="WARC/1.1")
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
        sync_folder(self._folder)

    def _write(self, received: Received, about: Mapping[str, str]) -> dict[str, Any]:
        """Append the metadata record, then what it is about: so an answer never stands unexplained."""
        told = {**about, "run": self.run.run_id}
        with self._writing():
            metadata, record = records_of(received, told, self._writer)
            start = self._stream.tell()
            self._writer.write_record(metadata)
            if record:
                start = self._stream.tell()
                self._writer.write_record(record)
            place = (self._path.name, start, self._stream.tell() - start)
        return described(capture_line(record or metadata, place), told)

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
