"""WARC and ARC files of other tools: their records one by one, and what can't be read of them.

Written for files as they are met: cut off by a full disk or a lost connection, with wrong lengths, damaged
in the middle, gzipped as a whole, with dates and addresses that are none. One bad record costs itself alone.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from pipeline.archive.answers import Answer, Unread, answer_of, url_of
from pipeline.archive.gzip_members import MAGIC
from pipeline.archive.warc import QuietIterator, Window, whole_parts
from pipeline.limits import BODY, WARC_HEAD, said

WORTHLESS = ("conversion", "continuation")
"""Kinds of record that hold no answer of their own: another program's text of one, and the rest of one."""

SILENT = ("warcinfo", "request", "metadata", "revisit")
"""Kinds that are not even counted: they are there to go with answers."""

_BEGIN = re.compile(rb"WARC/\d\.\d+\r?\n$")
_ENDS = re.compile(rb"[\r\n]*(?:WARC/\d|\Z)|\r\n\r\n|\n\n")
"""What follows a whole record: the next, the end, or two empty lines and whatever."""
_NEXT = re.compile(rb"WARC/\d\.\d+\r?\n(?:WARC-|Content-)", re.IGNORECASE)


def answers(file: Path) -> Iterator[Answer | Unread]:
    """The answers in a WARC or ARC file, in order, and between them what can't be taken.

    Raises OSError where the file can't be read.
    """
    with file.open("rb") as stream:
        begin = stream.read(9)
        plain = begin.startswith((b"WARC/", b"filedesc:"))
        packed = begin.startswith(MAGIC) or (file.name.endswith(".gz") and not plain)
        size, at = os.fstat(stream.fileno()).st_size, 0
        for start, end in whole_parts(stream, 0, packed):
            if start > at:
                yield _damage(file, at, start)
            yield from _part(stream, start, end, packed, file)
            at = end
        if at < size or not size:
            yield from _end(stream, at, size, file)


def _damage(file: Path, start: int, end: int) -> Unread:
    what = f"{file} is truncated or damaged at byte {start}: {end - start} bytes hold no whole record"
    return Unread("", "damaged WARC", f"{what}; the records before that were kept, and any behind it")


def _part(stream: IO[bytes], start: int, end: int, packed: bool, file: Path) -> Iterator[Answer | Unread]:
    window = Window(stream, start, end)
    source = _Source(_Inflated(window) if packed else window)
    first = source.line()
    source.unread(first)
    if first.startswith((b"filedesc:", b"http://", b"https://")):
        yield from _arc(Window(stream, start, end), file)
    else:
        yield from _warc(source, file)


def _end(stream: IO[bytes], start: int, end: int, file: Path) -> Iterator[Answer | Unread]:
    """What a gzipped file that was cut off still gives: whole records, and the name of the last one."""
    named = False
    with suppress(zlib.error):
        check = _Inflated(Window(stream, start, end))
        while check.read(1 << 20):  # damage shows before anything is taken
            pass
        for found in _warc(_Source(_Inflated(Window(stream, start, end))), file):
            named = named or isinstance(found, Unread)
            yield found
    if not named:
        yield _damage(file, start, end)


class _Inflated:
    """The content of gzip members as far as it goes. Reading raises zlib.error where one is damaged."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._inflater = zlib.decompressobj(wbits=31)
        self._packed = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        data = b""
        while not data and (self._packed or (more := self._window.read(1 << 16))):
            data = self._inflater.decompress(self._packed or more, size)
            self._packed = self._inflater.unconsumed_tail or self._inflater.unused_data
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(wbits=31)
        return data


def _arc(window: Window, file: Path) -> Iterator[Answer | Unread]:
    try:
        for record in QuietIterator(window, arc2warc=True):
            if record.rec_type == "response":
                body = record.raw_stream.read(BODY + 1)
                cut = getattr(record.raw_stream, "limit", 0)
                if len(body) > BODY:
                    yield _too_large(url_of(record), file)
                else:
                    yield _cut_off(url_of(record), file) if cut else answer_of(record, body, file)
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError) as error:
        yield Unread(
            "", "damaged WARC", f"{file} is damaged ({_reason(error)}); the records before were kept"
        )


class _Source:
    """Bytes that are read forward, and may be given back."""

    def __init__(self, stream: IO[bytes] | Window | _Inflated) -> None:
        self._stream = stream
        self._kept = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; fewer only at the end."""
        data, self._kept = self._kept[:size], self._kept[size:]
        parts = [data]
        size -= len(data)
        while size > 0 and (more := self._stream.read(min(size, 1 << 20))):
            parts.append(more)
            size -= len(more)
        return b"".join(parts)

    def line(self) -> bytes:
        """Up to the next line feed, or 64 KiB."""
        found = self.read(1024)
        while b"\n" not in found and len(found) < 1 << 16 and (more := self.read(1024)):
            found += more
        line, feed, rest = found.partition(b"\n")
        self.unread(rest)
        return line + feed

    def unread(self, data: bytes) -> None:
        """Give bytes back, to be read next."""
        self._kept = data + self._kept


