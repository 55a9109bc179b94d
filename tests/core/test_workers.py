"""What hangs, crashes or eats memory costs itself only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.workers import Limits, Lost, Workers
from tests.conftest import ROOT

LIMITS = Limits(seconds=1.0, megabytes=2000)


def behave(how: str) -> str:
    """Do as told: hang, die, eat, fail, or answer."""
    if how == "hang":
        time.sleep(60)
    elif how == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "eat":
        return str(len(bytearray(4_000_000_000)))
    elif how == "fail":
        raise ValueError("as told")
    return how.upper()


@pytest.mark.slow
def test_results_come_in_the_order_of_the_items() -> None:
    with Workers(2, LIMITS) as workers:
        found = list(workers.map(behave, map(str, range(500))))
    assert found == [(str(n), str(n)) for n in range(500)]


@pytest.mark.slow
@pytest.mark.parametrize(("how", "reason"), [("hang", "too-slow"), ("die", "crashed")])
def test_an_item_that_ends_its_process_is_lost_alone(how: str, reason: str) -> None:
    with Workers(1, LIMITS) as workers:
        found = dict(workers.map(behave, ["before", how, "after"]))
    lost = found.pop(how)
    assert isinstance(lost, Lost)
    assert lost.reason == reason
    assert found == {"before": "BEFORE", "after": "AFTER"}


def test_memory_beyond_the_limit_is_refused() -> None:
    with Workers(1, LIMITS) as workers, pytest.raises(MemoryError):
        list(workers.map(behave, ["eat"]))


def test_what_the_function_raises_is_raised_and_the_pool_ends() -> None:
    with pytest.raises(ValueError, match="as told"), Workers(1, LIMITS) as workers:
        list(workers.map(behave, ["fail", *["hang"] * 20]))


def test_an_interrupted_pool_does_not_finish_what_it_began() -> None:
    began = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt), Workers(1, Limits(60, 2000)) as workers:
        for item, _ in workers.map(behave, ["one", *["hang"] * 40]):
            assert item == "one"
            raise KeyboardInterrupt
    assert time.monotonic() - began < 20


ELSEWHERE = """
from pipeline.workers import Limits, Workers
if __name__ == '__main__':
    with Workers(1, Limits(20, 2000), ("pipeline.records",)) as workers:
        print(*(result for _, result in workers.map(len, ["four"])))
"""


def test_a_folder_of_that_name_where_one_works_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text("raise RuntimeError('not ours')")
    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "elsewhere" / "script.py"
    script.write_text(ELSEWHERE)
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "4\n"


READING = """
from pipeline.workers import *; from tests.core.test_workers import behave
if __name__ == '__main__':
    with Workers(2, Limits(2, 2000)) as workers:
        for item, _ in workers.map(behave, ['ready', *['hang'] * 80]): print(item, flush=True)
"""
FITTING = """
import time; from pipeline import workers
if __name__ == '__main__':
    for item in workers.spread(workers.WORTH_PROCESSES, str, ['ready', 'done']): print(item, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("script", [READING, FITTING])
def test_a_killed_parent_leaves_no_process_behind(script: str, tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(script)
    with subprocess.Popen(
        [sys.executable, tmp_path / "parent.py"], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        assert len(_of_session(parent.pid)) > 2
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 20
        while (left := _of_session(parent.pid)) and time.monotonic() < deadline:
            time.sleep(0.1)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def _of_session(session: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_limit_on_handles_or_space_is_told_before_libraries_fail_in_the_middle() -> None:
    """Some of them end the process without a word where memory ends."""
    code = (
        "import resource; from pipeline import workers; from pipeline.errors import refusal, StoreError\n"
        "def within(what, most, work):\n"
        "    resource.setrlimit(what, (most, most))\n"
        "    try: work()\n"
        "    except (OSError, StoreError) as error: print(refusal(error) or error)\n"
        "within(resource.RLIMIT_NOFILE, 30, workers._fork_server)\n"
        "within(resource.RLIMIT_AS, 700 * 1024 * 1024, workers.check_space)\n"
        "workers._confine(900); print(resource.getrlimit(resource.RLIMIT_AS)[0] // 1024 // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    handles, space, confined = done.stdout.splitlines()
    assert handles.startswith("too many files are open")
    assert space.startswith("a limit of 700 MB of address space")
    assert confined == "700"
