"""Hansard's API: a debate, statement or answer as JSON, one item a contribution, its words as HTML.

The text is what was said, without names, times, columns and divisions; the speakers are the authors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.readers import people
from pipeline.readers.draft import Draft
from pipeline.readers.fields import date, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "hansard"
_WRITTEN = re.compile(r"written (answer|question|statement)", re.IGNORECASE)
_MARKS = re.compile(r"<span[^>]*class=[\"'][^\"']*column-number[^>]*>.*?</span>", re.IGNORECASE | re.DOTALL)
_SPEAKER = re.compile(
    r"^(?:(?:the\s.+?|.+?secretary.*?)\s\((?P<inner>[^()]+)\)|(?P<name>[^()]+))", re.IGNORECASE
)


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a debate?"""
    return "Overview" in row and "Items" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """The debate with all its contributions. The debates below it are captures of their own."""
    about = node(row, "Overview")
    house, day, number = said(about, "House"), said(about, "Date")[:10], said(about, "ExtId")
    # the site puts the title behind, run together
    slug = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", said(about, "Title")))
    url = f"https://hansard.parliament.uk/{house or 'Commons'}/{day}/debates/{number}/{slug}"
    draft = Draft(url=url, source="hansard", language="en", origins={"url": ORIGIN, "language": "source"})
    put(draft, ORIGIN, title=said(about, "Title"))
    date(draft, "Date", day)
    spoken = [item for item in many(row, "Items") if said(item, "ItemType") == "Contribution"]
    for item in spoken:
        draft.paragraphs += unmarked(f"<div>{_MARKS.sub('', said(item, 'Value'))}</div>")
    speakers = [speaker(said(item, "AttributedTo") or said(item, "MemberName")) for item in spoken]
    put(draft, "AttributedTo", authors=people.people(filter(None, speakers)))
    written = _WRITTEN.search(f"{said(about, 'Location')} {said(about, 'HRSTag')}")
    kind = {"answer": "written-answer", "question": "written-answer", "statement": "speech"}
    put(draft, "Location", genre=kind[written[1].lower()] if written else "debate")
    return draft


def speaker(attributed: str) -> str:
    """ "The Minister of State (Mr Ann Lee)" and "Ann Lee (Thanet) (Ind)" -> Ann Lee."""
    found = _SPEAKER.match(attributed.strip())
    return people.untitled(found["inner"] or found["name"] or "") if found else ""
