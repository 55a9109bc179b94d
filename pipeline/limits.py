"""How much each door takes in, and how what is compressed is unpacked within that: the one place that knows.

A limit is far above what any text needs and far below what a small server has. Unpacking stops where it lies,
so that a bomb of some kilobytes costs no more than a large page does. `DOORS` is the table of docs/limits.md.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, AnyStr, NamedTuple

from pipeline.errors import SetAside

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
BODY = 256 * MEGABYTE
"""A page, a file, a record of a WARC file, unpacked."""
WARC_HEAD = MEGABYTE
"""The head of a WARC record, before its content."""
LIST = 50 * MEGABYTE
"""A feed or a sitemap, unpacked: what the protocol of sitemaps allows."""
LINE = 64 * MEGABYTE
"""A line of a data file, and a cell of one that goes over lines."""
PIECE = 512 * MEGABYTE
"""JSON that is one value from its first line to its last, and a sheet or a codebook as a whole."""
WORKBOOK = 2_000_000_000
"""What the parts of a workbook unpack to, as they say themselves."""
WORD = 400_000_000
"""What the parts of a file of Word unpack to, as they say themselves."""
COLUMNS = 16_384
"""Columns of a table, and fields of a record: what Excel has."""
LEVELS = 100
"""Lists and objects of JSON in one another."""
ANSWER = 100_000
"""A save of the coders' page."""
SAMPLE = 4 * MEGABYTE
"""What is looked at to tell how a CSV file is written."""
STEP = 1 << 18
"""Bytes that are unpacked at a time."""
_ZSTD = b"\x28\xb5\x2f\xfd"


class Door(NamedTuple):
    """What comes in at one place: how much of it at most, and what becomes of more."""

    what: str
    most: str
    otherwise: str


