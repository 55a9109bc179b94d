"""What a page says about itself: one answer per field, in the layout's order of trust, with its origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from html import unescape

from lxml import etree

from pipeline.readers import dates, normal, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import put
from pipeline.readers.layout import CITATION, MODIFIED, URL, Layout
from pipeline.readers.markup import gathered
from pipeline.readers.meta import Head
from pipeline.records import Capture

ONLINE = "citation_online_date"
ISSUED = ("citation_publication_date", "citation_date", "citation_cover_date", "prism.coverdate")
AHEAD = timedelta(days=730)
"""So long before its issue an article may go online."""
_PATH_DATE = re.compile(r"/((?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/\d{1,2})?)(?:/|-|$)")
_SEPARATOR = re.compile(r"(\s+[|\u2013—:·-]\s+|\s*[|»]\s*)")
_DATE_LINES = etree.XPath(
    "//*[self::span or self::div or self::p or self::li or self::dd or self::td or self::em]"
    "[not(ancestor::footer or descendant::div or descendant::p)]"
    "[contains(@class, 'date') or contains(@class, 'Date') or contains(@class, 'publish')"
    " or contains(@class, 'posted') or contains(@class, 'timestamp')][string-length() < 200]"
)
_CHANGED = re.compile(r"\b(?:updated?|modified|revised|reviewed|accessed|expires?)\b", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid:?\s*|pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/)?(\d{4,9})/?", re.IGNORECASE)


def described(page: Head, capture: Capture, layout: Layout) -> Draft:
    """Everything but the text."""
    candidates = [(value, signal) for signal in URL for value in page.values(signal)[:1]]
    url, origin = urls.canonical(capture.url, candidates, layout.addresses)
    draft = Draft(url=url, source=layout.source or None, origins={"url": origin}, ahead=1)
    names = (*layout.names, *page.values("og:site_name"), *page.values("json-ld:publisher"))
    barred = (*names, *page.organisations(), urls.host(url), urls.site(url).split(".")[0])
    _entitle(draft, page, layout, names)
    _date(draft, page, capture, layout)
    for signal in layout.authors:
        if found := people.people(page.values(signal), barred):
            put(draft, signal, authors=found)
            break
    for signal in layout.doi:
        if doi := next(filter(None, map(urls.doi, page.values(signal))), None):
            put(draft, signal, doi=doi)
            break
    _cite(draft, page)
    words = [(value, signal) for signal in layout.kind for value in page.values(signal)]
    draft.genre, draft.origins["genre"] = layout.genre_of(words, url)
    access = layout.access.get(draft.genre, layout.access.get("", "full"))
    draft.access, draft.origins["access"] = access, "genre" if access != "full" else "source"
    rights, origin = page.first(layout.rights)
    put(draft, origin, rights=rights)
    language, origin = _language(page)
    put(draft, origin, language=language)
    draft.origins = {field: origin for field, origin in draft.origins.items() if origin}
    return draft


def _entitle(draft: Draft, page: Head, layout: Layout, names: Iterable[str]) -> None:
    """The title without the site's name behind it."""
    title, origin = page.first(layout.title)
    title = normal.line(unescape(title))  # some sites escape twice
    heading = page.first(("css:h1",))[0]
    if origin in ("title", "og:title") and heading and title.startswith(heading):
        title = heading
    site = urls.site(draft.url).split(".")[0]
    barred = {re.sub(r"\W", "", name).casefold() for name in names} | {site}
    while True:
        head, sep, tail = _rightmost(title)
        key = re.sub(r"\W", "", tail).casefold()
        if not sep or not head or not (key in barred or (len(key) > 3 and key.removeprefix("the") == site)):
            break
        title = head
    draft.title, draft.origins["title"] = title, origin


def _rightmost(title: str) -> tuple[str, str, str]:
    parts = _SEPARATOR.split(title)
    return ("".join(parts[:-2]).strip(), parts[-2], parts[-1]) if len(parts) > 2 else (title, "", "")


def _date(draft: Draft, page: Head, capture: Capture, layout: Layout) -> None:
    """Candidates down to the first that is likely; the last change of the page is kept apart."""
    latest = capture.fetched_at.date() + timedelta(days=1)
    changed, origin = page.first(layout.modified)
    if (found := dates.parse(changed)) and found.precision == "day" and found.day <= latest:
        draft.modified, draft.origins["modified"] = found.day, origin
    stated = _stated(page, layout)
    if chosen := _chosen(stated, latest):
        stated.remove(chosen)
        draft.dates.append(chosen)
        return
    draft.dates += stated
    if (path := _PATH_DATE.search(draft.url)) and (dated := dates.parse(path[1])):
        draft.dates.append((dated, "url"))


