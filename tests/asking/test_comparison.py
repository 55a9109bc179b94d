"""`themeshift change`: any two periods compared, with the split in mix and within."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from pipeline import store
from pipeline.asking.comparison import Comparison, Side, as_text, compare
from pipeline.asking.evidence import find
from pipeline.asking.series import Series
from pipeline.config import Config
from pipeline.errors import InputError
from tests.cli.test_cli import themeshift


def ask(config: Config, query: str) -> tuple[Any, ...]:
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(query).fetchall()[0]


def test_two_neighbouring_years_have_the_change_that_is_published(opened: Config) -> None:
    found = compare(opened, "fragmentation", None, "2013", "2014", "mention")
    published = ask(
        opened,
        "SELECT change, change_lower, change_upper, mix, within FROM trend_change "
        "WHERE theme = 'fragmentation' AND measure = 'mention' AND period = 'year' "
        "AND year(period_start) = 2014",
    )
    assert (*found.change, found.mix[0], found.within[0]) == pytest.approx(published)
    assert found.change[0] == pytest.approx(found.mix[0] + found.within[0])
    assert found.change[0] == pytest.approx(found.after.crude[0] - found.before.crude[0])


def test_the_published_estimates_of_each_side_stand_beside_it(opened: Config) -> None:
    found = compare(opened, "fragmentation", None, "2013", "2014", "share")
    assert list(found.before.others) == ["standardised"]
    assert (found.before.others.keys(), found.corrected) == ({"standardised"}, None)
    assert found.refused == "nobody has coded a sample for it: see `themeshift label`"


def test_spans_may_be_compared_and_rest_on_all_their_documents(opened: Config) -> None:
    found = compare(opened, "fragmentation", None, "2012..2013", "2014..2015", "mention")
    assert (found.before.documents, found.after.documents) == (11, 8)
    assert found.before.others == {}


def test_a_topic_may_be_compared(opened: Config) -> None:
    found = compare(opened, None, "0", "2012", "2015", "mention")
    assert found.series.name == "t000"
    assert found.refused == "topics are not coded by people"


@pytest.mark.parametrize(
    ("first", "last", "by", "why"),
    [
        ("2013", "2014-Q1", "share", "--from 2013 is a year and --to 2014-Q1 a quarter: write both alike"),
        ("2012..2014", "2014", "share", "--from 2012..2014 and --to 2014 overlap"),
        ("2013", "1999", "share", "no document is dated to 1999; the nearest year with any: 2012"),
        ("then", "2014", "share", "--from then is no period"),
        ("2013", "2014", "extent", "--measure extent: there are share and mention"),
    ],
)
def test_what_can_t_be_compared_is_refused(opened: Config, first: str, last: str, by: str, why: str) -> None:
    with pytest.raises(InputError, match=why.split("..")[0] if "overlap" not in why else "overlap"):
        compare(opened, "fragmentation", None, first, last, by)


@pytest.mark.slow
def test_it_is_told_in_words_and_as_json(opened: Config) -> None:
    asked = ("change", "fragmentation", "--from", "2013", "--to", "2014", "--data", opened.data)
    assert "The change may be chance (95% interval)." in themeshift(*asked).stdout
    given = json.loads(themeshift(*asked, "--json").stdout)
    assert given.keys() == asdict(comparison((0, 0, 0), (0, 0, 0))).keys()


def comparison(total: tuple[float, float, float], within: tuple[float, float, float]) -> Comparison:
    side = Side("2013", (0.2, 0.1, 0.3), {}, 40)
    zero = (0.0, 0.0, 0.0)
    return Comparison(Series("theme", "x", "X"), "share", side, side, total, zero, within, False, 0.95)


UP, DOWN, OPEN = (0.1, 0.05, 0.2), (-0.1, -0.2, -0.05), (0.1, -0.1, 0.2)


@pytest.mark.parametrize(
    ("total", "within", "said"),
    [
        (UP, UP, "not made by other sources publishing"),
        (UP, OPEN, "the mix of sources made it"),
        (DOWN, DOWN, "The fall is beyond chance"),
        (OPEN, UP, "which the mix of sources hides"),
    ],
)
def test_the_reading_tells_what_the_mix_made(total: Any, within: Any, said: str) -> None:
    assert said in as_text(comparison(total, within))


@pytest.mark.parametrize(
    ("total", "corrected", "said"),
    [
        (UP, UP, "Corrected for the coder's errors the rise is beyond chance, too."),
        (OPEN, DOWN, "Corrected for the coder's errors the fall is beyond chance."),
        (UP, OPEN, "Corrected for the coder's errors the change may be chance."),
        (OPEN, OPEN, "Corrected for the coder's errors the change may be chance, too."),
    ],
)
def test_the_corrected_change_has_a_verdict_of_its_own(total: Any, corrected: Any, said: str) -> None:
    text = as_text(replace(comparison(total, total), corrected=corrected))
    assert said in text
    assert f"corrected {100 * corrected[0]:+.1f} points" in text
    assert "Not corrected" not in text


def test_evidence_shows_every_estimate_of_a_point(opened: Config) -> None:
    (point,) = find(opened, "fragmentation", None, "2013", None, 1).points
    assert set(point.others) == {"standardised"}
    assert set(point.others["standardised"]) == {"mention", "share"}
