"""GOV.UK's content API: a page as JSON, its body as HTML.

Traps: `public_updated_at` moves with every edit, so only `first_published_at` dates a page; a publication's
page is the cover of its attachments, which are pages or files of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.readers import people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import changed, date, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

SITE = "https://www.gov.uk"
ORIGIN = "content api"
GENRES = {
    "news_story": "news", "press_release": "press-release", "government_response": "press-release",
    "world_news_story": "news", "speech": "speech", "written_statement": "speech", "oral_statement": "speech",
    "authored_article": "opinion", "guidance": "guidance", "detailed_guide": "guidance",
    "detailed_guidance": "guidance", "statutory_guidance": "guidance", "regulation": "guidance",
    "manual": "guidance", "manual_section": "guidance", "correspondence": "letter", "policy_paper": "report",
    "research": "report", "independent_report": "report", "corporate_report": "report",
    "impact_assessment": "report", "html_publication": "report", "consultation": "report",
    "open_consultation": "report", "closed_consultation": "report", "consultation_outcome": "report",
    "national_statistics": "report", "official_statistics": "report", "case_study": "analysis",
}  # fmt: skip
"""document_type -> records.GENRES"""


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a page of the content API?"""
    return "base_path" in row and "details" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """A page of the content API."""
    draft = Draft(url=urls.normalise(SITE + said(row, "base_path")), source="govuk", origins={"url": ORIGIN})
    put(draft, ORIGIN, title=said(row, "title"), language=said(row, "locale") or None)
    draft.paragraphs = unmarked(_content(node(row, "details")) or _parts(row))
    if not draft.paragraphs:
        draft.paragraphs = unmarked(said(row, "description"))
    # what is older than GOV.UK itself says so in the details
    date(draft, "first_public_at", said(row, "details", "first_public_at"))
    date(draft, "first_published_at", said(row, "first_published_at"))
    changed(draft, "public_updated_at", said(row, "public_updated_at"))
    speaker = [people.untitled(said(person, "title")) for person in many(node(row, "links"), "people")]
    put(draft, ORIGIN, authors=people.people(speaker))
    put(draft, "document_type", genre=GENRES.get(said(row, "document_type")))
    if many(row, "details", "attachments") and said(row, "document_type") != "html_publication":
        put(draft, "attachments", access="summary")
    return draft


def _parts(row: Mapping[str, Any]) -> str:
    """A guide's chapters."""
    return "".join(
        f"<h2>{said(part, 'title')}</h2>{_content(part)}" for part in many(row, "details", "parts")
    )


def _content(part: object) -> str:
    """A body that is given in several formats, or in one."""
    formats = {said(item, "content_type"): said(item, "content") for item in many(part, "body")}
    return formats.get("text/html", "") or said(part, "body")
