"""Prevalence and its intervals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.trends import resampling
from pipeline.trends.prevalence import Documents, Points, trend
from pipeline.trends.resampling import Bootstrap, Draws, interval, resample, wilson

LEVEL = 0.95


def documents(
    values: list[float], days: list[date], precision: str = "day", source: str = "bmj"
) -> Documents:
    n = len(values)
    return Documents([source] * n, days, [precision] * n, np.ones(n), np.array(values, dtype=float)[:, None])


def crude(data: Documents, period: str, bootstrap: Bootstrap) -> list[Points]:
    return [point for found in trend(data, period, bootstrap) for point in found.points]


def points(data: Documents, period: str) -> dict[date, tuple[float, float]]:
    return {
        p.start: (float(p.prevalence[0]), p.documents)
        for p in crude(data, period, Bootstrap(50, 1, LEVEL))
        if p.source is None
    }


def test_prevalence_is_the_mean_over_documents_of_a_period() -> None:
    data = documents([1, 0, 0.5], [date(2013, 1, 5), date(2013, 3, 31), date(2013, 4, 1)])
    assert points(data, "quarter") == {date(2013, 1, 1): (0.5, 2), date(2013, 4, 1): (0.5, 1)}


@pytest.mark.parametrize(("period", "parts"), [("year", 1), ("quarter", 4), ("month", 12)])
def test_a_document_dated_to_a_year_counts_in_every_period_of_it(period: str, parts: int) -> None:
    found = points(documents([1], [date(2013, 1, 1)], "year"), period)
    assert len(found) == parts
    assert sum(n for _, n in found.values()) == pytest.approx(1)


def test_a_document_dated_to_a_month_is_certain_of_its_quarter() -> None:
    assert points(documents([1], [date(2013, 5, 1)], "month"), "quarter") == {date(2013, 4, 1): (1, 1)}


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    sources=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_a_prevalence_lies_in_its_interval_and_no_interval_has_no_width(
    values: list[float], sources: int, seed: int
) -> None:
    n = len(values)
    data = Documents(
        [f"s{i % sources}" for i in range(n)], [date(2013, 1, 1)] * n, ["day"] * n, np.ones(n),
        np.array(values)[:, None],
    )  # fmt: skip
    for point in crude(data, "year", Bootstrap(100, seed, LEVEL)):
        assert 0 <= point.lower[0] <= point.prevalence[0] <= point.upper[0] <= 1
        assert point.upper[0] > point.lower[0]


def test_new_documents_elsewhere_do_not_move_an_interval() -> None:
    rng = np.random.default_rng(1)
    values, days = list(rng.random(40)), [date(2013, 1, 1)] * 20 + [date(2014, 1, 1)] * 20
    alone = crude(documents(values[:20], days[:20]), "year", Bootstrap(200, 1, LEVEL))[0]
    beside = crude(documents(values, days), "year", Bootstrap(200, 1, LEVEL))[0]
    assert (alone.lower, alone.upper) == (beside.lower, beside.upper)


def test_wilson_agrees_with_the_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    lower, upper = wilson(np.array([81 / 263]), 263, LEVEL)
    assert (lower[0], upper[0]) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert wilson(np.array([0.0]), 20, LEVEL)[1][0] == pytest.approx(0.1611, abs=1e-4)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(300):
        strata = np.repeat(["a", "b", "c"], [40, 25, 15])
        truth = np.repeat([0.2, 0.5, 0.8], [40, 25, 15])
        values = (rng.random(80) < truth).astype(float)[:, None]
        keys, bootstrap = np.arange(80, dtype=np.uint64), Bootstrap(300, seed, LEVEL)
        drawn = resample(values, np.ones(80), strata, bootstrap.draws(keys), np.arange(80), rng)
        lower, upper = interval(drawn.whole, values.mean(axis=0), 80, 3, bootstrap)
        covered += bool(lower[0] <= truth.mean() <= upper[0])
    assert 0.91 <= covered / 300 <= 0.98


@pytest.mark.parametrize("n", [2, 3, 10])
def test_resampled_means_vary_as_the_mean_of_so_many_documents_does(n: int) -> None:
    values, places = np.linspace(0, 1, n)[:, None], np.arange(n)
    draws, rng = Bootstrap(40_000, 1, LEVEL).draws(places.astype(np.uint64)), np.random.default_rng(1)
    drawn = resample(values, np.ones(n), np.full(n, "bmj"), draws, places, rng)
    assert drawn.whole.mean() == pytest.approx(0.5, abs=0.01)
    assert drawn.whole.var() == pytest.approx(values.var(ddof=1) / n, rel=0.03)


def test_a_document_weighs_the_same_wherever_it_is_counted() -> None:
    bootstrap, values = Bootstrap(50, 1, LEVEL), np.eye(3)
    few = bootstrap.draws(np.array([7, 9, 11], dtype=np.uint64)).sums(values, np.arange(3))
    many = Draws(np.array([5, 11, 7, 3, 9], dtype=np.uint64), 50, 1)
    assert (few == many.sums(values, np.array([2, 4, 1]))).all()


def test_more_documents_than_are_kept_give_the_same_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, values = np.arange(30, dtype=np.uint64), np.random.default_rng(1).random((20, 6))
    kept = Draws(keys, 40, 1).sums(values, np.arange(10, 30))
    monkeypatch.setattr(resampling, "KEPT", 100)
    monkeypatch.setattr(resampling, "BLOCK", 100)
    assert Draws(keys, 40, 1).sums(values, np.arange(10, 30)) == pytest.approx(kept)
    assert Draws(keys, 40, 1).sums(values[:, :1], np.arange(10, 30)) == pytest.approx(kept[:1])


def test_a_single_document_has_the_widest_of_intervals() -> None:
    (point, _) = crude(documents([0.3], [date(2013, 1, 1)]), "year", Bootstrap(100, 1, LEVEL))
    assert point.upper[0] - point.lower[0] > 0.7
