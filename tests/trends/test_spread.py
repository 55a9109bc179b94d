"""Intervals that hold where it is hard: few documents, rare themes, mixed sources, documents on one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.trends.mix import change, change_between, fixed_mix, standardised
from pipeline.trends.prevalence import Documents, Measured, trend
from pipeline.trends.resampling import Bootstrap, wilson
from pipeline.trends.spread import Score, difference
from tests.bench.trends import LEAST, MOST, cell
from tests.support.simulated_shifts import corpus, steady
from tests.support.simulated_trends import simulated

LEVEL = 0.95
BOOTSTRAP = Bootstrap(100, 1, LEVEL)


def yes_and_no(*groups: tuple[str, int, int, int]) -> Documents:
    """One series of documents: (source, year, how many, of which carry it); all dated to one day."""
    source, published, values = [], [], []
    for name, year, number, carrying in groups:
        source += [name] * number
        published += [date(year, 6, 1)] * number
        values += [1.0] * carrying + [0.0] * (number - carrying)
    n = len(source)
    return Documents(source, published, ["day"] * n, np.ones(n), np.array(values)[:, None])


def years(data: Documents) -> list[Measured]:
    return list(trend(data, "year", BOOTSTRAP))


def width(data: Documents, period: str = "year") -> float:
    """The usual width of the interval of all sources together."""
    points = [found.whole for found in trend(data, period, BOOTSTRAP)]
    return float(np.median([point.upper - point.lower for point in points]))


def test_a_difference_has_the_published_interval() -> None:
    # Newcombe 1998, method 10: 56 of 70 against 48 of 80 gives 0.0524 to 0.3339.
    first, second = (
        Score(np.array([x / n]), *wilson(np.array([x / n]), n, LEVEL), np.array([float(n)]), None)
        for x, n in ((48, 80), (56, 70))
    )
    lower, upper = difference(first, second)
    assert (lower[0], upper[0]) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_a_source_whose_few_documents_are_silent_is_no_proof_that_it_always_is() -> None:
    data = yes_and_no(("bmj", 2013, 27, 3), ("kar", 2013, 3, 0), ("kar", 2014, 17, 0))
    point = standardised(years(data)[0], fixed_mix(data.source, {}), BOOTSTRAP)
    assert point is not None
    assert point.prevalence[0] == pytest.approx(27 / 47 * 3 / 27)
    assert point.upper[0] > 0.22


def test_where_nobody_carries_a_theme_a_change_of_mix_may_still_have_moved_it() -> None:
    data = yes_and_no(("bmj", 2013, 20, 0), ("kar", 2013, 5, 0), ("bmj", 2014, 5, 0), ("kar", 2014, 20, 0))
    mix = change(*years(data), BOOTSTRAP).mix
    assert mix.value[0] == 0
    assert mix.upper[0] == -mix.lower[0] > 0.05


def test_a_mix_that_does_not_change_moves_nothing() -> None:
    data = yes_and_no(("bmj", 2013, 20, 4), ("kar", 2013, 5, 4), ("bmj", 2014, 40, 9), ("kar", 2014, 10, 1))
    mix = change(*years(data), BOOTSTRAP).mix
    assert (mix.lower[0], mix.value[0], mix.upper[0]) == (0, 0, 0)


def test_sources_that_each_say_the_same_leave_less_to_chance_than_one_that_is_divided() -> None:
    apart = yes_and_no(("bmj", 2013, 30, 30), ("kar", 2013, 30, 0))
    assert width(apart) < 0.75 * width(yes_and_no(("bmj", 2013, 60, 30)))


def test_a_share_that_varies_less_than_yes_and_no_has_a_narrower_interval() -> None:
    rng = np.random.default_rng(1)
    shares = simulated(np.full((6, 3), 20), np.full((6, 3), 0.3), "share", 1, rng)
    level = shares.values.mean()
    yes = (rng.random(shares.values.shape) < level).astype(float)
    assert width(shares) < 0.8 * width(replace(shares, values=yes))


def test_documents_that_come_by_threes_are_worth_a_third() -> None:
    rng = np.random.default_rng(2)
    data = corpus(1800, steady(0.3), rng, columns=20, burst=3)
    effects = np.stack([found.whole.design_effect for found in trend(data, "year", BOOTSTRAP)])
    assert np.median(effects) == pytest.approx(3, abs=0.3)
    alone = corpus(1800, steady(0.3), rng, columns=20)
    assert width(data) == pytest.approx(np.sqrt(3) * width(alone), rel=0.1)


def test_documents_that_come_alone_are_worth_what_they_are() -> None:
    data = corpus(1800, steady(0.3), np.random.default_rng(3), columns=20)
    effects = np.stack([found.whole.design_effect for found in trend(data, "month", BOOTSTRAP)])
    assert effects.mean() == pytest.approx(1, abs=0.15)


def test_a_theme_that_steps_does_not_look_as_if_documents_hung_together() -> None:
    rng = np.random.default_rng(4)
    data = corpus(2400, lambda time: np.where(time < 0.5, 0.1, 0.6), rng, columns=20)
    effects = np.stack([found.whole.design_effect for found in trend(data, "year", BOOTSTRAP)])
    assert effects.mean() < 1.25


def test_where_years_are_all_that_is_known_nothing_is_said_of_documents_that_hang_together() -> None:
    data = corpus(600, steady(0.3), np.random.default_rng(5), burst=3)
    coarse = replace(data, precision=["year"] * len(data.source))
    assert all(found.whole.design_effect is None for found in trend(coarse, "year", BOOTSTRAP))


@pytest.mark.parametrize("part", [1.0, 0.5])
def test_documents_dated_to_a_month_hang_together_with_those_of_the_month(part: float) -> None:
    rng = np.random.default_rng(5)
    data = corpus(1800, steady(0.3), rng, columns=20, burst=3)
    by_month = rng.random(len(data.source)) < part
    coarse = replace(
        data,
        precision=["month" if month else "day" for month in by_month],
        published=[
            own.replace(day=1) if month else own for own, month in zip(data.published, by_month, strict=True)
        ],
    )
    effects = np.stack([found.whole.design_effect for found in trend(coarse, "year", BOOTSTRAP)])
    assert np.median(effects) == pytest.approx(3, abs=0.7)


def test_documents_that_lie_in_both_periods_alike_make_no_change_between_them() -> None:
    rng = np.random.default_rng(6)
    source = ["bmj"] * 12 + ["kar"] * 20
    data = Documents(
        source, [date(2013, 1, 1)] * 32, ["year"] * 32, np.ones(32), rng.integers(0, 2, (32, 3)).astype(float)
    )
    first, last = date(2013, 1, 1), date(2013, 10, 1)
    found = change_between(data, "quarter", first, last, BOOTSTRAP)
    for part in (found.total, found.mix, found.within):
        assert np.abs([part.value, part.lower, part.upper]).max() < 1e-6


GROUPS = st.lists(
    st.tuples(
        st.sampled_from(["bmj", "kar", "news"]), st.integers(2011, 2013), st.integers(1, 9), st.floats(0, 1)
    ).map(lambda row: (*row[:3], round(row[2] * row[3]))),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(groups=GROUPS)
def test_the_same_documents_twice_leave_less_to_chance(groups: list[tuple[str, int, int, int]]) -> None:
    once, twice = yes_and_no(*groups), yes_and_no(*groups, *groups)
    for few, many in zip(years(once), years(twice), strict=True):
        assert many.whole.prevalence == pytest.approx(few.whole.prevalence)
        assert (many.whole.upper - many.whole.lower < few.whole.upper - few.whole.lower).all()
    mix = fixed_mix(once.source, {})
    for (a, b), (c, d) in zip(pairwise(years(once)), pairwise(years(twice)), strict=True):
        small, large = change(a, b, BOOTSTRAP), change(c, d, BOOTSTRAP)
        assert (large.total.upper - large.total.lower < small.total.upper - small.total.lower + 1e-9).all()
    assert standardised(years(once)[0], mix, BOOTSTRAP) is not None


@settings(max_examples=40, deadline=None)
@given(day=st.integers(-2000, 2000), seed=st.integers(0, 5))
def test_intervals_do_not_hang_on_the_calendar(day: int, seed: int) -> None:
    data = corpus(60, steady(0.3), np.random.default_rng(seed), years=1, burst=2)
    kept = replace(data, published=[date(2013, 1, 1)] * len(data.source))
    moved = replace(data, published=[own + timedelta(day) for own in data.published])
    spread, other = data.spread.alike, moved.spread.alike
    assert spread is not None
    assert other is not None
    assert (spread.within == other.within).all()
    assert kept.spread.alike is None or (kept.spread.alike.within == 0).all()


@pytest.mark.parametrize(
    ("theme", "number", "kind", "burst"),
    [(0.05, 30, "share", 1), (0.2, 15, "mention", 1), (0.02, 8, "share", 1), (0.2, 100, "share", 3)],
)
def test_intervals_hold_the_truth_about_as_often_as_they_say(
    theme: float, number: int, kind: str, burst: int
) -> None:
    found = cell(theme, number, kind, burst, 200)
    for estimate in ("crude", "standardised", "change", "within", "mix"):
        assert found[f"{estimate} coverage"] > LEAST - 0.02, estimate
    assert found["crude coverage"] < MOST + 0.01
