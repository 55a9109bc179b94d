"""`themeshift doctor` and its figures: each fault of a machine or a data folder is told, with what to do."""

from __future__ import annotations

import json
import os
import re
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from pipeline import store, workers
from pipeline.archive import Archive, Run
from pipeline.asking import doctor, integrity, metrics
from pipeline.asking.doctor import BACKUP, as_text, code_of, examine
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.durable import append_lines, dumps
from pipeline.errors import ConfigError, InputError
from pipeline.operating import machine, schedule
from pipeline.operating.machine import ADVICE, FINE, TROUBLE, Finding
from pipeline.settings import Notify

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """No scheduler but those that a test puts there, and the packages as they are locked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(machine, "_unlike", lambda lock: [])

    def install(**programs: str) -> None:
        for name in ("systemctl", "crontab"):
            program = folder / name
            program.write_text(f"#!/bin/sh\n{programs.get(name, 'exit 1')}\n", encoding="utf-8")
            program.chmod(0o755)

    install()
    return install


def of(found: list[Finding], area: str) -> list[Finding]:
    return [one for one in found if one.area == area]


def level_of(config: Config, area: str, now: datetime | None = None) -> str:
    return max((one.level for one in of(examine(config, now), area)), key=[FINE, ADVICE, TROUBLE].index)


def verified(config: Config, days: float = 0) -> None:
    at = (NOW - timedelta(days=days)).isoformat()
    (config.working / integrity.NOTE).write_bytes(dumps({"parts": {"archive/a": at}, "sound": {}}) + b"\n")


def backed_up(config: Config, days: float = 0, problems: int = 0) -> None:
    said = {"at": (NOW - timedelta(days=days)).isoformat(), "folder": "/backup", "problems": problems}
    (config.working / BACKUP).write_text(json.dumps(said), encoding="utf-8")


def ran(config: Config, days: float = 0, code: int = 0, step: str = "build") -> None:
    ended = (NOW - timedelta(days=days)).isoformat()
    said = {"began": ended, "ended": ended, "code": code, "steps": {step: {"code": code, "seconds": 3.0}}}
    (config.working / schedule.NOTE).write_text(json.dumps(said), encoding="utf-8")


def test_where_all_is_well_it_says_so_with_code_0(built: Config) -> None:
    verified(built)
    backed_up(built)
    found = examine(built)
    assert [one for one in found if one.level != FINE] == []
    assert code_of(found) == 0
    areas = [
        "environment", "disk", "permissions", "locks", "published", "clock", "sources", "schedule", "backup",
        "verify", "monitors",
    ]  # fmt: skip
    assert list(dict.fromkeys(one.area for one in found)) == areas
    assert as_text(found, all_of_it=False) == ""


def test_a_command_gives_it_to_people_and_programs(built: Config) -> None:
    done = CliRunner().invoke(cli, ["doctor", "--data", str(built.data), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["code"]) == (1, 1)
    done = CliRunner().invoke(cli, ["doctor", "--data", str(built.data), "--quiet"])
    assert {line.split()[1] for line in done.stdout.splitlines() if not line.startswith(" ")} == {
        "backup",
        "verify",
    }
    done = CliRunner().invoke(cli, ["doctor", "--data", str(built.data / "nowhere")])
    assert isinstance(done.exception, InputError)


def test_advice_is_1_and_trouble_is_2() -> None:
    fine, advice, trouble = (Finding("x", level, "said") for level in (FINE, ADVICE, TROUBLE))
    assert [code_of(found) for found in ([], [fine], [fine, advice], [advice, trouble])] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("free", "level"), [(10**12, FINE), (machine.LEAST_FREE + 1, FINE), (machine.LEAST_FREE - 1, TROUBLE)]
)
def test_a_disk_that_is_nearly_full_is_trouble(
    built: Config, free: int, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage(0, 0, free))
    assert level_of(built, "disk") == level


def test_growth_tells_when_the_disk_is_full(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    grown = built.archive / "a.warc.gz"
    with grown.open("wb") as stream:
        stream.truncate(600_000_000)
    for days, file in ((60, next(built.archive.glob("import*.gz"))), (1, grown)):
        os.utime(file, ((NOW - timedelta(days=days)).timestamp(),) * 2)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage(0, 0, 1_000_000_000))
    (said,) = machine.disk(built)
    assert said.level == ADVICE
    assert re.search(r"grew by 30\d\.\d MB a month of late: full in 3 months", said.said)


def test_a_folder_on_a_network_is_advised_against(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_file_system", lambda folder: "nfs4")
    assert level_of(built, "disk") == ADVICE


def test_what_anybody_may_change_is_told(built: Config) -> None:
    assert level_of(built, "permissions") == FINE
    built.archive.chmod(0o777)
    assert level_of(built, "permissions") == ADVICE


def test_what_may_not_be_written_is_trouble(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != built.working)
    (said,) = of(examine(built), "permissions")
    assert (said.level, str(built.working) in said.said) == (TROUBLE, True)


def test_who_holds_a_lock_is_told(built: Config) -> None:
    path = built.working / "locks" / "crawl-bmj.lock"
    path.parent.mkdir(exist_ok=True)
    with FileLock(path):
        path.write_text('{"pid": 77, "host": "here", "since": "2026-01-01"}', encoding="utf-8")
        assert [one.said for one in of(examine(built), "locks")] == [
            "crawl-bmj is held by process 77 since 2026-01-01"
        ]
    assert [one.said for one in of(examine(built), "locks")] == ["none is held"]


def test_a_capture_from_the_future_is_a_clock_that_was_wrong(built: Config) -> None:
    last = doctor.Facts.of(built, NOW).latest
    assert last is not None
    assert level_of(built, "clock") == FINE
    assert level_of(built, "clock", last - timedelta(days=1)) == TROUBLE
    assert level_of(built, "clock", datetime(1970, 1, 1, tzinfo=UTC)) == TROUBLE


@pytest.mark.parametrize(("days", "problems", "level"), [(0, 0, FINE), (9, 0, ADVICE), (0, 2, TROUBLE)])
def test_a_backup_that_is_old_or_not_whole_is_told(
    built: Config, days: int, problems: int, level: str
) -> None:
    assert level_of(built, "backup") == ADVICE
    backed_up(built, days, problems)
    assert level_of(built, "backup") == level


@pytest.mark.parametrize(
    "damaged", [b"", b"[1]", b'{"at": 3}', b'{"parts": 3}', b"\xff\xfe", b'{"parts": {"a": 1}}']
)
def test_a_note_that_is_damaged_counts_as_none(built: Config, damaged: bytes) -> None:
    for note in (BACKUP, integrity.NOTE, schedule.NOTE):
        (built.working / note).write_bytes(damaged)
    assert (level_of(built, "backup"), level_of(built, "verify"), level_of(built, "schedule")) == (
        ADVICE,
        ADVICE,
        FINE,
    )
    assert "themeshift_backup" not in metrics.text(built)


def test_what_was_not_verified_for_long_is_told(built: Config) -> None:
    verified(built, 15)
    assert level_of(built, "verify") == ADVICE


@pytest.mark.parametrize(
    ("days", "code", "level"), [(0.5, 0, FINE), (0.5, 1, ADVICE), (0.5, 2, TROUBLE), (3, 0, ADVICE)]
)
def test_a_schedule_that_is_stale_or_fails_is_told(built: Config, days: float, code: int, level: str) -> None:
    ran(built, days, code)
    assert level_of(built, "schedule") == level
    assert level_of(built, "notify") == ADVICE
    assert of(examine(replace(built, notify=Notify(to=("a@example.org",)))), "notify") == []


SYSTEMCTL = """
case "$*" in
*--user*timer*) echo LoadState=loaded; echo ActiveState={active}; echo NextElapseUSecRealtime=@{next} ;;
*--user*service*) echo "ExecStart={{ path=x ; argv[]={program} schedule --run --data {data} ; x=y }}" ;;
*) echo LoadState=not-found ;;
esac
"""


def test_the_next_run_is_told_whoever_starts_it(
    built: Config, alone: Callable[..., None], tmp_path: Path
) -> None:
    given = {"active": "active", "next": 4_000_000_000, "program": "/bin/sh", "data": built.data}
    alone(systemctl=SYSTEMCTL.format(**given))
    (said,) = of(examine(built), "schedule")
    assert (said.level, "next run 2096-10-02" in said.said, "systemd" in said.said) == (FINE, True, True)
    alone(systemctl=SYSTEMCTL.format(**given | {"active": "inactive"}))
    assert of(examine(built), "schedule")[0].todo == "systemctl --user enable --now themeshift.timer"
    alone(systemctl=SYSTEMCTL.format(**given | {"program": tmp_path / "gone"}))
    assert "is gone" in of(examine(built), "schedule")[0].said
    alone(systemctl=SYSTEMCTL.format(**given | {"data": "/another"}))
    assert "none: `themeshift schedule`" in of(examine(built), "schedule")[0].said
    line = schedule.files(built, "02:30")["themeshift.cron"].splitlines()[-1]
    alone(crontab=f"cat <<'X'\n# m h\n{line}\nX")
    (said,) = of(examine(built), "schedule")
    assert re.search(r"next run \d{4}-\d\d-\d\d 02:30, by cron", said.said)


def test_a_source_whose_run_failed_is_named(built: Config) -> None:
    run = Run("run-20260101-abcdef12", "bmj", NOW)
    Archive(built.archive).writer(run).close("failed")
    found = of(examine(built), "sources")
    assert [(one.level, "bmj" in one.said) for one in found] == [(ADVICE, True)]


def test_what_another_version_published_is_told(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "commit", lambda: "another")
    assert level_of(built, "published") == ADVICE
    store.published_file(built).unlink()
    store.published_file(built).write_bytes(b"no database")
    assert level_of(built, "published") == TROUBLE


def test_a_build_that_was_killed_is_told(built: Config) -> None:
    store.working_file(built).with_name("working.duckdb.open").touch()
    assert level_of(built, "working") == ADVICE


def test_packages_unlike_the_lock_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    lock = tmp_path / "requirements.lock"
    lock.write_text("click==0.1 \\\n    --hash=x\nnobody-has-this==1\n", encoding="utf-8")
    assert [one.split()[0] for one in machine._unlike(lock)] == ["click"]


def test_what_a_system_does_not_enforce_is_said_there(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.platform, "system", lambda: "Darwin")
    assert any("megabytes is not enforced" in one.said for one in of(examine(built), "environment"))


# The figures

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
LINE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)")
KIND = re.compile(rf"# TYPE ({NAME}) (counter|gauge)")
HELP = re.compile(rf"# HELP ({NAME}) [^\n]+")


def parsed(text: str) -> dict[tuple[str, str], float]:
    """The samples of a text, which must be as the format has it: HELP, TYPE, then samples, each name once."""
    assert text.endswith("\n")
    found: dict[tuple[str, str], float] = {}
    names, current = set(), ""
    for line in text.splitlines():
        if said := HELP.fullmatch(line):
            assert said[1] not in names
            names.add(current := said[1])
        elif kind := KIND.fullmatch(line):
            assert kind[1] == current
            assert (kind[2] == "counter") == current.endswith("_total")
        else:
            sample = LINE.fullmatch(line)
            assert sample, line
            assert sample[1] == current
            key = (sample[1], sample[2] or "")
            assert key not in found
            found[key] = float(sample[3])
    return found


def test_figures_are_what_prometheus_reads(built: Config) -> None:
    verified(built)
    backed_up(built, problems=1)
    ran(built, code=1)
    append_lines(built.archive / "x.warc.gz.jsonl", [])
    found = parsed(metrics.text(built))
    assert found["themeshift_published_documents", ""] == 16
    assert sum(n for (name, _), n in found.items() if name == "themeshift_captures_total") == 16
    assert found["themeshift_backup_problems", ""] == 1
    assert found["themeshift_scheduled_step_exit_code", 'step="build"'] == 1
    assert found["themeshift_findings", 'level="trouble"'] == 1
    assert abs(found["themeshift_verified_timestamp_seconds", ""] - NOW.timestamp()) < 1


def test_what_is_not_known_is_left_out(config: Config) -> None:
    config.archive.mkdir(parents=True)
    found = {name for name, _ in parsed(metrics.text(config))}
    assert "themeshift_disk_free_bytes" in found
    assert not [name for name in found if "published" in name or "backup" in name or "scheduled" in name]


@pytest.mark.parametrize("awkward", ['a "b"', "a\\b", "a\nb", "é", 'x\\"\n'])
def test_labels_are_escaped(awkward: str) -> None:
    line = f"a{metrics._labels({'b': awkward})} 1"
    assert LINE.fullmatch(line), line


def test_the_file_is_written_whole_and_for_others_to_read(built: Config, tmp_path: Path) -> None:
    file = tmp_path / "themeshift.prom"
    named = replace(built, notify=Notify(metrics=str(file)))
    assert metrics.write(built) is None
    assert metrics.write(named) == file
    assert file.stat().st_mode & 0o777 == 0o644
    assert parsed(file.read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name] == []
    for wrong, said in (("figures.txt", "end in .prom"), ("nowhere/a.prom", "can't be written")):
        with pytest.raises(ConfigError, match=said):
            metrics.write(replace(built, notify=Notify(metrics=str(tmp_path / wrong))))
