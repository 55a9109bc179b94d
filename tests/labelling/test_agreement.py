"""Agreement of coders and accuracy of the machine, against published examples and known truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from pipeline.labelling.accuracy import Judged, accuracy
from pipeline.labelling.agreement import alpha, alpha_parts, estimate, kappa, negative, pair_parts, positive
from pipeline.trends.resampling import Bootstrap, Floats

BOOTSTRAP = Bootstrap(500, 1, 0.95)
ONE = np.array([0.0, 0.5, 0.5, 0.0])


def counts(*coders: str) -> Floats:
    """(units, values): how often each value was given, from a line of values per coder, * where missing."""
    rows = [line.split() for line in coders]
    values = sorted({value for row in rows for value in row} - {"*"})
    return np.array([[sum(row[u] == v for row in rows) for v in values] for u in range(len(rows[0]))], float)


PUBLISHED = {
    # Krippendorff (2011), Computing Krippendorff's alpha-reliability: examples A and C.
    "two coders, binary": (0.095, ["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"]),
    "four coders, missing values": (
        0.743,
        [
            "1 2 3 3 2 1 4 1 2 * * *",
            "1 2 3 3 2 2 4 1 2 5 * 3",
            "* 3 3 3 2 3 4 2 2 5 1 *",
            "1 2 3 3 2 4 4 1 2 5 1 *",
        ],
    ),
    # The worked example of the encyclopaedias' articles on the coefficient.
    "three coders, mostly missing": (
        0.691,
        [
            "* * * * * 3 4 1 2 1 1 3 3 * 3",
            "1 * 2 1 3 3 4 3 * * * * * * *",
            "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
        ],
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_alpha_is_that_of_the_published_examples(name: str) -> None:
    published, coders = PUBLISHED[name]
    assert float(alpha(alpha_parts(counts(*coders)).sum(axis=0))) == pytest.approx(published, abs=5e-4)


def test_alpha_is_not_defined_where_nothing_varies() -> None:
    assert np.isnan(alpha(alpha_parts(counts("1 1 1", "1 1 1")).sum(axis=0)))


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        a = rng.integers(0, 2, 30)
        b = np.where(rng.random(30) < 0.8, a, 1 - a)
        mine = float(kappa(pair_parts(a.astype(float), b.astype(float)).sum(axis=0)))
        assert mine == pytest.approx(cohen_kappa_score(a, b))


def test_rare_yes_makes_kappa_low_though_coders_nearly_always_agree() -> None:
    # Feinstein and Cicchetti's paradox (1990): 118 of 125 alike, and a kappa near zero.
    table = np.array([118.0, 5.0, 2.0, 0.0])
    assert float(kappa(table)) == pytest.approx(-0.023, abs=1e-3)
    assert float(positive(table)) == pytest.approx(0.971, abs=1e-3)
    assert float(negative(table)) == 0.0


def test_the_interval_of_alpha_holds_the_truth_as_often_as_it_says() -> None:
    """Two coders who each flip a fair coin's result with probability 0.1: alpha is 1 - 2 * 0.18 / 1."""
    truth, held = 1 - 0.18 / 0.5, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 100)
        a, b = (np.where(rng.random(100) < 0.1, 1 - y, y).astype(float) for _ in range(2))
        both = np.column_stack([a + b, 2 - a - b])
        documents = [str(n) for n in range(100)]
        apart = np.array([2.0, 1.0, 1.0])
        found = estimate(alpha, alpha_parts(both), apart, documents, Bootstrap(300, seed, 0.95), "a")
        held += found.lower <= truth <= found.upper
    assert 0.9 <= held / 100 <= 1


def test_full_agreement_is_not_certain() -> None:
    same = np.array([1.0, 0.0] * 10)
    found = estimate(kappa, pair_parts(same, same), ONE, [str(n) for n in range(20)], BOOTSTRAP, "k")
    assert found.value == found.upper == 1
    assert 0.5 < found.lower < 0.9


def test_passages_of_one_document_count_as_one() -> None:
    rng = np.random.default_rng(2)
    a = rng.integers(0, 2, 200).astype(float)
    b = np.where(rng.random(200) < 0.8, a, 1 - a)
    parts = np.repeat(pair_parts(a, b)[:40], 5, axis=0)
    spread = estimate(kappa, parts, ONE, [str(n) for n in range(200)], BOOTSTRAP, "k")
    clustered = estimate(kappa, parts, ONE, [str(n // 5) for n in range(200)], BOOTSTRAP, "k")
    assert clustered.upper - clustered.lower > 1.5 * (spread.upper - spread.lower)


def test_one_document_tells_nothing_of_how_sure_a_number_is() -> None:
    parts = pair_parts(np.array([1.0, 0, 1]), np.array([1.0, 0, 0]))
    assert np.isnan(estimate(kappa, parts, ONE, ["d", "d", "d"], BOOTSTRAP, "k").lower)


def planted(seed: int, size: int = 3000) -> tuple[Floats, Floats]:
    """A frame of machine's and people's codes: 10% coded, of which 80% rightly; 2% of the rest are missed."""
    rng = np.random.default_rng(seed)
    f = (np.arange(size) < size // 10).astype(float)
    return f, np.where(rng.random(size) < np.where(f == 1, 0.8, 0.02), 1.0, 0.0)


def sampled(seed: int, f: Floats, y: Floats) -> Judged:
    """100 of what the machine codes, 100 of the rest."""
    rng = np.random.default_rng(1000 + seed)
    chosen = np.concatenate([rng.choice(np.flatnonzero(f == v), 100, replace=False) for v in (1, 0)])
    chance = np.where(f[chosen] == 1, 100 / (f == 1).sum(), 100 / (f == 0).sum())
    return Judged(
        f[chosen], y[chosen], chance, [str(n) for n in chosen], ["a"] * 100 + ["b"] * 100, [""] * 200
    )


def test_accuracy_weighted_to_the_frame_is_that_of_the_frame() -> None:
    f, y = planted(1)
    truth = {
        "precision": (f * y).sum() / f.sum(),
        "recall": (f * y).sum() / y.sum(),
        "f1": 2 * (f * y).sum() / (f.sum() + y.sum()),
        "prevalence": y.mean(),
    }
    found = [accuracy(sampled(seed, f, y), Bootstrap(100, seed, 0.95)) for seed in range(100)]
    for measure, value in truth.items():
        weighted = np.mean([one[measure][0].value for one in found])
        held = np.mean([one[measure][0].lower <= value <= one[measure][0].upper for one in found])
        assert weighted == pytest.approx(value, abs=0.02), measure
        assert held >= 0.91, measure
    # In the sample itself what the machine misses is rarer than in the frame.
    assert np.mean([one["recall"][1] for one in found]) > truth["recall"] + 0.1


def test_what_is_never_wrong_in_the_sample_is_not_certain() -> None:
    f = np.array([1.0] * 12 + [0.0] * 12)
    judged = Judged(f, f, np.full(24, 0.1), [str(n) for n in range(24)], ["a"] * 12 + ["b"] * 12, [""] * 24)
    found, _ = accuracy(judged, BOOTSTRAP)["precision"]
    assert found.value == found.upper == 1
    assert 0.6 < found.lower < 0.9


def test_a_measure_without_cases_is_not_defined() -> None:
    none = np.zeros(12)
    judged = Judged(none, none, np.full(12, 0.5), [str(n) for n in range(12)], ["a"] * 12, [""] * 12)
    assert np.isnan(accuracy(judged, BOOTSTRAP)["recall"][0].value)
