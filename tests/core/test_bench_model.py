"""What `make bench-model` measures by, computed by hand, and its sections, skipped by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench.model import __main__ as bench
from tests.bench.model.__main__ import main, plain, sections
from tests.bench.model.quality import Coherence, diversity


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


class Fake:
    """A section that gives what it is told to."""

    def __init__(self, name: str, gives: Callable[[], dict[str, Any]], *needs: str) -> None:
        self.NAME, self.NEEDS, self.gives = name, needs, gives

    def run(self, paths: Mapping[str, Path]) -> dict[str, Any]:
        """Nothing is measured."""
        return self.gives()


def fails() -> dict[str, Any]:
    raise ValueError("no topics")


def stops() -> dict[str, Any]:
    raise KeyboardInterrupt


def run_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *fakes: Fake
) -> tuple[int, dict[str, Any]]:
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.setattr(bench, "sections", lambda: {fake.NAME: fake for fake in fakes})
    code = main([])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_all_sections_run_after_one_another_and_end_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, figures = run_all(
        monkeypatch,
        capsys,
        Fake("first", lambda: {"share": np.float64(0.5), "never": float("nan")}),
        Fake("second", fails),
        Fake("third", dict, "NOWHERE"),
        Fake("fourth", lambda: {"counts": np.arange(2), "by year": {2011: (1, 2)}}),
    )
    assert code == 1
    assert figures["first"] | {"took": 0} == {"share": 0.5, "never": None, "took": 0}
    assert figures["failed"] == {"second": "ValueError: no topics"}
    assert list(figures["skipped"]) == ["third"]
    assert figures["fourth"] | {"took": 0} == {"counts": [0, 1], "by year": {"2011": [1, 2]}, "took": 0}


def test_an_interrupted_run_tells_what_it_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes = Fake("first", lambda: {"share": 0.5}), Fake("second", stops), Fake("third", dict)
    code, figures = run_all(monkeypatch, capsys, *fakes)
    assert (code, figures["first"]["share"], figures["failed"]) == (130, 0.5, {"all": "interrupted"})
    assert "third" not in figures


def test_what_is_no_number_is_null() -> None:
    assert plain([float("inf"), 1, "a", True, None, np.bool_(False)]) == [None, 1, "a", True, None, False]
