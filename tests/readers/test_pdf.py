"""PDFs: reading order, footnotes, and the reasons why one gives no document."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain

import pytest

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.records import Capture
from tests.support.pdfs import At, column, pdf

LEFT = [
    "The left column begins the report and",
    "says that the boards of an invented shire",
    "met twelve times. It says nothing of the",
    "weather, which was fair, nor of the price",
    "of tea, which had gone up by a third. And",
    "it ends with a sentence that runs on into",
]
RIGHT = [
    "the second column of the same page, where",
    "the treasurer gives the figures for March",
    "and for April. They are lower than in the",
    "year before, and nobody could tell why so",
    "few had come. The report closes here with",
    "thanks to all who brought a chair along.",
]
WHOLE = " ".join(LEFT + RIGHT)


def text_of(body: bytes) -> list[str]:
    return read(taken(body)).text.split("\n\n")


def taken(body: bytes) -> Capture:
    fetched = datetime(2024, 11, 1, tzinfo=UTC)
    return Capture("https://example.org/a.pdf", "files", fetched, "application/pdf", body)


def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other() -> None:
    title = At(60, 780, "What the boards of the shire did in a year, by its own clerk and at length", 14)
    rows = zip(column(60, 740, LEFT), column(320, 740, RIGHT), strict=True)
    assert text_of(pdf([title, *chain.from_iterable(rows)]))[-1] == WHOLE


def test_columns_that_are_drawn_one_after_the_other_stay_as_they_are() -> None:
    assert text_of(pdf([*column(60, 740, LEFT), *column(320, 740, RIGHT)])) == [WHOLE]


def test_a_hyphen_at_a_lines_end_is_the_words_own_where_the_rest_of_the_file_says_so() -> None:
    """Elsewhere on the page stand "multi-board" and "treasurer"; nothing is said of "half-hourly"."""
    lines = [
        "All boards of the shire must join a multi-",
        "board trust before the year is out, the trea-",
        "surer said in March, as did all of the half-",
        "hourly bus that goes to its meetings. No top-",
        "down reform has long been at an end here in",
        "the valley. No multi-board trust has replied",
        "to the letter that the treasurer sent in May.",
    ]
    text = " ".join(text_of(pdf(column(60, 740, lines))))
    assert "join a multi-board trust" in text
    assert "the treasurer said" in text
    assert "half-hourly bus" in text
    assert "No top-down reform" in text


def test_lines_across_the_page_part_what_stands_above_them_from_what_stands_below() -> None:
    def rows(top: float) -> list[At]:
        pairs = zip(column(60, top, LEFT), column(320, top, RIGHT), strict=True)
        return list(chain.from_iterable(pairs))

    across = At(60, 640, "A heading that goes across both of the columns and so divides the page in two", 12)
    found = text_of(pdf([*rows(740), across, *rows(600)]))
    assert [found[0], found[-1]] == [WHOLE, WHOLE]
    assert across.text in found


def test_a_table_of_figures_keeps_its_rows() -> None:
    names = column(60, 740, [f"Board {name}" for name in "ABCDEFGH"])
    figures = column(320, 740, [str(100 + n) for n in range(8)])
    drawn = list(chain.from_iterable(zip(names, figures, strict=True)))
    assert "Board A 100" in " ".join(text_of(pdf(drawn)))


def test_footnotes_and_their_marks_are_left_out() -> None:
    title = At(60, 780, "A year of the boards", 16)
    body = column(60, 700, [*LEFT[:2], *RIGHT[-2:]])
    mark = At(body[1].x + 180, body[1].y + 4, "1", 5)
    note = column(60, 120, ["1 See the minutes of an invented meeting."], size=7)
    found = text_of(pdf([title, *body[:2], mark, *body[2:], *note]))
    assert found == [" ".join([*LEFT[:2], *RIGHT[-2:]])]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (pdf([]), "scanned"),
        (pdf([At(60, 700, "Words behind a password.")], encrypted=True), "encrypted"),
        (pdf([At(60, 700, "Words in a broken file.")])[:60], ""),
    ],
    ids=["no text on any page", "encrypted", "cut off"],
)
def test_a_pdf_without_readable_text_says_why(body: bytes, detail: str) -> None:
    with pytest.raises(SetAside) as caught:
        read(taken(body))
    assert caught.value.reason == "broken-pdf"
    assert detail in caught.value.detail
