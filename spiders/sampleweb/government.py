"""GOV.UK in the sample web: a search API, pages as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from spiders.sampleweb.documents import SampleDocument, paragraphs
from spiders.sampleweb.pdf import write_pdf
from spiders.sampleweb.services import (
    LABEL,
    UPDATED,
    Query,
    Service,
    as_html,
    as_json,
    matching,
    number,
    service,
    stamp_of,
    target_of,
)
from spiders.sampleweb.site import ENVIRONMENT, Page

KNOWN = {"q", "count", "start", "fields", "filter_public_timestamp", "order"}
ASSETS = "assets.publishing.service.gov.uk"
SCHEMAS = {
    "speech": "speech",
    "press_release": "news_article",
    "news_story": "news_article",
    "html_publication": "html_publication",
}
"""document_type -> schema_name, where that is no "publication"."""
PDF = "/media/5490sample/sample-notes-on-declared-interests.pdf"


def govuk(documents: Sequence[SampleDocument]) -> list[Service]:
    """Two results a page; one is on another site, one is gone; a publication is the cover of two files."""
    site = service(
        "govuk", "www.gov.uk", documents, "User-agent: *\nDisallow: /*/print$\nDisallow: /info/*\n"
    )
    assets = service("govuk", ASSETS, documents)
    for document in documents:
        site.put(target_of(document), _content(document), document)
        if document.genre == "report":
            body = write_pdf(document.title, paragraphs(document.blocks))
            assets.pages[PDF] = Page(body, "application/pdf")
    stamps = {document.path: stamp_of(document) for document in documents}
    extras: list[str | None] = ["https://www.example.org/guide", "/government/news/sample-withdrawn"]

    def search(query: Query) -> Page:
        if query.keys() - KNOWN:
            return as_json({"error": f"Unexpected parameters: {', '.join(query.keys() - KNOWN)}"}, 422)
        since = query.get("filter_public_timestamp", "").removeprefix("from:")
        found = [document.path for document in matching(documents, query.get("q", ""), since)]
        links = [*found, *(link for link in extras if link and found)]
        start = number(query, "start", 0)
        shown = [
            {"link": link, "_id": link, "public_timestamp": stamps.get(link, UPDATED)}
            for link in links[start : start + min(2, number(query, "count", 10))]
        ]
        return as_json({"results": shown, "total": len(links), "start": start, "suggested_queries": []})

    site.answers["/api/search.json"] = search
    site.put("/api/content/government/news/sample-withdrawn", as_json({"error": "gone"}, 410))
    entries = [document for document in documents if document.genre != "report"]
    feed = ENVIRONMENT.get_template("govuk/search.atom.jinja").render(documents=entries, label=LABEL)
    site.pages["/search/all.atom"] = Page(feed.encode(), "application/atom+xml; charset=utf-8")
    return [site, assets]


def _content(document: SampleDocument) -> dict[str, Any]:
    """A page in the shape of its schema: a speaker linked as such, attachments as cards, notes apart."""
    f = document.fields
    stamp = f"{document.when}T09:30:00.000+00:00"
    details: dict[str, Any] = {"body": f'<div class="govspeak">{_noted(as_html(document))}</div>'}
    tagged = [{"title": "The Rt Hon Somebody Tagged MP", "base_path": "/government/people/tagged"}]
    links: dict[str, Any] = {"organisations": [{"title": "Department of Health (sample)"}], "people": tagged}
    page: dict[str, Any] = {
        "base_path": document.path,
        "content_id": "99900000-0000-4000-8000-000000000000",
        "document_type": f["document_type"],
        "schema_name": SCHEMAS.get(f["document_type"], "publication"),
        "first_published_at": stamp,
        "public_updated_at": stamp_of(document),
        "locale": "en",
        "title": document.title,
        "description": document.teaser,
    }
    if f.get("attached"):
        details["documents"] = [
            _card(f"{document.path}/{f['attached']}", document.title),
            _card(f"https://{ASSETS}{PDF}", f"{document.title} (PDF)"),
        ]
    if document.authors:
        links["speaker"] = [{"title": f"The Rt Hon {author} MP"} for author in document.authors]
        details["delivered_on"] = stamp
    if f["document_type"] == "html_publication":
        page["first_published_at"] = None
        details |= {"public_timestamp": stamp, "first_published_version": True, "headings": "<ol></ol>"}
    else:
        history = [("Corrected.", stamp_of(document)), ("First published.", stamp)]
        details["change_history"] = [{"note": note, "public_timestamp": at} for note, at in history]
    return page | {"details": details, "links": links}


def _noted(html: str) -> str:
    """The body with a note to its first paragraph, as the publishing tool writes it."""
    mark = (
        '<sup id="fnref:1" role="doc-noteref"><a href="#fn:1" class="govuk-link" rel="footnote">'
        "[footnote 1]</a></sup>"
    )
    back = '<a href="#fnref:1" class="govuk-link" role="doc-backlink">\u21a9</a>'
    note = f'<li id="fn:1" role="doc-endnote"><p>A sample note. {back}</p></li>'
    notes = f'<div class="footnotes" role="doc-endnotes"><ol>{note}</ol></div>'
    return html.replace("</p>", f"{mark}</p>", 1) + notes


def _card(url: str, title: str) -> str:
    """An attachment as a cover shows it."""
    return (
        '<section class="attachment embedded"><div class="attachment-details">'
        f'<h2 class="title"><a href="{escape(url)}">{escape(title)}</a></h2>'
        '<p class="metadata">Sample, 9 pages</p></div></section>'
    )
