"""Inputs made by hand to hurt a reader: large, deep, endless, or not what they say."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

from pipeline.records import Capture
from spiders.sampleweb.pdf import write_pdf

FETCHED = datetime(2024, 11, 1, tzinfo=UTC)
WORDS = b"<p>Commissioners met in the town hall and argued at length about the clinics.</p>"


def page(body: bytes, media_type: str = "text/html") -> Capture:
    """A capture of a page that no source's reader knows."""
    return Capture("https://example.org/a", "files", FETCHED, media_type, body)


_PARAGRAPHS = b"<w:p><w:r><w:t>Commissioners met and argued about clinics.</w:t></w:r></w:p>" * 9


def docx(inner: bytes = _PARAGRAPHS) -> bytes:
    """A file of Word with nothing but what must be there, and this for its text; not packed."""
    office = b"http://schemas.openxmlformats.org"
    word = office + b"/wordprocessingml/2006/main"
    types = office + b"/package/2006/content-types"
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relation = office + b"/officeDocument/2006/relationships/officeDocument"
    packed = b"application/vnd.openxmlformats-package.relationships+xml"
    default = b'<Default Extension="rels" ContentType="%b"/>' % packed
    main = b'<Override PartName="/word/document.xml" ContentType="%b"/>' % kind
    link = b'<Relationship Id="r1" Type="%b" Target="word/document.xml"/>' % relation
    parts = {
        "[Content_Types].xml": b'<Types xmlns="%b">%b%b</Types>' % (types, default, main),
        "_rels/.rels": b'<Relationships xmlns="%b/package/2006/relationships">%b</Relationships>'
        % (office, link),
        "word/document.xml": b'<w:document xmlns:w="%b"><w:body>%b</w:body></w:document>' % (word, inner),
    }
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


@cache
def monsters() -> dict[str, Callable[[], Capture]]:
    """Inputs made by hand: name -> how to make it, for some are large."""
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE article [<!ENTITY e0 "lol">' + entities + b"]>"
    return {
        "50 MB of paragraphs": lambda: page(b"<article>" + WORDS * (50_000_000 // len(WORDS))),
        "50 MB in one paragraph": lambda: page(b"<article><p>" + b"words and " * 5_000_000),
        "100,000 nested divisions": lambda: page(b"<div>" * 100_000 + WORDS * 9),
        "100,000 nested articles": lambda: page((b"<article>" + WORDS) * 100_000),
        "100,000 nested brackets": lambda: page(b'{"text":' * 100_000, "application/json"),
        "100,000 nested arrays in JSON-LD": lambda: page(
            b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>" + WORDS * 9
        ),
        "100,000 tables in tables": lambda: page(b"<table><tr><td>" * 100_000 + WORDS * 9),
        "a million line breaks": lambda: page(b"<article><p>x" + b"<br>" * 1_000_000 + b"</article>"),
        "a million spaces": lambda: page(b"<article><p>By" + b" " * 1_000_000 + b"Smith</p>" + WORDS * 9),
        "a million capitals": lambda: page(b"<h1>" + b"A " * 1_000_000 + b"</h1>" + WORDS * 9),
        "a title of a million bars": lambda: page(b"<title>" + b"a | " * 1_000_000 + b"</title>" + WORDS * 9),
        "a million attributes": lambda: page(b"<p " + b"a=b " * 1_000_000 + b">" + WORDS * 9),
        "200,000 links": lambda: page(b"<body>" + b"<a href='/x'>more of the same</a> " * 200_000),
        "100,000 authors": lambda: page(
            b"<meta name=citation_author content='A Muster'>" * 100_000 + WORDS * 9
        ),
        "an entity bomb in XML": lambda: page(
            bomb + b"<article><front><article-title>&e11;</article-title></front></article>",
            "application/xml",
        ),
        "an entity bomb in HTML": lambda: page(bomb + b"<html><p>&e11;</p>" + WORDS * 9),
        "nothing but null bytes": lambda: page(b"\x00" * 1_000_000),
        "null bytes between": lambda: page(WORDS.replace(b"e", b"e\x00") * 20),
        "mixed encodings": lambda: page(
            WORDS * 3 + "<p>Träge Ämter</p>".encode("cp1252") + "é€ ".encode() * 99
        ),
        "right-to-left marks": lambda: page(WORDS.replace(b" ", " \u202e\u2067".encode()) * 20),
        "zero-width characters": lambda: page(WORDS.replace(b"e", "e\u200b\u200d".encode()) * 20),
        "a million combining marks": lambda: page(
            b"<article><p>e" + "\u0301".encode() * 1_000_000 + WORDS * 9
        ),
        "a page of script alone": lambda: page(
            b"<html><body><div id=root></div><script>" + b"var a=1;" * 50_000 + b"</script></body></html>"
        ),
        "50 MB of text": lambda: page(b"Commissioners met and argued.\n\n" * 1_600_000, "text/plain"),
        "50 MB of JSON": lambda: page(b'{"text":"' + b"words " * 8_000_000 + b'"}', "application/json"),
        "a PDF that refers to itself": lambda: page(
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj\n"
            b"trailer<</Root 1 0 R/Prev 0>>\nstartxref\n0\n%%EOF",
            "application/pdf",
        ),
        "a PDF of 2,000 pages": lambda: page(
            write_pdf("Long", ["Many words stand here. " * 40] * 2000), "application/pdf"
        ),
        "100,000 tables in tables of Word": lambda: page(docx(b"<w:tbl><w:tr><w:tc>" * 100_000), ""),
        "80 tables in tables of Word": lambda: page(
            docx(b"<w:tbl><w:tr><w:tc>" * 80 + _PARAGRAPHS + b"</w:tc></w:tr></w:tbl>" * 80), ""
        ),
        "100,000 paragraphs of Word": lambda: page(
            docx(b"<w:p><w:r><w:t>words and</w:t></w:r></w:p>" * 100_000), ""
        ),
        "half a file of Word": lambda: page(docx()[:600], ""),
        "half a PDF": lambda: page(
            write_pdf("Half", ["Many words stand here. " * 40] * 40)[:9000], "application/pdf"
        ),
    }
