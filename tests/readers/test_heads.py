"""What pages say of their date and their authors: issues, damaged linked data, organisations, teasers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers import people, read
from pipeline.records import Capture, Document

PROSE = "Commissioners met in the town hall and argued at length about who should pay for the new clinics."
ARTICLE = "<h1>Who pays for clinics</h1>" + f"<p>{PROSE}</p>" * 6
FETCHED = datetime(2023, 3, 10, tzinfo=UTC)


def document(head: str, body: str = f"<main><article>{ARTICLE}</article></main>") -> Document:
    page = f"<!DOCTYPE html><html lang='en'><head><title>x</title>{head}</head><body>{body}</body></html>"
    return read(Capture("https://example.org/a", "files", FETCHED, "text/html", page.encode()))


def tags(**said: str) -> str:
    return "".join(f'<meta name="{name}" content="{value}">' for name, value in said.items())


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@settings(deadline=None)
@given(
    issue=st.dates(date(2005, 1, 1), date(2022, 12, 31)),
    before=st.integers(0, 600),
    tag=st.sampled_from(
        ["citation_online_date", "dc.date", "prism.publicationDate", "article:published_time"]
    ),
    year=st.booleans(),
)
def test_the_month_of_an_issue_gives_way_to_the_day_in_it_or_before_it(
    issue: date, before: int, tag: str, year: bool
) -> None:
    """Journals that appear article by article state the month of a volume, often December."""
    day = issue.replace(day=28) - timedelta(days=before)
    if day.day == 1:
        day += timedelta(days=1)
    stated = f"{issue:%Y}" if year else f"{issue:%Y/%m}"
    found = document(tags(citation_publication_date=stated, **{tag: day.isoformat()}))
    assert (found.published, found.precision, found.origins["published"]) == (day, "day", tag.lower())


@pytest.mark.parametrize(
    ("head", "published"),
    [
        # the day that went before the issue's own
        (tags(citation_publication_date="2014/12/01", citation_online_date="2014/01/22"), "2014-01-22 day"),
        # an issue's month that was made a day
        (tags(citation_publication_date="2014/12/01", **{"dc.date": "2014-01-22"}), "2014-01-22 day"),
        # a day after the issue is that of another event
        (tags(citation_publication_date="2014/12", **{"dc.date": "2015-03-04"}), "2014-12-01 month"),
        # the first of the same month says no more than the month
        (tags(citation_publication_date="2014/12", **{"dc.date": "2014-12-01"}), "2014-12-01 month"),
        # an issue to come, an article that is here
        (tags(citation_publication_date="2023/12", citation_online_date="2023/01/20"), "2023-01-20 day"),
        # where the deposit in a repository is called "online"
        (
            tags(**{"eprints.eprintid": "7", "eprints.date": "2013", "citation_online_date": "2013-09-03"}),
            "2013-01-01 year",
        ),
    ],
)
def test_which_of_two_dates_is_that_of_publication(head: str, published: str) -> None:
    found = document(head)
    assert f"{found.published} {found.precision}" == published


@pytest.mark.parametrize("stated", ["2023/12", "2023-03-12", "2023-12-01"])
def test_no_page_appeared_after_it_was_captured(stated: str) -> None:
    found = document(tags(citation_publication_date=stated))
    assert found.published is None
    assert found.origins["published"].startswith("refused: 2023")


SOUND = {
    "@type": "NewsArticle",
    "headline": "Who // pays, } for clinics",
    "datePublished": "2014-05-09",
    "author": {"@type": "Person", "name": "Ann Lee"},
}
BLOCK = json.dumps(SOUND)


@pytest.mark.parametrize(
    "written",
    [
        BLOCK + ";",
        f"//<![CDATA[\n{BLOCK}\n//]]>",
        f"/*<![CDATA[*/ {BLOCK} /*]]>*/",
        f"<![CDATA[{BLOCK}]]>",
        f"<!-- {BLOCK} -->",
        f"<!-- made by a plugin -->{BLOCK}",
        f"// made by a plugin\n{BLOCK} /* and its end */",
        BLOCK[:-2] + ",},]".replace("]", "}"),
        "[" + BLOCK + ",]",
        '{"@type": "WebSite", "name": "x"}' + BLOCK,
        '{"@type": "WebSite", "name": "x"},\n' + BLOCK,
        BLOCK.replace("Who //", "Who\t//").replace("clinics", "clinics\\'") + ";",
        BLOCK.replace('"', "&quot;"),
        f"var data = {BLOCK};",
        "\ufeff" + BLOCK,
        BLOCK.replace(', "author"', '\n"author"'),
        BLOCK.replace('{"@type"', '{"image": , "video": undefined, "@type"', 1),
        '[{"@type": "WebSite", "name": "x"} ' + BLOCK + "]",
    ],
)
def test_linked_data_are_read_with_the_damage_that_templates_do(written: str) -> None:
    found = document(script(written))
    assert (found.authors, str(found.published)) == (("Ann Lee",), "2014-05-09")
    assert found.title.rstrip("'") == " ".join(SOUND["headline"].split())


@settings(deadline=None)
@given(st.text(alphabet='{}[],:;"\\/*<!-> CDATA\n1', max_size=60))
def test_no_damage_of_linked_data_costs_the_page(written: str) -> None:
    assert document(script(written)).title == "Who pays for clinics"


def test_an_author_who_is_named_elsewhere_in_the_graph_is_found() -> None:
    graph = [
        {"@type": "Article", "author": {"@id": "#ann"}, "headline": "Who pays for clinics"},
        {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
    ]
    assert document(script(json.dumps({"@graph": graph}))).authors == ("Ann Lee",)


def test_the_linked_data_of_teasers_are_not_the_articles() -> None:
    teaser = {"@type": "NewsArticle", "headline": "Goat on the bypass", "url": "https://example.org/goat",
              "datePublished": "2020-01-01", "author": {"name": "Bo Roe"}}  # fmt: skip
    own = SOUND | {"headline": "Who pays for clinics"}
    found = document(script(json.dumps([teaser, own])))
    assert (found.authors, str(found.published)) == (("Ann Lee",), "2014-05-09")


TEASER = """<{0}><h3>Goat on the bypass</h3>
<time datetime="2020-01-01" itemprop="datePublished">1 January</time>
<span itemprop="author"><span itemprop="name">Bo Roe</span></span>
<a rel="author" href="/bo">Bo Roe</a></{1}>"""


@pytest.mark.parametrize(
    "around",
    ["article", "aside", "div class='related-posts'", "div class='teaser'", "article class='comment'"],
)
@pytest.mark.parametrize("dated", [True, False])
def test_marks_of_teasers_neither_date_nor_sign_the_article(around: str, dated: bool) -> None:
    own = '<time datetime="2014-05-09">9 May</time><a rel="author">Ann Lee</a>' if dated else ""
    teaser = TEASER.format(around, around.split()[0])
    found = document("", f"<main>{teaser}<article>{own}{ARTICLE}</article>{teaser}</main>")
    assert found.authors == (("Ann Lee",) if dated else ())
    assert str(found.published) == ("2014-05-09" if dated else "None")


@pytest.mark.parametrize("around", ["aside", "div class='related-posts'", "article"])
def test_the_date_line_of_a_teaser_does_not_date_the_article(around: str) -> None:
    teaser = f"<{around}><span class='date'>1 January 2020</span></{around.split()[0]}>"
    assert document("", f"<main>{teaser}<article>{ARTICLE}</article></main>").published is None
    own = f"<article><span class='date'>9 May 2014</span>{ARTICLE}</article>"
    assert str(document("", f"<main>{teaser}{own}</main>").published) == "2014-05-09"


@pytest.mark.parametrize(
    "name",
    ["British Broadcasting Corporation", "Policy Exchange", "Healthwatch England",
     "Local Government Chronicle", "Press Association", "Department of Health and Social Care",
     "Royal College of General Practitioners", "Northmere Evening Gazette", "Age UK",
     "Institute for Fiscal Studies", "Health Reporter"],
)  # fmt: skip
def test_a_body_a_paper_or_a_role_is_no_author(name: str) -> None:
    assert people.people([name]) == ()
    assert people.people([f"Ann Lee | {name}", f"Bo Roe, {name}"]) == ("Ann Lee", "Bo Roe")


@pytest.mark.parametrize(
    "head",
    [
        tags(author="Northmere Voice", **{"og:site_name": "The Northmere Voice"}),
        tags(author="Northmere Voice", citation_publisher="Northmere Voice"),
        tags(author="Northmere Voice")
        + script(
            '{"@type": "Article", "author": {"@type": "NewsMediaOrganization", "name": "Northmere Voice"}}'
        ),
    ],
)
def test_what_the_page_calls_its_site_or_an_organisation_is_no_author(head: str) -> None:
    assert document(head).authors == ()


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Dr Ann Lee, GP", ("Ann Lee",)),
        ("Dr Ann Lee, GP, Leeds", ("Ann Lee",)),
        ("Ann Lee, Political Editor, and Bo Roe, Chief Reporter", ("Ann Lee", "Bo Roe")),
        ("Ann Lee (Daily Post)", ("Ann Lee",)),
        ("Ann Lee for The Post", ("Ann Lee",)),
        ("Ann Lee – Daily Post", ("Ann Lee",)),
        ("A Lee", ("A Lee",)),
        ("A. B. Lee", ("A. B. Lee",)),
        ("A Northmere Parent", ()),
        ("Sarah England", ("Sarah England",)),
        ("Nurse, Paul", ("Paul Nurse",)),
        ("Ma, Yo", ("Yo Ma",)),
        ("Smith, GP", ("GP Smith",)),
    ],
)
def test_a_name_is_read_without_what_is_written_around_it(written: str, read_as: tuple[str, ...]) -> None:
    assert people.people([written]) == read_as


@pytest.mark.parametrize(
    "name",
    ["No Author", "no author", "Unknown Author", "Super User", "Site Admin", "Author Name", "Not Available",
     "No Byline", "Kein Autor", "Auteur inconnu", "Default User", "Various Authors", "View Profile"],
)  # fmt: skip
def test_what_systems_write_where_nobody_is_named_is_nobody(name: str) -> None:
    assert people.people([name]) == ()
    own = tags(author=name) + '<meta property="article:author" content="Ann Lee">'
    assert document(own).authors == ("Ann Lee",)


PRINTED = "Bill for the new clinics lands on districts"


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:title" content="New clinics bill: what districts must know in 2014">',
        script(
            '{"@type": "NewsArticle", "headline": "New clinics bill &#8211; districts to pay, says report"}'
        ),
    ],
)
def test_a_printed_headline_goes_before_one_for_search_engines(head: str) -> None:
    article = f"<article><h1>{PRINTED}</h1>" + f"<p>{PROSE}</p>" * 6 + "</article>"
    assert document(head, f"<main>{article}</main>").title == PRINTED
    below = f"<h1>Northmere News for you</h1><div><h1>{PRINTED}</h1>" + f"<p>{PROSE}</p>" * 6 + "</div>"
    assert document(head, f"<main>{below}</main>").title == PRINTED


@pytest.mark.parametrize(
    "printed", ["Northmere News", "The Northmere News Blog", "Blogs", "News and views from our town"]
)
def test_the_name_of_a_site_or_a_part_of_it_is_no_headline(printed: str) -> None:
    head = (
        '<meta property="og:title" content="Districts to pay for clinics">'
        '<meta property="og:site_name" content="Northmere News">'
    )
    body = f"<header><h1>{printed}</h1></header><div>" + f"<p>{PROSE}</p>" * 6 + "</div>"
    assert document(head, body).title == "Districts to pay for clinics"


def test_a_heading_with_more_around_the_stated_title_is_no_better_one() -> None:
    head = '<meta property="og:title" content="Districts to pay for clinics">'
    body = "<article><h1>News Districts to pay for clinics Share</h1>" + f"<p>{PROSE}</p>" * 6 + "</article>"
    assert document(head, body).title == "Districts to pay for clinics"