def _stated(page: Head, layout: Layout) -> list[tuple[dates.Dated, str]]:
    """What each signal says of the date of publication, the most trusted first."""
    # in EPrints it is the day of the deposit
    online = () if page.values("eprints.eprintid") else (ONLINE,)
    found = []
    for signal in (*layout.published, *online):
        for value in page.values(signal)[:1]:
            if dated := dates.parse(value):
                found.append((dated, signal))
    return found


def _chosen(stated: list[tuple[dates.Dated, str]], latest: date) -> tuple[dates.Dated, str] | None:
    """The first likely date; the month or year of an issue gives way to a day in it or some time before it.

    So does the day of an issue to the day on which the article went online, where the page states both.
    """
    likely = [(dated, signal) for dated, signal in stated if dated.day.year >= 1900]
    past = [found for found in likely if found[0].day <= latest]
    # an issue may come out after the capture, its articles may not
    issue = likely[0] if likely and likely[0][0].precision != "day" else next(iter(past), None)
    if issue is None or issue[1].startswith("css:"):
        return next(iter(past), None)
    online = [found for found in past if found[1] == ONLINE and found[0].precision == "day"]
    if issue[0].precision != "day" or (issue[1] in ISSUED and issue[0].day.day == 1):
        # the first day of the very month or year is the same date, made up to a whole one
        online += [(dated, signal) for dated, signal in past
                   if dated.precision == "day" and dated.day != issue[0].day]  # fmt: skip
    elif issue[1] not in ISSUED:
        return issue
    last = issue[0].last
    near = (found for found in online if issue[0].day - AHEAD <= found[0].day <= last)
    before = (found for found in near if not found[1].startswith("css:") or found[0].day >= issue[0].day)
    return next(before, next(iter(past), None))


def _cite(draft: Draft, page: Head) -> None:
    """Where a journal article stands: journal, volume, issue, pages, PubMed number."""
    for name, signals in CITATION.items():
        value, origin = page.first(signals)
        put(draft, origin, **{name: value[:300]})
    first, origin = page.first(("citation_firstpage", "prism.startingpage", "bepress_citation_firstpage"))
    last, _ = page.first(("citation_lastpage", "prism.endingpage", "bepress_citation_lastpage"))
    if first and not draft.pages:
        put(draft, origin, pages=f"{first}-{last}" if last and last != first else first)
    for value in page.values("citation_pmid"):
        if found := _PMID.fullmatch(value):
            put(draft, "citation_pmid", pmid=found[1])


def _language(page: Head) -> tuple[str | None, str]:
    root = page.tree if page.tree.tag == "html" else page.tree.getroottree().getroot()
    stated = (
        (root.get("lang") or root.get("xml:lang") or "", "html lang"),
        page.first(("og:locale", "dc.language", "citation_language", "json-ld:inLanguage")),
    )
    for value, origin in stated:
        tag = re.split(r"[-_]", value.strip().lower())[0]
        if re.fullmatch(r"[a-z]{2,3}", tag) and tag != "und":
            return tag, origin
    return None, ""


def dated_by_its_words(draft: Draft, page: Head, capture: Capture) -> None:
    """The date of an unknown site that no usual tag states: a line of its own, else what its head holds.

    Never the page's last change, nor the day of the capture, which pages print as "today".
    """
    barred = {capture.fetched_at.date(), draft.modified}
    barred |= {
        found.day for signal in MODIFIED for text in page.values(signal) if (found := dates.parse(text))
    }
    for element in _DATE_LINES(page.tree):
        text = normal.line(element.text_content()[:200])
        if page.is_others(element):
            continue
        if not _CHANGED.search(text) and (found := dates.alone(text)) and found.day not in barred:
            draft.dates.append((found, "date line"))
            return
    if (stated := _htmldate(page, capture)) and stated.day not in barred:
        draft.dates.append((stated, "htmldate"))


def _htmldate(page: Head, capture: Capture) -> dates.Dated | None:
    """htmldate on the page's head alone: it knows many names of tags, and guesses when shown a body."""
    head = page.tree.find(".//head")
    if head is None:
        return None
    from htmldate import find_date

    found = find_date(
        gathered([head]),
        extensive_search=False,
        original_date=True,
        min_date="1990-01-01",
        max_date=capture.fetched_at.date().isoformat(),
    )
    return dates.parse(found) if found else None
