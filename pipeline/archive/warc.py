"""WARC records: what the archive needs to know of the format. `folder.py` is the door, this the lock."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.utils import Digester

from pipeline.archive.gzip_members import whole_stretches
from pipeline.errors import ArchiveError
from pipeline.limits import BODY, STEP, unpacked
from pipeline.records import short_id

logging.getLogger("warcio").setLevel(logging.CRITICAL)  # what is odd in a file is told in words of ours
RUN = "urn:themeshift:run:"
_CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
SourceOf = Callable[[str], str | None]
Place = tuple[str, int, int]
ABOUT = {
    "found": "found", "via": "via", "run": "run_id", "outcome": "outcome", "asked": "asked",
    "policies": "policies", "signals": "signals", "permission": "permission", "place": "place",
}  # fmt: skip
"""What a metadata record says of the record beside it -> the key of the index line."""


def claim(stream: IO[bytes], file: Path) -> None:
    """Lock a WARC file, as long as `stream` is open. Raises ArchiveError where it is being written."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ArchiveError(f"{file} is being written: wait until that run has ended") from error


def digest_of(body: bytes) -> str:
    """A WARC payload digest: `sha1:` and base 32."""
    digester = Digester("sha1")
    digester.update(body)
    return str(digester)


def decoded(record: ArcWarcRecord, block: bytes) -> bytes:
    """A record's content with transfer and content encoding removed. Raises SetAside as `limits.unpacked`."""
    http = record.http_headers
    encodings = (http.get_header("Content-Encoding") or "") if http is not None else ""
    return unpacked(without_chunks(record, block), encodings)


def _digest(content: IO[bytes]) -> str:
    digester = Digester("sha1")
    while piece := content.read(STEP):
        digester.update(piece)
    return str(digester)


def without_chunks(record: ArcWarcRecord, raw: bytes) -> bytes:
    """A record's content with the transfer encoding removed and the content encoding left."""
    http = record.http_headers
    if http is not None and "chunked" in (http.get_header("Transfer-Encoding") or "").lower():
        return dechunked(raw)[0]
    return raw


def dechunked(raw: bytes) -> tuple[bytes, bool]:
    """A chunked payload's content and whether it has its end; as it is, where it is chunked no more."""
    parts, at = [], 0
    while size := _CHUNK.match(raw, at):
        start = size.end()
        at = start + int(size[1], 16)
        parts.append(raw[start:at])
        if at == start:
            return b"".join(parts), True
        if at > len(raw):
            break
        at += 2 if raw.startswith(b"\r\n", at) else 1 if raw.startswith(b"\n", at) else 0
    return (b"".join(parts), False) if parts else (raw, True)


def media_type_of(record: ArcWarcRecord) -> str:
    """The payload's media type, lower case, without parameters."""
    headers = record.http_headers if record.http_headers is not None else record.rec_headers
    return (headers.get_header("Content-Type") or "").split(";")[0].strip().lower()


def charset_of(record: ArcWarcRecord) -> str | None:
    """The charset that the headers declare, lower case, or None."""
    headers = record.http_headers if record.http_headers is not None else record.rec_headers
    declared = (headers.get_header("Content-Type") or "").lower()
    _, found, charset = declared.partition("charset=")
    return charset.split(";")[0].strip(" \"'") or None if found else None


def whole_parts(stream: IO[bytes], start: int, packed: bool) -> list[tuple[int, int]]:
    """(start, end) of the stretches of whole records from byte `start` on; [] where there are none."""
    if packed:
        return list(whole_stretches(stream, start))
    size = os.fstat(stream.fileno()).st_size
    return [(start, size)] if size > start else []


def scan(stream: IO[bytes], name: str, start: int, end: int, source_of: SourceOf) -> Iterator[dict[str, Any]]:
    """Index lines for the records between two offsets, in their order."""
    lines: dict[str, list[dict[str, Any]]] = {}
    abouts: dict[str, dict[str, str]] = {}
    iterator = QuietIterator(Window(stream, start, end), arc2warc=True)
    for record in iterator:
        kind, headers = record.rec_type, record.rec_headers
        kept = kind in ("response", "resource", "revisit")
        # Asking for the offset reads the record to its end: the content must be taken before.
        digest = headers.get_header("WARC-Payload-Digest") or (_digest(record.raw_stream) if kept else "")
        content = record.raw_stream.read(BODY) if kind == "metadata" else b""
        place = (name, iterator.get_record_offset(), iterator.get_record_length())
        key = headers.get_header("WARC-Record-ID") or str(place[1])
        if kept:
            line = capture_line(record, place, digest, source_of)
            about = abouts.pop(key, None)
            # Somebody else's revisit record speaks of captures that may lie elsewhere.
            lines[key] = [described(line, about or {})] if about or kind != "revisit" else []
        elif kind == "metadata" and (headers.get_header("WARC-Target-URI") or "").startswith(RUN):
            lines[key] = run_lines(json.loads(content), name, place[1], sum(place[1:]))
        elif kind == "metadata":
            _take(read_warc_fields(content), record, place, lines, abouts)
    for found in lines.values():
        yield from found


