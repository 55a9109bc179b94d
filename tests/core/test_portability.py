"""Linux and macOS: nothing that one of them lacks is taken for granted. Windows is told at once."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline import durable, workers
from pipeline.operating import machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("door", ["pipeline.cli", "pipeline.config", "spiders.__main__"])
def test_windows_is_told_at_once_what_is_needed(door: str) -> None:
    program = f"import platform; platform.system = lambda: 'Windows'; import {door}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "install WSL" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_on_macos_a_file_is_on_the_disk_and_not_in_the_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "fsync", lambda handle: asked.append(("fsync", handle)))
    monkeypatch.setattr(fcntl, "fcntl", lambda handle, what: asked.append(("full", what)))
    durable.to_disk(3)
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    durable.to_disk(3)
    assert asked == [("fsync", 3), ("full", 51)]

    def knows_none(handle: int, what: int) -> None:
        raise OSError("a disk that knows no such thing")

    monkeypatch.setattr(fcntl, "fcntl", knows_none)
    durable.to_disk(3)
    assert asked[2:] == [("fsync", 3)]


def test_a_process_is_known_to_run_without_proc() -> None:
    assert durable.is_running(os.getpid())
    assert durable.is_running(1)  # of another user, mostly
    assert not durable.is_running(999_999_999)
    assert not durable.is_running(10**30)


def test_a_system_that_takes_no_limit_lets_readers_work_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(what: int, limits: tuple[int, int]) -> None:
        asked.append(what)
        if what == workers.resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(workers.resource, "setrlimit", refuse)
    workers._confine(100)
    assert asked == [workers.resource.RLIMIT_AS, workers.resource.RLIMIT_CORE]
    assert workers.unenforced() == [] or sys.platform != "linux"
    monkeypatch.setattr(workers.platform, "system", lambda: "Darwin")
    assert "not enforced on this system" in workers.unenforced()[0]


def test_the_kind_of_a_disk_is_known_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(self: Path, **_: str) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", nothing)
    said = "/dev/disk3s1 on / (apfs, local)\n//a@b/c on /Volumes/my data (smbfs, nodev)\n"
    monkeypatch.setattr(machine.timers, "asked", lambda *command: said)
    assert machine._file_system(Path("/opt/themeshift")) == "apfs"
    assert machine._file_system(Path("/Volumes/my data/themeshift")) == "smbfs"


def test_proc_is_read_in_one_place_that_can_do_without() -> None:
    files = [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "spiders").rglob("*.py")]
    users = [path.name for path in files if re.search(r"[\"'/]/?proc/", path.read_text(encoding="utf-8"))]
    assert users == ["machine.py"]


def test_the_pythons_that_are_named_are_those_that_ci_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    named = [one.removeprefix(prefix) for one in project["classifiers"] if one.startswith(prefix)]
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    tried = re.search(r"python: \[(.*?)\]", workflow)
    assert tried
    assert [f'"3.{minor}"' for minor in named] == tried[1].split(", ")
    assert (project["requires-python"], machine.TRIED[0]) == (">=3.11", (3, 11))
    assert machine.TRIED[1] == (3, int(named[-1]))
