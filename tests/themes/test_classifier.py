"""People's codes teach the coder: probabilities, a classifier where it codes better, and why it coded so."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import importing
from pipeline.asking import why
from pipeline.asking.why import as_text
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from pipeline.settings import Code
from pipeline.themes import calibration as cal
from pipeline.themes import model_tables
from pipeline.themes.learning import Labelled, learn
from pipeline.themes.model import CLASSIFIER, CODEBOOK, ThemeModel
from pipeline.themes.training_codes import HEAVIEST, weights_of
from tests.conftest import build_all, build_shared, by_rule, quick
from tests.support import shared

SAMPLE = (
    "sample_id",
    "passage_id",
    "document_id",
    "text_hash",
    "unit",
    "stratum",
    "part",
    "probability",
    "part_probability",
)
HUMAN = ("sample_id", "passage_id", "text_hash", "theme", "coder", "present", "codebook")
FEW = Code(min_labels=20, min_positives=5)
"""Less than by default, so that the tests need no large corpus."""


def rows() -> list[dict[str, Any]]:
    """Sixty documents: every third of money that went to friends, which no phrase of the codebook names."""
    money = (
        "The CCG paid a firm that belonged to the chairman's cousin, invoice {n}, and friends got the work."
    )
    team = "District nurses of the CCG visited the village hall on round {n} and gave flu vaccinations there."
    roof = (
        "The CCG's roof was mended in week {n}, and rain no longer drips on the reception desk of the clinic."
    )
    return [
        {
            "url": f"https://www.bmj.com/content/{n}/bmj.x{n}",
            "date": f"20{12 + n % 4}-03-{1 + n % 28:02d}",
            "title": f"Title {n}",
            "text": (money, team, roof)[n % 3].format(n=n),
        }
        for n in range(60)
    ]


def teach(
    config: Config, themes: dict[str, str], part: str = "train", coder: str = "a", flip: bool = False
) -> None:
    """Put in codes of every passage: a theme is present where its word is in the text."""
    with store.open_working(config) as connection:
        found = connection.execute(
            "SELECT passage_id, document_id, text_hash, text FROM passage ORDER BY passage_id"
        ).fetchall()
        if not store.value(connection, "SELECT count(*) FROM code_sample"):
            drawn = [("s", p, d, h, "passage", "all", part, 1.0, 0.5) for p, d, h, _ in found]
            store.insert(connection, "code_sample", SAMPLE, drawn)
        codes = [
            ("s", p, h, theme, coder, (word in text) is not flip, "v")
            for p, _, h, text in found
            for theme, word in themes.items()
        ]
        store.insert(connection, "human_code", HUMAN, codes)


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Sixty documents, coded by the codebook alone and published: to copy, never to change."""
    config = quick(configuration.load(tmp_path_factory.mktemp("sixty") / "data"))
    config = replace(by_rule(config), code=FEW, topics=replace(config.topics, min_passages=4))
    return build_shared(config, rows())


@pytest.fixture
def coded(sixty: Config, tmp_path: Path) -> Config:
    """A copy of the same, the test's own."""
    return shared.copy(sixty, tmp_path / "data")


def again(config: Config) -> tuple[dict[str, int], list[str]]:
    """Code again, and the rest; what each stage did, and the warnings."""
    tell = Tell(quiet=True)
    done = {ran.stage: ran.rows for ran in flow.build(config, tell, ("code", "trend", "tally"))}
    publish(config, tell)
    return done, tell.warnings


def ask(config: Config, query: str) -> list[tuple[Any, ...]]:
    """Rows of the published file."""
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(query).fetchall()


INTEREST = {"conflict-of-interest": "cousin"}
CODED = "SELECT count(*) FROM passage_theme WHERE coded AND theme = 'conflict-of-interest'"