def said(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, name in ((1024 * MEGABYTE, "GB"), (MEGABYTE, "MB"), (KILOBYTE, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


DOORS = (
    Door("an answer of the web, as sent and unpacked", "`crawl.max_megabytes`", "refused, `too large`"),
    Door("a feed or sitemap, unpacked", said(LIST), "read up to there"),
    Door("a page or file to import, plain or gzipped", said(BODY), "refused, `too-large`; the rest is taken"),
    Door("a record of a WARC or ARC file, unpacked", said(BODY), "refused, `too-large`; the rest is taken"),
    Door("the head of a WARC record", said(WARC_HEAD), "refused, `damaged WARC`; the rest is taken"),
    Door("gzip, deflate or brotli in a WARC record", said(BODY), "a row of `capture`, `too-large`"),
    Door("other encodings in a WARC record (zstd)", "none", "a row of `capture`, `unsupported`"),
    Door("a line of a data file, a cell of CSV", said(LINE), "refused, `broken-record`; the rest is taken"),
    Door("JSON in one piece, a codebook, a sheet of codes", said(PIECE), "refused, with what to do"),
    Door("lists and objects in one another", f"{LEVELS} levels", "refused, `broken-record`"),
    Door("columns of a table, fields of a record", f"{COLUMNS:,}", "the table, or the record, is refused"),
    Door("a workbook, unpacked", said(WORKBOOK), "refused, with what to do"),
    Door("a workbook being opened", "4 GB, 120 s, in a process of its own", "refused, with what to do"),
    Door("a file of Word, unpacked", said(WORD), "a row of `capture`, `too-large`"),
    Door(
        "a page, PDF, file of Word or record being read",
        "`read.seconds`, `read.megabytes`, in a process of its own",
        "a row of `capture`: `too-slow`, `too-large`, `crashed`",
    ),
    Door("a save of the coders' page", said(ANSWER), "refused with status 413"),
)  # fmt: skip


def at_most(stream: IO[bytes], most: int = BODY, what: str = "") -> bytes:
    """All of a stream. Raises SetAside("too-large") where it has more."""
    body = stream.read(most + 1)
    if len(body) > most:
        raise SetAside("too-large", f"{what + ' has ' if what else ''}more than {said(most)}")
    return body


class TooLong(str):
    """In place of a line that is longer than any: what is wrong with it."""

    __slots__ = ()


def lines(stream: IO[AnyStr], most: int = 0) -> Iterator[AnyStr | TooLong]:
    """The lines of a stream, each with its end. What is longer than `most` (LINE) is passed over and told."""
    most = most or LINE
    while line := stream.readline(most + 1):
        if len(line) <= most:
            yield line
            continue
        while line and not _ends(line):
            line = stream.readline(most)
        yield TooLong(f"a line of more than {said(most)}")


def _ends(line: str | bytes) -> bool:
    return line[-1:] in ("\n", b"\n")


def unpacked(body: bytes, encodings: str, most: int = 0) -> bytes:
    """A body without its content encodings, a header's value: gzip, deflate, br, one after another.

    Names of no encoding, as servers send them, count for none; what is gzip in name alone stays as it is.
    Raises SetAside: "truncated" for what ends early or is damaged, "too-large" for more than `most` bytes
    (BODY), "unsupported" for an encoding that is not known.
    """
    for name in reversed([each for each in re.split(r"[,\s]+", encodings.lower()) if each]):
        if name in ("gzip", "x-gzip"):
            body = _gunzipped(body, most or BODY) if body[:2] == b"\x1f\x8b" else body
        elif name == "deflate":
            body = _inflated(body, most or BODY)
        elif name == "br":
            body = _unbrotlied(body, most or BODY)
        elif (name == "zstd" and body[:4] == _ZSTD) or name in ("dcz", "dcb", "compress", "x-compress"):
            raise SetAside("unsupported", f"content encoding {name}: no reader unpacks it")
    return body


def _gunzipped(body: bytes, most: int) -> bytes:
    """All members of a gzip file; what stands behind them is none of the content."""
    parts: list[bytes] = []
    left = most
    while body[:2] == b"\x1f\x8b" or not parts:
        inflater = zlib.decompressobj(31)
        parts.append(_within(inflater, body, left, most, "gzip"))
        left -= len(parts[-1])
        body = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _inflated(body: bytes, most: int) -> bytes:
    """Deflate as the standard has it, under the head of zlib, or bare as many servers send it, or gzip."""
    if not body:
        return body
    try:
        return _within(zlib.decompressobj(47), body, most, most, "deflate")
    except SetAside as outcome:
        if outcome.reason == "too-large" or "too early" in outcome.detail:
            raise
    return _within(zlib.decompressobj(-15), body, most, most, "deflate")


def _within(inflater: Any, body: bytes, left: int, most: int, name: str) -> bytes:
    def step(packed: bytes) -> tuple[bytes, bytes, bool]:
        data = inflater.decompress(packed, STEP)
        return data, inflater.unconsumed_tail, inflater.eof

    return _stepwise(step, zlib.error, body, left, most, name)


def _unbrotlied(body: bytes, most: int) -> bytes:
    import brotli

    unpacker = brotli.Decompressor()

    def step(packed: bytes) -> tuple[bytes, bytes, bool]:
        return unpacker.process(packed, output_buffer_limit=STEP), b"", unpacker.is_finished()

    return _stepwise(step, brotli.error, body, most, most, "brotli") if body else body


def _stepwise(
    step: Callable[[bytes], tuple[bytes, bytes, bool]],
    failure: type[Exception],
    packed: bytes,
    left: int,
    most: int,
    name: str,
) -> bytes:
    parts: list[bytes] = []
    ended = False
    while not ended:
        try:
            data, packed, ended = step(packed)
        except failure as error:
            raise SetAside("truncated", f"{name} content: {error}") from error
        if not data and not packed and not ended:
            raise SetAside("truncated", f"{name} content: ends too early")
        left -= len(data)
        if left < 0:
            raise SetAside("too-large", f"{name} content of more than {said(most)}")
        parts.append(data)
    return b"".join(parts)
