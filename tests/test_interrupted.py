"""Interrupted time series: what an event did to a series, and when nothing can be said."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from pipeline.settings import Shifts
from pipeline.shifts.calendars import calendar
from pipeline.shifts.detection import Rules, detect
from pipeline.shifts.interrupted import bandwidth, fit, newey_west, window
from pipeline.shifts.rows import TABLES, Run, event_rows
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap, Floats

from .simulated_shifts import SOURCES, corpus, step

# What statsmodels 0.15 finds: WLS(y, design, weights).fit(cov_type="HAC", maxlags=2, use_correction=True).
COEFFICIENTS = [0.20682585426101288, 0.014997941539728245, 0.10761551231331799, 0.004721972279908461]
ERRORS = [0.012114242038629507, 0.0026333114227719157, 0.019973298053129574, 0.004063095137962387]
QUARTERS = [date(2011 + n // 4, 1 + 3 * (n % 4), 1) for n in range(24)]


def line(time: Floats, level: float, slope: float) -> Floats:
    after = time >= 0
    return np.asarray(0.2 + 0.005 * time + level * after + slope * time * after)


def test_level_and_slope_are_found_exactly_where_nothing_is_left_to_chance() -> None:
    time = np.arange(-8, 8).astype(float)
    found = fit(line(time, 0.1, -0.01), np.full(16, 1e-8), time, 0.95)
    assert found.level.value == pytest.approx(0.1)
    assert found.slope.value == pytest.approx(-0.01)
    assert found.level.lower < 0.1 < found.level.upper
    assert found.level.p_value < 1e-6


def test_no_effect_is_not_told_to_be_one() -> None:
    time, made = np.arange(-10, 10).astype(float), np.random.default_rng(2)
    found = [
        fit(line(time, 0, 0) + made.normal(0, 0.02, 20), np.full(20, 4e-4), time, 0.95) for _ in range(200)
    ]
    assert np.mean([f.level.p_value <= 0.05 for f in found]) < 0.09
    assert np.mean([f.slope.p_value <= 0.05 for f in found]) < 0.09


@pytest.mark.parametrize("hangs_together", [0.0, 0.4])
def test_intervals_hold_the_truth_where_errors_hang_together_too(hangs_together: float) -> None:
    time, made = np.arange(-12, 12).astype(float), np.random.default_rng(4)
    held = []
    for _ in range(200):
        errors = made.normal(0, 0.02, 24)
        for n in range(1, 24):
            errors[n] = hangs_together * errors[n - 1] + np.sqrt(1 - hangs_together**2) * errors[n]
        found = fit(line(time, 0.05, 0.003) + errors, np.full(24, 4e-4), time, 0.95)
        held.append(found.level.lower <= 0.05 <= found.level.upper)
    assert np.mean(held) > (0.92 if hangs_together == 0 else 0.85)


def test_errors_are_those_of_statsmodels() -> None:
    time = np.arange(-6, 6).astype(float)
    after = (time >= 0).astype(float)
    design = np.column_stack([np.ones(12), time, after, time * after])
    weights = np.array([4.0, 9, 2, 5, 7, 3, 8, 6, 4, 5, 9, 2])
    y = np.array([0.1, 0.14, 0.11, 0.2, 0.16, 0.19, 0.33, 0.3, 0.37, 0.35, 0.42, 0.36])
    bread = np.linalg.inv(design.T @ (design * weights[:, None]))
    found = bread @ design.T @ (weights * y)
    errors = np.sqrt(np.diag(newey_west(design, weights, y - design @ found, time, bread, 2)))
    assert found == pytest.approx(COEFFICIENTS)
    assert errors == pytest.approx(ERRORS)


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


def test_lags_grow_slowly_with_the_number_of_periods() -> None:
    assert [bandwidth(n) for n in (12, 24, 100, 200)] == [2, 2, 4, 4]


def rows(data: Documents, events: list[tuple[date, str]]) -> list[dict[str, Any]]:
    mix = dict.fromkeys(SOURCES, 0.25)
    of = calendar(data, "quarter", mix, 5, 0.8)
    names = [("theme", "mention", f"t{n}") for n in range(data.values.shape[1])]
    rules, bootstrap = Rules(permutations=99), Bootstrap(100, 1, 0.95)
    made = Run(data, names, "quarter", of, mix, rules, bootstrap)
    found = event_rows(made, detect(of, data.values, rules, bootstrap), events, Shifts())
    return [dict(zip(TABLES["event_effect"], row, strict=True)) for row in found]


def test_a_planted_effect_is_found_and_other_events_near_are_named() -> None:
    data = corpus(3000, step(0.1, 0.3), np.random.default_rng(1))
    first, second = rows(data, [(date(2014, 1, 1), "Act"), (date(2015, 1, 1), "Review")])
    assert first["level"] == pytest.approx(0.2, abs=0.08)
    assert first["level_lower"] < 0.2 * 1.025 < first["level_upper"]
    assert first["level_q"] <= 0.01
    assert first["level_q"] >= first["level_p"]
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
