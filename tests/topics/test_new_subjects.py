"""A new subject amid old ones is noticed between two fits, and chance alone hardly ever is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from pipeline.topics.embedding import unit_rows
from pipeline.topics.new_subjects import Together, _at_least, new_subject

DIMENSIONS = 12


def corpus(documents: int, new: int, apart: int, seed: int) -> Together:
    """Documents of two passages on three subjects; the last `new` are new, the last `apart` on another."""
    rng = np.random.default_rng(seed)
    centres = np.vstack([np.eye(3, DIMENSIONS), [0.5, 0.5, 0, 0.8] + [0] * (DIMENSIONS - 4)])
    subject = rng.integers(0, 3, documents)
    subject[documents - apart :] = 3
    own = np.repeat(np.arange(documents), 2)
    places = unit_rows(centres[subject[own]] + rng.normal(scale=0.25, size=(2 * documents, DIMENSIONS)))
    is_new = own >= documents - new
    cosines = np.where(is_new[None, :] | (own[:, None] == own[None, :]), -2, places @ places.T)
    nearest = -np.sort(-cosines, axis=1)[:, :20]
    joined = (places[:, :3]).argmax(axis=1)
    return Together(places, joined.astype(np.int64), own, is_new, nearest.mean(axis=1))


def test_a_new_subject_amid_old_ones_is_noticed_and_told_from_them() -> None:
    found = corpus(1000, new=60, apart=20, seed=1)
    passages = new_subject(found, found.new, most_new=400)
    assert len(passages) >= 15
    assert (found.documents[passages] >= 980).mean() > 0.9


def test_more_on_an_old_subject_is_no_clump() -> None:
    found = corpus(1000, new=60, apart=0, seed=1)
    turned = found.documents >= 940
    rng = np.random.default_rng(2)
    places, labels = found.places.copy(), found.labels.copy()
    places[turned] = unit_rows(np.eye(1, DIMENSIONS) + rng.normal(scale=0.25, size=(120, DIMENSIONS)))
    labels[turned] = 0
    more = Together(places, labels, found.documents, found.new, found.likeness)
    assert not len(new_subject(more, more.new, most_new=400))


@pytest.mark.slow
def test_where_nothing_is_new_runs_of_builds_hardly_ever_raise_an_alarm() -> None:
    alarms = sum(alarmed(seed) for seed in range(20))
    assert alarms <= 3  # of 20 at 5%: more has a chance below 0.02


def alarmed(seed: int) -> bool:
    """Whether any of ten builds, each with eight new documents more, sees a clump where there is none."""
    every = corpus(500, new=80, apart=0, seed=seed)
    for build in range(10):
        there = every.documents < 420 + 8 * (build + 1)
        part = Together(*(getattr(every, name)[there] for name in Together.__slots__))
        arrived: Any = part.documents >= 420 + 8 * build
        if len(new_subject(part, arrived, most_new=160)):
            return True
    return False


def test_one_document_is_no_clump_however_long() -> None:
    found = corpus(400, new=1, apart=1, seed=3)
    own = np.append(found.documents, np.repeat(399, 60))
    rng = np.random.default_rng(1)
    more = unit_rows(found.places[-1] + rng.normal(scale=0.05, size=(60, DIMENSIONS)))
    long = Together(
        np.vstack([found.places, more]),
        np.append(found.labels, np.repeat(found.labels[-1], 60)),
        own,
        own == 399,
        np.append(found.likeness, np.repeat(0.1, 60)),
    )
    assert not len(new_subject(long, long.new, most_new=160))


def test_the_chance_of_so_many_or_more_is_the_binomial_tail() -> None:
    least, trials, chance = np.array([0, 1, 9, 20, 6]), np.array([20, 20, 20, 20, 5]), np.full(5, 0.2)
    assert _at_least(least, trials, chance) == pytest.approx(binom.sf(least - 1, trials, chance), abs=1e-14)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_passage_is_asked_about_once_when_it_arrives(arrived: bool) -> None:
    found = corpus(1000, new=60, apart=20, seed=1)
    fresh = found.new & arrived
    assert bool(len(new_subject(found, fresh, most_new=400))) == arrived
