"""The doors of the import against damaged files: nothing breaks, and nothing is lost without a word.

What each door must do: take what can be taken; count or tell the rest; refuse a whole file in words.
`judge` raises AssertionError where a row, a record, an entry or a code is neither taken nor told.
"""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline import config as configuration
from pipeline.archive import data_files, workbooks
from pipeline.archive.importing import import_paths
from pipeline.archive.writer import ArchiveWriter
from pipeline.cli.codebooks import _read as read_codebook
from pipeline.config import Config
from pipeline.errors import InputError, PipelineError
from pipeline.labelling import sheet
from pipeline.labelling.codes import Code
from pipeline.labelling.samples import Drawn, Sample
from pipeline.labelling.task import Item, Task
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.themes import Theme, load
from pipeline.themes.codebook_toml import to_toml
from spiders.lists import read_list
from tests.support.damage import (
    DOORS,
    MARK,
    SITE,
    TABLES,
    THEMES,
    spoilt,
    warc,
    warc_records,
    whole,
    words,
    workbook,
)

SHEET, SHEET_BOOK = "labels.csv", "labels.xlsx"
NAMES = (*DOORS, SHEET, SHEET_BOOK)
_COMMENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
BY_LIMITS = ("rows.xlsx", "codebook.xlsx", SHEET_BOOK)
"""Here a process that is ended by its limits is the door's own: it says so in words."""


class Silent(Tell):
    """Keeps what is told."""

    def __init__(self) -> None:
        super().__init__(quiet=True)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def damaged(name: str, number: int) -> bytes:
    """Mutant `number` of a door."""
    if name == SHEET:
        return spoilt(name, number, _sheet(), TABLES)
    if name == SHEET_BOOK:
        return spoilt(name, number, _sheet_book(), DOORS["rows.xlsx"][1])
    return spoilt(name, number)


def undamaged(name: str) -> bytes:
    """A door's file as it should be."""
    return {SHEET: _sheet, SHEET_BOOK: _sheet_book}.get(name, lambda: whole(name))()


def judge(name: str, body: bytes) -> str:
    """ "taken", "in part" or "refused". Raises AssertionError for what is lost without a word."""
    with tempfile.TemporaryDirectory(dir=_memory()) as folder, _workbooks_here():
        file = Path(folder, name)
        file.write_bytes(body)
        if name in (SHEET, SHEET_BOOK):
            return _judge_sheet(file, body)
        if name.startswith("codebook"):
            return _judge_codebook(file, body)
        if name.startswith(("feed", "sitemap")):
            return _judge_list(file, body)
        return _judge_import(file, body)


def _judge_import(file: Path, body: bytes) -> str:
    config, tell = _config(file.parent), Silent()
    taken: list[tuple[str, bytes]] = []
    put = ArchiveWriter.put

    def kept(self: ArchiveWriter, url: str, body: bytes, **about: Any) -> str | None:
        taken.append((url, body + b"\n" + repr(about.get("http_headers")).encode()))
        return put(self, url, body, **about)

    with patch.object(ArchiveWriter, "put", kept):
        try:
            done = import_paths([file], config, tell)
        except InputError as error:
            return _refused(error, file)
    assert done.kept + done.unchanged == len(taken)
    refused = sum(done.refused.values())
    held = b"\n".join(_unpacked(body) + body for _, body in taken)
    told = "\n".join(tell.warnings)
    if "warc" in file.name:
        intact = [
            record
            for record, packed in zip(warc_records(), warc("gz" in file.name), strict=True)
            if packed in body
        ]
        lost = {mark for record in intact for mark in _marks(record)} - _marks(held)
        assert not lost or (refused and "gz" not in file.name), f"lost of whole records: {lost}"
    else:
        table = done.tables[0] if done.tables else {"rows": 0}
        rows = done.kept + done.unchanged + refused - done.refused["truncated"] - done.refused["unreadable"]
        assert rows == table["rows"], f"{table['rows']} rows, of which {rows} are accounted for"
    if "jsonl" in file.name:
        lines = set(_unpacked(body).split(b"\n")[:-1])
        seed = _unpacked(whole(file.name)).split(b"\n")
        lost = _marks(b"\n".join(line for line in seed if line in lines)) - _marks(held)
        assert not lost or done.refused["unreadable"], f"whole lines lost: {lost}"
    if not refused and not told:
        lost = _marks(_plain(body)) - _marks(held)
        assert not lost or file.suffix in (".xlsx", ".parquet"), f"lost without a word: {lost}"
    return "in part" if refused else "taken"


def _judge_list(file: Path, body: bytes) -> str:
    found = read_list(body, f"{SITE}/list.xml")
    if not found.kind:
        return "refused"
    links = "\n".join([*(link for entry in found.entries for link in entry.links), *found.parts])
    open_ones = _COMMENT.sub(b"", _plain(body))
    lines = set(open_ones.splitlines())
    seed = _plain(whole(file.name)).splitlines()
    intact = b"\n".join(line for line in seed if line in lines)
    lost = _marks(intact) - _marks(links.encode())
    assert not lost or b"\0" in _unpacked(body), f"whole entries lost: {lost}"
    return "in part" if found.odd else "taken"


