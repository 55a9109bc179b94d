"""Pages copied out as plain text: where the article is, its title, date and people, and whose page it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, dumps, read
from pipeline.records import Capture, Document

TITLE = "Parish boards agree to share one surgery"
PROSE = [
    "Volunteers of the first parish painted the rooms over Easter, and a retired nurse answers letters.",
    "The purchasing board said that it had not been asked, although its letter speaks of nothing else.",
    "Two doctors from the next valley will come on three mornings a week until somebody is found to stay.",
    "Nobody in the village expects the inspector to find much amiss when she comes in the middle of May.",
    "The parish clerk keeps the accounts, and says that the roof costs more than the doctors do in a year.",
]
STANDFIRST = "After four years without one, three parishes try it on their own."


def document(*lines: str) -> Document:
    body = "\n\n".join(lines).encode()
    return read(Capture("file:///x.txt", "files", datetime(2024, 1, 1, tzinfo=UTC), "text/plain", body))


ENDS = [
    "3 comments",
    "Share this article",
    "Most read",
    "Most viewed",
    "Related reading",
    "Log in",
    "Comments (12)",
]


@pytest.mark.parametrize("end", ENDS)
def test_a_line_that_ends_articles_does_not_end_one_that_stands_below_it(end: str) -> None:
    for above in ([TITLE, end], [TITLE, STANDFIRST, end], [end, TITLE]):
        found = document(*above, *PROSE)
        assert (found.title, found.text.split("\n\n")[-5:]) == (TITLE, PROSE)
        assert end not in found.text


@pytest.mark.parametrize("end", [*ENDS, "References", "Add new comment"])
def test_it_does_where_most_of_the_text_stands_above_it(end: str) -> None:
    behind = "A goat was found on the bypass this morning, said the owner of the goat."
    assert document(TITLE, STANDFIRST, *PROSE, end, behind).text.split("\n\n") == [STANDFIRST, *PROSE]


@settings(deadline=None)
@given(place=st.integers(0, 5), ends=st.lists(st.sampled_from(ENDS), max_size=3))
def test_no_placing_of_such_lines_loses_the_larger_part_of_an_article(place: int, ends: list[str]) -> None:
    kept = document(TITLE, *PROSE[:place], *ends, *PROSE[place:]).text.split("\n\n")
    assert sum(text in kept for text in PROSE) >= 3


def test_a_list_of_references_ends_an_article_that_is_shorter() -> None:
    entries = [
        f"{n}. Muster A, Lee B, Roe C, et al. On the sharing of surgeries among parishes of the valley and"
        f" what it costs them in a year. Invented Journal 2011;{n}:10-19."
        for n in range(1, 30)
    ]
    assert document(TITLE, *PROSE, "References", *entries).text.split("\n\n") == PROSE


@pytest.mark.parametrize(
    ("above", "source", "published"),
    [
        # GOV.UK
        (["Press release", TITLE, "From:", "Department of Surgeries", "Published", "14 September 2011",
          "[Check against delivery]", "Applies to England"], "govuk", "2011-09-14 day"),
        # Hansard, new and old
        (["Hansard", "Commons", "Find Debates", TITLE, "Volume 585: debated on Tuesday 9 September 2014",
          "Download text", "Previous debate"], "hansard", "2014-09-09 day"),
        ([TITLE, "20 Mar 2012 : Column 665"], "hansard", "2012-03-20 day"),
        # the Guardian
        ([TITLE, "The Guardian,", "Jump to comments (4)",
          "Ann Lee of the parish. Photograph: J Doe for the Guardian",
          "Read a summary of today's events", "Live blog: recap"],
         "guardian", "None None"),
        # NHS England
        (["NHS England » News", TITLE, "28 November 2013"], "nhsengland", "2013-11-28 day"),
        (["Bulletin for CCGs: issue 47, 28 November 2013", "Other news:", "About this bulletin"],
         "nhsengland", "2013-11-28 day"),
        # PMC
        (["Skip to main content", "Invented Journal logoLink to Invented Journal", TITLE, "Ann Lee 1",
          "Author information Article notes Copyright and License information", "PMCID: PMC99 PMID: 99999",
          "Abstract"], "europepmc", "None None"),
        # a journal
        (["Log in", "Advanced Search", "Debate & Analysis", TITLE, "Ann Lee",
          "Invented Journal 2018; 68 (666): 37-38. DOI: https://doi.org/10.9999/ij17",
          "Find this author on PubMed", "Search for this author on this site", "Article", "Info", "Loading"],
         "files", "2018-01-01 year"),
        # papers and think tanks
        (["At the heart of practice since 1960", "Read the latest issue online", TITLE,
          "1 April 2015 | By Ann Lee"], "files", "2015-04-01 day"),
        ([TITLE, "Dr Ann Lee and Dr Bo Roe (Photo: J Doe)", "Ann Lee: ‘It works’ (Photograph: J Doe)"],
         "files", "None None"),
        (["Skip to content", TITLE, "This content relates to the following topics:", "Surgeries and roofs",
          "Part of The story of surgeries", "Page updated", "Comments: 88"], "files", "None None"),
        (["14 June 2011", TITLE], "files", "2011-06-14 day"),
        (["News > UK", TITLE, "Ann Lee Health Editor", "Tuesday 14 June 2011 00:00", "3 comments",
          "Most read", "1 Goat on the bypass"], "files", "2011-06-14 day"),
        ([TITLE, "Ann Lee", "theguardian.com, Tuesday 14 June 2011 15.53 BST", "Article history"],
         "guardian", "2011-06-14 day"),
        (["PubMed Central", "Journal List", "Invent J Gen Pract", "v.63(614); 2013 Sep",
          "Invent J Gen Pract. 2013 Sep; 63(614): e611–e619.",
          "Published online 2013 Aug 27. doi: 10.9999/ij13X",
          "PMCID: PMC99", TITLE, "Ann Lee, PhD, research fellow and Bo Roe, professor",
          "Author information ► Article notes ► Copyright and License information ►"],
         "europepmc", "2013-08-27 day"),
    ],
)  # fmt: skip
def test_the_title_stands_above_date_byline_and_doi(above: list[str], source: str, published: str) -> None:
    found = document(*above, *PROSE)
    title = TITLE if TITLE in above else above[0]
    assert (found.title, found.text.split("\n\n")) == (title, PROSE)
    assert (found.source, f"{found.published} {found.precision}") == (source, published)


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Ann Lee, health editor", ("Ann Lee",)),
        ("Ann Lee Health Correspondent", ("Ann Lee",)),
        ("Ann Lee 1, Bo Roe 2", ("Ann Lee", "Bo Roe")),
        ("Ann Lee, PhD, research fellow and Bo Roe, professor", ("Ann Lee", "Bo Roe")),
    ],
)
def test_a_line_of_names_below_the_title_holds_the_authors(line: str, authors: tuple[str, ...]) -> None:
    found = document("Invented Journal", TITLE, line, "14 June 2011", *PROSE)
    assert (found.title, found.authors) == (TITLE, authors)


def test_what_stands_between_a_standfirst_and_the_text_is_neither() -> None:
    between = ["From: Department of Surgeries and The Rt Hon Ann Lee MP", "Published 14 September 2011",
               "Delivered on: 13 September 2011"]  # fmt: skip
    found = document("Speech", TITLE, STANDFIRST, *between, *PROSE)
    assert found.text.split("\n\n") == [STANDFIRST, *PROSE]
    assert (found.title, found.genre, str(found.published)) == (TITLE, "speech", "2011-09-14")


def test_an_article_that_quotes_a_site_is_not_of_that_site() -> None:
    quoted = f"{PROSE[0]} The figures are on hansard.parliament.uk, www.gov.uk and in the Guardian, she said."
    assert document(TITLE, *PROSE, quoted, *PROSE).source == "files"


def test_a_long_title_is_no_paragraph() -> None:
    title = (
        "What have the three parishes of the valley learnt from four years without a surgery of their own?"
    )
    found = document("Skip to content", title, "By Ann Lee", *PROSE)
    assert (found.title, found.authors, found.text.split("\n\n")) == (title, ("Ann Lee",), PROSE)


@pytest.mark.parametrize(
    ("line", "day", "authors"),
    [
        ("1 April 2015 | By Ann Lee", "2015-04-01", ("Ann Lee",)),
        ("31 Oct, 14 | by BMJ", "2014-10-31", ()),
        ("at 3:53 pm on 14th June 2011", "2011-06-14", ()),
        ("Posted by Ann Lee at 3:53 pm on 14th June 2011", "2011-06-14", ("Ann Lee",)),
        ("By Ann Lee on 14 June 2011", "2011-06-14", ("Ann Lee",)),
        ("Posted on June 14, 2011 in News by Ann Lee and Bo Roe", "2011-06-14", ("Ann Lee", "Bo Roe")),
        ("Tuesday 14 June 2011 15.53 BST", "2011-06-14", ()),
        ("Thu 14 Jun 2011 15.53 BST Last modified on Fri 15 Jun 2012 10.00 BST", "2011-06-14", ()),
        ("Published: 3:53PM BST 14 Jun 2011", "2011-06-14", ()),
        ("Ann Lee, health editor, 14/06/11", "2011-06-14", ()),
        ("News | 14 June 2011 • 5 min read", "2011-06-14", ()),
        ("14-Jun-11", "2011-06-14", ()),
        ("Last updated: 14 June 2011", None, ()),
        ("Closes 14 June 2011", None, ()),
        ("The board met on 14 June 2011", None, ()),
        ("Sharing since 12 May 2014 at least", None, ()),
    ],
)
def test_lines_that_tell_when_a_piece_appeared(line: str, day: str | None, authors: tuple[str, ...]) -> None:
    found = dumps.stated(line)
    assert (str(found) if found else None, dumps.writers([line])) == (day, authors)
    if day:
        whole = document(TITLE, STANDFIRST, line, *PROSE)
        assert (whole.title, str(whole.published), whole.authors) == (TITLE, day, authors)
        assert line not in whole.text


@pytest.mark.parametrize(
    "line",
    [
        "Correspondence to: A Lee, Parish Hall, Northmere ann@parish.example",
        "Accepted 25 July 2013",
        "Received: 3 May 2013; accepted in revised form: 25 July 2013.",
        "Rapid responses to this article",
        "View all rapid responses (4)",
        "This is an edited transcript of the debate on surgeries.",
        "Read the full transcript",
        "Sign up for our weekly newsletter",
        "Follow Ann Lee on Twitter",
        "Follow to get new episodes for free as soon as they are available on Apple Podcasts or Spotify.",
        "Key Words: surgeries, parishes, roofs",
        "Comments on this page are now closed.",
        "Suggested citation: Lee A (2013). Sharing surgeries. Northmere: The Parish.",
        "Is this page useful?",
        "20 Mar 2012 : Column 666",
        "4.26 pm",
        "Sign in or register to comment",
        "Gateway reference number: 00554",
        "I: Interviewer",
    ],
)
def test_a_sites_own_line_is_no_text_wherever_it_stands(line: str) -> None:
    assert boilerplate.trimmed([PROSE[0], line, PROSE[1]]) == PROSE[:2]
    assert document(TITLE, *PROSE[:3], line, *PROSE[3:], line).text.split("\n\n") == PROSE


@pytest.mark.parametrize(
    "line",
    [
        "Rapid responses have come from all three parishes, and none of them is kind.",
        "Accepted wisdom has it that nobody shares a roof.",
        "Applies to be heard are rare.",
        "Key words in the letter were underlined twice by the clerk.",
        "A transcript of the meeting shows that nobody asked.",
        "Follow the money, said the clerk.",
    ],
)
def test_a_sentence_that_begins_like_one_is_text(line: str) -> None:
    assert boilerplate.trimmed([PROSE[0], line, PROSE[1]]) == [PROSE[0], line, PROSE[1]]


@pytest.mark.parametrize(
    "wall",
    [
        "You need to be signed in to read more",
        "Subscribe to continue reading",
        "To read the full story, log in or register",
        "This article is available to subscribers only",
    ],
)
def test_a_wall_behind_the_text_makes_it_an_excerpt_and_is_none_of_it(wall: str) -> None:
    found = document(
        TITLE, "By Ann Lee", "4 March 2020", *PROSE, wall, "With a subscription you'll unlock:", "All of it"
    )
    assert (found.access, found.text.split("\n\n")) == ("excerpt", PROSE)


def test_what_a_site_that_hosts_other_peoples_files_puts_before_each_page_is_left_out() -> None:
    pages = [f"Page {n}: {text}" for n, text in enumerate(PROSE, 2)]
    assert document(f"Page 1: {TITLE}", *pages).text.split("\n\n") == PROSE


def test_a_dump_of_nothing_but_a_sites_own_lines_is_empty() -> None:
    with pytest.raises(SetAside, match="empty"):
        document("Skip to content", "Log in", "Most read", "Share this article")


DEBATE = "Surgeries (Three Valleys)"


@pytest.mark.parametrize(
    ("above", "day"),
    [
        # a day of the Commons, with questions
        (["House of Commons", "Tuesday 20 March 2012", "The House met at half-past Eleven o'clock", "Prayers",
          "[Mr Speaker in the Chair]", "Oral Answers to Questions", "Health",
          "The Secretary of State was asked\u2014", DEBATE], "2012-03-20"),
        # a debate that begins within a column, with or without the way to it
        (["20 Mar 2012 : Column 665", DEBATE, "4.26 pm"], "2012-03-20"),
        (["20 Mar 2012 : Column 665", DEBATE], "2012-03-20"),
        ([DEBATE, "20 Mar 2012 : Column 665", "4.26 pm"], "2012-03-20"),
        (["Home", "Parliamentary business", "Publications & records", "Hansard", "Commons Debates",
          "Daily Hansard - Debate", "Previous Section", "Index", "Home Page", "20 Mar 2012 : Column 665",
          DEBATE, "[Relevant documents: Third Report from the Health Committee]", "4.26 pm"], "2012-03-20"),
        (["Westminster Hall", "Tuesday 20 March 2012", "[Mr Philip Hall in the Chair]", DEBATE, "9.30 am"],
         "2012-03-20"),
        (["20 Mar 2012 : Column 665W", "Health", DEBATE], "2012-03-20"),
        # by its place in the volume
        (["Commons Hansard", DEBATE, "HC Deb 20 March 2012 vol 542 cc665-70"], "2012-03-20"),
        (["HL Deb 20 March 2012 vol 736 c665", DEBATE], "2012-03-20"),
        # the Lords
        (["HOUSE OF LORDS", "Tuesday, 20 March 2012.", "2.30 pm", "Prayers\u2014read by the Lord Bishop.",
          DEBATE, "Question", "2.36 pm", "Asked By Lord Lee"], "2012-03-20"),
        (["20 Mar 2012 : Column GC165", DEBATE, "Question for Short Debate", "3.30 pm",
          "Tabled by Baroness Lee"], "2012-03-20"),
    ],
)  # fmt: skip
def test_an_old_debate_is_called_by_its_heading_wherever_its_column_stands(
    above: list[str], day: str
) -> None:
    found = document(*above, *PROSE, "20 Mar 2012 : Column 666", "Contents", "Next Section")
    told = (found.title, found.source, found.genre, str(found.published))
    assert told == (DEBATE, "hansard", "debate", day)


def test_an_old_debate_without_a_heading_is_called_by_its_first_words() -> None:
    found = document("20 Mar 2012 : Column 665", *PROSE, "4.26 pm", "Contents", "Next Section")
    assert (found.title[:20], str(found.published)) == (PROSE[0][:20], "2012-03-20")


def test_a_report_that_cites_debates_is_none() -> None:
    assert document(TITLE, *PROSE, "HC Deb 20 March 2012 vol 542 cc665-70").source != "hansard"


@pytest.mark.parametrize(
    ("above", "title", "day"),
    [
        (["Bulletin for CCGs: issue 47, 28 November 2013", "Commissioning Assembly news:", "Other news:",
          "About this bulletin"], "Bulletin for CCGs: issue 47, 28 November 2013", "2013-11-28"),
        (["Home", "Bulletins", "Bulletin for CCGs", "Bulletin for CCGs: Issue 47, 28 November 2013",
          "28 November 2013 - 16:12"], "Bulletin for CCGs: Issue 47, 28 November 2013", "2013-11-28"),
        (["NHS England", "Bulletin for CCGs", "Issue 47", "28 November 2013", "Other news:"],
         "Bulletin for CCGs", "2013-11-28"),
        (["Bulletin for proposed CCGs: issue 16 \u2013 31 October 2012", "Introduction by Dame Ann Lee"],
         "Bulletin for proposed CCGs: issue 16 \u2013 31 October 2012", "2012-10-31"),
        (["CCG bulletin: issue 85", "Publications gateway ref: 04012", "30 July 2015"],
         "CCG bulletin: issue 85", "2015-07-30"),
        (["Bulletin for clinical commissioning groups: Issue 30", "21 March 2013", "Surgeries in valleys"],
         "Bulletin for clinical commissioning groups: Issue 30", "2013-03-21"),
    ],
)  # fmt: skip
def test_a_bulletin_is_called_by_its_number_and_not_by_what_stands_first_in_it(
    above: list[str], title: str, day: str
) -> None:
    found = document(*above, *PROSE)
    assert (found.title, found.source, str(found.published)) == (title, "nhsengland", day)
