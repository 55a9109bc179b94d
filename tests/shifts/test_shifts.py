"""Change points: what is found, what is not, and what is said where nothing can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import ruptures
from ruptures.base import BaseCost
from scipy.stats import false_discovery_control

from pipeline import store
from pipeline.config import Config
from pipeline.shifts import scan
from pipeline.shifts.calendars import Calendar, calendar, finest, pooled
from pipeline.shifts.contrast import contrast
from pipeline.shifts.detection import Rules, SeriesVerdict, detect
from pipeline.shifts.discovery import q_values
from pipeline.shifts.movement import movement
from pipeline.shifts.scan import wander
from pipeline.shifts.shuffled import (
    DEALT,
    DatedDocuments,
    series,
    shuffled_series,
    shuffles,
    stretch,
    variance,
)
from pipeline.trends.mix import fixed_mix, standardised
from pipeline.trends.prevalence import Documents, trend
from pipeline.trends.resampling import Bootstrap, Floats
from tests.conftest import build_all
from tests.support.simulated_shifts import SOURCES, corpus, pulse, steady, step, turning_mix

BOOTSTRAP = Bootstrap(200, 5, 0.95)
RULES = Rules(permutations=199)
EVEN = dict.fromkeys(SOURCES, 0.25)


def by_quarter(data: Documents, **changes: Any) -> Calendar:
    return calendar(data, "quarter", EVEN, **({"floor": 5, "coverage": 0.8} | changes))


def detected(data: Documents) -> list[SeriesVerdict]:
    return detect(by_quarter(data), data.values, RULES, BOOTSTRAP)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_series_that_is_tested_is_the_standardised_one() -> None:
    data = corpus(600, step(0.1, 0.3), rng())
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    published = [standardised(found, EVEN, BOOTSTRAP) for found in trend(data, "quarter", BOOTSTRAP)]
    expected = np.array([point.prevalence[0] for point in published if point and point.start in of.starts])
    found = series(whole, data.values[whole.member, 0])
    assert found - found.mean() == pytest.approx(expected - expected.mean())


def test_a_step_is_found_at_its_date_with_its_size() -> None:
    data = corpus(1200, step(0.1, 0.4, at=0.5), rng())
    of = by_quarter(data)
    (tested,) = detected(data)
    ((change, q),) = tested.changes
    assert of.starts[change.earliest] <= date(2014, 1, 1) <= of.starts[change.latest]
    assert change.latest - change.earliest <= 2
    assert q <= 0.05
    two = pooled(of, EVEN, (range(change.first, change.at), range(change.at, change.last)))
    size = contrast(two, data.values, EVEN, BOOTSTRAP)
    assert size is not None
    # Sources differ around the mean that is planted, evenly.
    assert size.change.lower[0] < 0.3 * 1.025 < size.change.upper[0]


def test_a_theme_that_comes_and_goes_changes_twice() -> None:
    (tested,) = detected(corpus(1500, pulse(0.1, 0.35, 1 / 3, 2 / 3), rng()))
    of = by_quarter(corpus(1500, pulse(0.1, 0.35, 1 / 3, 2 / 3), rng()))
    rise, fall = (change for change, _ in tested.changes)
    assert of.starts[rise.earliest] <= date(2013, 1, 1) <= of.starts[rise.latest]
    assert of.starts[fall.earliest] <= date(2015, 1, 1) <= of.starts[fall.latest]


def test_shuffled_dates_hold_no_changes() -> None:
    found = [t for seed in range(4) for t in detected(corpus(300, steady(0.2), rng(seed), columns=10))]
    assert sum(bool(tested.changes) for tested in found) <= 1
    assert np.mean([tested.p_value <= 0.05 for tested in found if tested.p_value]) < 0.2


def test_a_change_of_mix_alone_is_none() -> None:
    data = corpus(2000, steady(0.3), rng(), columns=10, mix=turning_mix)
    crude = [found.whole.prevalence.mean() for found in trend(data, "year", BOOTSTRAP)]
    assert crude[-1] - crude[0] > 0.1
    assert not any(tested.changes for tested in detected(data))


def test_a_source_that_falls_silent_is_no_change() -> None:
    data = corpus(2000, steady(0.3), rng(), columns=10)
    kept = [n for n, (s, day) in enumerate(zip(data.source, data.published, strict=True))
            if s != "kingsfund" or day.year < 2014]  # fmt: skip
    part = Documents(
        [data.source[n] for n in kept], [data.published[n] for n in kept], ["day"] * len(kept),
        data.passages[kept], data.values[kept],
    )  # fmt: skip
    of = calendar(part, "quarter", EVEN, 5, 0.7)
    assert not any(t.changes for t in detect(of, part.values, RULES, BOOTSTRAP))


def test_documents_in_bursts_are_no_changes() -> None:
    found = [
        tested.p_value
        for seed in range(6)
        for tested in detected(corpus(900, steady(0.2), rng(seed), columns=8, burst=3))
    ]
    assert np.mean([p <= 0.05 for p in found if p is not None]) < 0.2


def test_shuffling_keeps_the_mix_of_every_period() -> None:
    data = corpus(300, steady(0.3), rng())
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    (cells,) = shuffles(whole, np.arange(len(whole.cell)), 10, rng())
    for column in cells.T:
        assert (np.bincount(column, minlength=len(whole.size)) == whole.size).all()
        assert (whole.of_source[column] == whole.source).all()


def test_shuffled_series_are_as_uncertain_as_the_variance_says() -> None:
    data = corpus(1000, steady(0.3), rng())
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    drawn, expected = lines_of(whole, data.values[whole.member], 2000)
    assert drawn.mean(axis=0) == pytest.approx(0, abs=0.01)
    assert drawn.var(axis=0) == pytest.approx(expected, rel=0.2)


def test_a_rare_series_is_shuffled_like_any_other_though_few_documents_are_dealt_new_dates() -> None:
    data = corpus(1000, steady(0.05), rng())
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    values = data.values[whole.member]
    assert DEALT * np.count_nonzero(values) < len(values)
    drawn, expected = lines_of(whole, values, 4000)
    assert drawn.mean(axis=0) == pytest.approx(0, abs=0.01)
    assert drawn.var(axis=0) == pytest.approx(expected, rel=0.25)


def test_dealt_dates_are_those_of_the_source() -> None:
    data = corpus(300, steady(0.3), rng())
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    carriers = np.arange(0, len(whole.cell), 2 * DEALT)
    (cells,) = shuffles(whole, carriers, 50, rng())
    for column in cells.T:
        assert (whole.of_source[column] == whole.source[carriers]).all()
        assert (np.bincount(column, minlength=len(whole.size)) <= whole.size).all()


def lines_of(whole: DatedDocuments, values: Floats, times: int) -> tuple[Floats, Floats]:
    """(times, T): series of the one column of `values` at shuffled dates, and the variances foretold."""
    carriers = np.flatnonzero(values[:, 0])
    found = [
        shuffled_series(whole, values, carriers, cells)[0]
        for cells in shuffles(whole, carriers, times, rng())
    ]
    return np.vstack(found), variance(whole, values[:, 0])


def test_a_year_s_documents_count_a_quarter_in_each_quarter() -> None:
    days = [date(2013, 2, 1), date(2013, 5, 1), date(2013, 8, 1), date(2013, 11, 1), date(2013, 1, 1)]
    data = Documents(["bmj"] * 5, days, ["day"] * 4 + ["year"], np.ones(5), np.array([[0.0]] * 4 + [[1.0]]))
    of = calendar(data, "quarter", {"bmj": 1.0}, 1, 0.8)
    whole = stretch(of, 0, 4)
    assert series(whole, data.values[:, 0]) == pytest.approx([0.2 - 0.2] * 4)
    assert [len(of.of(period)[0]) for period in range(4)] == [2, 2, 2, 2]


class Weighted(BaseCost):
    """Squares around a weighted mean."""

    model = ""
    min_size = 1

    def __init__(self, weights: Floats) -> None:
        self.weights = weights

    def fit(self, signal: Floats) -> Weighted:
        self.signal = signal.ravel()
        return self

    def error(self, start: int, end: int) -> float:
        y, w = self.signal[start:end], self.weights[start:end]
        return float(w @ (y - y @ w / w.sum()) ** 2)


@pytest.mark.parametrize("seed", range(8))
def test_one_change_is_where_ruptures_puts_it(seed: int) -> None:
    made = rng(seed)
    weights = made.uniform(0.5, 3, 40)
    line = np.where(np.arange(40) < 10 + 2 * seed, 0.0, 2.0) + made.normal(size=40) / np.sqrt(weights)
    found = scan.find(line, weights, 2, np.inf)
    assert found is not None
    binary = ruptures.Binseg(custom_cost=Weighted(weights), min_size=2, jump=1).fit(line)
    assert list(found.cuts) == binary.predict(n_bkps=1)[:-1]


def test_the_gain_is_that_of_the_best_stretch_there_is() -> None:
    made = rng()
    line, weights = made.normal(size=(3, 12)), made.uniform(0.5, 2, 12)

    def gain(row: Floats, first: int, last: int) -> float:
        inside = np.isin(np.arange(12), np.arange(first, last))
        cost = Weighted(weights).fit(row)
        parts = sum(
            weights[own] @ (row[own] - np.average(row[own], weights=weights[own])) ** 2
            for own in (inside, ~inside)
        )
        return float(cost.error(0, 12) - parts)

    fits = [(a, b) for a in (0, *range(2, 11)) for b in (*range(a + 2, 11), 12) if 2 <= b - a <= 10]
    for row, found in zip(line, scan.gains(line[None], weights[None], 2)[0], strict=True):
        best = max(gain(row, a, b) for a, b in fits)
        assert found == pytest.approx(best / scan.roughness(row[None, None], weights[None])[0, 0])


def test_a_series_wanders_by_what_cosines_explain_of_it_beyond_its_level() -> None:
    made = rng()
    line, weights = made.normal(size=(1, 3, 12)), made.uniform(0.5, 2, (1, 12))
    places = (np.arange(12) + 0.5) / 12
    waves = np.cos(np.pi * np.outer(places, np.arange(5)))
    root = np.sqrt(weights[0])

    def rest(row: Floats, columns: int) -> float:
        return float(np.linalg.lstsq(waves[:, :columns] * root[:, None], row * root)[1][0])

    explained = [rest(row, 1) - rest(row, 5) for row in line[0]]
    assert wander(line, weights)[0] == pytest.approx(explained / scan.roughness(line, weights)[0])


def test_a_theme_that_comes_and_goes_twice_is_found_by_the_smooth_test() -> None:
    def humps(time: Floats) -> Floats:
        return np.where((time < 0.25) | ((time > 0.55) & (time < 0.72)), 0.3, 0.1)

    (tested,) = detected(corpus(1000, humps, rng()))
    assert tested.smooth_q is not None
    assert tested.smooth_q <= 0.01


def test_steady_themes_do_not_wander() -> None:
    found = [t for seed in range(4) for t in detected(corpus(300, steady(0.2), rng(seed), columns=10))]
    assert np.mean([t.smooth_p <= 0.05 for t in found if t.smooth_p is not None]) < 0.2


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    p = rng().random(50) ** 3
    assert q_values(list(p)) == pytest.approx(false_discovery_control(p))


def test_rare_and_short_and_constant_series_are_not_tested_and_say_why() -> None:
    data = corpus(200, steady(0.0), rng(), columns=3)
    data.values[:4, 0] = 1
    data.values[:, 2] = 1
    found = detected(data)
    assert found[0].reason == "carried by 4 documents, 5 needed"
    assert found[2].reason == "the same within every source"
    assert all(tested.p_value is None and not tested.changes for tested in found)
    short = corpus(100, steady(0.5), rng(), years=1)
    assert detected(short)[0].reason == "4 periods with enough documents, 6 needed"


def test_the_finest_period_is_one_that_dates_and_documents_allow() -> None:
    data = corpus(1200, steady(0.2), rng())
    assert finest(data, EVEN, 5, 0.8)[0] == "month"
    assert finest(data, EVEN, 30, 0.8)[0] == "quarter"
    by_year = replace(data, precision=["year"] * 700 + ["day"] * (len(data.source) - 700))
    assert finest(by_year, EVEN, 5, 0.8)[0] == "year"
    undated = Documents([], [], [], np.ones(0), np.empty((0, 1)))
    period, of = finest(undated, {}, 5, 0.8)
    assert (period, of.starts) == ("year", ())


def test_late_is_compared_with_early_and_the_middle_is_left_out() -> None:
    data = corpus(1200, step(0.1, 0.3), rng(), columns=2)
    data.values[:, 1] = rng(9).random(len(data.source)) < 0.2
    of = by_quarter(data)
    moved = movement(of, data.values, [0, 1], EVEN, RULES, BOOTSTRAP)
    assert moved is not None
    assert (moved.early, moved.late) == (range(8), range(16, 24))
    assert moved.p_values[0] <= 0.01
    assert moved.p_values[1] > 0.05
    assert moved.found.change.lower[0] < 0.2 * 1.025 < moved.found.change.upper[0]


def test_a_source_on_one_side_alone_tells_nothing_of_a_size() -> None:
    days = [date(2013, 1, 1)] * 6 + [date(2014, 1, 1)] * 6
    source = ["bmj", "bmj", "bmj", "kar", "kar", "kar", "bmj", "bmj", "bmj", "news", "news", "news"]
    values = np.array([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1], dtype=float)[:, None]
    data = Documents(source, days, ["day"] * 12, np.ones(12), values)
    mix = fixed_mix(source, {})
    two = pooled(calendar(data, "year", mix, 1, 0.5), mix, (range(1), range(1, 2)))
    found = contrast(two, values, mix, BOOTSTRAP)
    assert found is not None
    assert (found.change.value[0], found.documents_before, found.coverage) == (0, 3, 0.5)
    # None of three on either side is no proof of no change.
    assert found.change.upper[0] - found.change.lower[0] > 0.5


def test_one_source_alone_is_tested_like_many() -> None:
    data = corpus(900, step(0.1, 0.4), rng())
    alone = replace(data, source=["bmj"] * len(data.source))
    of = calendar(alone, "quarter", {"bmj": 1.0}, 5, 0.8)
    (tested,) = detect(of, alone.values, RULES, BOOTSTRAP)
    assert [of.starts[change.at].year for change, _ in tested.changes] == [2014]


def test_documents_without_solid_periods_and_one_period_have_nothing_to_compare() -> None:
    data = corpus(100, steady(0.5), rng(), years=1)
    for period, floor in (("year", 5), ("year", 500)):
        of = calendar(data, period, EVEN, floor, 0.8)
        (tested,) = detect(of, data.values, RULES, BOOTSTRAP)
        assert "6 needed" in tested.reason
        assert movement(of, data.values, [0], EVEN, RULES, BOOTSTRAP) is None


def test_a_build_tests_every_series_once_and_anew_under_other_settings(built: Config) -> None:
    with store.open_published(store.published_file(built)) as connection:
        rows = connection.execute("SELECT theme, measure, reason FROM shift_test").fetchall()
        untold = connection.execute("SELECT count(*) FROM event_effect WHERE reason IS NULL").fetchone()
    assert len({theme for theme, *_ in rows if theme}) == 8
    assert {reason for *_, reason in rows} == {"no period with enough documents, 6 needed"}
    assert untold == (0,)
    assert build_all(built)["detect"] == 0
    lower = replace(built.shifts, periods=4, shortest=1)
    assert build_all(replace(built, trend=replace(built.trend, floor=2), shifts=lower))["detect"] > 0
