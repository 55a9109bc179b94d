"""Configuration: unknown keys and wrong values are refused, with what to do about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import codebook
from pipeline import config as configuration
from pipeline.codebook import Matcher, Theme
from pipeline.errors import ConfigError

from .conftest import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's settings to spoil."""
    shutil.copy(ROOT / "config.toml", tmp_path)
    shutil.copytree(ROOT / "data" / "reference", tmp_path / "data" / "reference")
    return tmp_path / "config.toml"


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_an_unknown_key_is_refused_with_the_one_that_was_meant(project: Path) -> None:
    project.write_text("[topics]\nresolutoin = 2.0\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[topics\]: unknown key 'resolutoin'; did you mean 'resolution'"):
        configuration.load(config_file=project)


def test_an_unknown_section_is_refused(project: Path) -> None:
    append(project, "\n[trends]\nresamples = 5\n")
    with pytest.raises(ConfigError, match="unknown key 'trends'; did you mean 'trend'"):
        configuration.load(config_file=project)


def test_a_value_of_the_wrong_type_is_refused(project: Path) -> None:
    project.write_text('[trend]\nresamples = "many"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="resamples must be int, not 'many'"):
        configuration.load(config_file=project)


def test_broken_toml_names_the_line(project: Path) -> None:
    project.write_text("[trend\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        configuration.load(config_file=project)


def test_the_data_folder_comes_from_the_argument_then_the_environment_then_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THEMESHIFT_DATA", str(tmp_path / "env"))
    assert configuration.load(tmp_path / "given").data == tmp_path / "given"
    assert configuration.load().data == tmp_path / "env"
    monkeypatch.delenv("THEMESHIFT_DATA")
    assert configuration.load().data == ROOT / "data"


def test_a_host_leads_to_its_source_with_or_without_www(config: configuration.Config) -> None:
    assert config.source_of("http://bmj.com/content/1") == "bmj"
    assert config.source_of("https://www.kingsfund.org.uk/x") == "kingsfund"
    assert config.source_of("https://notbmj.com/") is None


def test_the_codebook_in_use_has_the_eight_themes(config: configuration.Config) -> None:
    themes = [theme.theme for theme in codebook.load(config.codebook_file).themes]
    assert themes == [
        "fragmentation", "centralisation", "autonomy", "accountability", "clinical-engagement",
        "conflict-of-interest", "integration", "bureaucracy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[theme.x]\ndefinition = ''\nlabel = ''\ninclude = []\nexamples = ['a']\n", "holds no phrase"),
        ("[theme.x]\ndefinition = ''\nlabel = ''\ninclude = ['a']\nexamples = []\n", "holds no sentence"),
        ("[theme.x]\nlabel = ''\ninclude = ['a']\nexamples = ['a']\n", "'definition' is missing"),
        ("[themes.x]\n", "a codebook has"),
    ],
)
def test_a_codebook_that_cannot_code_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "codebook.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        codebook.load(tmp_path / "codebook.toml")


def test_a_phrase_belongs_to_one_theme(tmp_path: Path) -> None:
    themes = "".join(
        f"[theme.{name}]\nlabel = ''\ndefinition = ''\ninclude = ['red tape']\nexamples = ['a']\n"
        for name in "xy"
    )
    (tmp_path / "codebook.toml").write_text(themes, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"'red tape' stands in \[theme.x\] and in \[theme.y\]"):
        codebook.load(tmp_path / "codebook.toml")


FREEDOM = Theme("f", "", "", ("freedom*", "light touch", "king's men"), ("a",), ("freedom of information",))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("New freedoms for all", ["freedoms"]),
        ("A LIGHT-TOUCH regime, a light\n touch", ["LIGHT-TOUCH", "light\n touch"]),
        ("A freedom of information request", []),
        ("freedom of information, and freedom", ["freedom"]),
        ("unfreedom", []),
        ("All the king’s men", ["king’s men"]),
    ],
)
def test_phrases_match_whole_words_in_any_case_and_exclusions_win(text: str, found: list[str]) -> None:
    assert Matcher(FREEDOM)(text) == found


@pytest.mark.parametrize(
    "weights", ["0.4", "{ bmj = -1 }", '{ bmj = "much" }', "{ bmj = true }", "{ bmj = inf }"]
)
def test_weights_of_sources_are_numbers_of_at_least_0(project: Path, weights: str) -> None:
    project.write_text(f"[trend]\nweights = {weights}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="weights must be a table of numbers of at least 0"):
        configuration.load(config_file=project)
