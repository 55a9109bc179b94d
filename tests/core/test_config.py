"""Configuration: unknown keys and wrong values are refused, with what to do about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import config as configuration
from pipeline.errors import ConfigError
from tests.conftest import ROOT


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


@pytest.mark.parametrize(
    "weights", ["0.4", "{ bmj = -1 }", '{ bmj = "much" }', "{ bmj = true }", "{ bmj = inf }"]
)
def test_weights_of_sources_are_numbers_of_at_least_0(project: Path, weights: str) -> None:
    project.write_text(f"[trend]\nweights = {weights}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="weights must be a table of numbers of at least 0"):
        configuration.load(config_file=project)
