"""Doors beside those of the import: settings, answers of services, saves, codings, our own archive, bodies.

Each takes bytes that were spoilt and says "taken" or "refused"; anything else that it raises is a find.
"""

from __future__ import annotations

import gzip
import json
import random
import tempfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from unittest.mock import patch

import brotli

from pipeline import config as configuration
from pipeline.archive import Archive, Run
from pipeline.archive.importing import import_paths
from pipeline.archive.places import host_of
from pipeline.archive.table_dates import DateColumn
from pipeline.archive.warc import dechunked, read_warc_fields
from pipeline.asking import stretch
from pipeline.errors import PipelineError, SetAside
from pipeline.labelling import server as serving
from pipeline.labelling.codings import said_in
from pipeline.labelling.codings_file import Passages
from pipeline.limits import unpacked
from pipeline.readers import dates, urls
from pipeline.records import CaptureRef, short_id
from pipeline.themes.scope import load as load_scope
from spiders.tdm import AiTxt, TdmRep
from spiders.wayback import read_index
from tests.support import damage
from tests.tools import doors

ROOT = Path(__file__).parents[2]
Judge = Callable[[bytes], None]
TEXT = (*damage.LINES, damage.inserting(damage.ANYWHERE), damage.inserting(damage.IN_TABLES))
TOML = damage.DOORS["codebook.toml"][1]
EXPECTED = (PipelineError, SetAside)
AT = datetime(2014, 5, 1, tzinfo=UTC)


def _config(folder: Path) -> configuration.Config:
    return configuration.load(folder / "data")


def _settings(body: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=doors._memory()) as folder:
        file = Path(folder, "config.toml")
        file.write_bytes(body)
        Path(folder, "data").mkdir()
        Path(folder, "data", "reference").symlink_to(ROOT / "data" / "reference")
        configuration.load(Path(folder, "data"), file)


def _sources(body: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=doors._memory()) as folder:
        file = Path(folder, "sources.toml")
        file.write_bytes(body)
        configuration.load_sources(file)


def _scope(body: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=doors._memory()) as folder:
        file = Path(folder, "scope.toml")
        file.write_bytes(body)
        load_scope(file)


def _save(body: bytes) -> None:
    """A save of the coders' page, as its handler takes it."""
    todo = doors._task()
    coding = serving.CodingServer.__new__(serving.CodingServer)
    coding.task, coding.items = todo, {item.passage_id: item for item in todo.items}
    coding.saving, coding.config = Lock(), _config(Path("/nowhere"))
    with patch.object(serving.coding, "append", lambda *_: None), suppress(ValueError, RecursionError):
        coding.save(json.loads(body))


def _codings(name: str) -> Judge:
    def judge(body: bytes) -> None:
        todo = doors._task()
        passages = Passages.of(
            (i.passage_id, "d", i.text_hash, n * 90, n * 90 + 80) for n, i in enumerate(todo.items)
        )
        with tempfile.TemporaryDirectory(dir=doors._memory()) as folder, doors._workbooks_here():
            file = Path(folder, name)
            file.write_bytes(body)
            found = said_in(file, {"access": "Access", "delay": "Delay"}, passages)
            assert found.rows >= len(found.bad)

    return judge


def _imported(name: str) -> Judge:
    def judge(body: bytes) -> None:
        with tempfile.TemporaryDirectory(dir=doors._memory()) as folder:
            file = Path(folder, "pages", name)
            file.parent.mkdir()
            file.write_bytes(body)
            done = import_paths([file.parent], _config(Path(folder)), doors.Silent())
            told = done.kept + done.unchanged + sum(done.refused.values())
            assert told >= 1, "neither taken nor refused"

    return judge


def _own_archive(body: bytes) -> None:
    """A WARC file of ours that was spoilt, with its index: what is there comes, the rest is told."""
    length = int.from_bytes(body[:4])
    with tempfile.TemporaryDirectory(dir=doors._memory()) as folder:
        archive = Archive(Path(folder))
        (Path(folder) / "site-1.warc.gz").write_bytes(body[4 : 4 + length])
        (Path(folder) / "site-1.warc.gz.jsonl").write_bytes(body[4 + length :])
        archive.sync()
        for line in archive.lines():
            if line["type"] == "capture":
                with suppress(*EXPECTED):
                    archive.read(CaptureRef.of(line))


def _body(body: bytes) -> None:
    encodings = ("gzip", "deflate", "br", "gzip, br", "x-gzip", "zstd", "identity", "\x00")
    unpacked(dechunked(body[1:])[0], encodings[body[0] % len(encodings)] if body else "")


def _words(body: bytes) -> None:
    """Text that stands where an address, a day, a period or a field should."""
    for line in body.decode("utf-8", "surrogateescape").splitlines()[:40]:
        for take in (urls.normalise, urls.doi, urls.replayed, urls.site, urls.is_local, host_of, dates.parse,
                     dates.find, dates.alone, dates.in_address):  # fmt: skip
            take(line)
        DateColumn([line])
        with suppress(*EXPECTED):
            stretch.parse(line)
    read_warc_fields(body)


def _rights(body: bytes) -> None:
    for take in (TdmRep.parse, AiTxt.parse):
        with suppress(ValueError, RecursionError):  # as their callers do
            take(body).of("https://www.quillbrook.example/a?b=c")


