"""WordPress's REST interface: a post as JSON, its body as HTML. It has no comments in it, unlike the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.readers import people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import changed, date, many, node, put, said
from pipeline.readers.layout import FURNITURE
from pipeline.readers.record import unmarked
from pipeline.readers.sources.registry import layout_of
from pipeline.records import Capture

ORIGIN = "wordpress"
_COMMENT = re.compile(r"\d+ comments?|(?:leave|post) a (?:reply|comment)|.{1,60} says:", re.IGNORECASE)
_TEASER = re.compile(r"(?:\[(?:…|&hellip;|\.\.\.)\]|…)\s*$")


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a post or a page?"""
    return isinstance(row.get("content"), Mapping) and "link" in row and "slug" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """A post. One that is protected by a password has no content, and so comes to nothing."""
    layout = layout_of(capture.source, said(row, "link"))
    draft = Draft(url=urls.normalise(said(row, "link"), layout.addresses), origins={"url": ORIGIN})
    put(draft, ORIGIN, title=" ".join(unmarked(said(row, "title", "rendered"))))
    found = unmarked(said(row, "content", "rendered"), FURNITURE)
    draft.paragraphs = [text for text in found if not _COMMENT.fullmatch(text)]
    if not draft.paragraphs:
        draft.paragraphs = unmarked(said(row, "excerpt", "rendered"))
        put(draft, "excerpt", access="excerpt" if draft.paragraphs else None)
    elif _TEASER.search(draft.paragraphs[-1]):
        put(draft, "…", access="excerpt")
    # `date` is the site's own time and what it shows; `date_gmt` may fall on the day before
    date(draft, "wordpress date", said(row, "date")[:10])
    changed(draft, "wordpress modified", said(row, "modified")[:10])
    writers = [said(author, "name") for author in many(node(row, "_embedded"), "author")]
    put(draft, ORIGIN, authors=people.people(writers, layout.names))
    words = [(said(row, "type"), "wordpress type")] if said(row, "type") != "post" else []
    draft.genre, draft.origins["genre"] = layout.genre_of(words, draft.url)
    if draft.genre == "page" and said(row, "type") == "post":
        put(draft, "wordpress type", genre="news")
    return draft
