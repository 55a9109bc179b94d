"""Crossref in the sample web: the works of one journal, and a work by its DOI, as the service answers.

Built from what it really does: the cursor's value is one and the same on all pages of a question, given even
behind the last page, and full of signs that must be escaped in an address; dates known in part, or to
nobody; words that any one of them will do; 400 for a parameter it does not know; 404 in plain text.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from itertools import count
from typing import Any

from spiders.sampleweb.documents import SampleDocument, paragraphs
from spiders.sampleweb.services import LABEL, Query, Service, as_json, service, words
from spiders.sampleweb.site import Page

BMJ = "1756-1833"
MOST = 1000
KNOWN = frozenset(
    ("query", "query.bibliographic", "query.author", "query.container-title", "filter", "rows", "offset",
     "cursor", "sample", "sort", "order", "select", "facet", "mailto")
)  # fmt: skip
CORRECTION = "10.1136/bmj.x90001"
UNTITLED = "10.1136/bmj.x90002"

Works = list[dict[str, Any]]


def crossref(documents: Sequence[SampleDocument]) -> Service:
    """The works, and beside them what such lists have, too: a correction, and a work without a title."""
    site = service("crossref", "api.crossref.org", documents)
    site.pages["404"] = Page(f"Resource not found.\n\n{LABEL}\n".encode(), "text/plain", 404)
    works = [_work(document, at) for at, document in enumerate(documents)]
    for document, work in zip(documents, works, strict=True):
        site.put(f"/works/{work['DOI']}", told("work", work), document)
    extras = [
        _bare(CORRECTION, ["Correction"])
        | {
            "update-to": [
                {"DOI": works[0]["DOI"] if works else "", "type": "correction", "label": "Correction"}
            ]
        },
        _bare(UNTITLED, []),
    ]
    texts = [words(document) for document in documents] + ["correction", ""]
    open_cursors: dict[str, int] = {}
    numbers = count()

    def answer(query: Query) -> Page:
        if problem := refused(query, open_cursors):
            return as_json(
                {"status": "failed", "message-type": "validation-failure", "message": [problem]}, 400
            )
        found = _ranked([*works, *extras], texts, query)
        rows = int(query.get("rows", 20))
        message: dict[str, Any] = {"facets": _facets(found, query), "total-results": len(found)}
        start = int(query.get("offset", 0))
        if cursor := query.get("cursor"):
            if cursor == "*":
                cursor = b64encode(b"sample?>~" + bytes([255, next(numbers) % 256])).decode()
                open_cursors[cursor] = 0
            # the state is the service's: the same question again gets the next page
            start = open_cursors[cursor]
            open_cursors[cursor] = start + rows
            message["next-cursor"] = cursor
        message |= {"items": found[start : start + rows], "items-per-page": rows}
        message["query"] = {"start-index": 0, "search-terms": query.get("query")}
        return told("work-list", message)

    site.answers[f"/journals/{BMJ}/works"] = answer
    return site


def told(kind: str, message: dict[str, Any]) -> Page:
    """An answer in its envelope."""
    return as_json({"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message})


def refused(query: Query, cursors: dict[str, int]) -> dict[str, str] | None:
    """What a question is refused for; None where it is one that the service takes."""
    for name in query.keys() - KNOWN:
        said = f"Parameter {name} specified but there is no such parameter available on any route"
        return {"type": "unknown-parameter", "value": name, "message": said}
    rows = query.get("rows", "20")
    if not rows.isdigit() or int(rows) > MOST:
        said = f"Integer specified as {rows} but must be a positive integer less than or equal to {MOST}."
        return {"type": "integer-not-valid", "value": rows, "message": said}
    for part in filter(None, query.get("filter", "").split(",")):
        if part.partition(":")[0] not in ("from-pub-date", "until-pub-date", "type"):
            return {"type": "filter-not-available", "value": part, "message": "There is no such filter"}
    if query.get("cursor", "*") not in ("*", *cursors):
        return {"type": "cursor-not-valid", "value": query["cursor"], "message": "Unable to parse the cursor"}
    return None


def _ranked(works: Works, texts: Sequence[str], query: Query) -> Works:
    """The works that a filter leaves, those with most of the words first; any one of these will do."""
    wanted = query.get("query.bibliographic", "").casefold().split()
    limits = dict(part.split(":", 1) for part in query.get("filter", "").split(",") if part)
    since = limits.get("from-pub-date", "")
    scored = [
        (-sum(word in text for word in wanted), at, work)
        for at, (work, text) in enumerate(zip(works, texts, strict=True))
        if not since or _stated(work) >= since
    ]
    return [work for score, _, work in sorted(scored, key=lambda one: one[:2]) if score or not wanted]


def _facets(works: Works, query: Query) -> dict[str, Any]:
    if query.get("facet") != "published:*":
        return {}
    years = Counter(year for work in works if (year := _stated(work)[:4]))
    return {"published": {"value-count": len(years), "values": dict(years)}}


def _stated(work: dict[str, Any]) -> str:
    """The day that a work is filed under, as far as it is known."""
    kinds = ("published", "published-online", "published-print")
    parts: list[int] = next((work[kind]["date-parts"][0] for kind in kinds if kind in work), [])
    return "-".join(f"{part:02d}" for part in parts)


def _parts(*parts: int | None) -> dict[str, Any]:
    return {"date-parts": [list(parts)]}


Shape = Callable[[int, int, int], dict[str, Any]]
DATES: tuple[Shape, ...] = (
    # online alone; online and a month's issue after it; the month first, and a day in it
    lambda y, m, d: {"published-online": _parts(y, m, d), "issued": _parts(y, m, d)},
    lambda y, m, d: {"published-online": _parts(y, m, d), "published-print": _parts(y + m // 12, m % 12 + 1),
                     "issued": _parts(y, m, d)},
    lambda y, m, d: {"published-print": _parts(y, m), "published-online": _parts(y, m, d),
                     "issued": _parts(y, m)},
    lambda y, m, d: {"published-print": _parts(y, m, d), "published-online": _parts(y), "issued": _parts(y)},
    lambda y, m, d: {"published-print": _parts(y, m, d), "issued": _parts(y, m, d)},
    lambda y, m, d: {"published-online": _parts(y, m, d), "issued": _parts(None)},
)  # fmt: skip
"""What publishers deposit of one and the same day."""


def _work(document: SampleDocument, at: int) -> dict[str, Any]:
    """A work as its publisher deposited it: of each kind of record, one in turn."""
    day = document.published
    dates = DATES[at % len(DATES)](day.year, day.month, day.day)
    authors: list[dict[str, Any]] = [
        {"given": given, "family": family, "sequence": "additional", "affiliation": []}
        for given, _, family in (author.rpartition(" ") for author in document.authors)
    ]
    if authors:
        authors[0] |= {"sequence": "first", "affiliation": [{"name": "Sample University, Nowhere"}]}
    if at % 3 == 1:
        authors.append({"name": "Sample Working Group", "sequence": "additional", "affiliation": []})
    doi = document.fields["doi"]
    work = _bare(doi, [escape(document.title, quote=False)]) | dates
    known = dates["issued"]["date-parts"][0]
    work |= {"published": dates["issued"]} if known[0] else {}
    work |= {"author": authors, "volume": document.path.split("/")[2], "language": "en"}
    work["resource"] = {"primary": {"URL": f"https://www.bmj.com/lookup/doi/{doi}"}}
    if at % 4 == 2:
        preprint = {"id-type": "doi", "id": "10.9999/sample.preprint", "asserted-by": "object"}
        work["relation"] = {"has-preprint": [preprint]}
    if document.genre == "analysis":
        first = escape(paragraphs(document.blocks)[0], quote=False)
        work["abstract"] = f"<jats:title>Abstract</jats:title><jats:p>{first}</jats:p>"
    return work


def _bare(doi: str, title: list[str]) -> dict[str, Any]:
    """What every record has."""
    made = _parts(2024, 1, 1) | {"date-time": "2024-01-01T09:30:00Z", "timestamp": 1704101400000}
    return {
        "indexed": made,
        "reference-count": 0,
        "publisher": "BMJ",
        "content-domain": {"domain": [], "crossmark-restriction": False},
        "short-container-title": ["BMJ"],
        "DOI": doi,
        "type": "journal-article",
        "created": made,
        "source": "Crossref",
        "is-referenced-by-count": 0,
        "title": title,
        "prefix": "10.1136",
        "member": "239",
        "container-title": ["BMJ"],
        "original-title": [],
        "deposited": made,
        "score": 1.0,
        "subtitle": [],
        "short-title": [],
        "issued": _parts(None),
        "references-count": 0,
        "URL": f"https://doi.org/{doi}",
        "relation": {},
        "ISSN": [BMJ],
        "issn-type": [{"value": BMJ, "type": "electronic"}],
    }
