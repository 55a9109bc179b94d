"""The day on which a page was published: its evidence in order, each kind in one row of `EVIDENCE`.

A site that is known has an order of its own (its layout's). For any other page the kinds of evidence are
asked one after the other, and the first likely day stands. Never are taken: the page's last change, the day
of the capture where only a line tells it (pages print "today"), a day after the capture, a copyright's year.
The day on which a web archive saw a page is a bound, as that of the capture is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.readers import datelines, dates, urls
from pipeline.readers.datelines import ALONE, LABELLED, NEAR, SAID, Lines
from pipeline.readers.dates import Dated
from pipeline.readers.draft import Draft
from pipeline.readers.layout import MODIFIED, Layout
from pipeline.readers.meta import Head
from pipeline.records import Capture

ONLINE = "citation_online_date"
ISSUED = ("citation_publication_date", "citation_date", "citation_cover_date", "prism.coverdate")
AHEAD = timedelta(days=730)
"""So long before its issue an article may go online."""
LONDON = ZoneInfo("Europe/London")

STATED = (
    "citation_publication_date", "citation_date", "eprints.date", "dcterms.issued", "dc.date.issued",
    "json-ld:datePublished", "article:published_time", "og:article:published_time", "og:published_time",
    "article:published", "article:published_date", "datepublished",
    "css:[itemprop=datePublished]@datetime", "css:[itemprop=datePublished]@content",
    "css:[itemprop=datePublished]", "rdfa:datepublished", "rdfa:issued", "rdfa:published_time",
    "dc.date", "dcterms.date", "dc.date.published", "dc.date.publication", "rdfa:date", "rdfa:created",
    "prism.publicationdate", "json-ld-any:datePublished",
)  # fmt: skip
"""Tags that say of what their date is the date."""
TIMES = ("css:article time, main time, time[pubdate]@datetime", "css:article time, main time")
LOOSE = (
    "date", "pubdate", "publish-date", "publish_date", "publishdate", "publication_date", "publication-date",
    "published_time", "published-date", "published", "parsely-pub-date", "sailthru.date", "bt:pubdate",
    "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "pdate", "ptime", "pub_date", "displaydate",
    "dateposted", "rnews:datepublished", "vr:published_time", "article_date_original", "og:publish_date",
    "originalpublicationdate", "og:pubdate", "og:datepublished", "release_date", "article.published",
    "article.created", "article:post_date", "aiturec:datetime", "dcsext.articlefirstpublished",
    "twt-published-at", "shareaholic:article_published_time", "dc.date.created", "dc.created",
    "dcterms.created", "datecreated", "created", "date_created", "content_create_date",
    "creation_date", "json-ld:dateCreated", "json-ld:uploadDate", "uploaddate", "timestamp", "doc_date",
    "og:article:time",
    "css:abbr.published@title", "css:.published@title", "css:[itemprop=dateCreated]@content",
    "css:[itemprop=dateCreated]@datetime",
)  # fmt: skip
"""Tags of one system or another, and such as may tell of the file or the day of a template."""

_PATH_MONTH = re.compile(r"/((?:19|20)\d\d[/-](?:0?[1-9]|1[0-2])|(?:19|20)\d\d[/-][a-z]{3,9})(?:/|-|$)", re.I)
_ZONED = re.compile(
    r"\d{4}-\d\d?-\d\d?[T ]+(?P<h>\d\d):(?P<min>\d\d)(?::\d\d)?(?:[.,]\d+)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)$",
    re.IGNORECASE,
)
_NEXT, _PREVIOUS = 22, 9
"""From 22:00 UTC on it may be the next day where a page was written, before 9:00 UTC the day before."""


class Found(NamedTuple):
    """A date and the evidence for it."""

    dated: Dated
    origin: str


@dataclass
class Page:
    """A page that is to be dated: its head, its address, when it was captured, what it calls itself."""

    head: Head
    url: str
    title: str
    seen: date
    barred: set[date | None]

    @cached_property
    def lines(self) -> Lines:
        """The dates that its lines tell, best first."""
        titles = [self.title, *self.head.values("title"), *self.head.values("og:title")]
        return datelines.lines(self.head.tree, titles, self.head.is_others)

    @cached_property
    def in_address(self) -> Dated | None:
        """The day that its address tells."""
        return dates.in_address(self.url)


Evidence = Callable[[Page], Iterator[Found]]


def _tags(signals: tuple[str, ...], plain: bool = False, loose: bool = False) -> Evidence:
    def evidence(page: Page) -> Iterator[Found]:
        for signal in signals:
            for value in page.head.values(signal)[:1]:
                dated = dates.parse(value)
                if dated and not (loose and (dated.day == page.seen or dated.day.timetuple().tm_yday == 1)):
                    yield Found(dated if plain else _where_it_was(page, value, dated), signal)

    return evidence


def _address(page: Page) -> Iterator[Found]:
    if page.in_address:
        yield Found(page.in_address, "url")


def _lines(ranks: tuple[int, ...]) -> Evidence:
    def evidence(page: Page) -> Iterator[Found]:
        told = [one for one in page.lines.told if one.rank in ranks]
        # what says that it is the day of publication may be the capture's, which pages print as "today"
        told = [one for one in told if one.rank in (LABELLED, SAID) or one.dated.day not in page.barred]
        days = {one.dated.day for one in told}
        if not ranks[0] <= NEAR and len(days) > 1:
            return  # a list of things that each have a day
        for one in told:
            yield Found(one.dated, datelines.TELLS[one.rank])

    return evidence


def _title(page: Page) -> Iterator[Found]:
    for text in (page.title, *page.head.values("title")):
        if (found := dates.located(text)) and found[0].precision == "day":
            yield Found(found[0], "title")


def _month(page: Page) -> Iterator[Found]:
    if (path := _PATH_MONTH.search(page.url)) and (dated := dates.parse(path[1].replace("/", "-"))):
        yield Found(dated, "url")


EVIDENCE: tuple[tuple[str, Evidence], ...] = (
    ("tags that say what they date", _tags(STATED)),
    ("the day in the address", _address),
    ("a line beside the headline", _lines((LABELLED, NEAR))),
    ("the time of the article", _tags(TIMES)),
    ("tags that may date something else", _tags(LOOSE, loose=True)),
    ("a line elsewhere", _lines(tuple(range(NEAR + 1, ALONE + 1)))),
    ("the day in the title", _title),
    ("the month in the address", _month),
)
"""What tells the day of a page that nobody wrote a reader for, the most trusted first."""


def _where_it_was(page: Page, value: str, dated: Dated) -> Dated:
    """The day where the page was written, of a time that is told in UTC."""
    stamp = _ZONED.search(value)
    if stamp is None or dated.precision != "day" or re.search(r"[1-9]", stamp["zone"]):
        return dated
    hour = int(stamp["h"])
    if hour > 23 or int(stamp["min"]) > 59:
        return dated
    if urls.host(page.url).endswith(".uk"):
        at = datetime(*dated.day.timetuple()[:3], hour, int(stamp["min"]), tzinfo=UTC)
        return Dated(at.astimezone(LONDON).date(), "day")
    if not hour or not (hour < _PREVIOUS or hour >= _NEXT):
        return dated
    try:
        other = dated.day + timedelta(days=1 if hour >= _NEXT else -1)
    except OverflowError:
        return dated
    if page.in_address:
        said = [page.in_address.day]
    else:
        said = [one.dated.day for one in page.lines.told if one.rank <= NEAR][:1]
        said = said or [day for day in _in_local_time(page) if day == other]
    return Dated(other, "day") if said and all(day == other for day in said) else dated


def _in_local_time(page: Page) -> Iterator[date]:
    """The days of tags that give a time of day and no zone: where the page was written."""
    for signal in (*STATED, *LOOSE):
        for value in page.head.values(signal)[:1]:
            if re.search(r"\d:\d\d(?::\d\d)?\s*(?:[ap]m)?$", value, re.IGNORECASE) and (
                found := dates.parse(value)
            ):
                yield found.day


def publish(draft: Draft, head: Head, capture: Capture, layout: Layout) -> None:
    """Set a page's dates: for its publication candidates down to the first likely one; its last change."""
    latest = _latest(capture)
    changed, origin = head.first(layout.modified)
    change = dates.parse(changed)
    if change and change.precision == "day" and change.day <= latest:
        draft.modified, draft.origins["modified"] = change.day, origin
    if layout.source:
        page = Page(head, draft.url, draft.title, latest, set())
        stated = list(_tags((*layout.published, *_online(head)), plain=True)(page))
        chosen = _chosen(stated, latest)
        draft.dates += [chosen] if chosen else [*stated, *_address(page), *_month(page)]
        return
    seen = capture.fetched_at.date()
    page = Page(head, draft.url, draft.title, seen, {seen, draft.modified})
    changes = (dates.parse(text) for signal in MODIFIED for text in head.values(signal))
    page.barred |= {change.day for change in changes if change}
    for found in _general(page, latest):
        draft.dates.append(found)
        if _likely(found, latest):
            return
    if not draft.dates and (rest := _htmldate(page, latest)):
        draft.dates.append(rest)


