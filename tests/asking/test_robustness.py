"""`themeshift robustness`: every analysis of a change, told in words and as JSON."""

from __future__ import annotations

import json

import pytest

from pipeline import store
from pipeline.asking.robustness import as_text, choices, vary
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.shifts.variants import Column, Specification
from tests.cli.test_cli import themeshift


def test_the_published_analysis_is_that_of_the_standardised_share(opened: Config) -> None:
    found = vary(opened, "fragmentation", "2012..2013", "2014..2015")
    head = found.found.headline
    assert (head.column.measure, head.estimate, head.column.coding) == ("share", "standardised", "as coded")
    assert sum(one.headline for one in found.analyses) == 1
    assert found.found.analyses == len(found.analyses) > 10


def test_a_crude_analysis_is_what_change_tells(opened: Config) -> None:
    from pipeline.asking.comparison import compare

    found = vary(opened, "fragmentation", "2013", "2014")
    (crude,) = (
        one
        for one in found.analyses
        if one.column == Column("fragmentation", "mention") and one.estimate == "crude"
        and (one.copies, one.access, one.left_out) == ("once", "all", ("", ""))
    )  # fmt: skip
    told = compare(opened, "fragmentation", None, "2013", "2014", "mention").change
    assert (crude.change, crude.lower, crude.upper) == pytest.approx(told)


def test_it_is_told_in_words(opened: Config) -> None:
    text = as_text(vary(opened, "fragmentation", "2012..2013", "2014..2015"))
    assert "share, at a fixed mix of sources, as coded" in text
    assert "analyses: in " in text
    assert "obust: " in text
    assert text.endswith("how many agree is no test of its own.")


def test_an_analysis_is_named_by_what_it_does_otherwise() -> None:
    column = Column("t", "share", "by length", "phrases alone")
    one = Specification(column, "crude", "each", "full text", ("period", "the last"), 0, 0, 0, 0, 0)
    assert (
        choices(one)
        == "share, crude, phrases alone, by length, every copy, full texts, without the last period"
    )


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2013", "2014-Q1", "--from 2013 is a year and --to 2014-Q1 a quarter: write both alike"),
        ("2012..2014", "2014", "overlap: a document would be on both sides"),
        ("2013", "1999", "no document is dated to 1999; the nearest year with any: 2012"),
    ],
)
def test_what_can_t_be_compared_is_refused(opened: Config, first: str, last: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        vary(opened, "fragmentation", first, last)


def test_a_theme_that_is_not_there_is_refused_with_the_nearest(opened: Config) -> None:
    with pytest.raises(InputError, match="did you mean 'fragmentation'"):
        vary(opened, "fragmentaton", "2013", "2014")


@pytest.mark.slow
def test_it_is_a_command(opened: Config) -> None:
    asked = ("robustness", "fragmentation", "--from", "2013", "--to", "2014", "--data", opened.data)
    assert "what explains how far they differ" in themeshift(*asked).stdout
    given = json.loads(themeshift(*asked, "--json").stdout)
    assert given["found"]["analyses"] == len(given["analyses"])
    assert store.published_file(opened).exists()
