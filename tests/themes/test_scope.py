"""The scope rule: what a document must be to count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipeline.archive import importing
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.progress import Tell
from pipeline.themes import scope as rule
from tests.conftest import ROOT, build_all, sample_rows
from tests.stages.test_build import ask

SCOPE = rule.load(ROOT / "data" / "reference" / "scope.toml")
IN = date(2014, 1, 1)


@pytest.mark.parametrize(
    ("published", "words", "title", "text", "verdict"),
    [
        (IN, 900, "CCGs in trouble", "", (True, "names the subject in its title")),
        (IN, 900, "", "A CCG. Another CCG.", (True, "names the subject in its text")),
        (IN, 900, "", "One CCG in passing.", (False, "names the subject only in passing")),
        (IN, 100, "", "One CCG in a short text.", (True, "names the subject in its text")),
        (IN, 900, "", "Nothing of the kind.", (False, "never names the subject")),
        (None, 900, "CCGs, undated", "", (True, "names the subject in its title")),
        (date(2009, 1, 1), 900, "CCGs", "", (False, "published before July 2010")),
        (date(2025, 1, 1), 900, "CCGs", "", (False, "published after December 2023")),
        (IN, 900, "", "GP consortia, practice-based commissioning", (True, "names the subject in its text")),
        (IN, 100, "", "A research consortium of hospitals", (False, "never names the subject")),
    ],
)
def test_a_document_counts_when_it_names_the_subject_in_its_time(
    published: date | None, words: int, title: str, text: str, verdict: tuple[bool, str]
) -> None:
    matcher = SCOPE.matcher()
    found = SCOPE.judge(published, words, matcher(title), matcher(text))
    assert (found.in_scope, found.reason) == verdict


@pytest.mark.slow
def test_what_is_out_of_scope_is_kept_with_its_reason_and_counts_in_no_trend(
    config: Config, tell: Tell, write_rows: Callable[..., Path]
) -> None:
    out = {
        **sample_rows()[0],
        "url": "https://www.bmj.com/content/1/bmj.z1",
        "text": "Gout is painful. " * 100,
    }
    importing.import_paths([write_rows([*sample_rows(), out])], config, tell)
    build_all(config)
    assert ask(config, "SELECT scope_reason FROM document WHERE NOT in_scope") == [
        ("never names the subject",)
    ]
    assert ask(config, "SELECT reason, documents FROM flow WHERE step = 'not in trends'") == [
        ("out of scope: never names the subject", 1)
    ]
    assert ask(config, "SELECT count(DISTINCT document_id) FROM passage") == [(16,)]


@pytest.mark.slow
def test_what_a_person_imported_under_a_source_of_their_own_is_in_scope(
    config: Config, tell: Tell, write_rows: Callable[..., Path]
) -> None:
    importing.import_paths([write_rows([{"text": "Gout is painful. " * 100}])], config, tell, source="mine")
    build_all(config)
    assert ask(config, "SELECT in_scope, scope_reason FROM document") == [(True, "imported by choice")]


def test_a_changed_rule_needs_no_new_crawl(
    built: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = tmp_path / "scope.toml"
    narrow.write_text(
        'version = "x"\nfrom = 2013-01-01\nto = 2013-12-31\ninclude = ["ccg*"]\n', encoding="utf-8"
    )
    monkeypatch.setattr(Config, "scope_file", property(lambda self: narrow))
    done = build_all(built)
    assert (done["read"], done["scope"]) == (0, 16)
    assert ask(built, "SELECT count(*) FROM document WHERE in_scope") == [(4,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('version = "1"\nfrom = 2014-01-01\nto = 2013-01-01\ninclude = ["a"]\n', "is later than"),
        ('version = "1"\nfrom = 2013-01-01\nto = 2014-01-01\ninclude = []\n', "holds no phrase"),
        ('version = "1"\nfrom = 2013-01-01\nto = 2014-01-01\nincluded = ["a"]\n', "did you mean 'include'"),
    ],
)
def test_a_rule_that_cannot_judge_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "scope.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        rule.load(tmp_path / "scope.toml")