def _warc(source: _Source, file: Path) -> Iterator[Answer | Unread]:
    """Records up to the end of the source; behind a bad one, from where the next begins."""
    lost = 0
    while line := source.line():
        begins = _BEGIN.search(line)
        lost += len(line[: begins.start() if begins else None].strip())
        if not begins:
            continue
        if lost:
            yield Unread("", "damaged WARC", f"{file}: {lost} bytes between two records belong to none")
        lost = 0
        head, size = [begins[0]], 0
        while (line := source.line()).strip() and not _BEGIN.search(line):
            size += len(line)
            head += [line] if size <= WARC_HEAD else []
        if _BEGIN.search(line):
            source.unread(line)
        record = _loaded(b"".join(head) + b"\r\n") if size <= WARC_HEAD else None
        yield from _of_record(record, source, file)
    if lost:
        yield Unread("", "damaged WARC", f"{file}: {lost} bytes at its end belong to no record")


def _of_record(record: ArcWarcRecord | None, source: _Source, file: Path) -> Iterator[Answer | Unread]:
    url = url_of(record) if record else ""
    stated = (record.rec_headers.get_header("Content-Length") or "").strip() if record else ""
    if record is None or not re.fullmatch(r"\d{1,15}", stated):
        yield Unread(url, "damaged WARC", f"{file}: the record of {url or 'no address'} states no length")
        return
    length = int(stated)
    block = source.read(min(length, BODY))
    if length > BODY:
        while (length := length - BODY) > 0 and source.read(min(length, BODY)):
            pass
        yield _too_large(url, file)
        return
    ahead = source.read(32)
    source.unread(ahead)
    if len(block) == length and _ENDS.match(ahead):
        if (found := _wanted(record, block, file)) is not None:
            yield found
        return
    begins = _NEXT.search(block + ahead)
    if begins and begins.start() < len(block):  # the length reaches into the next record
        source.unread(block[begins.start() :])
    if record.rec_type not in SILENT or block.startswith(b"HTTP/"):
        yield _cut_off(url, file)


def _too_large(url: str, file: Path) -> Unread:
    return Unread(url, "too-large", f"{file}: the record of {url} has more than {said(BODY)}: not taken")


def _cut_off(url: str, file: Path) -> Unread:
    told = f"{file}: the record of {url or 'no address'} is cut off, or its length is wrong: not taken"
    return Unread(url, "truncated", told)


def _wanted(record: ArcWarcRecord, block: bytes, file: Path) -> Answer | Unread | None:
    if record.rec_type in WORTHLESS:
        return Unread(url_of(record), f"{record.rec_type} record")
    if record.rec_type in ("response", "resource"):
        return answer_of(record, block, file)
    answered = block.startswith(b"HTTP/") and record.rec_type != "revisit"
    if record.rec_type in SILENT and not answered:
        return None
    kind = f"of no known kind ({record.rec_type!r:.60})" if not answered else "an answer under another name"
    told = f"{file}: the record of {url_of(record) or 'no address'} is {kind}: not taken"
    return Unread(url_of(record), "damaged WARC", told)


def _loaded(head: bytes) -> ArcWarcRecord | None:
    try:
        return ArcWarcRecordLoader().parse_record_stream(BytesIO(head), no_record_parse=True)
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError):
        return None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
