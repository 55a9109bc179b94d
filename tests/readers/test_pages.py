"""Pages of sites that nobody wrote a reader for: their text, their fields, how much of it is here."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, read
from pipeline.records import Capture, Document
from tests.readers.test_readers import FETCHED, page

PROSE = "Commissioners met in the town hall and argued at length about who should pay for the new clinics."
ARTICLE = "".join(
    f"<p>{PROSE} That was meeting number {n}, and it was held in the rain.</p>" for n in range(20)
)


def document(body: str, head: str = "", url: str = "https://example.org/a") -> Document:
    return read(Capture(url, "files", FETCHED, "text/html", page(body, head).encode()))


def linked_data(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def test_text_that_only_the_linked_data_hold_is_taken_from_them() -> None:
    told = "\n\n".join([PROSE] * 6)
    found = document(
        "<div id='app'><p>Loading the story for you, one moment.</p></div>", linked_data(articleBody=told)
    )
    assert (found.text, found.origins["text"]) == (told, "json-ld:articleBody")


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Ten boards and what they paid",
        "Sign up to our weekly newsletter",
        "Follow us on Twitter and Facebook",
        "Last updated: 3 March 2020 at 10:15",
        "© 2019 An invented agency. All rights reserved.",
        "Don’t miss",
    ],
)
def test_a_line_that_leads_elsewhere_is_no_text(line: str) -> None:
    assert boilerplate.trimmed([PROSE, line, PROSE]) == [PROSE, PROSE]


@pytest.mark.parametrize(
    "line", ["Read the report before you judge it.", "Updates were promised for the spring."]
)
def test_a_sentence_that_begins_like_one_stays(line: str) -> None:
    assert boilerplate.trimmed([PROSE, line, PROSE]) == [PROSE, line, PROSE]


def test_what_follows_an_article_under_a_heading_of_its_own_is_cut_off() -> None:
    assert boilerplate.trimmed([PROSE, PROSE, "Related articles", "Ten boards", "One clinic"]) == [
        PROSE,
        PROSE,
    ]


def test_a_heading_in_the_middle_is_not_taken_for_the_end() -> None:
    whole = [PROSE, "References", PROSE, PROSE]
    assert boilerplate.trimmed(whole) == whole


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:modified_time" content="2020-03-03">',
        '<meta property="og:updated_time" content="2020-03-03">',
        linked_data(dateModified="2020-03-03"),
    ],
)
def test_the_last_change_of_a_page_is_kept_apart_and_never_its_date(head: str) -> None:
    found = document(f"<article>{ARTICLE}</article>", head)
    assert (found.published, str(found.modified)) == (None, "2020-03-03")


@pytest.mark.parametrize("words", ["Last updated 4 May 2016", FETCHED.strftime("%d %B %Y")])
def test_a_date_line_that_tells_a_change_or_today_is_no_date(words: str) -> None:
    assert document(f"<span class='date'>{words}</span><article>{ARTICLE}</article>").published is None


def test_a_rare_tag_of_the_head_dates_a_page() -> None:
    found = document(
        f"<article>{ARTICLE}</article>", '<meta name="rnews:datePublished" content="2014-03-04">'
    )
    assert (str(found.published), found.origins["published"]) == ("2014-03-04", "rnews:datepublished")


def test_a_journal_article_says_where_it_stands() -> None:
    tags = {
        "journal_title": "Invented journal",
        "volume": "12",
        "issue": "3",
        "firstpage": "7",
        "lastpage": "9",
    }
    head = "".join(f'<meta name="citation_{name}" content="{value}">' for name, value in tags.items())
    found = document(f"<article>{ARTICLE}</article>", head)
    assert (found.journal, found.volume, found.issue, found.pages) == ("Invented journal", "12", "3", "7-9")


@pytest.mark.parametrize(
    ("head", "behind", "access"),
    [
        (linked_data(isAccessibleForFree=False), "", "excerpt"),
        (linked_data(wordCount="900"), "", "excerpt"),
        ('<meta name="article:content_tier" content="locked">', "", "excerpt"),
        ("", "<div class='article-paywall'><p>More for members.</p></div>", "excerpt"),
        ("", "<p>Please log in to read the rest of it.</p>", "excerpt"),
        ("", "<p>Log in to leave a comment.</p>", "full"),
        (linked_data(isAccessibleForFree=True), "", "full"),
    ],
)
def test_an_excerpt_is_told_by_its_wall_or_its_promise(head: str, behind: str, access: str) -> None:
    body = f"<article><p>{PROSE}</p><p>{PROSE} Then they left.</p></article>{behind}"
    assert document(body, head).access == access


def test_a_page_that_is_marked_as_paid_but_whole_is_whole() -> None:
    found = document(f"<article>{ARTICLE}</article>", linked_data(isAccessibleForFree=False))
    assert found.access == "full"


@pytest.mark.parametrize("tag", ["main", "footer", "nav"])
def test_text_in_an_unlikely_place_is_found(tag: str) -> None:
    body = f"<html><title>A story</title><{tag}><h1>A story</h1>{ARTICLE}</{tag}>"
    assert PROSE in read(Capture("https://example.org/a", "files", FETCHED, "text/html", body.encode())).text


@pytest.mark.slow
def test_a_page_of_many_pruned_elements_takes_no_quadratic_time() -> None:
    assert document("<article>" + ("<nav>x</nav>y " * 50_000) + f"<p>{PROSE}</p></article>").text


def test_a_page_behind_a_form_is_set_aside() -> None:
    with pytest.raises(SetAside, match="login"):
        document("<article><h1>Behind a form</h1><p>You must log in to read this article.</p></article>")


# --- words that old systems left broken -------------------------------------------------------------------


def told(*paragraphs: str) -> list[str]:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return document(f"<article>{body}</article>").text.split("\n\n")


LONG = (
    "The board asked each provider and the purchaser-provider forum to say what it would cost to co-operate."
)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        # the rest of the page has the word, or the compound
        ("Nobody knew which pro- vider would come to the town hall on that rainy evening.",
         "Nobody knew which provider would come to the town hall on that rainy evening."),
        ("Nobody knew which pro-\n   vider would come to the town hall on that rainy evening.",
         "Nobody knew which provider would come to the town hall on that rainy evening."),
        ("They refused to co- operate with the purchaser- provider forum of the county.",
         "They refused to co-operate with the purchaser-provider forum of the county."),
        ("They refused to co-\noperate with the forum of the county, and would not say for how long.",
         "They refused to co-operate with the forum of the county, and would not say for how long."),
        # it has neither: a hyphen before a blank may be a dash, or the beginning of two words
        ("The pre- and post-natal clinic, the short- medium- and long-term beds were shut.",
         "The pre- and post-natal clinic, the short- medium- and long-term beds were shut."),
        ("Four boards- among them the largest in the county- never answered any of the letters.",
         "Four boards- among them the largest in the county- never answered any of the letters."),
        # but behind it stands the end of a word that is none itself
        ("The govern- ment and its commis- sioners said noth- ing to the four organisa- tions.",
         "The government and its commissioners said nothing to the four organisations."),
        # a soft hyphen is only ever a break
        ("Nobody knew which commis\u00ad sioners would come to the town hall that evening.",
         "Nobody knew which commissioners would come to the town hall that evening."),
    ],
)  # fmt: skip
def test_a_broken_word_is_decided_by_the_rest_of_the_page(broken: str, whole: str) -> None:
    assert told(LONG, broken) == [LONG, whole]
