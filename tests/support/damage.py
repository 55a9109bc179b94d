"""Files for the doors of the import, and what happens to files: cut, spoilt, joined, saved elsewhere."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import xlsxwriter

Damage = Callable[[bytearray, random.Random], None]
MARK = re.compile(rb"mark\d{4}x")
"""A word of its own in each row, record or entry: as long as it stands in a file, it must come out."""
SITE = "https://www.quillbrook.example"
THEMES = ("access", "delay")
ROWS = 24

ANYWHERE = (
    b"\x00", b"\x00" * 512, b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\x85", b"\xe2\x80\xa8", b"\r", b"\n",
    b"\r\n", b"\n\n", b"\xed\xa0\x80", "\u202e".encode(), "\u0301".encode() * 40, b"9" * 400,
    b"x" * 200_000, b"\x1b[2J", b"\x1f\x8b\x08",
)  # fmt: skip
IN_TABLES = (
    b'"', b'""', b'","', b"'", b",", b";", b"\t", b"|", b"\\", b"sep=;\n", b"=1+1", b"#N/A", b"NaN",
    b"NULL", b"32/13/2014", b"0000-00-00", b"2014-02-30", b"1e400", b"-1", b"24 mai 2014", b"41783",
    b"1400889600000", b"http://[::1", b"javascript:alert(1)", b"../../etc/passwd", b"0", b"7", b"7.0",
    b"id,date,title,text\n",
)  # fmt: skip
IN_JSON = (
    b"{", b"}", b"[" * 3000, b'{"a":' * 3000, b"]", b",", b":", b'"', b"null", b"NaN", b"-Infinity",
    b"1e999", b"\\ud800", b"\\u0000", b'"text":7,', b'"text":["a",{"b":1}],', b'"id":true,',
    b'"published":{"year":2014},', b"[]", b"\x1e", b'"url":"http://[::1",', b"9" * 5000, b"'",
    b"// a remark\n", b'"other":{"x":1},', b"\\",
)  # fmt: skip
IN_XML = (
    b"&", b"&nbsp;", b"&#0;", b"&#xD800;", b"<", b">", b"]]>", b"<![CDATA[", b"<!--", b"-->",
    b"<?php x ?>", b"<b>", b"</url>", b"<item>", b"</item>", b"<div>" * 3000,
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<loc>http://[::1</loc>", b"<html>", b"<link/>", b"<guid>7</guid>",
    b"xml:base='http://[' ", b"xmlns:a='b' ", b"<?xml version='1.1' encoding='x'?>", b"</rss>",
)  # fmt: skip
IN_WARC = (
    b"WARC/1.0\r\n", b"WARC/1.1\r\nWARC-Type: response\r\n", b"Content-Length: 99999999999\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: x\r\n", b"WARC-Date: soon\r\n",
    b"WARC-Target-URI: <http://[::1>\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"FFFFFFFF\r\n",
    b"Content-Type: text/html; charset=no\x00such\r\n", b"WARC-Truncated: length\r\n", b"\r\n\r\n",
    b"filedesc://a 0 0 0 0\n",
)  # fmt: skip
IN_TOML = (
    b"[theme]", b"[theme.a]\n", b"=", b'"""', b"'''", b"[[", b"label = 7\n", b"\\u0000", b"# a remark\n",
    b"include = [1]\n",
)  # fmt: skip


def words(number: int) -> str:
    """What row `number` says."""
    return f"mark{number:04d}x: the parish council spoke of its ducks, for the {number}th time – at length."


def rows() -> list[dict[str, Any]]:
    """Rows as tables have them."""
    return [
        {
            "id": n,
            "date": f"{n % 28 + 1:02d}/0{n % 9 + 1}/2014",
            "title": f"Ducks, part {n}",
            "text": words(n),
        }
        for n in range(ROWS)
    ]


def flip(body: bytearray, dice: random.Random, most: int = 12) -> None:
    """Some bytes, `most` of them, are others."""
    for _ in range(dice.randint(1, most)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)


def cut(body: bytearray, dice: random.Random, most: int = 600) -> None:
    """A stretch of less than `most` bytes is gone."""
    start = dice.randrange(len(body) + 1)
    del body[start : start + dice.randrange(1, most)]


def end(body: bytearray, dice: random.Random) -> None:
    """All from somewhere on is gone."""
    del body[dice.randrange(len(body) + 1) :]


def zeros(body: bytearray, dice: random.Random) -> None:
    """A block that was never written."""
    start = dice.randrange(len(body) + 1)
    body[start : start + 256] = bytes(len(body[start : start + 256]))


def again(body: bytearray, dice: random.Random) -> None:
    """A stretch stands there several times."""
    start = dice.randrange(len(body) + 1)
    body[start:start] = body[start : start + dice.randrange(1, 400)] * dice.choice((1, 2, 50))


def joined(body: bytearray, dice: random.Random) -> None:
    """The file is appended to itself, header and all, with or without a line end between."""
    body += dice.choice((b"", b"\n", b"\r\n")) + body


def line_ends(body: bytearray, dice: random.Random) -> None:
    """Lines end as other systems have it, all or some."""
    ends = dice.choice(((b"\r\n",), (b"\r",), (b"\n", b"\r\n", b"\r")))
    body[:] = b"".join(line + dice.choice(ends) for line in bytes(body).splitlines())


def shuffled(body: bytearray, dice: random.Random) -> None:
    """Lines stand in another order: the header within."""
    lines = bytes(body).splitlines(keepends=True)
    dice.shuffle(lines)
    body[:] = b"".join(lines)


def recoded(body: bytearray, dice: random.Random) -> None:
    """Saved in another encoding, all of it or some lines."""
    name = dice.choice(("utf-16", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "mac-roman", "cp037"))
    lines = bytes(body).decode("utf-8", "replace").splitlines(keepends=True)
    if dice.random() < 0.7 or name.startswith("utf"):
        body[:] = "".join(lines).encode(name, "replace")
    else:
        body[:] = b"".join(line.encode(dice.choice((name, "utf-8")), "replace") for line in lines)


def twice_encoded(body: bytearray, dice: random.Random) -> None:
    """UTF-8 that was taken for cp1252 and saved as UTF-8."""
    body[:] = bytes(body).decode("cp1252", "replace").encode()


def repacked(body: bytearray, dice: random.Random) -> None:
    """Gzipped once more, or no more; or cut off after that."""
    try:
        body[:] = gzip.decompress(bytes(body))
    except (OSError, EOFError, ValueError, gzip.zlib.error):  # type: ignore[attr-defined]
        body[:] = gzip.compress(bytes(body), mtime=0)
        if dice.random() < 0.4:
            dice.choice((end, flip))(body, dice)


def inserting(junk: tuple[bytes, ...]) -> Damage:
    """A damage that puts one of these, or what may stand anywhere, somewhere."""

    def insert(body: bytearray, dice: random.Random) -> None:
        start = dice.randrange(len(body) + 1)
        piece = dice.choice(dice.choice((junk, junk, ANYWHERE)))
        body[start:start] = piece * (dice.choice((1, 1, 1, 2, 30)) if len(piece) < 10_000 else 1)

    return insert


BLIND = (flip, cut, end, zeros, again)
LINES = (*BLIND, joined, line_ends, shuffled, recoded, twice_encoded, repacked)


def delimited(separator: str, quoting: int = csv.QUOTE_MINIMAL, line_end: str = "\r\n") -> bytes:
    """The rows as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(
        out, list(rows()[0]), delimiter=separator, quoting=quoting, lineterminator=line_end
    )  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows())
    return out.getvalue().encode()


def parquet() -> bytes:
    """The rows as a Parquet file, with columns of many kinds."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE rows (id INTEGER, date TIMESTAMPTZ, title TEXT, text BLOB, tags TEXT[])"
        )
        for row in rows():
            values = [
                row["id"],
                f"2014-05-{row['id'] % 28 + 1:02d} 23:30:00+00",
                row["title"],
                row["text"].encode(),
                ["a", None],
            ]
            connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", values)
        file = Path(folder, "a.parquet")
        connection.execute(f"COPY rows TO '{file}' (FORMAT parquet)")
        return file.read_bytes()


