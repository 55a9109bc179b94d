"""Configuration: unknown keys and wrong values are refused, with what to do about it."""

from __future__ import annotations

import math
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config as configuration
from pipeline.cli.common import cli
from pipeline.config import ORDERED
from pipeline.errors import ConfigError, Range
from pipeline.settings import Source
from pipeline.themes.scope import Scope
from tests.conftest import ROOT
from tests.tools import settings_table


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
    with pytest.raises(ConfigError, match=r"\[trend\] weights must be a (table of numbers|number from 0 to)"):
        configuration.load(config_file=project)


# --- ranges ----------------------------------------------------------------------------------------------

Key = tuple[str, type, str, Any]
"""A heading of docs/settings.md, its class, a key, and the type of one value of it."""
NUMBERS = {int: int, float: float, tuple[int, ...]: int, Mapping[str, float]: float}


def keys() -> list[Key]:
    """Every key of every section, of sources and of the scope rule, that is a number or holds some."""
    return [
        (heading, kind, name, hint)
        for heading, kind in settings_table.sections().items()
        for name, hint in get_type_hints(kind, include_extras=True).items()
        if (get_args(hint)[0] if get_origin(hint) is Annotated else hint) in NUMBERS
    ]


def bounds(hint: Any) -> Range:
    (found,) = get_args(hint)[1:]
    assert isinstance(found, Range)
    return found


def written(hint: Any, value: float) -> str:
    """The value as TOML has it, alone, in a list or in a table."""
    plain = repr(value) if isinstance(value, int) or math.isfinite(value) else str(value)
    if get_args(hint)[0] == tuple[int, ...]:
        return f"[{plain}]"
    return f"{{ bmj = {plain} }}" if get_args(hint)[0] == Mapping[str, float] else plain


def table_of(kind: type, name: str, hint: Any, value: float) -> dict[str, Any]:
    """A table of a section with that key, and whatever it can't do without."""
    needed: dict[type, dict[str, Any]] = {
        Source: {"source": "a", "name": "A", "kind": "news", "homepage": "https://a.example/", "hosts": []},
        Scope: {"version": "1", "from_": date(2013, 1, 1), "to": date(2022, 1, 1), "include": ["a"]},
    }
    return {**needed.get(kind, {}), **tomllib.loads(f"{name} = {written(hint, value)}")}


def test_every_number_has_a_range() -> None:
    assert len(keys()) > 70
    assert [name for _, _, name, hint in keys() if get_origin(hint) is not Annotated] == []


@pytest.mark.parametrize("key", keys(), ids=lambda key: f"{key[0]} {key[2]}")
def test_the_ends_of_a_range_are_as_it_says(key: Key) -> None:
    _, kind, name, hint = key
    limits = bounds(hint)
    step = 1 if NUMBERS[get_args(hint)[0]] is int else 0.001
    for end, side, inwards in ((limits.least, "least", step), (limits.most, "most", -step)):
        is_out = limits.out in (side, "both")
        inside = end + inwards if is_out else end
        ordered = {one for pair in ORDERED.get(kind, ()) for one in pair}
        alike = dict.fromkeys(ordered, inside) if name in ordered else {}  # none is above another
        configuration.make(kind, {**alike, **table_of(kind, name, hint, inside)}, "here")
        with pytest.raises(ConfigError, match=re.escape(f"here {name} must be ")) as refused:
            configuration.make(kind, table_of(kind, name, hint, end if is_out else end - inwards), "here")
        assert str(limits) in str(refused.value)


@st.composite
def out_of_range(draw: st.DrawFn) -> tuple[Key, float]:
    """A key of config.toml and a value that it may not have: too small, too large, or no number."""
    key = draw(st.sampled_from([key for key in keys() if key[0].startswith("`[")]))
    limits, whole = bounds(key[3]), NUMBERS[get_args(key[3])[0]] is int
    if whole:
        return key, draw(
            st.integers(-(2**62), int(limits.least) - 1) | st.integers(int(limits.most) + 1, 2**62)
        )
    return key, draw(
        st.floats(max_value=limits.least, exclude_max=True)
        | st.floats(min_value=limits.most, exclude_min=True)
        | st.sampled_from([math.nan, math.inf, -math.inf])
    )