def test_without_codes_every_theme_is_coded_by_the_codebook_and_says_so(coded: Config) -> None:
    found = ask(coded, "SELECT DISTINCT method, why, calibrated, threshold FROM theme_model")
    assert found == [("codebook", "nobody has coded passages for training", False, 0.5)]
    assert ask(coded, "SELECT count(*) FROM theme_weight") == [(0,)]
    assert again(coded)[0]["code"] == 0


def test_a_classifier_takes_over_the_theme_that_it_codes_better(coded: Config) -> None:
    assert ask(coded, CODED) == [(0,)]
    teach(coded, INTEREST)
    assert again(coded)[0]["code"] == 60
    assert ask(coded, CODED) == [(20,)]
    (row,) = ask(
        coded,
        "SELECT method, calibrated, labels, positives, codebook_f1, classifier_f1, f1, brier < brier_before "
        "FROM theme_model WHERE theme = 'conflict-of-interest'",
    )
    assert row == ("classifier", True, 60, 20, 0.0, 1.0, 1.0, True)
    assert ask(
        coded, "SELECT DISTINCT method FROM passage_theme WHERE theme = 'conflict-of-interest' AND coded"
    ) == [("classifier",)]
    assert ask(coded, "SELECT DISTINCT method FROM theme_model WHERE theme = 'integration'") == [
        ("codebook",)
    ]


@pytest.mark.usefixtures("every_thread")
def test_the_same_codes_give_the_same_model_and_nothing_is_coded_twice(coded: Config) -> None:
    teach(coded, INTEREST)
    again(coded)
    before = ask(coded, "FROM theme_weight"), ask(coded, "FROM passage_theme")
    assert again(coded)[0]["code"] == 0
    with store.open_working(coded) as connection:
        connection.execute("DELETE FROM coded_passage")
        connection.execute("DELETE FROM passage_theme")
        connection.execute("DELETE FROM theme_model")
    assert again(coded)[0]["code"] == 60
    assert (ask(coded, "FROM theme_weight"), ask(coded, "FROM passage_theme")) == before


def test_new_passages_are_coded_by_the_model_and_change_no_other(
    coded: Config, write_rows: Any, tell: Tell
) -> None:
    teach(coded, INTEREST)
    again(coded)
    before = ask(coded, "FROM passage_theme"), ask(coded, "FROM theme_model")
    new = {**rows()[0], "url": "https://www.bmj.com/content/99/bmj.x99", "title": "New"}
    new["text"] = (
        "The chairman's cousin had friends at the CCG, and their firm was paid for work on invoice ninety."
    )
    importing.import_paths([write_rows([new], "new.jsonl")], coded, tell)
    done = build_all(coded)
    assert done["code"] == 1
    after = ask(coded, "FROM passage_theme")
    assert [row for row in before[0] if row not in after] == []
    assert ask(coded, "FROM theme_model") == before[1]
    assert ask(coded, CODED) == [(21,)]


def test_codes_of_the_evaluation_part_are_never_learnt_from(coded: Config) -> None:
    teach(coded, INTEREST, part="evaluate")
    assert again(coded)[0]["code"] == 0
    assert ask(coded, CODED) == [(0,)]


def test_coders_who_disagree_to_a_tie_teach_nothing(coded: Config) -> None:
    teach(coded, INTEREST)
    teach(coded, INTEREST, coder="b", flip=True)
    again(coded)
    (row,) = ask(coded, "SELECT labels, why FROM theme_model WHERE theme = 'conflict-of-interest'")
    assert row == (0, "0 passages coded by people, fewer than min_labels (20)")


def test_a_coder_who_said_yes_to_everything_teaches_nothing(coded: Config) -> None:
    teach(coded, {"conflict-of-interest": "CCG"})
    again(coded)
    (row,) = ask(coded, "SELECT method, why FROM theme_model WHERE theme = 'conflict-of-interest'")
    assert row == ("codebook", "0 coded passages without the theme, fewer than min_positives (5)")


