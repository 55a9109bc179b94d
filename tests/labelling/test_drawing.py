"""Samples: every passage has a chance, it is known, and what is weighted by it tells of the whole frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.labelling.drawing import NEAR, NONE, Unit, allocate, draw, level_of, split

LEVELS = ("coded autonomy", "coded integration", NEAR, NONE)
units = st.builds(
    Unit,
    st.uuids().map(str),
    st.sampled_from(["bmj", "hansard", "kar"]),
    st.integers(2011, 2016),
    st.sampled_from(LEVELS),
)
frames = st.lists(units, min_size=4, max_size=150, unique_by=lambda unit: unit.unit_id)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def a_frame() -> list[Unit]:
    """Two thousand passages: of bmj many, of kar few; one theme is rare."""
    made = []
    for number in range(2000):
        source = ("bmj", "bmj", "bmj", "hansard", "kar")[number % 5]
        level = LEVELS[0] if number % 100 == 7 else LEVELS[2] if number % 20 == 3 else NONE
        made.append(Unit(f"p{number:04d}", source, 2011 + number % 11, level))
    return made


@settings(max_examples=60, deadline=None)
@given(frames, st.data())
def test_inclusion_probabilities_add_up_to_the_size_and_none_is_zero(
    frame: list[Unit], data: st.DataObject
) -> None:
    size = data.draw(st.integers(len({unit.level for unit in frame}), len(frame)))
    strata, drawn = draw(frame, size, rng())
    assert len(drawn) == size == sum(stratum.drawn for stratum in strata)
    assert sum(stratum.units for stratum in strata) == len(frame)
    assert all(0 < stratum.probability <= 1 for stratum in strata)
    assert sum(stratum.units * stratum.probability for stratum in strata) == pytest.approx(size)
    assert sum(1 / stratum.probability for stratum in drawn.values()) == pytest.approx(len(frame))


def test_a_total_weighted_by_the_probabilities_is_unbiased() -> None:
    frame = a_frame()
    carries = {
        unit.unit_id: unit.level.startswith("coded") or int(unit.unit_id[1:]) % 37 == 0 for unit in frame
    }
    truth = sum(carries.values())
    totals = []
    for seed in range(150):
        _, drawn = draw(frame, 120, rng(seed))
        totals.append(sum(carries[name] / stratum.probability for name, stratum in drawn.items()))
    error = np.std(totals) / np.sqrt(len(totals))
    assert abs(np.mean(totals) - truth) < 4 * error


def test_each_unit_is_drawn_as_often_as_its_probability_says() -> None:
    frame = a_frame()[:150]
    strata, _ = draw(frame, 30, rng())
    probability = {name: stratum.probability for stratum in strata for name in [stratum.stratum]}
    times = Counter[str]()
    of: dict[str, str] = {}
    for seed in range(400):
        _, drawn = draw(frame, 30, rng(seed))
        times.update(drawn.keys())
        of |= {name: stratum.stratum for name, stratum in drawn.items()}
    assert set(of) == {unit.unit_id for unit in frame}
    for name, number in times.items():
        p = probability[of[name]]
        assert abs(number / 400 - p) < 5 * np.sqrt(p * (1 - p) / 400) + 1e-9


def test_a_rare_theme_gets_passages() -> None:
    _, drawn = draw(a_frame(), 100, rng())
    coded = sum(stratum.level == LEVELS[0] for stratum in drawn.values())
    assert coded >= 5  # a simple random sample would have one


def test_small_sources_and_years_share_a_stratum_so_that_two_can_be_drawn() -> None:
    strata, _ = draw(a_frame(), 100, rng())
    assert min(stratum.drawn for stratum in strata) >= 2
    assert {stratum.source for stratum in strata} >= {"bmj", "hansard", "kar"}


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    assert draw(a_frame(), 50, rng(3))[1] == draw(a_frame(), 50, rng(3))[1]
    assert draw(a_frame(), 50, rng(3))[1] != draw(a_frame(), 50, rng(4))[1]


def test_the_order_of_the_frame_makes_no_difference() -> None:
    frame = a_frame()
    assert draw(frame, 50, rng())[1] == draw(frame[::-1], 50, rng())[1]


def test_a_frame_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 2000 units, of which 2001"):
        draw(a_frame(), 2001, rng())
    with pytest.raises(ValueError, match="at least 3 are needed"):
        draw(a_frame(), 2, rng())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 60), min_size=1, max_size=8), st.data())
def test_an_allocation_adds_up_and_keeps_to_its_bounds(sizes: dict[str, int], data: st.DataObject) -> None:
    least = data.draw(st.integers(0, 5))
    lowest = sum(min(least, size) for size in sizes.values())
    total = data.draw(st.integers(lowest, sum(sizes.values())))
    wanted: Mapping[str, float] = {name: data.draw(st.floats(0.1, 100)) for name in sizes}
    found = allocate(sizes, wanted, total, least)
    assert sum(found.values()) == total
    assert all(min(least, sizes[name]) <= number <= sizes[name] for name, number in found.items())


def test_a_unit_belongs_to_the_rarest_theme_it_is_coded_for() -> None:
    frequency = {"autonomy": 3, "integration": 90}
    assert level_of(["autonomy", "integration"], True, frequency) == "coded autonomy"
    assert level_of([], True, frequency) == NEAR
    assert level_of([], False, frequency) == NONE


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_each_document_is_kept_for_evaluation_with_the_probability_asked_for(share: float) -> None:
    documents = [f"d{number}" for number in range(40)]
    kept = Counter[str]()
    for seed in range(400):
        chosen = split(documents, share, rng(seed))
        assert abs(sum(chosen.values()) - 40 * share) <= 1
        kept.update(name for name, keep in chosen.items() if keep)
    for name in documents:
        assert abs(kept[name] / 400 - share) <= 5 * np.sqrt(share * (1 - share) / 400)
