"""Which documents are one publication: by texts, titles, dates, publishers and addresses."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.copying.attachments import Linked, attach
from pipeline.copying.copies import Pair, Paper, days_apart, group, judge, promising, titles_alike
from pipeline.copying.likeness import Likeness, bands, marks, measure, parse
from pipeline.settings import Duplicates

LIMITS = Duplicates()


def writing(seed: int, words: int = 200) -> str:
    random_ = random.Random(seed)
    return " ".join("".join(random_.choices("abcdeilmnorstu", k=6)) for _ in range(words))


def paper(name: str = "a", **given: Any) -> Paper:
    usual = Paper(
        name, name, f"https://{name}.org/news/{name}", "", date(2014, 3, 4), "day", "news", "full", 200
    )
    return replace(usual, **given)


def kind(first: str, second: str, a: Paper | None = None, b: Paper | None = None) -> str | None:
    pair = judge(a or paper("a"), b or paper("b"), measure(parse(first), parse(second)), LIMITS)
    return pair and pair.kind


def test_likeness_counts_runs_of_words_whatever_their_case_and_punctuation() -> None:
    text = writing(1)
    assert measure(parse(text), parse(text.upper().replace(" ", ", "))).identical
    half = " ".join(text.split()[:100])
    like = measure(parse(half), parse(text))
    assert (like.containment, like.of_longer) == (1.0, 0.5)
    assert like.similarity == pytest.approx(93 / 193)
    assert measure(parse(text), parse(half)).containment == 1.0
    assert measure(parse(text), parse(writing(2))).similarity == 0


@pytest.mark.parametrize("text", ["", "...", "one", "one two three"])
def test_texts_of_next_to_no_words_can_be_compared(text: str) -> None:
    like = measure(parse(text), parse(writing(1)))
    assert like.similarity == 0
    assert kind(text, text) is None


def test_a_shared_run_of_23_words_always_shares_a_mark() -> None:
    for seed in range(50):
        shared = writing(seed, 23)
        first = parse(f"{writing(seed + 100)} {shared} {writing(seed + 200)}")
        second = parse(f"{writing(seed + 300, 31)} {shared} {writing(seed + 400)}")
        assert set(marks(first)) & set(marks(second))


def test_bands_agree_for_texts_that_are_nearly_the_same_and_not_for_others() -> None:
    text = writing(1, 600)
    words = text.split()
    edited = " ".join(word if at % 60 else "other" for at, word in enumerate(words))
    first, second, third = bands([parse(text), parse(edited), parse(writing(2, 600))])
    assert (first == second).any()
    assert not (first == third).any()
    assert (bands([parse(text)])[0] == first).all()


def test_a_blog_that_another_body_ran_a_fortnight_later_is_the_same_document() -> None:
    text = writing(1)
    later = paper("b", published=date(2014, 3, 18))
    assert kind(text, f"{text} {writing(2, 20)}", b=later) == "near"


def test_the_same_words_are_one_document_whenever_another_body_prints_them() -> None:
    assert kind(writing(1), writing(1), b=paper("b", published=date(2019, 1, 1))) == "identical"


def test_a_press_release_half_of_which_is_news_the_same_day_is_a_reprint() -> None:
    release = writing(1)
    news = f"{writing(2, 60)} {' '.join(release.split()[20:140])} {writing(3, 30)}"
    assert kind(release, news) == "reprint"
    assert kind(release, news, b=paper("b", published=date(2014, 4, 4))) is None


def test_a_shared_quotation_or_closing_paragraph_makes_no_copy() -> None:
    quotation = writing(9, 60)
    assert kind(f"{writing(1, 140)} {quotation}", f"{writing(2, 90)} {quotation} {writing(3, 50)}") is None


def test_an_excerpt_belongs_to_the_full_text_that_holds_it() -> None:
    text = writing(1, 900)
    excerpt = " ".join(text.split()[:90])
    walled = paper("b", access="excerpt", published=date(2014, 3, 20))
    assert kind(text, excerpt, b=walled) == "excerpt"
    # An open text that quotes so little of another one doesn't, unless it has its title.
    assert kind(text, excerpt) is None
    titled = paper("b", title="Members vote on merging eight groups")
    assert kind(text, excerpt, paper("a", title=titled.title), titled) == "excerpt"


def test_a_report_of_two_bodies_is_one_although_each_sums_it_up_in_its_own_words() -> None:
    title = "One budget, one team: what seven places learnt"
    findings = writing(1, 150)
    a = paper("a", genre="report", title=title, published=date(2015, 7, 1), precision="month")
    b = paper("b", genre="report", title=title, published=date(2015, 7, 16))
    assert kind(f"{writing(2, 100)} {findings}", f"{findings} {writing(3, 60)}", a, b) == "joint"


def test_one_body_repeats_itself_and_each_time_counts() -> None:
    text = writing(1)
    again = f"{text} {writing(2, 10)}"
    a, b = paper("a", source="x", title="Our statement"), paper("b", source="x", title="Our statement")
    assert kind(text, again, a, b) == "near"
    assert kind(text, again, a, replace(b, published=date(2014, 9, 4))) is None
    assert kind(text, again, a, replace(b, title="Another matter")) is None


def test_answers_to_several_questions_are_several_documents_though_word_for_word_the_same() -> None:
    address = "https://questions.org/written-questions/detail/{}"
    a, b = (paper("a", source="x", url=address.format(n)) for n in (165771, 165803))
    assert kind(writing(1), writing(1), a, b) is None
    assert not promising(a, b, LIMITS)
    proceedings = [replace(paper("a"), source="x", genre="written-answer") for _ in range(2)]
    assert kind(writing(1), writing(1), *proceedings) is None
    old, new = (replace(a, url=url) for url in ("https://x.org/node/12", "https://x.org/news/our-statement"))
    assert kind(writing(1), writing(1), old, new) == "identical"


def test_a_template_filled_in_twice_is_two_documents() -> None:
    def filled(name: str) -> str:
        return " ".join(f"{writing(n, 30)} the group for {name} will publish" for n in range(5))

    # Five, the last of which stands too near the end to be seen.
    assert measure(parse(filled("Harlow")), parse(filled("Ripon"))).swaps == 4
    assert kind(filled("Harlow"), filled("Ripon")) is None
    assert kind(filled("Harlow"), filled("Harlow")) == "identical"


def test_short_texts_need_a_title_in_common() -> None:
    note = writing(1, 25)
    assert kind(note, note) is None
    assert kind(note, note, paper("a", title="A note"), paper("b", title="A note")) == "identical"


def again(words: int, days: int | None, one_body: bool, more: int = 0) -> str | None:
    """What a text is to the same words (and `more`), under one title, so many days later (None: unknown)."""
    a = paper("a", title="The prizes of the year", published=date(1996, 4, 10))
    when = None if days is None else date(1996, 4, 10) + timedelta(days)
    b = replace(a, document_id="b", url="https://a.org/1/later", published=when)
    text = writing(1, words)
    later = f"{text} {writing(2, more)}"
    return kind(text, later, a, b if one_body else replace(b, source="b", url="https://b.org/1/later"))


@given(words=st.integers(8, 150), days=st.integers(0, 4000), one_body=st.booleans())
@example(words=20, days=363, one_body=True)  # a list of winners, each April
@example(words=30, days=7, one_body=True)  # what is in this week's issue
@example(words=39, days=363, one_body=False)
@example(words=40, days=363, one_body=True)  # a page that moved
def test_the_same_few_words_are_one_publication_for_a_while_and_many_words_for_ever(
    words: int, days: int, one_body: bool
) -> None:
    for_a_while = days < LIMITS.soon if one_body else days <= LIMITS.days
    expected = "identical" if words >= LIMITS.min_words or for_a_while else None
    assert again(words, days, one_body) == expected


@given(words=st.integers(20, 36), days=st.integers(32, 366), one_body=st.booleans())
def test_nearly_the_same_few_words_a_year_later_are_another_publication(
    words: int, days: int, one_body: bool
) -> None:
    assert again(words, days, one_body, more=3) is None


@given(words=st.integers(8, 150), one_body=st.booleans())
def test_an_unknown_date_tells_no_copies_apart(words: int, one_body: bool) -> None:
    assert again(words, None, one_body) == "identical"


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("Fifty days", "Fifty days: a guest blog", True),
        ("The BMJ’s view of merging groups", "the bmj's view of merging groups", True),
        ("News", "News from the county", False),
        ("Board papers of the group, June 2013", "Board papers of the group, July 2014", False),
        ("Annual report 2013 of the board", "Annual report 2014 of the board", False),
        ("", "", False),
    ],
)
def test_titles(first: str, second: str, alike: bool) -> None:
    assert titles_alike(first, second) is titles_alike(second, first) is alike


def test_a_date_known_to_the_month_is_near_to_every_day_of_it() -> None:
    july = paper("a", published=date(2015, 7, 1), precision="month")
    assert days_apart(july, paper("b", published=date(2015, 7, 16))) == 0
    assert days_apart(paper("b", published=date(2015, 8, 10)), july) == 10
    assert days_apart(july, paper("b", published=None)) is None


def link(first: str, second: str, kind: str, containment: float = 0.9) -> Pair:
    return Pair(first, second, kind, Likeness(0.5, containment, containment, 100, 100, 0), "")


def test_the_fullest_copy_leads_and_the_order_of_the_pairs_makes_no_difference() -> None:
    papers = {
        "a": paper("a", access="excerpt", words=900),
        "b": paper("b", words=300, published=date(2014, 5, 1)),
        "c": paper("c", words=300),
        "d": paper("d", words=300, is_file=True, published=date(2010, 1, 1)),
    }
    pairs = [
        link("a", "b", "excerpt"),
        link("b", "c", "near"),
        link("c", "d", "file"),
        link("a", "c", "excerpt"),
    ]
    results = [group(papers, order, lambda *_: False) for order in permutations(pairs)]
    assert all(found == results[0] for found in results)
    assert {name: leader for name, (leader, _) in results[0].items()} == dict.fromkeys("abcd", "c")


def test_no_group_holds_two_documents_that_are_apart() -> None:
    papers = {name: paper(name) for name in "abc"}
    members = group(
        papers, [link("a", "b", "near"), link("b", "c", "near", 0.8)], lambda x, y: {x, y} == {"a", "c"}
    )
    assert set(members) == {"a", "b"}


def test_two_texts_with_a_part_in_a_third_are_not_one_for_that() -> None:
    papers = {name: paper(name, words=words) for name, words in (("a", 300), ("b", 500), ("c", 400))}
    leads = group(papers, [link("a", "b", "reprint"), link("b", "c", "reprint", 0.6)], lambda *_: False)
    assert {name for name, (leader, _) in leads.items() if leader == "b"} == {"a", "b", "c"}
    papers["b"] = paper("b", words=100)
    assert set(
        group(papers, [link("a", "b", "reprint"), link("b", "c", "reprint", 0.6)], lambda *_: False)
    ) == {
        "a",
        "b",
    }


def linked(file: str, title: str = "", text: str = "", **given: str) -> Linked:
    page = {
        "page": "p",
        "page_title": "One budget, one team",
        "page_access": "summary",
        "page_text": writing(1, 90),
    }
    return Linked(
        **{**page, "file": file, "file_title": title, "file_text": text or writing(2, 900), **given}
    )


def test_the_only_file_of_a_summary_page_is_its_full_text() -> None:
    (found,) = attach([linked("f")])
    assert (found.page, found.file, found.takes_text) == ("p", "f", True)


def test_of_several_files_the_one_with_the_title_of_the_page_is_its_text() -> None:
    named = linked("g", text=f"One budget, one team. A report. {writing(3, 500)}")
    (found,) = attach([linked("f"), named, linked("h", title="Annex: methods")])
    assert found.file == "g"
    assert attach([linked("f"), linked("h")]) == []


def test_a_file_that_a_news_page_links_is_a_document_of_its_own() -> None:
    assert attach([linked("f", page_access="full")]) == []
    text = writing(1, 500)
    (printed,) = attach([linked("f", page_access="full", page_text=text, text=f"{text} {writing(2, 30)}")])
    assert not printed.takes_text


def test_dates_far_apart_with_one_title_are_still_one_document_within_a_year() -> None:
    title = "Taking back the levers of the service"
    a = paper("a", title=title)
    for days, expected in ((200, "near"), (500, None)):
        b = paper("b", title=title, published=date(2014, 3, 4) + timedelta(days))
        assert kind(writing(1), f"{writing(1)} more was said", a, b) == expected
