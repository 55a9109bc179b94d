"""Crossref's record of an article, as JSON: what the publisher deposited, an abstract sometimes.

Traps: `issued` is the earliest of the print and online dates, and known to the day, month or year; `created`
and `deposited` are about the record; abstracts are in JATS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, date, language_of, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "crossref"
DATES = ("issued", "published", "published-online", "published-print", "published-other", "posted")


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
    draft = Draft(url=url or f"https://doi.org/{doi}", doi=doi, origins={"url": ORIGIN, "doi": ORIGIN})
    title = next(iter(many(work, "title")), "")
    put(draft, ORIGIN, title=" ".join(unmarked(title if isinstance(title, str) else "")))
    put(draft, ORIGIN, language=language_of(said(work, "language")))
    for key in DATES:
        date(draft, key, _date(work, key))
    writers = [f"{said(person, 'given')} {said(person, 'family')}" for person in many(work, "author")]
    put(draft, ORIGIN, authors=people.people(writers))
    journal = next((name for name in many(work, "container-title") if isinstance(name, str)), "")
    put(draft, ORIGIN, journal=" ".join(unmarked(journal)), volume=said(work, "volume"))
    put(draft, ORIGIN, issue=said(work, "issue"), pages=said(work, "page") or said(work, "article-number"))
    put(draft, "type", genre="journal-article" if said(work, "type") == "journal-article" else None)
    # what was deposited as an update to another work is its correction or retraction
    put(draft, "update-to", genre="correction" if many(work, "update-to") else None)
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


def _date(work: Mapping[str, Any], key: str) -> str:
    """[[2012, 6, 20]] -> 2012-06-20, [[2012]] -> 2012."""
    parts = next(iter(many(work, key, "date-parts")), None)
    known = [part for part in parts if isinstance(part, int)] if isinstance(parts, list) else []
    return "-".join(f"{part:04d}" if not n else f"{part:02d}" for n, part in enumerate(known))
