"""The files for a scheduler are what systemd and cron read, and the run that they start goes in order."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.operating import schedule
from pipeline.progress import Tell
from tests.conftest import ROOT

ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def awkward(config: Config, tmp_path: Path) -> Config:
    """A data folder whose name has a space, a percent sign and a dollar in it."""
    return replace(config, data=tmp_path / "my 100% $data")


def test_the_units_are_what_systemd_takes(awkward: Config, tmp_path: Path) -> None:
    if ANALYZE is None:
        pytest.skip("systemd-analyze is not on this machine")
    for path in schedule.write(tmp_path / "units", schedule.files(awkward, "02:30")):
        if path.suffix == ".cron":
            continue
        done = subprocess.run(
            [ANALYZE, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, [x for x in done.stderr.splitlines() if "themeshift" in x]) == (0, []), path


def test_the_cron_line_starts_the_run_on_this_folder(awkward: Config) -> None:
    *_, line = schedule.files(replace(awkward, file=ROOT / "other.toml"), "02:05")[
        "themeshift.cron"
    ].splitlines()
    times, command = line[: line.index("/")].split(), line[line.index("/") :]
    assert times == ["5", "2", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", command)
    words = shlex.split(command.replace(r"\%", "%"))
    assert words[1:3] == ["schedule", "--run"]
    assert words[words.index("--data") + 1] == str(awkward.data)
    assert words[words.index("--config") + 1] == str(ROOT / "other.toml")


def test_every_setting_is_explained(config: Config) -> None:
    texts = schedule.files(config, "02:30")
    lines = (texts["themeshift.service"] + texts["themeshift.timer"]).splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        if re.match(r"(Exec|OnCalendar|Random|Persistent|Kill|Type|Nice|Wants=)", line):
            assert before.startswith("#"), line


@pytest.mark.parametrize("at", ["24:00", "2:30", "noon", ""])
def test_a_time_that_is_none_is_refused(config: Config, at: str) -> None:
    with pytest.raises(InputError, match="time of day"):
        schedule.files(config, at)


def test_a_command_line_prints_all_three(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "schedule", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^# --- (\S+)$", done.stdout, re.MULTILINE) == [
        "themeshift.service", "themeshift.timer", "themeshift.cron"
    ]  # fmt: skip


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program in Themeshift's place that notes what it is told and ends with the code it is given."""

    def install(**codes: int) -> Path:
        log = tmp_path / "steps"
        cases = "".join(f"{step}) exit {code};; " for step, code in codes.items())
        program = tmp_path / "themeshift"
        program.write_text(
            f'#!/bin/sh\necho "$1" >> {log}\ncase "$1" in {cases}esac\nexit 0\n', encoding="utf-8"
        )
        program.chmod(0o755)
        log.touch()
        monkeypatch.setattr(schedule, "_program", lambda: str(program))
        return log

    return install


@pytest.mark.parametrize(
    ("codes", "code", "begun"),
    [
        ({}, 0, ["crawl", "build", "publish", "report", "verify"]),
        ({"crawl": 1}, 1, ["crawl", "build", "publish", "report", "verify"]),
        ({"verify": 1}, 1, ["crawl", "build", "publish", "report", "verify"]),
        ({"crawl": 2}, 2, ["crawl"]),
        ({"build": 2}, 2, ["crawl", "build"]),
        ({"crawl": 1, "publish": 2}, 2, ["crawl", "build", "publish"]),
    ],
)
def test_steps_go_in_order_and_a_failed_one_is_the_last(
    config: Config, tell: Tell, steps: Callable[..., Path], codes: dict[str, int], code: int, begun: list[str]
) -> None:
    log = steps(**codes)
    assert schedule.run(config, tell) == code
    assert log.read_text(encoding="utf-8").split() == begun


def test_two_scheduled_runs_do_not_overlap(config: Config, tell: Tell, steps: Callable[..., Path]) -> None:
    log = steps()
    path = config.working / "locks" / "schedule.lock"
    path.parent.mkdir(parents=True)
    with FileLock(path), pytest.raises(InputError, match="a scheduled run is under way"):
        schedule.run(config, tell)
    assert log.read_text(encoding="utf-8") == ""
    assert schedule.run(config, tell) == 0
