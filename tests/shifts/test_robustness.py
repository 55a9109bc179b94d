"""Findings under every defensible choice: what is robust is, and what chance made is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import store
from pipeline.config import Config
from pipeline.shifts.calendars import pooled, starts_between
from pipeline.shifts.movement import movement
from pipeline.shifts.robustness import Robustness, ordered, summary
from pipeline.shifts.variants import (
    AS_CODED,
    Column,
    Selection,
    Specification,
    Stretches,
    selections,
    specifications,
)
from pipeline.trends.mix import fixed_mix
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap
from tests.shifts.test_planted_movements import MOVED, RULES, THEMES, by_year
from tests.support.simulated_shifts import SOURCES, corpus, steady, step

__all__ = ["by_year"]
BOOTSTRAP = Bootstrap(50, 1, 0.95)
SPANS = Stretches("year", (date(2011, 1, 1), date(2012, 1, 1)), (date(2015, 1, 1), date(2016, 1, 1)))
COLUMNS = (Column("fragmentation", "share"), Column("fragmentation", "mention"))


def analysed(data: Documents, spans: Stretches = SPANS) -> list[Specification]:
    """One theme, whose share and mention are alike, with all that may be left out."""
    both = replace(data, values=np.repeat(data.values[:, :1], 2, axis=1))
    n = len(data.source)
    ways = selections(data.source, ["report"] * n, np.arange(n) % 3 > 0, np.zeros(n, dtype=bool), None)
    return specifications(both, COLUMNS, ways, spans, fixed_mix(data.source, {}), BOOTSTRAP)


def of(data: Documents) -> Robustness:
    found = summary(analysed(data))
    assert found is not None
    return found


def test_a_step_is_robust_and_each_choice_is_tried() -> None:
    found = of(corpus(1200, step(0.1, 0.4), np.random.default_rng(1)))
    assert found.robust
    assert found.agree == found.sure == found.analyses
    # Two measures and two estimates of: all texts, full ones, less each of four sources, less either end.
    assert found.analyses == 2 * 2 * (2 + 4 + 2)
    assert found.share[0] > 0.15


def test_nothing_that_is_shuffled_is_robust() -> None:
    for seed in range(12):
        found = of(corpus(300, steady(0.2), np.random.default_rng(seed)))
        assert not found.robust or found.sure < found.analyses


def test_a_change_that_one_source_made_is_named() -> None:
    rng = np.random.default_rng(2)
    data = corpus(1200, steady(0.2), rng)
    late = np.array([day.year >= 2014 for day in data.published])
    alone = late & np.array([name == SOURCES[0] for name in data.source])
    values = data.values.copy()
    values[alone] = rng.random((alone.sum(), 1)) < 0.95
    found = of(replace(data, values=values))
    assert found.shaken is not None
    assert (found.shaken.kind, found.shaken.name) == ("source", SOURCES[0])
    assert abs(found.shaken.change) < 0.5 * abs(found.headline.change)


def test_the_choice_that_decides_carries_the_variance() -> None:
    data = corpus(1200, step(0.1, 0.4), np.random.default_rng(3), columns=2)
    data = replace(data, values=np.column_stack([data.values[:, 0], np.roll(data.values[:, 0], 1)]))
    columns = (Column("t", "share"), Column("t", "share", coding="phrases alone"))
    n = len(data.source)
    ways = [Selection(np.ones(n, dtype=bool)), Selection(np.arange(n) % 5 > 0, access="full text")]
    mix = fixed_mix(data.source, {})
    found = [
        *specifications(data, columns, ways, SPANS, mix, BOOTSTRAP),
        *specifications(data, (Column("t", "mention"),) * 2, ways[:1], SPANS, mix, BOOTSTRAP)[:1],
    ]
    told = summary(found)
    assert told is not None
    assert next(iter(told.choices)) == "coding"
    assert told.choices["coding"] > 0.8


def test_the_movements_planted_in_the_sample_are_robust_and_the_others_are_not(
    by_year: tuple[Documents, object, dict[str, float]],
) -> None:
    data, of_years, mix = by_year
    moved = movement(of_years, data.values, range(len(THEMES)), mix, RULES, BOOTSTRAP)  # type: ignore[arg-type]
    assert moved is not None
    starts = of_years.starts  # type: ignore[attr-defined]
    spans = Stretches("year", tuple(starts[n] for n in moved.early), tuple(starts[n] for n in moved.late))
    n = len(data.source)
    ways = selections(data.source, [""] * n, np.ones(n, dtype=bool), np.zeros(n, dtype=bool), None)
    verdicts = {}
    for at, theme in enumerate(THEMES):
        one = replace(data, values=np.repeat(data.values[:, [at]], 2, axis=1))
        columns = (Column(theme, "share"), Column(theme, "mention"))
        found = summary(
            specifications(one, columns, ways, spans, mix, BOOTSTRAP), bool(moved.p_values[at] <= 0.03)
        )
        assert found is not None
        verdicts[theme] = int(np.sign(found.headline.change)) if found.robust else 0
    assert verdicts == {theme: MOVED.get(theme, 0) for theme in THEMES}
    assert pooled is not None


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 200), level=st.floats(0.02, 0.9), number=st.integers(40, 200))
def test_every_analysis_holds_its_change_and_the_counts_add_up(seed: int, level: float, number: int) -> None:
    found = analysed(corpus(number, steady(level), np.random.default_rng(seed)))
    told = summary(found)
    for one in found:
        assert one.change == pytest.approx(one.after - one.before, abs=1e-9)
        assert one.lower <= one.change <= one.upper
        assert -2 <= one.relative <= 2
    assert [one.relative for one in ordered(found)] == sorted(one.relative for one in found)
    if told:
        assert told.sure <= told.agree <= told.analyses == len(found)
        assert told.agree + told.against <= told.analyses
        assert all(0 <= part <= 1 + 1e-9 for part in told.choices.values())
        assert sum(one.headline for one in found) == 1


def test_periods_between_two_days() -> None:
    found = starts_between(date(2013, 10, 1), date(2014, 6, 30), "quarter")
    assert found == (date(2013, 10, 1), date(2014, 1, 1), date(2014, 4, 1))
    assert starts_between(date(2013, 1, 1), date(2014, 12, 31), "year") == (
        date(2013, 1, 1),
        date(2014, 1, 1),
    )


@pytest.mark.slow
def test_a_build_publishes_each_analysis_of_the_themes_it_tested(sixteen: Config) -> None:
    with store.open_published(store.published_file(sixteen)) as connection:
        tested = store.value(connection, "SELECT count(DISTINCT theme) FROM movement WHERE theme IS NOT NULL")
        assert store.value(connection, "SELECT count(*) FROM robustness") == tested
        rows = connection.execute(
            "SELECT r.analyses = count(*), r.agree = count(*) FILTER (agrees), "
            "any_value(abs(r.change - m.change)) FROM robustness r JOIN specification s USING (theme) "
            "JOIN movement m USING (theme) "
            "WHERE m.measure = 'share' GROUP BY theme, r.analyses, r.agree"
        ).fetchall()
        assert all(many and agree and apart < 1e-5 for many, agree, apart in rows)


def test_a_column_is_plain_as_long_as_nothing_is_otherwise() -> None:
    assert Column("t", "share").plain
    assert not Column("t", "share", coding="phrases alone").plain
    assert Column("t", "share").coding == AS_CODED
