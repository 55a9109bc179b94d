"""Prevalence and its intervals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.trends.prevalence import Documents, Points, trend
from pipeline.trends.resampling import Bootstrap, resampled_amounts, wilson

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
    # Of yes and no: how a share varies, and whether documents hang together, is learnt from all periods.
    values, days = list(rng.integers(0, 2, 40)), [date(2013, 1, 1)] * 20 + [date(2014, 1, 1)] * 20
    alone = crude(documents(values[:20], days[:20]), "year", Bootstrap(200, 1, LEVEL))[0]
    beside = crude(documents(values, days), "year", Bootstrap(200, 1, LEVEL))[0]
    assert (alone.lower, alone.upper) == (beside.lower, beside.upper)


def test_wilson_agrees_with_the_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    lower, upper = wilson(np.array([81 / 263]), 263, LEVEL)
    assert (lower[0], upper[0]) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert wilson(np.array([0.0]), 20, LEVEL)[1][0] == pytest.approx(0.1611, abs=1e-4)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_resampled_means_vary_as_the_mean_of_so_many_documents_does(n: int) -> None:
    values, bootstrap = np.linspace(20, 21, n)[:, None], Bootstrap(40_000, 1, LEVEL)
    drawn = resampled_amounts(values, np.full(n, "one"), bootstrap, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(20.5, abs=0.01)
    assert drawn.var() == pytest.approx(values.var(ddof=1) / n, rel=0.03)


def test_a_single_document_has_the_widest_of_intervals() -> None:
    (point, _) = crude(documents([0.3], [date(2013, 1, 1)]), "year", Bootstrap(100, 1, LEVEL))
    assert point.upper[0] - point.lower[0] > 0.7