def test_codes_of_what_is_gone_or_unknown_are_told_and_left_out(coded: Config) -> None:
    teach(coded, {**INTEREST, "friendship": "friends"})
    with store.open_working(coded) as connection:
        connection.execute(
            "INSERT INTO code_sample VALUES "
            "('s', 'old-0000', 'old', 'gone', 'passage', 'all', 'train', 'estimate', 1, 1, now())"
        )
        store.insert(
            connection,
            "human_code",
            HUMAN,
            [("s", "old-0000", "gone", "conflict-of-interest", "a", True, "v")],
        )
    _, warnings = again(coded)
    assert "1 passages that people coded are gone" in warnings[0]
    assert warnings[1] == "people coded themes that the codebook does not have: friendship"


def test_a_codebook_that_changes_under_the_same_version_is_told_once(coded: Config, tmp_path: Any) -> None:
    text = coded.codebook_file.read_text(encoding="utf-8")
    other = tmp_path / "codebook.toml"
    other.write_text(text.replace('"red tape", ', ""), encoding="utf-8")
    changed = replace(coded, reference=replace(coded.reference, codebook=str(other)))
    _, warnings = again(changed)
    assert [w for w in warnings if "the codebook has changed and is still version '2026-11.2'" in w]
    assert again(changed)[1] == []
    (published,) = ask(changed, "SELECT DISTINCT codebook, codebook_hash FROM theme")
    assert published[0] == "2026-11.2"
    assert published[1] != ask(coded, "SELECT 'x'")[0][0]


def test_why_explains_a_classifier_by_its_parts_and_they_sum_to_the_score(coded: Config) -> None:
    teach(coded, INTEREST)
    again(coded)
    ((passage, stored),) = ask(
        coded,
        "SELECT passage_id, score FROM passage_theme JOIN passage USING (passage_id) "
        "JOIN document USING (document_id) WHERE title = 'Title 0' AND theme = 'conflict-of-interest'",
    )
    found = why.explain(coded, passage)
    reason = found.reasons[0]
    assert (reason.theme, reason.method, reason.coded) == ("conflict-of-interest", "classifier", True)
    learnt = reason.learnt
    assert learnt is not None
    assert learnt.log_odds == pytest.approx(learnt.intercept + sum(learnt.parts.values()))
    probability = 1 / (1 + math.exp(-(learnt.slope * learnt.log_odds + learnt.offset)))
    assert probability == pytest.approx(stored, abs=1e-4)
    assert reason.agrees
    assert learnt.parts["“cousin”"] > 0
    text = as_text(found)
    assert "classifier (cross-validated F1 1.00, the codebook's 0.00):" in text
    assert "probability: by people's codes, log-odds" in text


def test_a_model_read_from_its_tables_is_the_one_that_was_written(coded: Config) -> None:
    teach(coded, INTEREST)
    again(coded)
    with store.open_published(store.published_file(coded)) as connection:
        model_id = str(store.value(connection, "SELECT min(model) FROM theme_model"))
        model = model_tables.read(connection, model_id)
        assert model_tables.read(connection, "another") is None
    assert model is not None
    theme = model.themes["conflict-of-interest"]
    assert len(theme.weights) == 3 + 256 + len(model.terms.names)
    assert "cousin" in model.terms.names


