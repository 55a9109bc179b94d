"""`themeshift doctor`: whether all is well with a data folder and its machine, and what to do where it isn't.

It only looks: nothing is written, mended or waited for.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline import store
from pipeline.archive import Archive
from pipeline.asking import integrity
from pipeline.asking.status import failing
from pipeline.config import Config
from pipeline.durable import loads
from pipeline.errors import InputError, StoreError
from pipeline.operating import machine, schedule, timers
from pipeline.operating.kept import NOTE as BACKUP
from pipeline.operating.machine import ADVICE, FINE, TROUBLE, Finding
from pipeline.records import counted
from pipeline.stages.tally import commit

DAYS = {"schedule": 2, "backup": 8, "verify": 14, "source": 60}
"""After so many days something is stale."""
SKEW = timedelta(hours=1)
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right stands before this."""


@dataclass(slots=True)
class Facts:
    """What the indexes of the archive tell: counts, the last capture, and each source's last run."""

    captures: Counter[str] = field(default_factory=Counter)
    latest: datetime | None = None
    ahead: int = 0
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, now: datetime) -> Facts:
        """Read them; lines that are damaged are none, which `themeshift verify` tells."""
        facts = cls()
        for line in Archive(config.archive).lines():
            if line["type"] == "capture":
                facts.captures[line["source"] or ""] += 1
                when = time_of(line["fetched_at"])
                if when:
                    facts.latest = max(when, facts.latest or when)
                    facts.ahead += when > now + SKEW
            elif line["type"] == "run":
                facts.runs[line["source"]] = line
        return facts


def examine(config: Config, now: datetime | None = None, facts: Facts | None = None) -> list[Finding]:
    """Every finding, area by area. `facts` need not be read again where they are known.

    Raises InputError where there is no data folder.
    """
    if not config.data.is_dir():
        raise InputError(f"{config.data} is not there: nothing to examine. --data names another folder")
    now = now or datetime.now(UTC)
    facts = facts or Facts.of(config, now)
    return [
        *machine.environment(config), *machine.disk(config), *machine.permissions(config),
        *machine.locks(config), *_databases(config, facts), *_clock(config, facts, now),
        *_runs(config, facts, now), *_schedule(config, now), *_backup(config, facts, now),
        *_verify(config, facts, now), *_answers(config),
    ]  # fmt: skip


def code_of(found: list[Finding]) -> int:
    """The exit code: 0 all is fine, 1 there is advice, 2 there is trouble."""
    levels = {finding.level for finding in found}
    return 2 if TROUBLE in levels else int(ADVICE in levels)


def as_text(found: list[Finding], all_of_it: bool = True) -> str:
    """A line for each finding, and what to do below it; only what is not fine, unless all is asked for."""
    lines = []
    for one in found:
        if all_of_it or one.level != FINE:
            lines.append(f"{one.level:<8} {one.area:<12} {one.said}")
            lines += [f"{'':<21} -> {one.todo}"] if one.todo else []
    return "\n".join(lines)


def _databases(config: Config, facts: Facts) -> Iterator[Finding]:
    path = store.published_file(config)
    if store.working_file(config).exists():
        try:
            with store.read_working(config):
                pass
            if store.working_file(config).with_name("working.duckdb.open").exists():
                todo = "run `themeshift build`: it goes on from there"
                yield Finding("working", ADVICE, "a build was killed before its end", todo)
        except StoreError as error:
            yield Finding("working", FINE if "in use" in str(error) else TROUBLE, str(error))
    if not path.exists():
        if facts.captures:
            yield Finding("published", ADVICE, "nothing is published yet", "themeshift build, then publish")
        return
    try:
        with store.open_published(path) as connection:
            about = connection.execute("SELECT version, commit FROM about").fetchone() or ("", "")
            held = int(store.value(connection, "SELECT count(*) FROM capture"))
    except (StoreError, *store.MISSING) as error:
        yield Finding("published", TROUBLE, str(error), "themeshift build, then publish")
        return
    behind = max(facts.captures.total() - held, 0)
    if about != (here := (version("themeshift"), commit())):
        said = f"published by Themeshift {' '.join(about)}; this is {' '.join(here)}"
        yield Finding("published", ADVICE, said, "themeshift build, then publish")
    elif behind:
        said = f"{counted(behind, 'capture')} in the archive are newer"
        yield Finding("published", ADVICE, said, "themeshift build, then publish")
    else:
        yield Finding("published", FINE, f"by this version, {counted(held, 'capture')}")


def _clock(config: Config, facts: Facts, now: datetime) -> Iterator[Finding]:
    here = f"{now:%Y-%m-%d %H:%M} UTC"
    last = f"{facts.latest:%Y-%m-%d %H:%M} UTC" if facts.latest else ""
    if now < WRITTEN:
        yield Finding("clock", TROUBLE, f"it stands at {here}", "set it, and have it kept (NTP)")
    elif facts.ahead:
        said = f"{counted(facts.ahead, 'capture')} from the future, the last of {last}; it is {here}"
        todo = (
            "set the clock, and have it kept (NTP). If it is right it was wrong then, and pages that tell no "
            "date are bounded by a wrong one"
        )
        yield Finding("clock", TROUBLE, said, todo)
    else:
        yield Finding("clock", FINE, f"{here}; the last capture: {last or 'none yet'}")


