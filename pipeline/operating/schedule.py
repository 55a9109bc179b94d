"""What a scheduler needs: the files that have one run Themeshift each night, and the run that they start.

docs/scheduling.md explains them. Nothing here installs anything: the files are printed, or written to a
folder that is named.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.config import Config
from pipeline.durable import write_whole
from pipeline.errors import ConfigError, InputError
from pipeline.progress import Tell

STEPS = ("crawl", "build", "publish", "report", "verify")
OWN = {"verify": ["--quick"]}
FAILED = {"crawl": 1, "verify": 1}
"""Codes that are told, and end nothing: a source that could not be gathered, damage that was found."""
STOPPED = 130
NOTE = "scheduled.json"
"""In the working folder: what the last scheduled run came to."""

SERVICE = """\
# Themeshift: one run of everything, started by themeshift.timer.
# For one user: ~/.config/systemd/user/; for the machine: /etc/systemd/system/, with a User= under [Service].

[Unit]
Description=Themeshift: gather, build, publish, report, verify
# Gathering needs the network. Without it the run fails with code 1, and the next one catches up.
Wants=network-online.target
After=network-online.target

[Service]
# The unit is done when the command is; a run that lasts longer than a night is not started twice.
Type=oneshot
WorkingDirectory={root}
# Gathers from all sources, then builds, publishes, reports and verifies a share of all files, under one lock.
# Exit codes: 0 all is well; 1 a source could not be gathered wholly, or a file is damaged, the rest was done;
# 2 bad input, or another run is under way.
ExecStart={command}
# `systemctl stop` interrupts the spiders as Ctrl-C does: they close their runs, and nothing is lost.
KillSignal=SIGINT
TimeoutStopSec=5min
# Others go first: there is all night.
Nice=10
NoNewPrivileges=yes
"""

TIMER = """\
# Themeshift: when themeshift.service is started.
# Switch it on with: systemctl --user daemon-reload && systemctl --user enable --now themeshift.timer
# (without --user for the machine). See what it will do with: systemctl --user list-timers

[Unit]
Description=Themeshift every night

[Timer]
# Every day, local time. Known pages are not asked for again, so a run without news takes minutes.
OnCalendar=*-*-* {at}:00
# Up to half an hour later, so that sites don't meet every installation at once.
RandomizedDelaySec=30min
# Where the machine was off at that time, the run is made up for when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
"""

CRON = """\
# Themeshift: the same for cron, where there is no systemd. Add the last line to what `crontab -e` shows.
# Minute, hour, then every day of every month. cron mails what is printed: --quiet leaves warnings only.
{minute} {hour} * * * {command}
"""


def files(config: Config, at: str) -> dict[str, str]:
    """The service, the timer and the cron line for this checkout and data folder: name -> text.

    Raises InputError where `at` is no time of day, ConfigError where a path can't stand in such a file.
    """
    clock = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", at)
    if clock is None:
        raise InputError(f"--at must be a time of day such as 02:30, not {at!r}")
    command = [_program(), "schedule", "--run", "--quiet", *config.options]
    if any(not part.isprintable() for part in [*command, str(config.root)]):
        raise ConfigError(f"a path with a line break can't be scheduled: {command}")
    service = SERVICE.format(
        root=str(config.root).replace("%", "%%"), command=" ".join(map(_for_systemd, command))
    )
    line = shlex.join(command).replace("%", r"\%")
    return {
        "themeshift.service": service,
        "themeshift.timer": TIMER.format(at=at),
        "themeshift.cron": CRON.format(minute=int(clock[2]), hour=int(clock[1]), command=line),
    }


def write(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write the files into `folder`. Raises InputError where that can't be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} can't be written: {error.strerror}") from error
    return [folder / name for name in texts]


def run(config: Config, tell: Tell, more: Sequence[str] = ()) -> int:
    """Crawl, build, publish, report and verify a share, in order. Returns an exit code.

    0 where all went well; 1 where a source could not be gathered wholly and the rest was done, or where
    something is damaged; what a step
    failed with, and then those after it were not begun. `more` is handed to crawl. Raises InputError where
    another scheduled run is under way.
    """
    lock = _lock(config.working / "locks" / "schedule.lock")
    began, code = datetime.now(UTC), STOPPED
    done: dict[str, dict[str, float]] = {}
    try:
        code = _steps(config, tell, more, done)
        return code
    finally:
        _note(config, began, code, done)
        lock.release()


def _steps(config: Config, tell: Tell, more: Sequence[str], done: dict[str, dict[str, float]]) -> int:
    worst = 0
    for step in STEPS:
        quiet = ["--quiet"] if tell.quiet else []
        own = more if step == "crawl" else OWN.get(step, ())
        start = time.monotonic()
        code, stopped = _step([_program(), step, *config.options, *quiet, *own])
        done[step] = {"code": code, "seconds": round(time.monotonic() - start, 1)}
        tell.log(f"{step} ended with code {code}", step=step, **done[step])
        if stopped:
            return STOPPED
        if code == FAILED.get(step) or (step == "crawl" and not 0 <= code <= 2):
            worst = FAILED[step]  # what was gathered is good: go on with it
        elif code:
            tell.warn(f"{step} ended with code {code}; nothing after it was begun")
            return code
    return worst


def _note(config: Config, began: datetime, code: int, done: dict[str, dict[str, float]]) -> None:
    """What the last scheduled run came to, for `last`."""
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    said = {"began": began.isoformat(timespec="seconds"), "ended": ended, "code": code, "steps": done}
    with suppress(OSError):  # a run is not undone by a note of it
        write_whole(config.working / NOTE, json.dumps(said).encode() + b"\n")


def last(config: Config) -> dict[str, Any]:
    """What the last scheduled run came to: `began`, `ended`, `code`, `steps`; {} where there was none."""
    try:
        said = json.loads((config.working / NOTE).read_bytes())
        return dict(said) if datetime.fromisoformat(said["ended"]).tzinfo else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _step(command: list[str]) -> tuple[int, bool]:
    """Run a step to its end. Returns its exit code, and whether we were asked to stop meanwhile."""
    asked: list[int] = []
    with subprocess.Popen(command) as process:
        # Ctrl-C reaches the step as well, which ends in good order: it is waited for.
        before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
        try:
            return process.wait(), bool(asked)
        finally:
            signal.signal(signal.SIGINT, before)


def _lock(path: Path) -> FileLock:
    lock = FileLock(path, blocking=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        who = path.read_text(encoding="utf-8").strip() or "another process"
        raise InputError(f"a scheduled run is under way ({who}): wait until it has ended") from None
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error
    since = datetime.now(UTC).isoformat(timespec="seconds")
    path.write_text(json.dumps({"pid": os.getpid(), "since": since}) + "\n", encoding="utf-8")
    return lock


def _program() -> str:
    return str(Path(sys.executable).with_name("themeshift"))


def _for_systemd(part: str) -> str:
    """A word of a command line as systemd reads it: quoted, with its specifiers and variables undone."""
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return part if re.fullmatch(r"[\w./=:-]+", part) else f'"{escaped}"'
