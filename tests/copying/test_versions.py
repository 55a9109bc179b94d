"""What changed between two versions of a page, for a person to read."""

from __future__ import annotations

from pipeline.copying.versions import describe

BEFORE = (
    "The merged body would be among the five largest in England.\n\n"
    "Seven groups were in favour. The eighth, Upper Sedge, said no by 14 practices to 12 and will vote again "
    "in May, when the weather may be better and the car park open.\n\n"
    "Four groups disappear next week."
)


def test_a_changed_paragraph_shows_only_what_changed_in_it() -> None:
    change = describe(BEFORE, BEFORE.replace("14 practices to 12", "15 practices to 11"))
    assert (change.words_added, change.words_removed, change.notice) == (2, 2, None)
    assert change.diff == (
        "~ … eighth, Upper Sedge, said no by [-14-] {+15+} practices to [-12-] {+11+} "
        "and will vote again in May, …"
    )


def test_a_correction_notice_that_appears_is_found() -> None:
    notice = "This article was amended on 2 April 2019: the vote was 15 to 11."
    change = describe(BEFORE, f"{BEFORE}\n\n{notice}")
    assert change.diff == f"+ {notice}"
    assert (change.words_added, change.words_removed, change.notice) == (14, 0, notice)


def test_a_notice_that_stood_there_before_is_no_news() -> None:
    old = f"Correction: the vote was in May.\n\n{BEFORE}"
    assert describe(old, old.replace("Four groups", "Five groups")).notice is None


def test_a_paragraph_that_goes_and_one_that_comes_are_two_lines() -> None:
    change = describe("One.\n\nLeft for good, this.\n\nTwo.", "One.\n\nTwo.\n\nNew at the end.")
    assert change.diff == "- Left for good, this.\n+ New at the end."
    assert (change.words_added, change.words_removed) == (4, 4)


def test_equal_texts_have_no_difference() -> None:
    assert describe(BEFORE, BEFORE.replace(" ", "  ")).diff == ""
    assert describe("", "").words_added == 0
