"""What stands beside a correction: whether it is worth its error, what chance let through, who coded when."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.trends.corrected import (
    Conditions,
    CorrectedFrame,
    Correction,
    SampledCodes,
    correct,
    frame,
    refusal,
)
from pipeline.trends.surer import (
    CORRECTED,
    CRUDE,
    Said,
    Worth,
    remarks,
    split_in_time,
    worth,
)
from tests.support.simulated_coding import Planted, drawn, simulated_coding

TERMS = Conditions(50, 10, permutations=99)
Made = tuple[Correction, CorrectedFrame, SampledCodes, float, float]


def made(planted: Planted, labels: int, seed: int) -> Made | None:
    """A correction by so many labels, with the true and the machine's prevalence; None where refused."""
    rng = np.random.default_rng(seed)
    data, truth = simulated_coding(planted, 1, rng)
    sample = drawn(data, truth, 0, labels, rng)
    if refusal(sample, TERMS):
        return None
    own = frame(data, sample.document)
    found = correct(sample, data.values[:, 0], own, TERMS, rng)
    return found, own, sample, float(truth.mean()), float(data.values.mean())


GOOD = Planted.of(np.full((6, 1), 100), np.full((6, 1), 0.2), 0.97, 0.99)
POOR = Planted.of(np.full((6, 1), 100), np.full((6, 1), 0.2), 0.6, 0.7)
RARE = Planted.of(np.full((6, 1), 100), np.full((6, 1), 0.08), 0.5, 0.98)


@pytest.mark.parametrize(("planted", "surer"), [(GOOD, CRUDE), (POOR, CORRECTED)])
def test_a_good_machine_s_figure_is_surer_as_it_is_and_a_poor_one_s_corrected(
    planted: Planted, surer: str
) -> None:
    found = [one for seed in range(20) if (one := made(planted, 100, seed))]
    told = [worth(of, own, sample, TERMS.min_positives).surer for of, own, sample, _, _ in found]
    assert sum(one == surer for one in told) >= 0.75 * len(told)


def test_samples_that_pass_find_too_many_of_a_rare_theme_and_by_about_how_many_is_told() -> None:
    """Of 100 labels at 8%, eight are found and ten are needed: those that pass have eleven or twelve."""
    found = [one for seed in range(150) if (one := made(RARE, 100, seed))]
    assert 20 < len(found) < 80
    by_people = np.array([float(sample.human.mean()) for _, _, sample, _, _ in found])
    excess = float((by_people - np.array([truth for *_, truth, _ in found])).mean())
    assert excess > 0.025
    told = np.array([worth(of, own, sample, TERMS.min_positives).surplus for of, own, sample, _, _ in found])
    left = np.array(
        [float((s.weight / s.weight.sum()) @ (s.human - of.weight * s.machine)) for of, _, s, _, _ in found]
    )
    share = float(np.mean(left / by_people))  # what the machine explains is no surplus
    assert 0.4 * excess * share < told.mean() < 1.6 * excess
    of, own, sample, _, _ = found[0]
    value = worth(of, own, sample, TERMS.min_positives)
    (_, text, *_) = ["", *remarks(of, value, 0.03, TERMS.min_positives, "a period")]
    assert text == (
        f"{of.positives} with the theme were found and 10 are needed: samples that pass find too many, "
        "here some 3.0 points"
    )


def test_a_sample_with_many_positives_has_no_surplus() -> None:
    one = made(POOR, 200, 1)
    assert one is not None
    assert worth(one[0], one[1], one[2], TERMS.min_positives).surplus == pytest.approx(0, abs=1e-3)


def test_what_is_surer_follows_the_mean_squared_error() -> None:
    assert Worth(0.05, 0.02, 0.0).surer == CORRECTED
    assert Worth(0.02, 0.02, 0.0).surer == CRUDE
    assert Worth(0.05, 0.02, 0.05).surer == CRUDE


def test_errors_that_differ_between_periods_are_told() -> None:
    half = np.repeat([[0.0], [1.0]], 3, axis=0)
    turned = Planted.of(np.full((6, 1), 100), 0.2 + 0.25 * half, 0.95 - 0.45 * half, 0.95 + 0.04 * half)
    one = made(turned, 300, 2)  # the machine finds the same in all years, and people don't
    assert one is not None
    found, own, sample, *_ = one
    (first, *_) = remarks(found, worth(found, own, sample, 10), 0.0, 10, "a period")
    assert first.startswith("the machine's errors differ between periods beyond chance (p = 0.01)")


def said(years: dict[str, list[int]]) -> list[Said]:
    return [Said(who, f"{who}{at}", year) for who, of in years.items() for at, year in enumerate(of)]


def test_coders_of_other_years_are_told_and_how_little_they_share() -> None:
    (remark,) = split_in_time(
        "the coders", said({"ana": [1987] * 8 + [1997] * 8, "bea": list(range(1988, 1997)) * 2})
    )
    assert remark == (
        "the coders ana and bea have 0% of their years in common: a change between these periods may be "
        "theirs and not the texts'"
    )


@pytest.mark.parametrize("years", [
    {"ana": [2011, 2012, 2013], "bea": [2014, 2015, 2016]},  # too few to tell
    {"ana": [2011, 2012, 2013, 2014] * 5, "bea": [2011, 2012, 2013, 2014] * 3},
    {"ana": [2011, 2012] * 10},
    {},
])  # fmt: skip
def test_coders_who_share_their_years_or_coded_little_are_not(years: dict[str, list[int]]) -> None:
    assert split_in_time("the coders", said(years)) == []


def test_years_that_few_codes_share_by_chance_alone_are_hardly_ever_told() -> None:
    """Ten codes each of thirty years have little in common, and it means nothing."""
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(100):
        years = {who: rng.integers(1990, 2020, 10).tolist() for who in ("ana", "bea")}
        told += bool(split_in_time("the coders", said(years)))
    assert told <= 4


def test_two_who_coded_the_same_documents_share_their_years() -> None:
    both = [Said(who, f"d{at}", 2011 + at % 3) for at in range(30) for who in ("ana", "bea")]
    assert split_in_time("the coders", both) == []
