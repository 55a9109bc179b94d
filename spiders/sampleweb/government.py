"""GOV.UK and Hansard in the sample web: a search API, pages as JSON, debates as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
SHOWN = 4
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


def hansard(documents: Sequence[SampleDocument]) -> Service:
    """A search that shows four results of a kind and has no second page; lists of contributions have pages.

    A result is one contribution and names its debate. A debate has items of several kinds.
    """
    site = service("hansard", "hansard-api.parliament.uk", documents)
    for document in documents:
        site.put(target_of(document), _debate(document), document)

    def found(query: Query, written: bool) -> list[dict[str, Any]]:
        asked = {key.removeprefix("queryParameters."): value for key, value in query.items()}
        start, end = asked.get("startDate", ""), asked.get("endDate", "9999")
        told = [d for d in matching(documents, asked.get("searchTerm", ""), start) if d.when <= end]
        of_kind = [document for document in told if (document.genre == "written-answer") == written]
        return [_found(document, at) for document in of_kind for at in range(2 * len(document.blocks))]

    def search(query: Query) -> Page:
        spoken, written = found(query, written=False), found(query, written=True)
        return as_json(
            {
                "TotalContributions": len(spoken),
                "TotalWrittenAnswers": len(written),
                "TotalWrittenStatements": 0,
                "TotalDebates": 0,
                "Contributions": spoken[:SHOWN],
                "WrittenAnswers": written[:SHOWN],
                "WrittenStatements": [],
                "Debates": [],
                "SearchTerms": [query.get("queryParameters.searchTerm", "")],
            }
        )

    def listed(written: bool) -> Callable[[Query], Page]:
        def answer(query: Query) -> Page:
            told = found(query, written)
            skip, take = (number(query, f"queryParameters.{key}", 0) for key in ("skip", "take"))
            shown = told[skip : skip + min(3, take or 3)]
            return as_json({"TotalResultCount": len(told), "Results": shown})

        return answer

    site.answers["/search.json"] = search
    site.answers["/search/contributions/Spoken.json"] = listed(written=False)
    site.answers["/search/contributions/Written.json"] = listed(written=True)
    return site


def _found(document: SampleDocument, at: int) -> dict[str, Any]:
    return {
        "ItemId": at,
        "ContributionExtId": f"9990C{at:03}-0000-4000-8000-000000000000",
        "DebateSection": document.title,
        "DebateSectionExtId": target_of(document).split("/")[-1].removesuffix(".json"),
        "SittingDate": f"{document.when}T00:00:00",
        "House": document.fields["house"],
        "Section": document.fields["location"],
        "ContributionText": document.teaser,
        "MemberName": document.authors[0],
    }


def _debate(document: SampleDocument) -> dict[str, Any]:
    """The speakers take turns: a minister, then members with their seats; between them what nobody says."""
    items = [
        _item("Timestamp", "<time>14:31</time>"),
        _item("Contribution", "100", "hs_ColumnNumber"),
        _item("Contribution", "[Somebody Else <em>in the Chair</em>]", "hs_76fChair"),
        _item("Contribution", "2.31 pm", "hs_Timeline"),
    ]
    for at, block in enumerate(document.blocks):
        speaker = document.authors[at % len(document.authors)]
        role = f"{speaker} (Sample West) (Ind)" if at else f"The Minister of State, Sample Office ({speaker})"
        mark = '<span id="100" class="column-number" data-column-number="100">100</span>'
        items.append(_item("Contribution", f"<p>{mark}{block.html}</p>", by=role, member=at + 1))
    items.append(_item("Contribution", "Question put and agreed to.", "hs_Procedure"))
    overview = {
        "Id": 99,
        "ExtId": target_of(document).split("/")[-1].removesuffix(".json"),
        "Title": f" {document.title}",
        "HRSTag": "hs_2DebBill",
        "Date": f"{document.when}T00:00:00",
        "Location": document.fields["location"],
        "House": document.fields["house"],
        "Source": 2,
        "VolumeNo": 999,
        "NextDebateExtId": None,
    }
    return {"Overview": overview, "Navigator": [], "Items": items, "ChildDebates": []}


def _item(
    kind: str, value: str, tag: str = "hs_Para", by: str | None = None, member: int | None = None
) -> dict[str, Any]:
    return {
        "ItemType": kind,
        "ItemId": 1,
        "MemberId": member,
        "AttributedTo": by,
        "Value": value,
        "OrderInSection": 1,
        "Timecode": None,
        "ExternalId": "9990E001",
        "HRSTag": tag,
        "IsReiteration": False,
    }
