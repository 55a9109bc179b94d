"""How a command ends that can't go on: asked to stop, refused by the disk, short of memory."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import store
from pipeline.config import Config
from pipeline.errors import REFUSALS, StoreError, is_short, refusal
from tests.conftest import ROOT
from tests.support import shared

ENDLESS = "SELECT count(*) FROM range(300000000) a, range(50) b WHERE hash(a.range + b.range) % 7 = 1"


def themeshift(
    *arguments: str | Path, within: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=within)


@pytest.fixture
def data(opened: Config, tmp_path: Path) -> Path:
    """A data folder that is built and published, the test's own."""
    return shared.copy(opened, tmp_path / "data").data


def files_in(folder: Path) -> dict[Path, int]:
    """File -> its size."""
    return {file: file.stat().st_size for file in folder.rglob("*") if file.is_file()}


def largest(size: int) -> Callable[[], None]:
    """A disk with room for files of so many bytes, as far as a process can tell."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_asked_to_stop_ends_at_once_with_a_line(data: Path, number: int) -> None:
    command = [sys.executable, "-m", "pipeline", "sql", "--data", str(data), ENDLESS]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, bufsize=1) as process:
        time.sleep(2)
        asked = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
        took = time.monotonic() - asked
    assert process.returncode == 130
    assert said == "interrupted; run the same command again to go on from here\n"
    assert took < 5


def test_work_in_c_that_hears_of_nothing_is_ended_from_beside() -> None:
    """A call into a library may neither return nor let Python run its handlers: here one of hashlib's."""
    code = (
        "import hashlib; from pipeline.cli import ending; "
        "ending.run(lambda: hashlib.pbkdf2_hmac('sha256', b'a', b'b', 200_000_000))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said.splitlines()[-1][:11]) == (130, "interrupted")


@pytest.mark.slow
@pytest.mark.parametrize(("command", "room"), [("publish", 600_000), ("report", 20_000), ("impact", 600_000)])
def test_a_disk_that_fills_up_is_told_and_what_was_published_stays(
    data: Path, command: str, room: int
) -> None:
    before = files_in(data / "published")
    done = themeshift(command, "--data", data, within=largest(room))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert REFUSALS[errno.EFBIG] in done.stderr
    assert files_in(data / "published") == before
    assert not list((data / "working").glob("impact.*"))


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_what_a_machine_refuses_is_told_alike_by_python_and_by_libraries(code: int) -> None:
    told = refusal(OSError(code, os.strerror(code), "/some/file"))
    assert told == f"/some/file: {REFUSALS[code]}"
    by_library = store.BROKEN(f'IO Error: Could not write file "/some/file": {os.strerror(code)}')
    assert refusal(by_library) == REFUSALS[code]


def test_memory_that_runs_out_is_told_too() -> None:
    assert "memory" in refusal(MemoryError())
    assert "memory" in refusal(RuntimeError("std::bad_alloc"))
    assert refusal(KeyError("x")) == refusal(OSError(errno.ENOENT, "No such file", "x")) == ""


@pytest.mark.parametrize("code", [errno.ENOMEM, errno.EMFILE, errno.ENOSPC])
def test_a_shortage_of_the_machine_is_no_damage_of_a_file(code: int) -> None:
    by_library = store.BROKEN(f"IO Error: {os.strerror(code)}")
    told = StoreError("working.duckdb can't be used")
    told.__cause__ = by_library
    assert all(map(is_short, (OSError(code, os.strerror(code), "x"), by_library, told)))
    damage = (OSError(errno.EIO, "Input/output error", "x"), ValueError("damaged"), StoreError("damaged"))
    assert not any(map(is_short, damage))


@pytest.mark.slow
def test_verify_that_runs_out_of_memory_says_so_and_calls_nothing_damaged(data: Path) -> None:
    limit = 700 * 1024 * 1024

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    done = themeshift("verify", "--repair", "--data", data, within=little)
    assert done.returncode in (0, 2), done.stdout
    assert "damaged" not in done.stdout
