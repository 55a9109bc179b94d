"""Interrupted time series: what an event did to a series, and when nothing can be said."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from pipeline.settings import Shifts
from pipeline.shifts.averaged import Candidates, candidates, regress
from pipeline.shifts.calendars import calendar
from pipeline.shifts.detection import Rules, detect
from pipeline.shifts.interrupted import LEVEL, SLOPE, design, fit, why_not, window
from pipeline.shifts.rows import TABLES, SeriesTested, event_rows
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap, Floats
from tests.support.simulated_shifts import SOURCES, corpus, step

TIME = np.arange(-6, 6).astype(float)
VARIANCE = 1 / np.array([4.0, 9, 2, 5, 7, 3, 8, 6, 4, 5, 9, 2])
SERIES = np.array([0.1, 0.14, 0.11, 0.2, 0.16, 0.19, 0.33, 0.3, 0.37, 0.35, 0.42, 0.36])
# What statsmodels 0.15 finds of them, GLS(SERIES, design, sigma), by what the errors may be: level and slope,
# their errors, and the logarithm of the restricted likelihood, from the contrasts that the design leaves.
KNOWN = {
    "independent": ([0.107615512, 0.004721972], [0.036501272, 0.010481203], 19.083608529),
    "sampling": ([0.125503791, 0.009207541], [0.056730915, 0.020828047], 17.866524725),
    "half": ([0.114120048, 0.000449925], [0.044870348, 0.015153154], 18.847818066),
    "course": ([0.120310243, -0.008260870], [0.054964295, 0.021510746], 18.118551648),
}
QUARTERS = [date(2011 + n // 4, 1 + 3 * (n % 4), 1) for n in range(24)]


def line(time: Floats, level: float, slope: float) -> Floats:
    after = time >= 0
    return np.asarray(0.2 + 0.005 * time + level * after + slope * time * after)


def test_level_and_slope_are_found_exactly_where_nothing_is_left_to_chance() -> None:
    time = np.arange(-8, 8).astype(float)
    found = fit(line(time, 0.1, -0.01), np.full(16, 1e-8), time, 0.95)
    assert found.level.value == pytest.approx(0.1)
    assert found.slope.value == pytest.approx(-0.01)
    assert (found.level.lower, found.level.upper) == pytest.approx((0.1, 0.1))
    assert found.level.p_value < 1e-6


def test_no_effect_is_not_told_to_be_one() -> None:
    time, made = np.arange(-10, 10).astype(float), np.random.default_rng(2)
    found = [
        fit(line(time, 0, 0) + made.normal(0, 0.02, 20), np.full(20, 4e-4), time, 0.95) for _ in range(200)
    ]
    assert np.mean([f.level.p_value <= 0.05 for f in found]) < 0.09
    assert np.mean([f.slope.p_value <= 0.05 for f in found]) < 0.09


@pytest.mark.slow
@pytest.mark.parametrize("together", [0.0, 0.5])
def test_intervals_hold_the_truth_where_errors_hang_together_too(together: float) -> None:
    time, made = np.arange(-24, 24).astype(float), np.random.default_rng(4)
    root = np.linalg.cholesky(together ** np.abs(time[:, None] - time))
    lines = line(time, 0.05, 0.003) + made.normal(0, 0.02, (1000, 48)) @ root.T
    found = regress(design(time), lines, candidates(np.full(48, 4e-4), time), (LEVEL, SLOPE))
    truth = np.array([[0.05], [0.003]])
    held = ((found.bound(0.025) <= truth) & (truth <= found.bound(0.975))).mean(axis=1)
    assert ((held > 0.93) & (held < 0.995)).all()


def each_kind(together: float) -> Candidates:
    """Of the candidates, one of each kind with this correlation of neighbours."""
    every = candidates(VARIANCE, TIME)
    near = [0, *(1 + 10 * kind + int(-2 * np.log2(1 - together)) for kind in range(3))]
    return Candidates(every.shape[near], every.weight[near], every.neighbours[near])


def test_every_candidate_is_fitted_and_weighed_as_statsmodels_would() -> None:
    some = each_kind(0.5)
    found = regress(design(TIME), SERIES[None], some, (LEVEL, SLOPE))
    coefficients, errors, likelihood = (np.array(column) for column in zip(*KNOWN.values(), strict=True))
    assert found.centre[..., 0] == pytest.approx(coefficients, abs=1e-8)
    assert found.scale[..., 0] == pytest.approx(errors, abs=1e-8)
    weight = some.weight * np.exp(likelihood - likelihood.max())
    assert found.weight[:, 0] == pytest.approx(weight / weight.sum())
    assert found.freedom == 8


def test_what_they_say_is_mixed() -> None:
    found = regress(design(TIME), SERIES[None], candidates(VARIANCE, TIME), (LEVEL, SLOPE))
    drawn = np.random.default_rng(1)
    which = drawn.choice(len(found.weight), 200_000, p=found.weight[:, 0])
    level = found.centre[which, 0, 0] + found.scale[which, 0, 0] * drawn.standard_t(8, len(which))
    for share in (0.025, 0.5, 0.975):
        assert (level < found.bound(share)[0, 0]).mean() == pytest.approx(share, abs=0.003)
    assert found.value[0, 0] == pytest.approx(level.mean(), abs=0.001)
    assert found.p_values()[0, 0] == pytest.approx(2 * (level < 0).mean(), abs=0.003)


def test_the_more_errors_hang_together_the_more_is_told_of_it() -> None:
    time, made = np.arange(-24, 24).astype(float), np.random.default_rng(8)
    told = []
    for together in (0.0, 0.4, 0.8):
        root = np.linalg.cholesky(together ** np.abs(time[:, None] - time))
        lines = made.normal(size=(200, 48)) @ root.T
        found = regress(design(time), lines, candidates(np.ones(48), time), (LEVEL,))
        told.append(float(np.median(found.neighbours)))
    assert told[0] < 0.3 < told[1] < 0.5 < told[2] < 0.9


def test_a_theme_that_hardly_anybody_carries_around_an_event_is_not_fitted() -> None:
    assert why_not(np.array([1.0, 0, 0, 1]), 5) == "carried by 2 documents around it, 5 needed"
    assert why_not(np.ones(8), 5) == "the same in every document around it"
    assert why_not(np.array([1.0] * 5 + [0.0]), 5) == ""


def test_the_period_that_an_event_falls_within_counts_on_neither_side() -> None:
    found = window(QUARTERS, "quarter", date(2014, 5, 7), 8, 6)
    assert (found.before, found.after, found.reason) == (8, 8, "")
    assert list(found.time) == [*range(-8, 0), *range(1, 9)]
    assert QUARTERS[found.periods[8]] == date(2014, 7, 1)
    first_day = window(QUARTERS, "quarter", date(2014, 4, 1), 8, 6)
    assert list(first_day.time) == list(range(-8, 8))


def test_a_missing_period_stays_missing() -> None:
    found = window([*QUARTERS[:10], *QUARTERS[12:]], "quarter", date(2014, 4, 1), 8, 6)
    assert list(found.time) == [-8, -7, -6, -5, -4, -1, *range(8)]
    assert (found.before, found.after, found.reason) == (6, 8, "")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (date(2012, 1, 1), "4 quarters with enough documents before it, 6 needed"),
        (date(2016, 7, 1), "2 quarters with enough documents after it, 6 needed"),
        (date(1999, 1, 1), "no quarter with enough documents before it, 6 needed"),
        (date(2030, 1, 1), "no quarter with enough documents before it, 6 needed"),
        (date(2011, 4, 2), "1 quarter with enough documents before it, 6 needed"),
    ],
)
def test_too_few_periods_are_told(event: date, reason: str) -> None:
    assert window(QUARTERS, "quarter", event, 12, 6).reason == reason


def rows(data: Documents, events: list[tuple[date, str]], window: int = 12) -> list[dict[str, Any]]:
    mix = dict.fromkeys(SOURCES, 0.25)
    of = calendar(data, "quarter", mix, 5, 0.8)
    names = [("theme", "mention", f"t{n}") for n in range(data.values.shape[1])]
    rules, bootstrap = Rules(permutations=99), Bootstrap(100, 1, 0.95)
    made = SeriesTested(data, names, "quarter", of, mix, rules, bootstrap)
    found = event_rows(made, detect(of, data.values, rules, bootstrap), events, Shifts(window=window))
    return [dict(zip(TABLES["event_effect"], row, strict=True)) for row in found]


def test_a_planted_effect_is_found_and_other_events_near_are_named() -> None:
    data = corpus(3000, step(0.1, 0.3), np.random.default_rng(1))
    first, second = rows(data, [(date(2014, 1, 1), "Act"), (date(2015, 1, 1), "Review")])
    assert first["level"] == pytest.approx(0.2, abs=0.08)
    assert first["level_lower"] < 0.2 * 1.025 < first["level_upper"]
    assert first["level_q"] <= 0.01
    assert first["level_q"] >= first["level_p"]
    assert 0 < first["autocorrelation"] < 1
    assert (first["others"], second["others"]) == (["Review"], ["Act"])


def test_every_event_and_theme_has_a_row_fitted_or_not() -> None:
    data = corpus(2000, step(0.1, 0.3), np.random.default_rng(1), columns=2)
    data.values[:, 1] = 0
    found = rows(data, [(date(2014, 1, 1), "Act"), (date(1990, 1, 1), "Old")])
    assert [(row["event"], row["theme"], bool(row["reason"])) for row in found] == [
        ("Act", "t0", False), ("Act", "t1", True), ("Old", "t0", True), ("Old", "t1", True),
    ]  # fmt: skip
    assert found[1]["reason"] == "carried by no document, 5 needed"
    assert all(row["level"] is None for row in found if row["reason"])
    assert rows(data, []) == []


def test_a_theme_that_came_long_after_an_event_has_its_reason() -> None:
    data = corpus(3000, step(0.0, 0.3, at=0.7), np.random.default_rng(1))
    (row,) = rows(data, [(date(2012, 10, 1), "Act")], window=6)
    assert row["reason"] == "carried by no document around it, 5 needed"
    assert (row["periods_before"], row["level"], row["autocorrelation"]) == (6, None, None)
