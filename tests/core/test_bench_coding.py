"""What `make bench-coding` measures by, computed by hand, and its sets: whole, named, skipped by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.coding import __main__ as bench
from tests.bench.coding.scores import by_theme, judged
from tests.bench.coding.sets import HERE, SETS, known
from tests.bench.coding.trials import Coded

PRESENT = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=bool)
CODED = np.array([[1, 0], [0, 1], [0, 1], [0, 0]], dtype=bool)
SCORES = np.array([[0.9, 0.1], [0.4, 0.8], [0.5, 0.7], [0.1, 0.2]])


def test_precision_recall_and_f1_are_over_all_codes() -> None:
    found = judged(Coded.of("abcd", PRESENT), SCORES, CODED)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(2 / 3)
    # Of the first theme the carriers stand first and third, of the second one second.
    assert found["ap"] == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)


def test_bare_and_near_are_shares_coded() -> None:
    bare, near = np.zeros_like(PRESENT), np.zeros_like(PRESENT)
    bare[[0, 1], 0] = True
    near[1, 1] = True
    found = judged(Coded.of("abcd", PRESENT, bare=bare, near=near), SCORES, CODED)
    assert (found["bare"], found["near"]) == (0.5, 1.0)


def test_a_text_that_was_hardly_drawn_stands_for_many() -> None:
    asked = Coded.of("abcd", PRESENT, weights=np.array([1.0, 3.0, 1.0, 1.0]))
    assert by_theme(asked, CODED)[0] == (2, 1.0, 0.25)


def test_texts_of_a_unit_count_as_one() -> None:
    asked = Coded.of("abcd", PRESENT, unit=np.array([0, 0, 1, 1]))
    assert by_theme(asked, CODED) == [(1, 1.0, 1.0), (1, 0.5, 1.0)]


def test_a_set_without_its_path_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CCG", raising=False)
    monkeypatch.delenv("COMMENTS", raising=False)
    assert bench.main(["ccg"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"ccg": "skipped: no CCG"}


def test_an_unknown_set_is_refused_and_the_known_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["ccgs"]) == 2
    assert "no set 'ccgs'; there are reference," in capsys.readouterr().err


def test_an_author_is_never_asked_about_by_what_their_own_passages_taught() -> None:
    ((_, trials),) = SETS["reference"].trials(Path())
    everything, _ = known()
    assert len(trials) == len({passage.author for passage in everything})
    assert sum(len(trial.asked.texts) for trial in trials) == len(everything)
    for trial in trials:
        assert not {passage.text for passage in trial.by} & set(trial.asked.texts)


@pytest.mark.parametrize("name", ["answers", "speeches"])
def test_codes_of_real_passages_are_of_two_readings_and_hold_no_text(name: str) -> None:
    rows = [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]
    assert len({(row["id"], row["position"]) for row in rows}) == len(rows) > 150
    for row in rows:
        assert set(row) <= {"id", "position", "chance", "themes", "first", "second", "third", "doubtful"}
        assert 0 < row["chance"] <= 1
        assert set(row["first"]) & set(row["second"]) <= set(row["themes"])
        assert ("third" in row) == (row["first"] != row["second"])
