"""GOV.UK's content API: a page as JSON, its body as HTML.

Traps: `public_updated_at` moves with every edit, so it dates a page only where nothing else does; moments are
in UTC. A publication's page is the cover of its attachments, which are pages or files of their own. Everybody
whom a page names is linked as `people`, so only a speaker is its author. What a consultation came to stands
beside its body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.readers import people, urls
from pipeline.readers.boilerplate import trimmed
from pipeline.readers.draft import Draft
from pipeline.readers.fields import changed, date, language_of, london, many, node, put, said
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
    "open_call_for_evidence": "report", "closed_call_for_evidence": "report",
    "call_for_evidence_outcome": "report", "national_statistics": "report", "official_statistics": "report",
    "case_study": "analysis",
}  # fmt: skip
"""document_type -> records.GENRES"""


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a page of the content API?"""
    return "base_path" in row and "details" in row


SPOKEN = frozenset(("speech", "authored_article", "written_statement", "oral_statement"))
"""Kinds of documents that are by the people whom they link."""
WHOLE = frozenset((
    "case_study", "detailed_guide", "guide", "html_publication", "manual_section", "news_article", "speech",
    "topical_event_about_page", "world_news_story",
))  # fmt: skip
"""Schemas whose body is the document itself, whatever hangs on it."""
OUTCOMES = ("final_outcome_detail", "outcome_detail", "public_feedback_detail")
HANGING = (
    "attachments",
    "documents",
    "final_outcome_documents",
    "outcome_documents",
    "public_feedback_documents",
)
NOTES = (
    ".footnotes", "[role=doc-endnotes]", "[role=doc-noteref]", "[role=doc-backlink]", "a[rel=footnote]",
    "sup[id^=fnref]", "a[href^='#fnref']", "section.attachment", ".gem-c-attachment", ".attachment-details",
)  # fmt: skip
"""Notes, the marks that lead to them and back, and the cards of attachments."""


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """A page of the content API."""
    draft = Draft(url=urls.normalise(SITE + said(row, "base_path")), source="govuk", origins={"url": ORIGIN})
    put(draft, ORIGIN, title=said(row, "title"), language=language_of(said(row, "locale")))
    details = node(row, "details")
    bodies = [_content(details) or _parts(row), *(said(details, key) for key in OUTCOMES)]
    draft.paragraphs = trimmed([text for body in bodies for text in unmarked(body, NOTES)])
    if not draft.paragraphs:
        draft.paragraphs = unmarked(said(row, "description"))
    _dates(draft, row)
    changed(draft, "public_updated_at", london(said(row, "public_updated_at")))
    people_linked = many(node(row, "links"), "speaker")
    if not people_linked and {said(row, "document_type"), said(row, "schema_name")} & SPOKEN:
        people_linked = many(node(row, "links"), "people")
    speakers = [people.untitled(said(person, "title")) for person in people_linked]
    unlinked = people.untitled(said(details, "speaker_without_profile"))
    put(draft, ORIGIN, authors=people.people(speakers or [unlinked]))
    put(draft, "document_type", genre=GENRES.get(said(row, "document_type")))
    kinds = {said(row, "document_type"), said(row, "schema_name")}
    if any(many(details, key) for key in HANGING) and not kinds & WHOLE:
        put(draft, "attachments", access="summary")
    return draft


def _dates(draft: Draft, row: Mapping[str, Any]) -> None:
    """When it first came out: said so, or noted so in its history; else when this version came out."""
    details = node(row, "details")
    # what is older than GOV.UK itself says so in the details
    date(draft, "first_public_at", london(said(details, "first_public_at")))
    notes = sorted(filter(None, (said(note, "public_timestamp") for note in many(details, "change_history"))))
    first = [("first_published_at", said(row, "first_published_at")), ("change_history", "".join(notes[:1]))]
    # a page that moved here keeps its history, but is first published on the day of its move
    for origin, moment in sorted(filter(lambda one: one[1], first), key=lambda one: london(one[1])):
        date(draft, origin, london(moment))
    date(draft, "public_timestamp", london(said(details, "public_timestamp")))
    date(draft, "delivered_on", london(said(details, "delivered_on")))
    date(draft, "public_updated_at", london(said(row, "public_updated_at")))


def _parts(row: Mapping[str, Any]) -> str:
    """A guide's chapters, or a collection's groups."""
    details = node(row, "details")
    parts = [*many(details, "parts"), *many(details, "collection_groups")]
    return "".join(f"<h2>{said(part, 'title')}</h2>{_content(part)}" for part in parts)


def _content(part: object) -> str:
    """A body that is given in several formats, or in one."""
    formats = {said(item, "content_type"): said(item, "content") for item in many(part, "body")}
    return formats.get("text/html", "") or said(part, "body")
