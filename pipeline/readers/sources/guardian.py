"""The Guardian's content API: an article as JSON, its body as HTML.

Traps: moments are in UTC, days are London's; a live blog's body has the times of its blocks in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import people, urls
from pipeline.readers.boilerplate import trimmed
from pipeline.readers.draft import Draft
from pipeline.readers.fields import changed, date, language_of, london, many, node, put, said
from pipeline.readers.layout import FURNITURE, GENERAL
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "guardian"
TONES = {
    "tone/comment": "opinion",
    "tone/letters": "letter",
    "tone/editorials": "editorial",
    "tone/features": "feature",
    "tone/analysis": "analysis",
    "tone/blog": "blog",
    "tone/news": "news",
}
"""The Guardian's tags for kinds of writing -> records.GENRES, the more telling first."""

BLOCKS = (
    ".block-time", ".published-time", ".updated-time", "[class*=timestamp]", "time", ".block-share",
    ".element-rich-link", ".element-atom", ".element-interactive", "gu-atom", ".gu_advert",
)  # fmt: skip
"""What stands at the blocks of a page that grows, and cards of other pages: times, sharing, prompts."""


def fits(row: Mapping[str, Any]) -> bool:
    """Is it an answer of the content API?"""
    answer = row.get("response")
    return isinstance(answer, Mapping) and ("content" in answer or "results" in answer)


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """The article. Raises SetAside("listing") for a page of results."""
    article = node(row, "response", "content")
    if not article:
        raise SetAside("listing", "results of a search")
    fields = node(article, "fields")
    draft = Draft(url=urls.normalise(said(article, "webUrl")), source="guardian", origins={"url": ORIGIN})
    headline = said(fields, "headline") or said(article, "webTitle")
    put(draft, ORIGIN, title=" ".join(unmarked(headline)), language=language_of(said(fields, "lang")))
    body = said(fields, "body") or said(fields, "bodyText")
    draft.paragraphs = trimmed(unmarked(said(fields, "standfirst")) + unmarked(body, (*FURNITURE, *BLOCKS)))
    if not body:
        draft.paragraphs = draft.paragraphs or unmarked(said(fields, "trailText"))
        put(draft, ORIGIN, access="excerpt")
    date(draft, "webPublicationDate", london(said(article, "webPublicationDate")))
    changed(draft, "lastModified", london(said(fields, "lastModified")))
    tags = many(article, "tags")
    writers = [said(tag, "webTitle") for tag in tags if said(tag, "type") == "contributor"]
    put(draft, ORIGIN, authors=people.people(writers or [said(fields, "byline")], ("The Guardian",)))
    named = {said(tag, "id") for tag in tags}
    tone = next((genre for tag, genre in TONES.items() if tag in named), "")
    words = [(said(article, "pillarName"), "pillar"), (said(article, "type"), "type")]
    known = tone or GENERAL.genre_of(words, "")[0]
    draft.genre, draft.origins["genre"] = ("news", "source") if known == "page" else (known, ORIGIN)
    return draft
