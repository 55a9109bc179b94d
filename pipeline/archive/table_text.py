"""The text of tables: their encoding, told from their bytes, and their lines."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from itertools import islice
from pathlib import Path

from pipeline.archive.gzip_members import MAGIC, Inflated
from pipeline.errors import InputError
from pipeline.limits import LINE, PIECE, TooLong, lines

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
OLDER = {"cp1252": "Windows-1252", "mac-roman": "Mac Roman", "cp850": "MS-DOS 850"}
"""What programs wrote before UTF-8, the likeliest first; how people call it."""
DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)
"""What reading a file raises where its gzip is cut off or spoilt."""
_HIGH = re.compile(rb"([\x80-\xff]+)")
_OUT_OF_STEP = re.compile("\u0a00|\ufffd{8}")
"""A line end that is read from its second byte on has a code that stands for nothing; in UTF-32 all has."""
_OFTEN = dict.fromkeys("‘’“”–—…£•€", 3) | dict.fromkeys("éèêëàâçôöüïîñáíóúäßÉ½¼¾°·©®™\xa0", 1)


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` reads the file; bytes that are no UTF-8 are read as `older`, where that is set."""

    name: str
    older: str = ""
    signs: str = ""
    """Some of what `older` made of them."""
    strict: bool = False
    """Whether a person named it: then nothing else is tried."""


def opened(file: Path) -> BufferedReader:
    """The bytes of a file without its gzip, whatever its name says; all up to where that is damaged.

    Reading raises one of DAMAGE there.
    """
    stream = file.open("rb")
    return BufferedReader(Inflated(stream)) if stream.peek(2).startswith(MAGIC[:2]) else stream


def encoding_of(file: Path, named: str | None = None) -> Encoding:
    """The encoding of a table, by its mark, its zeros, or all of its bytes.

    Raises InputError for a `named` encoding that nobody knows.
    """
    with opened(file) as stream, suppress(*DAMAGE):
        head = stream.peek(4096)[:4096]
    if named:
        try:
            b"a".decode(named, "replace")  # refuses codecs that are no encodings of text
            return Encoding(codecs.lookup(named).name, strict=True)
        except LookupError as error:
            raise InputError(
                f"--encoding: no encoding {named!r}; try utf-8, cp1252, mac-roman, utf-16"
            ) from error
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name)
    for name, zeros, others in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        if len(head) > 1 and zeros.count(0) > 0.4 * len(zeros) and others.count(0) < 0.2 * len(others):
            return Encoding(name)
    bad = _no_utf8(file)
    if not bad:
        return Encoding("utf-8")
    scores = {name: _likelihood(bad, name) for name in OLDER}
    older = max(OLDER, key=lambda name: scores[name])  # of equals the first
    signs = "".join(dict.fromkeys(b"".join(islice(bad, 40)).decode(older, "replace")))[:10]
    return Encoding("utf-8", older, signs)


def lines_of(file: Path, encoding: Encoding, most: int = LINE) -> Iterator[str]:
    """The lines of a text file, each with its end; TooLong in place of one with more than `most` bytes.

    Raises InputError where a named encoding does not fit.
    """
    with opened(file) as stream:
        if encoding.name.startswith(("utf-16", "utf-32")):
            errors = "strict" if encoding.strict else "replace"
            wrapped = TextIOWrapper(stream, encoding.name, errors=errors, newline="\n")
            yield from _in_step(_said(lines(wrapped, most), file, encoding), file)
        else:
            yield from _said((_decoded(line, encoding) for line in lines(stream, most)), file, encoding)


def _no_utf8(file: Path) -> Counter[bytes]:
    """Runs of bytes that are no UTF-8, in the order in which they come."""
    bad: Counter[bytes] = Counter()
    try:
        with opened(file) as stream:
            for line in lines(stream, PIECE):
                if isinstance(line, str):
                    continue
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    bad.update(run for run in _HIGH.findall(line) if not _is_utf8(run))
    except DAMAGE:
        pass  # what stands before the damage tells
    return bad


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likelihood(bad: Counter[bytes], name: str) -> int:
    return sum(_OFTEN.get(sign, 0) * n for run, n in bad.items() for sign in run.decode(name, "replace"))


def _decoded(line: bytes | TooLong, encoding: Encoding) -> str:
    if isinstance(line, str):
        return line
    if encoding.strict or not encoding.older:
        return line.decode(encoding.name, "strict" if encoding.strict else "replace")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        runs = _HIGH.split(line)
        return "".join(run.decode("utf-8" if _is_utf8(run) else encoding.older, "replace") for run in runs)


def _in_step(found: Iterable[str], file: Path) -> Iterator[str]:
    """The lines of UTF-16 or UTF-32. Behind a byte that is missing all is other signs, without ends."""
    for number, line in enumerate(found, 1):
        if _OUT_OF_STEP.search(line):
            raise InputError(
                f"{file}: in line {number} a byte of its UTF-16 is missing, or one is too many: nothing from "
                "there on can be read. Save it anew as `CSV UTF-8`, or take that line out"
            )
        yield line


def _said(found: Iterable[str], file: Path, encoding: Encoding) -> Iterator[str]:
    number = 0
    try:
        for number, line in enumerate(found, 1):
            first = number == 1 and line.startswith("\ufeff")
            yield line.removeprefix("\ufeff") if first else line
    except UnicodeError as error:
        raise InputError(
            f"{file} is not {encoding.name} (line {number + 1}: {error}); name another --encoding, or none"
        ) from error