@given(spoilt=out_of_range())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_out_of_its_range_is_refused_at_once_with_file_key_value_and_range(
    spoilt: tuple[Key, float], project: Path
) -> None:
    (heading, _, name, hint), value = spoilt
    section = heading.strip("`")
    project.write_text(f"{section}\n{name} = {written(hint, value)}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        configuration.load(config_file=project)
    assert str(refused.value).startswith(f"{project} {section} {name} must be ")
    assert str(refused.value).endswith(f"{bounds(hint)}, not {value!r}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[passages]\ntarget_words = 500\nmax_words = 100\n",
            "target_words must be at most max_words (100), not 500",
        ),
        ("[passages]\ntarget_words = 500\n", "target_words must be at most max_words (220), not 500"),
        ("[duplicates]\nlong = 30\n", "days must be at most long (30), not 31"),
        ("[shifts]\nwindow = 4\n", "periods must be at most window (4), not 6"),
        ('[trend]\nwords = "week"\n', "words must be one of month, quarter, year, not 'week'"),
        ('[trend]\naccess = ["all"]\n', "access must be one of full, excerpt, abstract"),
        ("[trend]\nfloor = true\n", "floor must be int, not True"),
        ("[trend]\nfloor = 5.0\n", "floor must be int, not 5.0"),
        ("[monitors.bmj]\nfew = 2\n", "[monitors.bmj] few must be a number from 0 to 1, not 2"),
    ],
)
def test_keys_that_contradict_one_another_and_words_that_mean_nothing_are_refused(
    project: Path, text: str, said: str
) -> None:
    project.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        configuration.load(config_file=project)


def test_a_sources_numbers_have_ranges_too(project: Path) -> None:
    append(project.parent / "data/reference/sources.toml", "\n[late]\nname = 'L'\nkind = 'news'\n"
           "homepage = 'https://l.example/'\nhosts = ['l.example']\ndelay = -1\n")  # fmt: skip
    with pytest.raises(
        ConfigError, match=r"sources\.toml \[late\] delay must be a number from 0 to 86,400, not -1"
    ):
        configuration.load(config_file=project)


def test_every_command_reads_the_settings_before_it_does_anything() -> None:
    found = dict(leaves(cli, ()))
    assert len(found) > 25
    assert [name for name, names in found.items() if not {"config_file", "data"} <= names] == []


def leaves(group: click.Group, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], set[str | None]]]:
    """Each command, with the names of its parameters."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*above, name))
        else:
            yield (*above, name), {parameter.name for parameter in command.params}


def test_the_page_of_settings_is_todays() -> None:
    assert settings_table.PAGE.read_text(encoding="utf-8") == settings_table.page(), "make docs"


# --- settings elsewhere ----------------------------------------------------------------------------------


def test_settings_elsewhere_say_where_the_reference_files_are_to_come_from(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[read]\nmin_words = 1\n", encoding="utf-8")
    there = re.escape(
        f"copy it, and what lies beside it, from {ROOT / 'data' / 'reference'}, or name another one"
    )
    with pytest.raises(ConfigError, match=rf"sources\.toml is missing: {there} under \[reference\]"):
        configuration.load(config_file=tmp_path / "config.toml")
    shutil.copytree(ROOT / "data" / "reference", tmp_path / "data" / "reference")
    assert configuration.load(config_file=tmp_path / "config.toml").read.min_words == 1


def test_a_data_folder_remembers_the_settings_that_it_was_made_by(project: Path, tmp_path: Path) -> None:
    data = tmp_path / "somewhere" / "my data"
    assert configuration.load(data).file == ROOT / "config.toml"
    configuration.remember(configuration.load(data, project))
    assert configuration.load(data).file == project
    assert configuration.load(data).options == ["--data", str(data), "--config", str(project)]
    configuration.remember(configuration.load(data, ROOT / "config.toml"))  # named: it counts from now on
    assert configuration.load(data).file == ROOT / "config.toml"


def test_settings_beside_their_data_move_with_it_and_what_is_gone_is_told(
    project: Path, tmp_path: Path
) -> None:
    home = project.parent
    configuration.remember(configuration.load(home / "data", project))
    moved = home.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    assert configuration.load(moved / "data").file == moved / "config.toml"
    (moved / "config.toml").unlink()
    with pytest.raises(ConfigError, match=r"was made by .*config\.toml, which is gone: name other settings"):
        configuration.load(moved / "data")
    assert configuration.load(moved / "data", ROOT / "config.toml").file == ROOT / "config.toml"


@pytest.mark.parametrize("target", ["crawl", "build", "reprocess", "publish", "report", "sql", "schedule"])
def test_make_takes_a_data_folder_with_a_blank_in_its_name(target: str) -> None:
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target, "DATA=/some/my data", "SQL=FROM flow"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    words = shlex.split(told.stdout.splitlines()[-1])
    assert words[words.index("--data") + 1] == "/some/my data"
