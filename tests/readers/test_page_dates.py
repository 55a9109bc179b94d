"""The day on which a page of no known source was published: each kind of evidence, and the order of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers import dates, dating, read
from pipeline.readers.datewords import is_stamp, label
from pipeline.records import Capture, Document

FETCHED = datetime(2023, 3, 10, 12, tzinfo=UTC)
PROSE = "Commissioners met in the town hall and argued at length about who should pay for the new clinics. "
TITLE = "Who pays for the clinics"
DAYS = st.dates(date(1995, 1, 1), date(2023, 3, 1))


def document(
    body: str = "", head: str = "", url: str = "https://example.org/a", lang: str = "en"
) -> Document:
    """A page whose article has `body` between its headline and its text."""
    page = (
        f"<!DOCTYPE html><html lang='{lang}'><head><title>{TITLE} | Northmere News</title>{head}</head><body>"
        f"<div id='page'><h1>{TITLE}</h1>{body}<p>{PROSE * 3}</p><p>{PROSE * 3}</p></div></body></html>"
    )
    return read(Capture(url, "files", FETCHED, "text/html", page.encode()))


def said(found: Document) -> str:
    """The date as far as it is known; "None" for none."""
    known = found.published and found.precision and dates.Dated(found.published, found.precision)
    return str(known)


# --- how days are written ----------------------------------------------------------------------------------

GERMAN = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
          "November", "Dezember")  # fmt: skip
FRENCH = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
          "novembre", "décembre")  # fmt: skip
WRITTEN = {
    "British": lambda day: f"{day:%A}, {day.day} {day:%B %Y}",
    "American": lambda day: f"{day:%B} {day.day}, {day:%Y}",
    "ordinal": lambda day: f"{day.day}th of {day:%B}, {day:%Y}",
    "short": lambda day: f"{day.day} {day:%b} {day:%Y}",
    "German": lambda day: f"{day.day}. {GERMAN[day.month - 1]} {day:%Y}",
    "German numbers": lambda day: f"{day:%d.%m.%Y}",
    "French": lambda day: f"le {day.day} {FRENCH[day.month - 1]} {day:%Y}",
    "ISO": lambda day: day.isoformat(),
    "numbers": lambda day: f"{day:%d/%m/%Y}",
    "a weekday and American numbers": lambda day: f"{day:%a}, {day:%m/%d/%Y} - 10:12",
    "a weekday and British numbers": lambda day: f"{day:%a}, {day:%d/%m/%Y} - 10:12",
    "Chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
}


@settings(deadline=None)
@given(day=DAYS, way=st.sampled_from(sorted(WRITTEN)))
def test_a_day_is_read_in_every_way_in_which_it_is_written(day: date, way: str) -> None:
    found = dates.alone(WRITTEN[way](day))
    same_weekday = way == "a weekday and American numbers" and day.day <= 12
    if same_weekday and date(day.year, day.day, day.month).weekday() == day.weekday():
        return  # both readings fall on that weekday
    assert found == dates.Dated(day, "day")


@pytest.mark.parametrize(
    "text", ["Decision 2013", "Marketing 2014", "Mayor 2016", "Octopus 2010", "Sector 2012"]
)
def test_a_word_that_begins_like_a_month_is_none(text: str) -> None:
    assert dates.find(text) is None


ADDRESSES = {
    "/{d:%Y/%m/%d}/clinics": True,
    "/news/{d:%Y}/{m}/{n}/clinics": True,
    "/clinics-{d:%Y%m%d}.html": True,
    "/{d:%Y-%m-%d}-clinics": True,
    "/{d:%Y%m}/{d:%d}/clinics": True,
    "/news/{d:%Y%m%d}1": False,
    "/clinics/{d:%Y}": False,
}


@settings(deadline=None)
@given(day=DAYS, address=st.sampled_from(sorted(ADDRESSES)))
def test_an_address_may_tell_the_day(day: date, address: str) -> None:
    url = "https://example.org" + address.format(d=day, m=f"{day:%b}".lower(), n=day.day)
    found = dates.in_address(url)
    assert found == (dates.Dated(day, "day") if ADDRESSES[address] else None)


# --- what tags say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "marked",
    [
        '<span property="dc:date dc:created" content="{}T14:38:10+00:00">some day</span>',
        '<span property="dcterms:issued" content="{}"></span>',
        '<span property="http://purl.org/dc/terms/created" datatype="xsd:date">{}</span>',
        '<div vocab="https://schema.org/"><time property="datePublished" datetime="{}">then</time></div>',
        '<span property="schema:datePublished">{}</span>',
        '<div itemscope><div class="x" itemprop="datePublished">{} 11:43</div></div>',
        '<abbr class="published" title="{}T10:21:40Z">then</abbr>',
    ],
)
def test_marks_in_the_body_tell_the_day(marked: str) -> None:
    assert said(document(marked.format("2014-03-04"))) == "2014-03-04"


def test_rdfa_of_another_thing_is_not_the_pages() -> None:
    other = (
        '<div class="x" about="/goat"><span property="dc:title">Goat on the bypass</span>'
        '<span property="dc:date" content="2020-01-01"></span></div>'
    )
    own = '<div about="/a"><span property="dc:date" content="2014-03-04"></span></div>'
    assert said(document(other + own, '<link rel="canonical" href="https://example.org/a">')) == "2014-03-04"


def test_drupals_marks_tell_title_day_and_author() -> None:
    page = (
        '<html><head><title>Blogs | Northmere</title></head><body><h1>Blogs</h1><div about="/blog/barn">'
        '<h2 property="dc:title">The barn is full of ducks again</h2><div class="submitted">'
        '<span property="dc:date dc:created" content="2014-03-04T14:38:10+00:00" '
        'rel="sioc:has_creator">Submitted by <a property="foaf:name">Jane Muster</a> on '
        "Tue, 04/03/2014 - 14:38</span></div>"
        f'<div property="content:encoded"><p>{PROSE * 3}</p><p>{PROSE * 2}</p></div></div></body></html>'
    )
    found = read(Capture("https://example.org/blog/barn", "files", FETCHED, "text/html", page.encode()))
    assert (found.title, said(found)) == ("The barn is full of ducks again", "2014-03-04")
    assert found.authors == ("Jane Muster",)
    assert "Submitted" not in found.text


@pytest.mark.parametrize("kind", ["WebPage", "VideoObject", "Recipe"])
@pytest.mark.parametrize("damage", ["", ",,", "{"])
def test_linked_data_of_another_kind_or_broken_tell_the_day_if_they_tell_one(kind: str, damage: str) -> None:
    said_so = f'{{"@graph": [{{"@type": "{kind}", "datePublished": "%s"}}]{damage}}}'
    block = f'<script type="application/ld+json">{said_so}</script>'
    assert said(document("", block % "2014-03-04")) == "2014-03-04"
    assert said(document("", block % "2014-03-04" + block % "2020-01-01")) == "None"


@pytest.mark.parametrize(
    ("stamp", "beside", "day"),
    [
        # a time in UTC is the day that is printed where the page was written
        ("2014-03-05T06:35:29Z", "<p class='date'>4 March 2014</p>", "2014-03-04"),
        ("2014-03-03T23:01:00+00:00", "<p class='date'>4 March 2014</p>", "2014-03-04"),
        ("2014-03-04T12:00:00Z", "<p class='date'>5 March 2014</p>", "2014-03-04"),
        ("2014-03-05T06:35:29Z", "<p class='date'>1 March 2014</p>", "2014-03-05"),
        # any other zone is where it was written
        ("2014-03-04T22:35:29-08:00", "<p class='date'>5 March 2014</p>", "2014-03-04"),
    ],
)
def test_a_time_in_utc_gives_way_to_the_day_that_is_printed(stamp: str, beside: str, day: str) -> None:
    assert said(document(beside, f'<meta property="article:published_time" content="{stamp}">')) == day


def test_a_british_site_keeps_londons_time() -> None:
    head = '<meta property="article:published_time" content="2014-06-30T23:30:00Z">'
    assert said(document("", head, "https://www.northmere.org.uk/a")) == "2014-07-01"
    assert (
        said(document("", head.replace("06-30", "12-30"), "https://www.northmere.org.uk/a")) == "2014-12-30"
    )


# --- what lines say ----------------------------------------------------------------------------------------

LINES = [
    "<p>Posted on 4th March 2014 by Ann Lee</p>",
    "<p>By Ann Lee | Tuesday | 04/03/2014</p>",
    "<span>4 March 2014</span>",
    "<div class='submitted'>Submitted by Ann Lee on Tue, 03/04/2014 - 14:38</div>",
    "<p>Published: 4 March 2014 | Updated: 9 May 2016</p>",
    "<p>Last updated 9 May 2016. First published 4 March 2014</p>",
    "<small>Veröffentlicht am 4. März 2014 von Ann Lee</small>",
    "<p><span>Datum:</span> <span>04.03.2014</span></p>",
    "<p>Publié le 4 mars 2014 à 10h12</p>",
    "<div class='date'><b>4</b> <i>Mar</i> <u>2014</u></div>",
    "<p class='meta'>News <time datetime='2014-03-04'>Tuesday</time></p>",
    "<aside class='meta'><time datetime='2014-03-04'>04.03.2014 - 13:30</time></aside>",
    "<p>NORTHMERE, March 4, 2014 – " + PROSE * 3 + "</p>",
]
NO_LINES = [
    "<p>Last updated 4 March 2014</p>",
    "<p>Zuletzt aktualisiert: 4. März 2014</p>",
    "<p>Mis à jour le 4 mars 2014</p>",
    "<p class='date'>From 4 March 2014 to 6 March 2014</p>",
    "<p class='event-date'>4 March 2014</p>",
    "<p>Valid until 4 March 2014</p>",
    "<p>© 4 March 2014 Northmere News</p>",
    "<p>Copyright 2014 Northmere News. All rights reserved.</p>",
    "<footer>© 2014</footer>",
    "<p>" + PROSE + "The vote of 4 March 2014 was lost. " + PROSE * 2 + "</p>",
    "<div class='comment'><span class='date'>4 March 2014</span></div>",
    "<aside class='related'><span class='date'>4 March 2014</span></aside>",
    "<p class='date'>10 March 2023</p>",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_beside_the_headline_tells_the_day(line: str) -> None:
    assert said(document(line)) == "2014-03-04"


@pytest.mark.parametrize("line", NO_LINES)
def test_a_day_of_something_else_is_none_of_publication(line: str) -> None:
    """Of a change, an event, a copyright, a comment, another piece, of what is told; or "today"."""
    assert said(document(line)) == "None"


def test_the_class_of_a_body_with_a_sidebar_makes_no_teaser_of_its_article() -> None:
    page = (
        f"<html><head><title>{TITLE}</title></head><body class='right-sidebar'><div class='with-sidebar'>"
        f"<h1>{TITLE}</h1><span class='date'>4 March 2014</span><p>{PROSE * 4}</p></div></body></html>"
    )
    assert (
        said(read(Capture("https://example.org/a", "files", FETCHED, "text/html", page.encode())))
        == "2014-03-04"
    )


def test_dates_in_numbers_are_american_where_the_page_says_so() -> None:
    line = "<p class='date'>Posted 03/04/2014</p>"
    assert said(document(line)) == "2014-04-03"
    assert said(document(line + f"<p>{PROSE}</p><p>Read also our note of 03/24/2014</p>")) == "2014-03-04"
    assert said(document(line + f"<p>{PROSE}</p><p>Read also our note of March 1, 2014</p>")) == "2014-03-04"


@pytest.mark.parametrize(
    ("lead", "of"),
    [("Posted on ", "published"), ("Zuletzt aktualisiert: ", "changed"), ("Stand: ", "changed"),
     ("valid until ", "other"), ("Paru le ", "published"), ("It rained on ", ""), ("© ", "other"),
     ("Published in May, updated ", "changed")],
)  # fmt: skip
def test_the_words_before_a_date_say_what_it_is_the_date_of(lead: str, of: str) -> None:
    assert label(lead) == of


@pytest.mark.parametrize(
    ("line", "stamp"),
    [
        ("Submitted by Jane Muster on Tue, 04/03/2014 - 14:38", True),
        ("Updated on Thu, 13/03/2014 - 14:28 Submitted by Jane Muster on Tue, 04/03/2014 - 14:38", True),
        ("4 March 2014", True),
        ("On 4 March 2014 Parliament voted", False),
        ("Published on 4 March 2014, the report says nothing of ducks", False),
    ],
)
def test_a_line_of_dates_and_names_is_no_paragraph(line: str, stamp: bool) -> None:
    assert is_stamp(line) == stamp


# --- the order of evidence ---------------------------------------------------------------------------------

EVIDENCE = {
    "tags that say what they date": (
        "",
        '<meta property="article:published_time" content="{:%Y-%m-%d}">',
        "",
    ),
    "the day in the address": ("", "", "/{:%Y/%m/%d}"),
    "a line beside the headline": ("<p class='date'>{:%d %B %Y}</p>", "", ""),
    "tags that may date something else": ("", '<meta name="pubdate" content="{:%Y-%m-%d}">', ""),
}


@settings(deadline=None, max_examples=30)
@given(
    days=st.lists(DAYS, min_size=4, max_size=4, unique=True),
    kinds=st.sets(st.sampled_from(sorted(EVIDENCE)), min_size=1),
)
def test_the_first_evidence_in_the_list_tells_the_day(days: list[date], kinds: set[str]) -> None:
    """Pages whose evidence disagrees are dated by the first kind in `dating.EVIDENCE`."""
    order = [name for name, _ in dating.EVIDENCE if name in kinds]
    told = dict(zip(order, (day for day in days if day.timetuple().tm_yday > 1), strict=False))
    if set(told) != kinds:
        return
    parts = [[part.format(told[kind]) for part in EVIDENCE[kind]] for kind in order]
    body, head, path = ("".join(part[at] for part in parts) for at in range(3))
    assert said(document(body, head, f"https://example.org{path}/a")) == told[order[0]].isoformat()


def test_a_month_in_the_address_is_the_last_resort() -> None:
    assert said(document("", url="https://example.org/2014/03/clinics")) == "2014-03"
    assert said(document(LINES[0], url="https://example.org/2014/03/clinics")) == "2014-03-04"


def test_a_stated_month_gives_way_to_a_day_in_it_that_is_printed() -> None:
    head = '<meta name="dcterms.issued" content="2014-03">'
    assert said(document(LINES[0], head)) == "2014-03-04"
    assert said(document(LINES[0].replace("March", "May"), head)) == "2014-03"


# --- web archives ------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seen=DAYS, ahead=st.integers(-400, 400))
def test_the_day_on_which_an_archive_saw_a_page_is_a_bound_and_no_date(seen: date, ahead: int) -> None:
    stated = seen + timedelta(days=ahead)
    for archive in (
        "https://web.archive.org/web/{:%Y%m%d}120000/",
        "https://webarchive.nationalarchives.gov.uk/{:%Y%m%d}/",
    ):
        url = archive.format(seen) + "http://www.northmere.example/a"
        assert said(document(url=url)) == "None"
        head = f'<meta property="article:published_time" content="{stated}T10:00:00+02:00">'
        assert said(document("", head, url)) == (stated.isoformat() if ahead <= 1 else "None")
        banner = f"<p class='date'>This snapshot taken on {seen:%d/%m/%Y}, shows web content</p>"
        assert said(document(banner + f"<p class='date'>{seen:%d %B %Y}</p>", url=url)) == "None"
