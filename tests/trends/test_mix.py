"""Trends at a fixed mix of sources, and changes split into mix and within."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import store
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.trends.mix import SplitChange, change, change_between, fixed_mix, standardised
from pipeline.trends.prevalence import Documents, Points, trend
from pipeline.trends.resampling import Bootstrap
from tests.conftest import build_all
from tests.support.simulated_trends import SOURCES, simulated

BOOTSTRAP = Bootstrap(300, 1, 0.95)
# From one year to the next the first two sources change places; what each writes does not change.
COUNTS = np.array([[160, 40, 40], [40, 160, 40]])
STEADY = np.array([[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])


def documents(*rows: tuple[str, int, float], precision: str = "day") -> Documents:
    """One document per (source, year, value)."""
    source, years, values = zip(*rows, strict=True)
    days = [date(year, 1, 1) for year in years]
    column = np.array(values, dtype=float)[:, None]
    return Documents(source, days, [precision] * len(rows), np.ones(len(rows)), column)


def at_fixed_mix(data: Documents, weights: dict[str, float] | None = None) -> list[Points | None]:
    mix = fixed_mix(data.source, weights or {})
    return [standardised(found, mix, BOOTSTRAP) for found in trend(data, "year", BOOTSTRAP)]


def changes(data: Documents) -> list[SplitChange]:
    found = list(trend(data, "year", BOOTSTRAP))
    return [change(a, b, BOOTSTRAP) for a, b in pairwise(found)]


def test_the_mix_is_each_source_s_share_of_all_documents_unless_weights_are_given() -> None:
    assert fixed_mix(["bmj", "bmj", "bmj", "kar"], {}) == {"bmj": 0.75, "kar": 0.25}
    assert fixed_mix(["bmj", "kar"], {"bmj": 1, "kar": 4}) == {"bmj": 0.2, "kar": 0.8}


def test_each_source_counts_by_its_weight_however_many_documents_it_has() -> None:
    data = documents(("bmj", 2013, 1), ("bmj", 2013, 1), ("bmj", 2013, 1), ("kar", 2013, 0))
    (point,) = at_fixed_mix(data, {"bmj": 0.2, "kar": 0.8})
    assert point is not None
    assert point.prevalence[0] == pytest.approx(0.2)
    assert (point.documents, point.coverage, point.source) == (4, pytest.approx(1), None)


def test_a_silent_source_is_left_out_and_the_point_says_how_much_of_the_mix_is_left() -> None:
    rows = [("bmj", 2013, 1), ("guardian", 2013, 0), ("kar", 2014, 1)]
    first, second = at_fixed_mix(documents(*rows), {"bmj": 0.3, "guardian": 0.1, "kar": 0.6})
    assert first is not None
    assert second is not None
    assert first.prevalence[0] == pytest.approx(0.75)
    assert (first.coverage, second.coverage) == (pytest.approx(0.4), pytest.approx(0.6))


def test_a_source_outside_the_mix_does_not_count_and_alone_makes_no_point() -> None:
    rows = [("bmj", 2013, 1), ("kar", 2013, 0), ("kar", 2014, 0)]
    first, second = at_fixed_mix(documents(*rows), {"bmj": 1.0})
    assert first is not None
    assert (first.prevalence[0], first.documents, first.coverage) == (1, 1, 1)
    assert second is None


def test_a_pure_change_of_mix_moves_the_crude_trend_and_not_the_standardised_one() -> None:
    data = simulated(COUNTS, STEADY, "mention", 40, np.random.default_rng(3))
    crude = [found.whole.prevalence for found in trend(data, "year", BOOTSTRAP)]
    first, second = at_fixed_mix(data)
    assert first is not None
    assert second is not None
    assert (crude[1] - crude[0]).mean() == pytest.approx(0.25, abs=0.02)
    assert (second.prevalence - first.prevalence).mean() == pytest.approx(0, abs=0.02)
    (found,) = changes(data)
    assert found.mix.value.mean() == pytest.approx(0.25, abs=0.02)
    assert found.within.value.mean() == pytest.approx(0, abs=0.02)
    held = (found.within.lower <= 0) & (found.within.upper >= 0)
    assert held.mean() > 0.85


def test_a_change_within_the_sources_at_a_steady_mix_is_all_within() -> None:
    counts = np.array([[80, 80, 80], [80, 80, 80]])
    data = simulated(
        counts, np.array([[0.1, 0.3, 0.5], [0.3, 0.5, 0.7]]), "share", 20, np.random.default_rng(4)
    )
    (found,) = changes(data)
    assert np.abs(found.mix.value).max() < 1e-12
    assert found.within.value.mean() == pytest.approx(0.2, abs=0.02)


def test_standardised_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    data = simulated(COUNTS, STEADY, "mention", 400, np.random.default_rng(5))
    mix = fixed_mix(data.source, {})
    truth = sum(weight * STEADY[0][SOURCES.index(source)] for source, weight in mix.items())
    for point in at_fixed_mix(data):
        assert point is not None
        covered = (point.lower <= truth) & (truth <= point.upper)
        assert 0.91 <= covered.mean() <= 0.98


ROWS = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.integers(2011, 2013), st.floats(0, 1)), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, precision=st.sampled_from(["day", "year"]))
def test_mix_and_within_add_up_to_the_change_and_all_lie_in_their_intervals(
    rows: Sequence[tuple[str, int, float]], precision: str
) -> None:
    data = documents(*rows, precision=precision)
    crude = [found.whole.prevalence[0] for found in trend(data, "year", BOOTSTRAP)]
    for at, found in enumerate(changes(data)):
        assert found.total.value[0] == pytest.approx(crude[at + 1] - crude[at], abs=1e-12)
        assert found.mix.value + found.within.value == pytest.approx(found.total.value, abs=1e-12)
        for part in (found.total, found.mix, found.within):
            assert part.lower[0] <= part.value[0] <= part.upper[0]
        assert found.total.upper[0] > found.total.lower[0]
    for point in at_fixed_mix(data):
        assert point is not None
        assert 0 <= point.lower[0] <= point.prevalence[0] + 1e-12
        assert point.prevalence[0] - 1e-12 <= point.upper[0] <= 1
        assert point.upper[0] > point.lower[0]


def test_a_source_that_comes_or_goes_changes_the_mix_alone() -> None:
    rows = [("bmj", 2013, 0), ("bmj", 2013, 1), ("bmj", 2014, 0), ("bmj", 2014, 1), ("kar", 2014, 1)]
    (found,) = changes(documents(*rows))
    assert found.within.value[0] == pytest.approx(0)
    assert found.mix.value[0] == found.total.value[0] == pytest.approx(2 / 3 - 1 / 2)


def test_any_two_periods_can_be_compared() -> None:
    data = simulated(
        np.array([[9, 9], [5, 8], [3, 12]]), np.full((3, 2), 0.5), "share", 2, np.random.default_rng(1)
    )
    found = change_between(data, "year", date(2011, 1, 1), date(2013, 1, 1), BOOTSTRAP)
    steps = changes(data)
    assert found.total.value == pytest.approx(steps[0].total.value + steps[1].total.value)


def test_the_published_trends_have_both_estimates_and_the_mix(sixteen: Config) -> None:
    with store.open_published(store.published_file(sixteen)) as connection:
        assert connection.execute(
            "SELECT count(*) FILTER (estimate = 'crude') = count(*) FILTER (estimate = 'standardised') "
            "FROM theme_trend WHERE source IS NULL"
        ).fetchone() == (True,)
        assert store.value(connection, "SELECT count(*) FROM trend_change") > 0
        mix = store.value(connection, "SELECT mix FROM about")
        assert store.value(connection, "SELECT abs(sum(value::DOUBLE) - 1) < 1e-4 FROM json_each(?)", [mix])


def test_a_standardised_point_with_too_little_of_the_mix_is_thin(built: Config) -> None:
    trends = replace(built.trend, floor=0, weights={"bmj": 0.7, "guardian": 0.3})
    for coverage, thin in ((0.8, True), (0.7, False)):
        build_all(replace(built, trend=replace(trends, coverage=coverage)))
        with store.open_published(store.published_file(built)) as connection:
            found = connection.execute(
                "SELECT DISTINCT estimate, thin, coverage FROM theme_trend ORDER BY ALL"
            )
            assert found.fetchall() == [("crude", False, None), ("standardised", thin, pytest.approx(0.7))]


def test_a_weight_for_no_source_is_refused_with_the_one_that_may_be_meant(built: Config) -> None:
    with pytest.raises(ConfigError, match=r"\[trend\] weights: unknown key 'bjm'; did you mean 'bmj'"):
        build_all(replace(built, trend=replace(built.trend, weights={"bjm": 1.0})))
