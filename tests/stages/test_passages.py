"""Passages: stretches of a document that cover its words, in order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.passages import cut

words = st.text(alphabet="abcdefg .!?,’", min_size=1, max_size=80)
texts = st.lists(words, max_size=12).map("\n\n".join)


@given(text=texts, target=st.integers(1, 30), most=st.integers(1, 60))
def test_passages_hold_every_word_in_order(text: str, target: int, most: int) -> None:
    spans = cut(text, target, most)
    assert " ".join(text[a:b] for a, b in spans).split() == text.split()


@given(text=texts, target=st.integers(1, 30), most=st.integers(1, 60))
def test_passages_are_disjoint_and_trimmed(text: str, target: int, most: int) -> None:
    spans = cut(text, target, most)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)


def test_short_paragraphs_are_joined_up_to_the_target() -> None:
    text = "One two three.\n\nFour five six.\n\nSeven eight nine ten."
    assert [text[a:b] for a, b in cut(text, 6, 50)] == [
        "One two three.\n\nFour five six.",
        "Seven eight nine ten.",
    ]


def test_a_heading_goes_with_what_follows_it() -> None:
    text = "One two three four five.\n\nKey findings\n\nSix seven eight nine ten eleven."
    assert [text[a:b] for a, b in cut(text, 7, 50)] == [
        "One two three four five.\n\nKey findings\n\nSix seven eight nine ten eleven."
    ] or [text[a:b] for a, b in cut(text, 5, 50)][1].startswith("Key findings\n\n")


def test_an_overlong_paragraph_is_split_at_sentences() -> None:
    text = "Dr A. Smith spoke. Then she sat. Nobody else said anything at all."
    assert [text[a:b] for a, b in cut(text, 7, 8)] == [
        "Dr A. Smith spoke. Then she sat.",
        "Nobody else said anything at all.",
    ]


MOST, TARGET = 220, 100
SENTENCE = "The board of the invented shire met in the town hall and agreed its plan for the year. "
ITEMS = "\n\n".join(f"item {n} of a long list, with some words of its own" for n in range(400))
UNCUT = {
    "a list of four hundred items": ITEMS,
    "no full stop in all of it": "and then the group met again in the hall " * 2000,
    "small letters after each stop": "the group met again. then it left. " * 500,
    "semicolons": "the group met again; " * 1000,
    "a heading before a long paragraph": f"Key findings\n\n{'word ' * 215}. And so on.",
    "Chinese": "小组在市政厅开会并商定了年度计划。" * 600,
    "Thai": "กลุ่มประชุมที่ศาลากลาง" * 600,
    "a word that never ends": "x" * 40_000,
    "blanks of other kinds": "the group\u2003met\u3000again" * 1000,
}


@pytest.mark.parametrize("name", sorted(UNCUT))
def test_no_passage_is_longer_than_the_limit_whatever_the_punctuation(name: str) -> None:
    text = UNCUT[name].strip()
    parts = [text[a:b] for a, b in cut(text, TARGET, MOST)]
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert max(len(part.split()) for part in parts) <= MOST
    assert max(map(len, parts)) <= 12 * MOST
    assert all(len(part.split()) > 20 or len(part) >= 100 for part in parts[:-1])


def test_a_list_is_cut_between_its_items() -> None:
    assert all(ITEMS[a:b].startswith("item ") for a, b in cut(ITEMS, TARGET, MOST))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12))
def test_prose_is_cut_between_paragraphs_and_sentences_alone(lengths: list[int]) -> None:
    text = "\n\n".join((SENTENCE * number).strip() for number in lengths)
    for a, b in cut(text, TARGET, MOST):
        assert text[a:b].startswith("The board")
        assert text[a:b].endswith("the year.")


@given(text=st.text(max_size=3000), target=st.integers(1, 30), most=st.integers(30, 60))
def test_any_text_at_all_is_covered_within_the_limit(text: str, target: int, most: int) -> None:
    parts = [text[a:b] for a, b in cut(text, target, most)]
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part.split()) <= most and len(part) <= max(12 * most, 200) for part in parts)
