"""Two web archives in the sample web: the Internet Archive's index and replay, and the UK Government's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import Query, Service, service, target_of
from spiders.sampleweb.site import ENVIRONMENT, Page

FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
SIZE = 2


def archives(documents: Sequence[SampleDocument]) -> list[Service]:
    """Each holds its documents as they were captured, byte for byte, and an index in a format of its own."""
    american = service("ccgsites", "web.archive.org", documents, "User-agent: *\nDisallow: /save/\n")
    british = service("ccgsites", "webarchive.nationalarchives.gov.uk", documents)
    for document in documents:
        site = american if urlsplit(document.record).netloc == american.host else british
        page = ENVIRONMENT.get_template("ccgsites/page.html.jinja").render(document=document)
        site.put(target_of(document), Page(page.encode()), document)
    american.answers["/cdx/search/cdx"] = lambda query: _internet_archive(american, query)
    british.answers["/ukgwa/cdx"] = lambda query: _ukgwa(british, query)
    return [american, british]


def _captures(site: Service, query: Query) -> list[dict[str, str]]:
    """Rows of the index below a host, in order of address and time; one capture is a redirect."""
    host = urlsplit(query.get("url", "")).hostname or query.get("url", "").split("/")[0].removeprefix("*.")
    rows = []
    for document in site.documents:
        inner = document.record.partition("id_/")[2]
        if urlsplit(document.record).netloc != site.host or host.removeprefix("www.") not in inner:
            continue
        parts = urlsplit(inner)
        key = ",".join(reversed((parts.hostname or "").removeprefix("www.").split("."))) + ")" + parts.path
        row = [
            key,
            str(document.fields["archived"]),
            inner,
            "text/html",
            "200",
            document.slug.upper()[:32],
            "999",
        ]
        rows.append(dict(zip(FIELDS, row, strict=True)))
        rows.append(rows[-1] | {"timestamp": "20210101000000", "statuscode": "301", "digest": "REDIRECT"})
    return sorted(rows, key=lambda row: (row["urlkey"], row["timestamp"]))


def _internet_archive(site: Service, query: Query) -> Page:
    """A table whose first row names its columns; a key to go on with stands behind an empty row."""
    rows = _captures(site, query)
    start = int(query.get("resumeKey", "0"))
    shown: list[list[str]] = [FIELDS] if rows else []
    shown += [list(row.values()) for row in rows[start : start + SIZE]]
    if start + SIZE < len(rows):
        shown += [[], [str(start + SIZE)]]
    return Page(json.dumps(shown).encode(), "application/json")


def _ukgwa(site: Service, query: Query) -> Page:
    """One object a line, with other names for the same things."""
    names = {"original": "url", "mimetype": "mime", "statuscode": "status"}
    lines = [
        json.dumps({names.get(key, key): value for key, value in row.items()})
        for row in _captures(site, query)
    ]
    return Page("".join(line + "\n" for line in lines).encode(), "text/x-ndjson")