def _judge_codebook(file: Path, body: bytes) -> str:
    tell = Silent()
    try:
        book = read_codebook(file, tell)
    except PipelineError as error:
        return _refused(error, file)
    again = file.with_name("again.toml")
    again.write_text(to_toml(book), encoding="utf-8")
    assert load(again) == book, "what was taken can't be read again"
    held = again.read_bytes()
    lost = _marks(_plain(body)) - _marks(held)
    assert not lost or file.suffix == ".xlsx" or tell.warnings, f"lost without a word: {lost}"
    return "taken"


def _judge_sheet(file: Path, body: bytes) -> str:
    saved: list[Code] = []

    def append(archive: Path, sample_id: str, codes: list[Code]) -> None:
        saved.extend(codes)

    with _task_here(), patch.object(sheet.coding, "append", append):
        try:
            done = sheet.take_in(_config(file.parent), file)
        except PipelineError as error:
            assert not saved
            return _refused(error, file)
    assert done.new == len(saved)
    if file.name == SHEET and _sheet().split(b"\n")[0] == body.split(b"\n")[0]:
        lines = Counter(body.split(b"\n"))
        whole = [line for line in _sheet().split(b"\n")[1:] if line and lines[line]]
        wanted = {(line.split(b":")[2].decode(), theme) for line in whole for theme in THEMES}
        lost = wanted - {(code.passage_id, code.theme) for code in saved}
        assert not lost, f"codes lost without a word: {lost}"
    return "in part" if done.stale else "taken"


def _refused(error: PipelineError, file: Path) -> str:
    """A refusal says which file it is about, in words that can be shown."""
    assert str(file) in str(error), f"does not name the file: {error}"
    assert len(str(error)) > len(str(file)) + 20, f"says too little: {error}"
    return "refused"


def _marks(body: bytes) -> set[bytes]:
    return set(MARK.findall(body))


def _plain(body: bytes) -> bytes:
    """Bytes without their gzip and without the zeros of UTF-16, so that words in them can be found."""
    return _unpacked(body).replace(b"\0", b"")


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    content, inflater = bytearray(), zlib.decompressobj(wbits=31)
    with suppress(zlib.error):
        for at in range(len(body)):
            content += inflater.decompress(body[at : at + 1])
            if inflater.eof:
                inflater = zlib.decompressobj(wbits=31)
    return bytes(content)


def _memory() -> str | None:
    """Where files need not be synced to a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _config(folder: Path) -> Config:
    return configuration.load(folder / "data")


@contextmanager
def _workbooks_here() -> Iterator[None]:
    """Workbooks opened in this process, which has limits of its own: another costs a fifth of a second."""

    def opened(
        file: Path, body: bytes, name: str | None = None, known: Collection[str] = ()
    ) -> workbooks.Sheet:
        if not body.startswith(workbooks.MAGIC):
            raise InputError(f"{file} is called like a workbook and is none")
        found = workbooks.opened(body, name, known)
        if isinstance(found, str):
            raise InputError(f"{file} can't be opened as a workbook: {found}")
        return found

    with patch.object(data_files, "sheet_of", opened), patch.object(workbooks, "sheet_of", opened):
        yield


@cache
def _task() -> Task:
    """A sample of passages that nobody has coded."""
    items = [Item(short_id(f"p{n}"), short_id(words(n)), words(n), {}) for n in range(20)]
    passages = tuple(
        Drawn(item.passage_id, "d", item.text_hash, "s", "evaluation", 1.0, 1.0) for item in items
    )
    sample = Sample("pilot", "", "passage", THEMES, (), "1", {}, (), passages)
    return Task(sample, "ana", [Theme(name, name, "d", (name,)) for name in THEMES], "1", items, 0, 0)


@contextmanager
def _task_here() -> Iterator[None]:
    def task(config: Config, sample_id: str, coder: str) -> Task:
        if (sample_id, coder) != ("pilot", "ana"):
            raise InputError(f"{config.data.with_name(SHEET)}: there is no sample {sample_id!r} of {coder!r}")
        return _task()

    with patch.object(sheet, "task", task), patch.object(sheet, "given", lambda config, todo: {}):
        yield


@cache
def _sheet() -> bytes:
    """A coder's sheet, filled in."""
    with tempfile.TemporaryDirectory() as folder, _task_here():
        path = Path(folder, SHEET)
        sheet.export(_config(Path(folder)), "pilot", "ana", path)
        lines = path.read_bytes().replace(b"\r\n", b"\n").splitlines()
    head, *rows = lines
    cells = (b"1,0", b"x,no", b"yes,?", b"0,1.0", b"TRUE,FALSE")
    filled = [
        row.removesuffix(b",,,") + b"," + cells[n % len(cells)] + b",a note" for n, row in enumerate(rows)
    ]
    return b"\n".join([head, *filled, b""])


@cache
def _sheet_book() -> bytes:
    import csv

    return workbook(list(csv.reader(_sheet().decode("utf-8-sig").splitlines())))
