"""Which coder has a theme: another takes over only where people's codes say for sure that it codes better."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pipeline.settings import Code
from pipeline.themes import calibration as cal
from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.choosing import FEWEST
from pipeline.themes.learning import Labelled, learn
from pipeline.themes.model import CLASSIFIER, CODEBOOK, IMPORTED


def planted(seed: int, number: int = 80, recall: float = 0.5, false: float = 0.2) -> Labelled:
    """Passages, two a document, of words that say nothing; three in ten carry the theme.

    The codebook's phrases stand in `recall` of those that carry it, and in `false` of the others. A
    classifier sees no more than these phrases, so it can't code better; with few codes it may seem to.
    """
    random = np.random.default_rng(seed)
    present = random.random(number) < 0.3
    hit = random.random(number) < np.where(present, recall, false)
    vectors = random.normal(size=(number, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [" ".join(f"w{word}" for word in random.integers(0, 400, 12)) for _ in range(number)]
    return Labelled(
        texts, [f"d{at // 2}" for at in range(number)], vectors,
        {"x": [["red tape", "forms"] if yes else [] for yes in hit]}, {"x": np.zeros(number)},
        {"x": present.astype(float)}, np.ones(number),
    )  # fmt: skip


def said(labelled: Labelled, right: float, seed: int = 0, graded: bool = False) -> Floats:
    """What a program says that is right of so many passages: yes or no, or, graded, with doubt."""
    random = np.random.default_rng([seed, 1])
    present = labelled.present["x"] > 0
    found = np.where(random.random(len(present)) < right, present, ~present).astype(float)
    return found * 0.3 + random.random(len(found)) * 0.1 if graded else found


def offered(labelled: Labelled, **coders: Floats) -> Labelled:
    """The same passages with the codings of other programs beside."""
    one = labelled
    return Labelled(
        one.texts,
        one.documents,
        one.vectors,
        one.phrases,
        one.likeness,
        one.present,
        one.weights,
        {"x": coders},
    )


def test_a_classifier_that_is_no_better_does_not_take_over_on_noise() -> None:
    """By the greater F1 alone, as it once was, it took over one time in six; now one in twenty at most."""
    seen = Counter[str]()
    for seed in range(24):
        theme = learn("m", planted(seed), Code()).themes["x"]
        assert theme.classifier_f1 is not None
        assert theme.codebook_f1 is not None
        seen["seemed better"] += theme.classifier_f1 > theme.codebook_f1
        seen[theme.method] += 1
    assert seen["seemed better"] >= 4
    assert seen[CLASSIFIER] <= 1


def test_what_decided_stands_beside_the_theme() -> None:
    theme = learn("m", planted(0), Code()).themes["x"]
    before, classifier = theme.tried
    assert (before.coder, before.gain, classifier.coder) == (CODEBOOK, 0.0, CLASSIFIER)
    assert classifier.f1 - before.f1 == pytest.approx(classifier.gain)
    assert (before.f1, classifier.f1) == (theme.codebook_f1, theme.classifier_f1)


@pytest.mark.parametrize("graded", [False, True])
def test_another_program_takes_over_where_it_codes_better(graded: bool) -> None:
    """A score needs no line at a half: people's codes say where it lies."""
    labelled = planted(1, 120)
    good, poor = said(labelled, 0.95, graded=graded), said(labelled, 0.6, seed=3)
    model = learn("m", offered(labelled, good=good, poor=poor), Code())
    theme = model.themes["x"]
    assert (theme.method, theme.coder) == (IMPORTED, "good")
    assert theme.why.startswith("coded by good: cross-validated F1")
    codings = model.code("x", labelled.phrases["x"], np.zeros(120), None, good)
    people = labelled.present["x"] > 0
    assert np.mean([c.coded == yes for c, yes in zip(codings, people, strict=True)]) > 0.9
    assert all(0 <= c.score <= 1 and (c.score >= theme.threshold) == c.coded for c in codings)


def test_where_that_program_said_nothing_the_codebook_codes() -> None:
    labelled = planted(1, 120)
    good = said(labelled, 0.95)
    model = learn("m", offered(labelled, good=good), Code())
    given = np.where(np.arange(120) < 100, good, np.nan)
    codings = model.code("x", labelled.phrases["x"], np.zeros(120), None, given)
    assert {c.method for c in codings[:100]} == {IMPORTED}
    assert [c.coded for c in codings[100:]] == [bool(words) for words in labelled.phrases["x"][100:]]


def test_a_program_that_is_no_better_than_the_codebook_changes_nothing() -> None:
    labelled = planted(2, 120)
    like_it = np.array([float(bool(words)) for words in labelled.phrases["x"]])
    theme = learn("m", offered(labelled, twin=like_it), Code()).themes["x"]
    assert theme.method == CODEBOOK
    assert [(t.coder, t.gain, t.sure) for t in theme.tried if t.coder == "twin"] == [("twin", 0.0, False)]


def test_with_few_positives_nobody_takes_over_however_good() -> None:
    """Fewer than twenty passages with the theme say too little of an F1."""
    labelled = planted(4, 120)
    positives = np.flatnonzero(labelled.present["x"] > 0)
    labelled.present["x"][positives[FEWEST - 1 :]] = 0.0
    theme = learn("m", offered(labelled, perfect=labelled.present["x"].copy()), Code()).themes["x"]
    assert (theme.method, theme.positives) == (CODEBOOK, FEWEST - 1)
    assert (
        f"perfect better by {theme.tried[-1].gain:.2f}, not surely: 19 with the theme, and 20 must tell"
        in theme.why
    )


def test_the_standard_error_of_a_gain_is_that_of_drawing_documents_anew() -> None:
    random = np.random.default_rng(7)

    def drawn(documents: int) -> tuple[Flags, Flags, Flags, Floats, list[str]]:
        names = [f"d{at // 3}" for at in range(3 * documents)]
        whole = np.repeat(random.random(documents), 3)  # the passages of a document hang together
        present = whole + 0.3 * random.random(3 * documents) > 0.9
        new = present ^ (random.random(3 * documents) < 0.1)
        old = present ^ (np.repeat(random.random(documents), 3) < 0.2)
        return new, old, present, 1 + random.random(3 * documents), names

    told = [cal.gain(*drawn(80)) for _ in range(400)]
    spread = float(np.std([gain for gain, _ in told]))
    assert np.mean([error for _, error in told]) == pytest.approx(spread, rel=0.12)
