"""Crossref's record of an article, as JSON: what the publisher deposited, an abstract sometimes.

Traps: `issued` and `published` are the earliest of the print and online dates, known to the day, month or
year, and `[[null]]` where there is none; `created` and `deposited` are about the record; abstracts are in
JATS; a new version is an update, too, and no correction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import dates, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, language_of, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "crossref"
ONLINE = ("published-online", "posted")
OTHERS = ("issued", "published", "published-print", "published-other")
BACKFILE = timedelta(days=366)
"""An article that went online so long after it was printed was published in print."""
_GENRES = {"journal-article": "journal-article", "posted-content": "journal-article", "report": "report"}
_NO_NOTICE = frozenset(("new_version", "new_edition"))


def fits(row: Mapping[str, Any]) -> bool:
    """Is it an answer of Crossref's?"""
    return "message-type" in row and "message" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """The work. Raises SetAside("listing") for an answer with several."""
    if said(row, "message-type") != "work":
        raise SetAside("listing", said(row, "message-type"))
    work = node(row, "message")
    doi = urls.doi(said(work, "DOI"))
    if not doi:
        raise SetAside("broken-record", "a work without a DOI")
    issns = [str(issn) for issn in many(work, "ISSN")]
    url = article_address(doi, said(work, "volume"), issns)
    origins = {"url": ORIGIN, "doi": ORIGIN}
    draft = Draft(url=url or f"https://doi.org/{doi}", doi=doi, origins=origins, ahead=1)
    title = next(iter(many(work, "title")), "")
    # many publishers deposit what is escaped already
    put(draft, ORIGIN, title=unescape(" ".join(unmarked(title if isinstance(title, str) else ""))))
    put(draft, ORIGIN, language=language_of(said(work, "language")))
    draft.dates = _dates(work, capture.fetched_at.date() + timedelta(days=1))
    writers = [f"{said(person, 'given')} {said(person, 'family')}" for person in many(work, "author")]
    put(draft, ORIGIN, authors=people.people(writers))
    journal = next((name for name in many(work, "container-title") if isinstance(name, str)), "")
    put(draft, ORIGIN, journal=unescape(" ".join(unmarked(journal))), volume=said(work, "volume"))
    put(draft, ORIGIN, issue=said(work, "issue"), pages=said(work, "page") or said(work, "article-number"))
    put(draft, "type", genre=_GENRES.get(said(work, "type")))
    # what was deposited as an update to another work is its correction or retraction
    notice = any(_is_notice(update, doi) for update in many(work, "update-to"))
    put(draft, "update-to", genre="correction" if notice else None)
    licences = [said(licence, "URL") for licence in many(work, "license")]
    open_ones = (url for url in licences if "creativecommons.org" in url)
    put(draft, "license", rights=next(open_ones, None))
    found = unmarked(_html(said(work, "abstract")))
    draft.paragraphs = [text for text in found if text.casefold() != "abstract"]
    draft.access, draft.origins["access"] = ("abstract" if draft.paragraphs else "metadata"), ORIGIN
    draft.paragraphs = draft.paragraphs or ([draft.title] if draft.title else [])
    return draft


def _html(abstract: str) -> str:
    """The few tags of JATS that abstracts have, as HTML has them."""
    return re.sub(r"(</?)jats:title\b", r"\1h3", re.sub(r"(</?)jats:sec\b", r"\1div", abstract)).replace(
        "jats:", ""
    )


def _is_notice(update: object, doi: str) -> bool:
    """Whether a work tells of another: a correction, a retraction, a concern; no new version of itself."""
    return said(update, "DOI").casefold() != doi.casefold() and said(update, "type") not in _NO_NOTICE


def _dates(work: Mapping[str, Any], latest: date) -> list[tuple[dates.Dated, str]]:
    """The dates, the one that counts first: the earliest electronic day, else the earliest day.

    A month or a year gives way to a day that another date states within it. A date behind `latest` is the
    issue's, and was no publication yet.
    """
    stated = [(found, key) for key in (*ONLINE, *OTHERS) if (found := _date(work, key))]
    past = sorted((one for one in stated if one[0].day <= latest), key=lambda one: one[0].day)
    if not past:
        return stated
    online = (one for one in past if one[1] in ONLINE and one[0].precision == "day")
    first = next(online, past[0])
    if past[0][0].last + BACKFILE < first[0].day:
        first = past[0]
    within = [
        one
        for one in past
        if first[0].day <= one[0].day and one[0].last <= first[0].last and one[0].last != first[0].last
    ]
    within.sort(key=lambda one: (one[0].precision != "day", one[0].day))
    chosen = next(iter(within), first)
    return [chosen, *(one for one in past if one is not chosen)]


def _date(work: Mapping[str, Any], key: str) -> dates.Dated | None:
    """[[2012, 6, 20]] -> 20 June 2012, [[2012]] -> 2012; None for [[null]] and for no day that there is."""
    parts = next(iter(many(work, key, "date-parts")), None)
    known = [str(part) for part in parts if part] if isinstance(parts, list) else []
    while known:
        if found := dates.parse("-".join(part.zfill(2 if n else 4) for n, part in enumerate(known[:3]))):
            return found
        known.pop()
    return None