def _general(page: Page, latest: date) -> Iterator[Found]:
    """What the evidence says of the day of a page of no known source, the most trusted first."""
    first = True
    for _, evidence in EVIDENCE:
        for found in evidence(page):
            if first and found.dated.day.year >= 1900:
                first = False
                if found.origin in ISSUED or found.dated.precision != "day":
                    yield _finer(page, found, latest)
            yield found


def _finer(page: Page, found: Found, latest: date) -> Found:
    """The day that other evidence has for an issue, a month or a year."""
    everything = (*STATED, *_online(page.head), *TIMES, *LOOSE)
    chosen = _chosen(list(_tags(everything)(page)), latest) or found
    if chosen.dated.precision == "day" or chosen.origin in ISSUED:
        return chosen
    others = [*_lines((LABELLED, NEAR))(page), *_address(page)]
    within = (other for other in others if chosen.dated.day <= other.dated.day <= chosen.dated.last)
    return next(
        (other for other in within if other.dated.precision == "day" and _likely(other, latest)), chosen
    )


def _likely(found: Found, latest: date) -> bool:
    return found.dated.day.year >= 1900 and found.dated.day <= latest


def _latest(capture: Capture) -> date:
    day = capture.fetched_at.date()
    return day + timedelta(days=1) if day < date.max else day