def _index(body: bytes) -> None:
    with suppress(ValueError, RecursionError):  # as its caller does
        read_index(body)


@cache
def _archived() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        with archive.writer(Run("run-1", "site", AT)) as writer:
            for n in range(4):
                page = f"<html><h1>{n}</h1><p>{damage.words(n)}</p></html>".encode()
                writer.put(f"{damage.SITE}/{n}", page, source="site", media_type="text/html", found="import")
        (warc,) = Path(folder).glob("*.warc.gz")
        packed, index = warc.read_bytes(), warc.with_name(f"{warc.name}.jsonl").read_bytes()
    index = index.replace(warc.name.encode(), b"site-1.warc.gz")
    return len(packed).to_bytes(4) + packed + index


def _coded(separator: str) -> bytes:
    todo = doors._task()
    rows = [separator.join((item.passage_id, "access", str(n % 2))) for n, item in enumerate(todo.items)]
    return "\n".join([separator.join(("passage_id", "theme", "present")), *rows, ""]).encode()


def _coded_lines() -> bytes:
    spans = [{"document_id": "d", "start": n * 90, "end": n * 90 + 40, "theme": "delay"} for n in range(9)]
    whole = [{"passage_id": item.passage_id, "access": 0.4, "delay": None} for item in doors._task().items]
    return b"".join(json.dumps(row).encode() + b"\n" for row in (*whole, *spans))


def _saved() -> bytes:
    item = doors._task().items[0].passage_id
    return json.dumps({"id": item, "codes": {"access": True, "delay": None}, "note": "a note"}).encode()


def _bodies() -> bytes:
    page = b"<html><p>" + damage.words(1).encode() * 20 + b"</p></html>"
    made = dice_of(page).choice(
        (gzip.compress(page, mtime=0), zlib.compress(page), brotli.compress(page), b"5\r\nhello\r\n0\r\n\r\n")
    )
    return b"\x00" + made


def dice_of(body: bytes) -> random.Random:
    """Dice that fall alike for the same bytes."""
    return random.Random(short_id(body.hex()))


def _cdx(table: bool) -> bytes:
    head = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest"]
    rows = [["k", f"2014050{n}000000", f"http://a.example:80/{n}", "text/html", "200", "A"] for n in range(5)]
    if table:
        return json.dumps([head, *rows, [], ["next"]]).encode()
    return b"".join(json.dumps(dict(zip(head, row, strict=True))).encode() + b"\n" for row in rows)


WORDS = "\n".join((
    "https://www.example.org/a/b?c=d#e", "http://web.archive.org/web/20140501000000id_/http://a.example/",
    "10.1136/bmj.g1234", "12 May 2014", "2014-Q1..2015-Q4", "2014-05-01T00:00:00+01:00", "Mai 2014", "41783",
    "//a.example:80/../b", "2013", "1 April 2012 to 3 May 2013", "WARC-Date: 2014-05-01",
)).encode()  # fmt: skip
TDM = json.dumps([{"location": "/a/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/p"}]).encode()

MORE: dict[str, tuple[Callable[[], bytes], tuple[damage.Damage, ...], Judge]] = {
    "config.toml": (lambda: (ROOT / "config.toml").read_bytes(), TOML, _settings),
    "sources.toml": (
        lambda: (ROOT / "data/reference/sources.toml").read_bytes(), TOML, _sources,
    ),
    "scope.toml": (
        lambda: (ROOT / "data/reference/scope.toml").read_bytes(), TOML, _scope,
    ),
    "save.json": (_saved, damage.JSON, _save),
    "codings.csv": (lambda: _coded(","), damage.TABLES, _codings("codings.csv")),
    "codings.tsv": (lambda: _coded("\t"), damage.TABLES, _codings("codings.tsv")),
    "codings.jsonl": (_coded_lines, damage.JSON, _codings("codings.jsonl")),
    "page.html.gz": (
        lambda: gzip.compress(b"<html><p>" + damage.words(1).encode() + b"</p>", mtime=0), damage.PACKED,
        _imported("page.html.gz"),
    ),
    "page.xml": (lambda: damage.sitemap("xml"), damage.XML, _imported("page.xml")),
    "notes.txt": (lambda: damage.words(3).encode(), damage.BLIND, _imported("n\udcff\n.txt")),
    "archive": (_archived, (*damage.BLIND, damage.inserting(damage.IN_JSON)), _own_archive),
    "body": (_bodies, damage.BLIND, _body),
    "words": (lambda: WORDS, TEXT, _words),
    "tdmrep.json": (lambda: TDM, damage.JSON, _rights),
    "cdx.json": (lambda: _cdx(table=True), damage.JSON, _index),
    "cdx.jsonl": (lambda: _cdx(table=False), damage.JSON, _index),
}  # fmt: skip
NAMES = tuple(MORE)


def spoilt(name: str, number: int) -> bytes:
    """Mutant `number` of a door's file."""
    seed, damages, _ = MORE[name]
    return damage.spoilt(name, number, seed(), damages)


def judge(name: str, body: bytes) -> str:
    """ "taken" or "refused". Raises whatever else the door raises."""
    try:
        MORE[name][2](body)
    except EXPECTED as error:
        if not str(error).strip():
            raise AssertionError("refused without a word") from error
        return "refused"
    return "taken"
