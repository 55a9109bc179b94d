"""Dead sites, by configuration alone, from the Internet Archive and the UK Government Web Archive.

Their indexes (CDX) tell what was captured and when; each capture is asked for raw (`id_`), as it came from
the site, without the archive's banner and rewritten links. Its address holds the original's, and the day.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy.http import Response

from pipeline.settings import Source
from spiders.base import Results
from spiders.general import GeneralSpider

INTERNET_ARCHIVE = "https://web.archive.org"
UKGWA = "https://webarchive.nationalarchives.gov.uk"
INDEXES = {
    f"{INTERNET_ARCHIVE}/cdx/search/cdx": f"{INTERNET_ARCHIVE}/web",
    f"{UKGWA}/ukgwa/cdx": f"{UKGWA}/ukgwa",
}
"""Where an archive's index is -> where its captures are."""

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest")
OTHER_NAMES = {"url": "original", "mime": "mimetype", "status": "statuscode"}  # pywb's, which UKGWA runs
READABLE = ("text/html", "application/xhtml+xml", "application/pdf",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document")  # fmt: skip
ROWS = 5000
COLLAPSE = {"once": "urlkey", "year": "timestamp:4", "month": "timestamp:6", "change": "digest"}


class CdxRow(NamedTuple):
    """A capture in an index. `timestamp` is YYYYMMDDhhmmss, UTC."""

    urlkey: str
    timestamp: str
    original: str
    mimetype: str
    statuscode: str
    digest: str


class Wayback(GeneralSpider):
    """Finds what web archives hold of the addresses under `urls`."""

    immutable = True

    @classmethod
    def domains(cls, source: Source) -> tuple[str, ...]:
        """Requests go to the archives alone."""
        return tuple(urlsplit(index).netloc for index in INDEXES)

    async def start(self) -> AsyncIterator[Any]:
        """Ask each archive for each address."""
        self.taken: set[tuple[str, str]] = set()
        for index in INDEXES:
            for url in self.declared.urls:
                yield self.page(self.query(index, url))

    def query(self, index: str, url: str) -> str:
        """A question to an index. The Internet Archive's sifts and pages; the other is asked for all."""
        asked = [("url", url), ("output", "json")]
        since = re.sub(r"\D", "", self.declared.since)
        asked += [("from", since)] if since else []
        if index.startswith(INTERNET_ARCHIVE):
            asked += [("fl", ",".join(FIELDS)), ("filter", "statuscode:200")]
            asked += [("filter", f"mimetype:{'|'.join(map(re.escape, READABLE))}")]
            asked += [("collapse", COLLAPSE[self.declared.captures])]
            asked += [("showResumeKey", "true"), ("limit", str(ROWS))]
        return f"{index}?{urlencode(asked)}"

    def parse(self, response: Response, **kwargs: object) -> Results:
        """A page of an index: the captures in it, and the next page where there is a key to it."""
        index = response.url.partition("?")[0]
        try:
            found, key = read_index(response.body)
        except (ValueError, RecursionError):
            yield from self.unlisted(response, "index of captures")
            return
        links = [f"{INDEXES[index]}/{row.timestamp}id_/{row.original}" for row in found if self.wanted(row)]
        yield from self.documents(response, links, "cdx")
        if key and not self.full:
            query = [pair for pair in parse_qsl(urlsplit(response.url).query) if pair[0] != "resumeKey"]
            yield self.page(f"{index}?{urlencode([*query, ('resumeKey', key)])}")

    def wanted(self, row: CdxRow) -> bool:
        """Whether a capture is an article in a state that has not been taken yet, from either archive."""
        if row.statuscode != "200" or row.mimetype not in READABLE or not row.timestamp.isdigit():
            return False
        if not re.fullmatch(self.declared.article or ".*", urlsplit(row.original).path):
            return False
        states = {"year": row.timestamp[:4], "month": row.timestamp[:6], "change": row.digest}
        state = (row.urlkey, states.get(self.declared.captures, ""))
        new = state not in self.taken
        self.taken.add(state)
        return new

    def document_url(self, url: str) -> str | None:
        """The address of a raw capture, its inner address as the index has it."""
        return url if "id_/http" in url else None


def read_index(body: bytes) -> tuple[list[CdxRow], str]:
    """The rows of an index, and the key to what follows. Raises ValueError for what is no index.

    The Internet Archive answers with a table, its header first and the key behind an empty row; pywb with
    an object a line.
    """
    text = body.decode("utf-8", "replace").strip()
    if not text.startswith("["):
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        if not all(isinstance(line, dict) for line in lines):
            raise ValueError("a line that is no object")
        renamed = ({OTHER_NAMES.get(name, name): value for name, value in line.items()} for line in lines)
        return [_row(fields) for fields in renamed], ""
    table: list[Sequence[str]] = json.loads(text)
    if not all(isinstance(row, list) for row in table):
        raise ValueError("a row that is no list")
    header, *rows = table or [()]
    if not all(isinstance(name, str) for name in header):
        raise ValueError("a header without names")
    ends = rows.index([]) if [] in rows else len(rows)
    key = str(rows[ends + 1][0]) if rows[ends + 1 : ends + 2] not in ([], [[]]) else ""
    return [_row(dict(zip(header, row, strict=False))) for row in rows[:ends]], key


def _row(fields: dict[str, Any]) -> CdxRow:
    row = CdxRow(*(str(fields.get(name, "")) for name in FIELDS))
    return row._replace(original=re.sub(r"^(https?://[^/:]+):80(?=/|$)", r"\1", row.original))
