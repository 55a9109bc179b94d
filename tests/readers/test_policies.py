"""Policies in print: every word of the text is kept, in its order; no word of the pages alone is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers import read
from pipeline.records import Capture, Document
from tests.support.pdfs import At, column, pdf
from tests.support.policies import SHAPES, Print

Shape = Callable[[Random], tuple[bytes, list[str], set[str]]]


def document(body: bytes) -> Document:
    fetched = datetime(2026, 11, 1, tzinfo=UTC)
    return read(Capture("https://example.org/a.pdf", "files", fetched, "application/pdf", body))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_words_of_a_policy_are_kept_and_those_of_its_pages_are_not(shape: Shape, seed: int) -> None:
    body, text, own = shape(Random(seed))
    words = document(body).text.split()
    assert Counter(text) - Counter(words) == Counter(), "words that are lost"
    assert own & set(words) == set(), "words of heads, feet, contents and notes"
    assert words == text, "the order of reading"


def made_up(paragraphs: int = 30) -> Print:
    made = Print(Random(7))
    for _ in range(paragraphs):
        made.put(made.paragraph())
    return made


def test_numbered_paragraphs_stay_whole_though_their_number_is_in_a_print_of_its_own() -> None:
    drawn, y = [], 740
    for n in range(1, 7):
        drawn += [At(60, y, f"1.{n}", 8.5, bold=True)]
        drawn += column(
            104, y, ["Give advice in a form that suits the needs of the person", "and say who is asked."]
        )
        y -= 40
    parts = document(pdf(drawn)).text.split("\n\n")
    assert [part[:3] for part in parts] == [f"1.{n}" for n in range(1, 7)]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [False, True])
def test_a_page_is_read_upright_however_it_is_turned(rotate: int, turned: bool) -> None:
    lines = [
        "A landscape table lists the wards of",
        "the county and what each of them may",
        "spend in a year.",
    ]
    drawn = [
        At(300 + 13 * n, 100, line, turned=True) if turned else At(60, 700 - 13 * n, line)
        for n, line in enumerate(lines)
    ]
    assert document(pdf(drawn, rotate=rotate)).text == " ".join(lines)


def test_headings_that_are_drawn_last_are_read_where_they_stand() -> None:
    title = At(60, 780, "A panel of the county", 18)
    heading = At(60, 700, "Why the panel was asked", 13, bold=True)
    above = column(60, 740, ["The board met in May and agreed to a panel."])
    below = column(60, 680, ["It was asked because nobody else would do it."])
    text = document(pdf([title, *above, *below, heading])).text.split("\n\n")
    assert text == [above[0].text, heading.text, below[0].text]


def test_what_is_filled_into_a_form_stands_beside_its_label() -> None:
    title = At(60, 790, "A form of the county", 18)
    drawn = column(
        60, 740, ["The panel is called:", "It meets in every month, and it tells the board what it did."]
    )
    text = document(pdf([title, *drawn], fields={(170.0, 738.0): "Valley panel"})).text
    assert text.split()[:6] == ["The", "panel", "is", "called:", "Valley", "panel"]


def test_an_annex_at_the_top_of_a_page_is_no_running_head_though_its_number_grows() -> None:
    made = Print(Random(3))
    made.title("Papers of the panel")
    for n in range(1, 6):
        made.put(f"Appendix {n}", size=16, bold=True)
        for _ in range(4):
            made.put(made.paragraph())
        made.turn()
    made.pages.pop()
    text = document(made.done()[0]).text
    assert [f"Appendix {n}" in text for n in range(1, 6)] == [True] * 5


def test_smaller_print_at_the_foot_is_a_note_only_where_something_calls_for_it() -> None:
    body = column(
        60, 740, ["The board met twelve times in the year and agreed on", "what it had read in the papers."]
    )
    rows = column(60, 120, ["1 Is the treatment asked for safe?", "2 Is it dear beside others?"], size=7)
    assert "Is it dear beside others?" in document(pdf([*body, *rows])).text
    called = [*body[:1], At(318, 744, "1", 5), *body[1:]]
    note = column(60, 120, ["1 See the minutes of an invented meeting."], size=7)
    assert "invented meeting" not in document(pdf([*called, *note])).text


def test_the_day_of_the_version_is_the_date_and_the_day_of_its_review_is_not() -> None:
    made = made_up()
    made.pages.insert(
        0, column(60, 700, ["Commissioning policy", "Version 3, 8 February 2023", "Review date: May 2026"])
    )
    found = document(pdf(*made.pages))
    assert (found.published, found.precision) == (date(2023, 2, 8), "day")


def test_a_file_without_any_date_has_the_month_in_which_it_was_made_and_says_so() -> None:
    found = document(pdf(*made_up().pages, told={"CreationDate": "D:20140312101500Z"}))
    assert (found.published, found.precision) == (date(2014, 3, 1), "month")
    assert "when it was made" in found.origins["published"]


def test_the_typist_in_the_properties_is_no_author_and_who_is_printed_is() -> None:
    told = {"Author": "Tina Pist", "Title": "Microsoft Word - paper4.doc"}
    cover = [
        At(60, 740, "How the county shares", 20),
        At(60, 716, "its budget", 20),
        At(60, 690, "By Ann Lee and Jo Hall"),
    ]
    found = document(pdf(cover, *made_up().pages, told=told))
    assert found.title == "How the county shares its budget"
    assert found.authors == ("Ann Lee", "Jo Hall")
    assert document(pdf(cover[:2], *made_up().pages, told=told)).authors == ()
    printed = [*cover[:2], At(60, 690, "Tina Pist")]
    assert document(pdf(printed, *made_up().pages, told=told)).authors == ("Tina Pist",)
