"""Passages: stretches of a document that cover its words, in order."""

from __future__ import annotations

from itertools import pairwise

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
