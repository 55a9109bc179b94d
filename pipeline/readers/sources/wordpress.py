"""WordPress's REST interface: a post as JSON, its body as HTML. It has no comments in it, unlike the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.readers import people, urls
from pipeline.readers.boilerplate import trimmed
from pipeline.readers.draft import Draft
from pipeline.readers.fields import changed, date, many, node, put, said
from pipeline.readers.layout import FURNITURE
from pipeline.readers.record import unmarked
from pipeline.readers.sources.registry import layout_of
from pipeline.records import Capture

ORIGIN = "wordpress"
_COMMENT = re.compile(r"\d+ comments?|(?:leave|post) a (?:reply|comment)|.{1,60} says:", re.IGNORECASE)
_TEASER = re.compile(r"(?:\[(?:…|&hellip;|\.\.\.)\]|…)\s*$")

_SHORTCODE = re.compile(
    r"\[/?(?:vc|et_pb|fusion|av|su)_\w+[^\]]*\]|\[/?(?:caption|gallery|embed|audio|video|button)\b[^\]]*\]"
)
"""What a builder of pages leaves in a body once it is switched off; what stands between two stays."""
NOTES = (
    ".footnotes",
    ".wp-block-footnotes",
    ".sharedaddy",
    ".jp-relatedposts",
    ".addtoany_share_save_container",
)


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a post or a page?"""
    return isinstance(row.get("content"), Mapping) and "link" in row and "slug" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """A post. One that is protected by a password has no content, and so comes to nothing."""
    layout = layout_of(capture.source, said(row, "link"))
    draft = Draft(url=urls.normalise(said(row, "link"), layout.addresses), origins={"url": ORIGIN})
    put(draft, ORIGIN, title=" ".join(unmarked(said(row, "title", "rendered"))))
    body = _SHORTCODE.sub("", said(row, "content", "rendered"))
    found = [text for text in unmarked(body, (*FURNITURE, *NOTES)) if not _COMMENT.fullmatch(text)]
    draft.paragraphs = trimmed(found)
    if not draft.paragraphs:
        draft.paragraphs = unmarked(said(row, "excerpt", "rendered"))
        put(draft, "excerpt", access="excerpt" if draft.paragraphs else None)
    elif _TEASER.search(found[-1]):
        put(draft, "…", access="excerpt")
    # `date` is the site's own time and what it shows; `date_gmt` may fall on the day before
    date(draft, "wordpress date", said(row, "date")[:10])
    changed(draft, "wordpress modified", said(row, "modified")[:10])
    # an author who is not shown to the public is an error there, and a name in what search engines are told
    writers = [said(author, "name") for author in many(node(row, "_embedded"), "author")]
    writers = list(filter(None, writers)) or [said(row, "yoast_head_json", "author")]
    put(draft, ORIGIN, authors=people.people(writers, layout.names))
    words = [(said(row, "type"), "wordpress type")] if said(row, "type") != "post" else []
    draft.genre, draft.origins["genre"] = layout.genre_of(words, draft.url)
    if draft.genre == "page" and said(row, "type") == "post":
        put(draft, "wordpress type", genre="news")
    return draft
