"""The files for a scheduler are what systemd and cron read, and the run that they start goes in order."""

from __future__ import annotations

import json
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

from pipeline import config as configuration
from pipeline import progress
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.operating import schedule
from pipeline.progress import Tell
from spiders.sampleweb import SampleWeb
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


@pytest.mark.slow
def test_a_good_night_prints_nothing_and_a_bad_one_says_what_was_bad(
    settings: Path, web: SampleWeb, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = configuration.load(tmp_path / "data", settings)
    crawl = ("--connect-to", web.address, "kar")
    schedule.run(config, Tell(quiet=True), crawl)
    capfd.readouterr()  # the first one may have something to say of a corpus this small
    assert schedule.run(config, Tell(quiet=True), crawl) == 0
    assert capfd.readouterr() == ("", "")
    last = schedule.last(config)
    assert (last["code"], list(last["steps"])) == (0, list(schedule.STEPS))
    assert schedule.run(config, Tell(quiet=True), ("--connect-to", "127.0.0.1:9", "kar")) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert "warning: kar 0 kept" in err
    assert schedule.last(config)["steps"]["crawl"]["code"] == 1


@pytest.mark.slow
def test_a_log_in_json_is_objects_alone_whoever_writes_it(
    settings: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(progress.FORMAT, "json")
    config = configuration.load(tmp_path / "data", settings)
    schedule.run(config, Tell(command="schedule"), ("--connect-to", "127.0.0.1:9", "kar"))
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {"at", "level", "command", "message"} <= set.intersection(*(set(line) for line in said))
    assert {line["command"] for line in said} >= {"crawl", "build", "schedule"}
    assert [line["step"] for line in said if "step" in line] == list(schedule.STEPS)
    (log,) = (config.data / "logs").glob("crawl-*.log")
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {"info", "error"} <= {line["level"] for line in lines}


def test_a_run_that_never_was_or_whose_note_is_damaged_is_none(config: Config) -> None:
    assert schedule.last(config) == {}
    config.working.mkdir(parents=True)
    for damaged in (b"", b"[]", b'{"ended": "yesterday"}', b'{"ended": 3}', b"\xff"):
        (config.working / schedule.NOTE).write_bytes(damaged)
        assert schedule.last(config) == {}