def _take(
    about: dict[str, str],
    record: ArcWarcRecord,
    place: Place,
    lines: dict[str, list[dict[str, Any]]],
    abouts: dict[str, dict[str, str]],
) -> None:
    """Bring what a metadata record says to the record it is about, before or after it in the file."""
    of = record.rec_headers.get_header("WARC-Concurrent-To")
    if of in lines:  # as files written before there were revisits have it
        lines[of] = [described(line, about) | {"end": sum(place[1:])} for line in lines[of]]
    elif of:
        abouts[of] = about
    elif about.get("outcome") == "gone" or about.get("policy"):  # there is no answer to keep
        key = record.rec_headers.get_header("WARC-Record-ID")
        lines[key] = [described(capture_line(record, place), about)]


def capture_line(
    record: ArcWarcRecord, place: Place, digest: str = "", source_of: SourceOf = lambda url: None
) -> dict[str, Any]:
    """The index line of a capture: `record`, written at `place` (file, offset, length).

    `digest` is that of its content; by default what the record states, or that of no content.
    """
    name, offset, length = place
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    digest = digest or record.rec_headers.get_header("WARC-Payload-Digest") or digest_of(b"")
    http = record.http_headers
    unasked = "0" if record.rec_type == "metadata" else "200"
    status = http.get_statuscode() if http is not None else unasked
    return {
        "type": "capture",
        "capture_id": short_id(url, digest),
        "url": url,
        "source": source_of(url) or "other",
        "fetched_at": record.rec_headers.get_header("WARC-Date"),
        "status": int(status) if status.isdigit() else 0,
        "media_type": media_type_of(record),
        "digest": digest,
        "etag": (http.get_header("ETag") or "") if http is not None else "",
        "last_modified": (http.get_header("Last-Modified") or "") if http is not None else "",
        "warc_file": name,
        "warc_offset": offset,
        "warc_length": length,
        "end": offset + length,
        **dict.fromkeys(ABOUT.values(), ""),
    }


def described(line: dict[str, Any], about: Mapping[str, str]) -> dict[str, Any]:
    """An index line with what the metadata record says: that of a capture, a revisit or a policy file."""
    told = line | {ABOUT[key]: value for key, value in about.items() if key in ABOUT}
    told["source"] = about.get("source") or line["source"]
    if kind := about.get("policy"):
        return {**told, "type": "policy", "policy": kind, "capture_id": about.get("capture", "")}
    outcome = about.get("outcome", "")
    if not outcome or (outcome == "changed" and not about.get("capture")):
        return told
    del told["media_type"], told["digest"]
    more = {"capture_id": about.get("capture", ""), "moved_to": about.get("moved-to", "")}
    at = told.pop("fetched_at")
    return {**told, "type": "revisit", "at": at, **more}


def run_lines(report: dict[str, Any], name: str, start: int, end: int) -> list[dict[str, Any]]:
    """Index lines for a run's report: the run itself, then each URL it refused."""
    refusals = report.pop("refusals")
    run = {"type": "run", **report, "warc_file": name, "warc_offset": start, "end": end}
    return [run] + [
        {"type": "refused", "run_id": report["run_id"], "source": report["source"], **refusal, "end": end}
        for refusal in refusals
    ]


class QuietIterator(ArchiveIterator):  # type: ignore[misc]
    """Records as warcio reads them, without its remarks on the terminal."""

    INC_RECORD = ""


class Window:
    """A stretch of a stream, so that what is torn or damaged is never parsed."""

    def __init__(self, stream: IO[bytes], start: int, end: int) -> None:
        stream.seek(start)
        self._stream = stream
        self._left = end - start

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all that are left by default; none at the end."""
        data = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def tell(self) -> int:
        """The place in the whole stream."""
        return self._stream.tell()


def warc_fields(values: Mapping[str, str]) -> bytes:
    """`application/warc-fields`: a line per value, empty ones left out."""
    lines = (f"{key}: {' '.join(value.split())}\r\n" for key, value in values.items() if value)
    return "".join(lines).encode()


def read_warc_fields(data: bytes) -> dict[str, str]:
    """The values of an `application/warc-fields` block."""
    pairs = (line.partition(": ") for line in data.decode("utf-8", "replace").splitlines())
    return {key: value for key, _, value in pairs}