def planted(number: int, seed: int = 0) -> tuple[cal.Floats, cal.Flags]:
    """Scores, and codes that are true with probability 1 / (1 + exp(-(2 * score - 1)))."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 1.5, number)
    return scores, random.random(number) < 1 / (1 + np.exp(-(2 * scores - 1)))


def test_the_curve_finds_the_planted_one_and_its_probabilities_are_rates() -> None:
    scores, present = planted(20_000)
    curve = cal.fit_curve(scores, present, np.ones(len(scores)))
    assert (curve.slope, curve.intercept) == (pytest.approx(2, abs=0.1), pytest.approx(-1, abs=0.1))
    scores, present = planted(20_000, seed=1)
    even = np.ones(len(scores))
    assert cal.miscalibration(curve(scores), present, even) < 0.01
    assert cal.brier(curve(scores), present, even) < present.mean() * (1 - present.mean())


def test_a_curve_through_codes_that_scores_divide_wholly_stays_finite() -> None:
    curve = cal.fit_curve(np.arange(10.0), np.arange(10) > 4, np.ones(10))
    assert 0 < curve.slope < 100
    assert 0 < curve(np.array([0.0]))[0] < 0.5 < curve(np.array([9.0]))[0] < 1


def test_the_threshold_is_the_one_of_the_greatest_f1() -> None:
    scores, present = planted(500)
    p = cal.Curve(2, -1)(scores)
    even = np.ones(len(p))
    best = max(cal.f1(p >= cut, present, even) for cut in p)
    assert cal.f1(p >= cal.threshold(p, present, even), present, even) == pytest.approx(best)


def test_figures_are_those_of_the_population_where_passages_were_drawn_unequally() -> None:
    scores, present = planted(4000)
    p = cal.Curve(2, -1)(scores)
    random = np.random.default_rng(5)
    chance = np.where(p > 0.5, 0.8, 0.2)
    drawn = random.random(len(p)) < chance
    whole = cal.f1(p >= 0.5, present, np.ones(len(p)))
    weighted = cal.f1(p[drawn] >= 0.5, present[drawn], 1 / chance[drawn])
    assert weighted == pytest.approx(whole, abs=0.02)
    assert abs(cal.f1(p[drawn] >= 0.5, present[drawn], np.ones(int(drawn.sum()))) - whole) > 0.02


def test_no_passage_weighs_more_than_ten_times_the_mean() -> None:
    weights = weights_of(np.array([1.0] * 99 + [1e-6]))
    assert weights.max() == pytest.approx(HEAVIEST * (99 + 1e6) / 100)


def test_one_document_is_never_on_both_sides_of_a_fold() -> None:
    """Sixty copies of two texts teach nothing: learnt and tested on one another they would look perfect."""
    texts = ["cousin friends"] * 30 + ["nurses flu"] * 30
    present = np.array([1.0] * 30 + [0.0] * 30)
    labelled = Labelled(
        texts, ["one"] * 30 + ["two"] * 30, np.eye(60, 4, dtype=np.float32), {"x": [[]] * 60},
        {"x": np.zeros(60)}, {"x": present}, np.ones(60),
    )  # fmt: skip
    assert (
        learn("m", labelled, FEW).themes["x"].why
        == "its codes lie in too few documents to be split into 5 folds"
    )


def test_where_the_codebook_codes_better_it_stays_and_its_score_becomes_a_probability() -> None:
    random = np.random.default_rng(3)
    present = random.random(200) < 0.3
    phrases = [["red tape", "forms"] if yes else [] for yes in present]
    labelled = Labelled(
        [f"w{random.integers(900)}" for _ in present], [str(n) for n in range(200)],
        random.normal(size=(200, 4)).astype(np.float32), {"x": phrases}, {"x": np.zeros(200)},
        {"x": present.astype(float)}, np.ones(200),
    )  # fmt: skip
    model = learn("m", labelled, Code())
    theme = model.themes["x"]
    assert (theme.method, theme.calibrated, theme.codebook_f1) == (CODEBOOK, True, 1.0)
    codings = model.code("x", phrases, np.zeros(200), None)
    assert [c.coded for c in codings] == present.tolist()
    assert all((c.score >= theme.threshold) == c.coded for c in codings)
    assert theme.brier is not None
    assert theme.brier_before is not None
    assert theme.brier < theme.brier_before


def test_a_theme_without_a_curve_keeps_the_codebook_s_score() -> None:
    theme = ThemeModel("x", CODEBOOK, "", 0, 0)
    assert (theme.calibrated, theme.kept_from) == (False, 0.35)
    assert ThemeModel("x", CLASSIFIER, "", 9, 9, threshold=0.2, curve=cal.Curve(1, 0)).kept_from == 0.1
