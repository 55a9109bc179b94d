"""Whether a scheduler starts Themeshift on a data folder, when next, and whether what it starts is there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Timer:
    """What starts a scheduled run: by which scheduler, when next (local; None: not), and the command."""

    by: str
    next: datetime | None
    command: tuple[str, ...]

    @property
    def program(self) -> Path | None:
        """The program that it starts."""
        return Path(self.command[0]) if self.command else None

    def is_of(self, data: Path) -> bool:
        """Whether it runs on that data folder."""
        pairs = zip(self.command, self.command[1:], strict=False)
        named = [Path(after) for word, after in pairs if word == "--data"]
        return not named or named[0] == data


def timers(now: datetime) -> list[Timer]:
    """Those that this user's systemd, the machine's and this user's crontab have."""
    return [*_systemd("--user"), *_systemd(), *_cron(now)]


def asked(*command: str) -> str:
    """What a command of the system prints; empty where it is not there, fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _systemd(*scope: str) -> Iterator[Timer]:
    show = ("systemctl", *scope, "show", "--timestamp=unix")
    told = dict(
        line.split("=", 1)
        for line in asked(
            *show, "themeshift.timer", "--property=LoadState,ActiveState,NextElapseUSecRealtime"
        ).splitlines()
        if "=" in line
    )
    if told.get("LoadState") != "loaded":
        return
    service = asked(*show, "themeshift.service", "--property=ExecStart")
    argv = re.search(r"argv\[\]=(.*?) ; ", service)
    when = re.search(r"@(\d+)", told.get("NextElapseUSecRealtime", ""))
    active = told.get("ActiveState") == "active"
    try:
        words = tuple(shlex.split(argv[1])) if argv else ()
    except ValueError:
        words = ()
    following = datetime.fromtimestamp(int(when[1])).astimezone() if when and active else None
    yield Timer("systemd", following, words)


def _cron(now: datetime) -> Iterator[Timer]:
    for line in asked("crontab", "-l").splitlines():
        found = re.fullmatch(r"\s*(\S+\s+\S+\s+\S+\s+\S+\s+\S+|@\w+)\s+(.*\bschedule\b.*--run\b.*)", line)
        if not found or line.lstrip().startswith("#"):
            continue
        try:
            words = tuple(shlex.split(found[2].replace(r"\%", "%")))
        except ValueError:
            words = ()
        yield Timer("cron", _next(found[1].split(), now), words)


def _next(fields: list[str], now: datetime) -> datetime | None:
    """When a line of a crontab comes next, as far as it is one of ours: a minute and an hour of every day."""
    if len(fields) != 5 or fields[2:] != ["*"] * 3 or not (fields[0].isdigit() and fields[1].isdigit()):
        return now + timedelta(days=1) if fields == ["@daily"] else None
    today = now.replace(hour=int(fields[1]) % 24, minute=int(fields[0]) % 60, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
