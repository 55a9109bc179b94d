"""What `make bench-model` measures by, computed by hand, and its sections, skipped by name."""

from __future__ import annotations

import json
from math import log

import pytest

from tests.bench_model.__main__ import main, sections
from tests.bench_model.quality import Coherence, diversity


def test_npmi_by_hand() -> None:
    # Four windows: a in three of them, b in two, both in two; c is alone in one.
    texts = [["a", "b"], ["a", "b", "x"], ["a"], ["c"]]
    coherence = Coherence(texts)
    assert coherence.of(["a", "b"]) == pytest.approx(log((2 / 4) / (3 / 4 * 2 / 4)) / -log(2 / 4))
    never = log(1e-12 / (3 / 4 * 1 / 4)) / -log(1e-12)
    assert coherence.of(["a", "c"]) == pytest.approx(never)
    assert coherence([["a", "b"], ["a", "c"]]) == pytest.approx((coherence.of(["a", "b"]) + never) / 2)


def test_words_meet_within_a_window_only() -> None:
    coherence = Coherence([["a", "x", "x", "b"]], window=2)
    # Windows: ax, xx, xb.
    assert coherence.of(["a", "b"]) == pytest.approx(log(1e-12 / (1 / 9)) / -log(1e-12))
    assert coherence.of(["a", "x"]) == pytest.approx(log((1 / 3) / (1 / 3 * 1)) / -log(1 / 3), abs=1e-6)


def test_diversity_is_the_share_of_distinct_words() -> None:
    assert diversity([["a", "b"], ["a", "c"]]) == 0.75


def test_a_section_without_its_corpus_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for need in {need for section in sections().values() for need in section.NEEDS}:
        monkeypatch.setenv(need, "")
    assert main(["topics", "speed"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["skipped"]["topics"] == "no BBC: make bench-model BBC=path"
    assert set(figures["skipped"]) == {"topics", "speed"}


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nosuch"]) == 2
    assert "no section 'nosuch'" in capsys.readouterr().err