def _online(head: Head) -> tuple[str, ...]:
    return () if head.values("eprints.eprintid") else (ONLINE,)  # in EPrints it is the day of the deposit


def _chosen(stated: list[Found], latest: date) -> Found | None:
    """The first likely date; the month or year of an issue gives way to a day in it or some time before it.

    So does the day of an issue to the day on which the article went online, where the page states both.
    """
    likely = [found for found in stated if found.dated.day.year >= 1900]
    past = [found for found in likely if found.dated.day <= latest]
    # an issue may come out after the capture, its articles may not
    issue = likely[0] if likely and likely[0].dated.precision != "day" else next(iter(past), None)
    if issue is None or issue.origin.startswith("css:"):
        return next(iter(past), None)
    online = [found for found in past if found.origin == ONLINE and found.dated.precision == "day"]
    if issue.dated.precision != "day" or (issue.origin in ISSUED and issue.dated.day.day == 1):
        # the first day of the very month or year is the same date, made up to a whole one
        online += [
            found for found in past
            if found.dated.precision == "day" and found.dated.day != issue.dated.day
        ]  # fmt: skip
    elif issue.origin not in ISSUED:
        return issue
    first, last = issue.dated.day, issue.dated.last
    near = (found for found in online if first - AHEAD <= found.dated.day <= last)
    before = (found for found in near if not found.origin.startswith("css:") or found.dated.day >= first)
    return next(before, next(iter(past), None))


def _htmldate(page: Page, latest: date) -> Found | None:
    """The last resort: htmldate the quick way, which knows many places; never the day of a change."""
    from htmldate import find_date

    found = find_date(
        page.head.own(),
        extensive_search=False,
        original_date=True,
        min_date="1990-01-01",
        max_date=latest.isoformat(),
    )
    dated = dates.parse(found) if found else None
    barred = page.barred | page.lines.others
    return Found(dated, "htmldate") if dated and dated.day not in barred else None