def workbook(table: list[list[Any]]) -> bytes:
    """A table as a workbook, with a merged cell, a formula and a second sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2014, 6, 1)})
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
        sheet.merge_range(2, 8, 5, 8, "merged")
        sheet.write_formula(3, 9, "=1+1", value=2)
        book.add_worksheet("Notes").write(0, 0, "a note")
    return out.getvalue()


def part_of(damages: tuple[Damage, ...]) -> Damage:
    """A damage to one part of a zip archive, which is packed again."""

    def inside(body: bytearray, dice: random.Random) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            OSError,
            ValueError,
            EOFError,
            RuntimeError,
            gzip.zlib.error,
        ):  # type: ignore[attr-defined]
            return flip(body, dice)
        if not parts:
            return flip(body, dice)
        name = dice.choice(
            sorted(parts) + [name for name in sorted(parts) if "sheet1" in name or "Strings" in name] * 3
        )
        spoilt = bytearray(parts[name])
        dice.choice(damages)(spoilt, dice)
        if dice.random() < 0.05:
            del parts[name]
        else:
            parts[name] = bytes(spoilt)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts.items():
                archive.writestr(zipfile.ZipInfo(name), part)
        body[:] = out.getvalue()
        return None

    return inside


def warc_records() -> list[bytes]:
    """Records as crawlers write them: information, requests, answers, some of them odd."""
    info = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Date: 2014-06-01T00:00:00Z\r\nContent-Length: 9\r\n\r\n"
    made = [info + b"software:\r\n\r\n"]
    for n in range(8):
        page = f"<!doctype html><html><body><p>{words(n) * 5}</p></body></html>".encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        if n % 4 == 1:
            head, page = head + b"Content-Encoding: gzip\r\n", gzip.compress(page, mtime=0)
        if n % 4 == 2:
            head, page = (
                head + b"Transfer-Encoding: chunked\r\n",
                b"%x\r\n%s\r\n0\r\n\r\n" % (len(page), page),
            )
        block = head + b"\r\n" + page
        about = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {SITE}/{n}\r\n"
            f"WARC-Date: 2014-06-01T00:00:0{n}Z\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{n:012d}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        made.append(about.encode() + block + b"\r\n\r\n")
    return made


def warc(packed: bool) -> list[bytes]:
    """The records as a file has them: gzipped one by one, or plain."""
    return [gzip.compress(record, mtime=0) if packed else record for record in warc_records()]


def of_records(packed: bool) -> Damage:
    """Damage to the records of a WARC file themselves, or to their order."""
    insert = inserting(IN_WARC)

    def spoil(body: bytearray, dice: random.Random) -> None:
        records = warc_records()
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(records))
            kind = dice.choice((flip, cut, end, zeros, insert, insert, again))
            spoilt = bytearray(records[at])
            kind(spoilt, dice)
            records[at] = bytes(spoilt)
        if dice.random() < 0.3:
            dice.shuffle(records)
        whole = dice.random() < 0.1
        parts = [gzip.compress(record, mtime=0) if packed and not whole else record for record in records]
        body[:] = gzip.compress(b"".join(parts), mtime=0) if packed and whole else b"".join(parts)

    return spoil


def feed(atom: bool = False) -> bytes:
    """A feed of news."""
    place = "{site}/mark{n:04d}x"
    day = "Mon, 02 Jun 2014 09:00:00 GMT"
    news = f"<title>Ducks &amp; {{n}}</title><link>{place}</link><pubDate>{day}</pubDate>"
    dated = f"<title>Ducks {{n}}</title><link href='{place}'/><updated>2014-06-01T00:00:00Z</updated>"
    entry = f"<entry>{dated}</entry>" if atom else f"<item>{news}</item>"
    items = "\n".join(entry.format(n=n, site=SITE) for n in range(ROWS))
    head = "<?xml version='1.0' encoding='utf-8'?>\n"
    if atom:
        return f"{head}<feed xmlns='http://www.w3.org/2005/Atom'>\n{items}\n</feed>".encode()
    return f"{head}<rss version='2.0'><channel><title>Ducks é</title>\n{items}\n</channel></rss>".encode()


def sitemap(form: str) -> bytes:
    """A sitemap as XML, as an index of others, or as text."""
    places = [f"{SITE}/mark{n:04d}x" for n in range(ROWS)]
    if form == "text":
        return "\n".join(places).encode()
    whole, one = ("sitemapindex", "sitemap") if form == "index" else ("urlset", "url")
    entries = "\n".join(f"<{one}><loc>{place}</loc><lastmod>2014-06-01</lastmod></{one}>" for place in places)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return (
        f"<?xml version='1.0' encoding='utf-8'?>\n<{whole} xmlns='{space}'>\n{entries}\n</{whole}>".encode()
    )


def codebook(kind: str) -> bytes:
    """A codebook of a few themes, as another program would write it."""
    from pipeline.themes import Codebook, Theme
    from pipeline.themes.codebook_csv import to_csv
    from pipeline.themes.codebook_qdc import to_qdc
    from pipeline.themes.codebook_toml import to_toml

    themes = tuple(
        Theme(
            f"theme-{n}",
            f"Theme {n}",
            f"What {n} is, “at length”.",
            (f"mark{n:04d}x", f"duck {n}*"),
            (f"Ducks are {n}.",),
        )
        for n in range(6)
    )
    book = Codebook("2014", themes)
    if kind == "xlsx":
        return workbook(list(csv.reader(io.StringIO(to_csv(book)))))
    return to_qdc(book) if kind == "qdc" else (to_toml(book) if kind == "toml" else to_csv(book)).encode()


def jsonl(lines: bool = True) -> bytes:
    """The rows as JSON lines, or as one list."""
    if lines:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows()).encode()
    return json.dumps(rows(), ensure_ascii=False, indent=1).encode()


def table_cells() -> list[list[Any]]:
    """The rows with their header, for a workbook."""
    return [list(rows()[0]), *(list(row.values()) for row in rows())]


TABLES = (*LINES, *[inserting(IN_TABLES)] * 6)
JSON = (*LINES, *[inserting(IN_JSON)] * 6)
XML = (*LINES, *[inserting(IN_XML)] * 6)
PACKED = (*BLIND, repacked)
IN_PARTS = part_of((*BLIND, *[inserting(IN_XML)] * 3, recoded))

DOORS: dict[str, tuple[Callable[[], bytes], tuple[Damage, ...]]] = {
    "rows.csv": (lambda: delimited(","), TABLES),
    "quoted.csv": (lambda: delimited(";", csv.QUOTE_ALL), TABLES),
    "rows.tsv": (lambda: delimited("\t", line_end="\n"), TABLES),
    "rows.csv.gz": (lambda: gzip.compress(delimited(","), mtime=0), PACKED),
    "rows.jsonl": (jsonl, JSON),
    "rows.jsonl.gz": (lambda: gzip.compress(jsonl(), mtime=0), PACKED),
    "rows.json": (lambda: jsonl(lines=False), JSON),
    "rows.parquet": (parquet, BLIND),
    "rows.xlsx": (lambda: workbook(table_cells()), (*BLIND, *[IN_PARTS] * 12)),
    "crawl.warc": (lambda: b"".join(warc(False)), (*BLIND, inserting(IN_WARC), *[of_records(False)] * 3)),
    "crawl.warc.gz": (lambda: b"".join(warc(True)), (*BLIND, repacked, *[of_records(True)] * 3)),
    "feed.rss": (feed, XML),
    "feed.atom": (lambda: feed(atom=True), XML),
    "sitemap.xml": (lambda: sitemap("xml"), XML),
    "sitemap-index.xml": (lambda: sitemap("index"), XML),
    "sitemap.txt": (lambda: sitemap("text"), XML),
    "sitemap.xml.gz": (lambda: gzip.compress(sitemap("xml"), mtime=0), PACKED),
    "codebook.csv": (lambda: codebook("csv"), TABLES),
    "codebook.xlsx": (lambda: codebook("xlsx"), (*BLIND, *[IN_PARTS] * 12)),
    "codebook.qdc": (lambda: codebook("qdc"), XML),
    "codebook.toml": (lambda: codebook("toml"), (*LINES, *[inserting(IN_TOML)] * 4)),
}  # fmt: skip
"""Name of a file -> what makes it whole, and what may happen to it. Label sheets: tests/tools/doors.py."""


@cache
def whole(name: str) -> bytes:
    """The file as it should be."""
    return DOORS[name][0]()


def spoilt(name: str, number: int, seed: bytes | None = None, damages: tuple[Damage, ...] = ()) -> bytes:
    """Mutant `number` of a door's file: the same whenever it is made."""
    dice = random.Random(f"{name} {number}")
    body = bytearray(whole(name) if seed is None else seed)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5))):
        dice.choice(damages or DOORS[name][1])(body, dice)
    return bytes(body)