def _runs(config: Config, facts: Facts, now: datetime) -> Iterator[Finding]:
    bad = [name for name, run in facts.runs.items() if run["outcome"] in ("failed", "suspect")]
    if bad:
        said = f"the last run of {', '.join(sorted(bad))} did not go well"
        yield Finding("sources", ADVICE, said, "themeshift status says why; logs/ has all of it")
    crawled = {
        name: time_of(run["finished_at"]) for name, run in facts.runs.items() if name in config.sources
    }
    times = [when for when in crawled.values() if when]
    left = timedelta(days=DAYS["source"])
    stale = [name for name, when in crawled.items() if when and max(times) - when > left]
    if stale:
        said = f"{', '.join(sorted(stale))} not gathered for {DAYS['source']} days, unlike others"
        yield Finding("sources", ADVICE, said, "themeshift crawl " + " ".join(sorted(stale)))
    elif not bad:
        said = f"{counted(len(facts.runs), 'source')} gathered, the last runs went well"
        yield Finding("sources", FINE, said)


def _schedule(config: Config, now: datetime) -> Iterator[Finding]:
    ours = [timer for timer in timers.timers(now.astimezone()) if timer.is_of(config.data)]
    for timer in ours:
        if timer.program and timer.program.is_absolute() and not timer.program.exists():
            todo = "write it anew: themeshift schedule --write FOLDER"
            yield Finding("schedule", TROUBLE, f"{timer.by} starts {timer.program}, which is gone", todo)
        elif timer.next:
            yield Finding("schedule", FINE, f"next run {timer.next:%Y-%m-%d %H:%M}, by {timer.by}")
        elif timer.by == "systemd":
            todo = "systemctl --user enable --now themeshift.timer"
            yield Finding("schedule", ADVICE, "themeshift.timer is there, and not switched on", todo)
        else:
            yield Finding("schedule", FINE, f"there is a line of {timer.by}")
    last = schedule.last(config)
    if not last:
        if not ours:
            yield Finding("schedule", FINE, "none: `themeshift schedule` shows what one would be")
        return
    ended, code = datetime.fromisoformat(last["ended"]), last.get("code")
    step = next((name for name, one in last.get("steps", {}).items() if one.get("code")), "")
    said = f"last scheduled run ended {ended:%Y-%m-%d %H:%M} UTC, code {code}{f' ({step})' if step else ''}"
    if now - ended > timedelta(days=DAYS["schedule"]):
        todo = "see why it was not started: systemctl --user list-timers, or crontab -l"
        yield Finding("schedule", ADVICE, f"{said}: stale", todo)
    else:
        level = FINE if code == 0 else ADVICE if code in (1, 130) else TROUBLE
        todo = "" if level == FINE else f"run `themeshift {step or 'build'}` and see what it says"
        yield Finding("schedule", level, said, todo)
    if not (config.notify.to or config.notify.webhook):
        todo = "set [notify] in config.toml: docs/monitors.md"
        yield Finding("notify", ADVICE, "nobody is told of a run that fails", todo)
    elif urlsplit(config.notify.webhook).scheme == "http" and os.environ.get("THEMESHIFT_WEBHOOK_TOKEN"):
        todo = "name an https:// address, unless it is on this machine"
        yield Finding("notify", ADVICE, "the webhook's token goes over the network in the clear", todo)


def _backup(config: Config, facts: Facts, now: datetime) -> Iterator[Finding]:
    said = noted(config.working / BACKUP)
    at = time_of(said.get("at"))
    todo = "themeshift backup FOLDER, on another disk"
    if at is None:
        if facts.captures:
            yield Finding("backup", ADVICE, "none is known of", todo)
        return
    where = f"the last of {at:%Y-%m-%d} in {said.get('folder', '?')}"
    if said.get("problems"):
        again = "run `themeshift backup` again and see what it says"
        yield Finding("backup", TROUBLE, f"{where} was not whole", again)
    elif now - at > timedelta(days=DAYS["backup"]):
        yield Finding("backup", ADVICE, f"{where}: {(now - at).days} days ago", todo)
    else:
        yield Finding("backup", FINE, where)


def _verify(config: Config, facts: Facts, now: datetime) -> Iterator[Finding]:
    times = verified(config)
    if not times:
        if facts.captures:
            yield Finding("verify", ADVICE, "nothing was ever verified", "themeshift verify")
        return
    said = f"{counted(len(times), 'part')}, looked at from {min(times):%Y-%m-%d} to {max(times):%Y-%m-%d}"
    late = now - min(times) > timedelta(days=DAYS["verify"])
    yield Finding("verify", ADVICE if late else FINE, said, "themeshift verify" if late else "")


def _answers(config: Config) -> Iterator[Finding]:
    try:
        waiting = failing(config)
    except (StoreError, *store.MISSING):
        return  # told under `published`
    if waiting:
        names = ", ".join(sorted({f"{check['source']}: {check['check']}" for check in waiting})[:5])
        todo = 'themeshift status, then themeshift answer ID --note "what it was"'
        yield Finding("monitors", ADVICE, f"{counted(len(waiting), 'check')} unanswered ({names})", todo)
    else:
        yield Finding("monitors", FINE, "none is unanswered")


def verified(config: Config) -> list[datetime]:
    """When each part was looked at by `themeshift verify`."""
    parts = noted(config.working / integrity.NOTE).get("parts")
    return [when for at in parts.values() if (when := time_of(at))] if isinstance(parts, dict) else []


def noted(file: Path) -> dict[str, Any]:
    """A note that another command left; {} where there is none that can be read."""
    for read in (loads, json.loads):
        read_note: Callable[[bytes], Any] = read
        try:
            said = read_note(file.read_bytes())
        except (OSError, ValueError):
            continue
        return said if isinstance(said, dict) else {}
    return {}


def time_of(text: Any) -> datetime | None:
    """A moment as ISO writes it, with a zone; None for anything else."""
    try:
        when = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
