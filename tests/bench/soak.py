"""`make soak N=30`: commands killed at random moments, and run on machines that refuse something.

N kills (SIGKILL, SIGTERM, SIGINT as a terminal sends it) over every command. After each the same command is
run again, then `build` and `publish`, and the published figures are compared with those of a run that nobody
disturbed. Then every command on a full and a read-only disk, with few file handles and with little address
space: it is to end with a line, exit code 2 (or as if nothing was the matter), and to go on afterwards.

What is done is kept in `.soak/`, so that a run that is ended is gone on with, and a larger N goes further.
`make soak N=300 FRESH=1` begins anew. Prints two tables and, as its last line, one JSON object. Exit code 1
where anything is a traceback, a crash, hangs, leaves processes behind or changes a figure. A disk is a tmpfs
where this user may mount one, else a limit on the size of files; then no disk is read-only.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline import store
from tests.tools.bitrot import FIGURES

ROOT = Path(__file__).parents[2]
HERE = ROOT / ".soak"
SETTINGS = """[trend]
resamples = 200
[topics]
min_passages = 4
[reference]
passages = ""
"""
SIGNALS = ("KILL", "INT", "KILL", "TERM")
LATE = 5.0
"""Seconds after which a command that was asked to end has not heard; on a machine with much else to do."""
TOO_LONG = 150.0
FULL, READ_ONLY, HANDLES, SPACE = "full disk", "read-only disk", "16 file handles", "700 MB of address space"
CONDITIONS = (FULL, READ_ONLY, HANDLES, SPACE)
ROOM = 200_000
"""Bytes that a full disk has left: enough to begin something, for nothing to be ended."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, after which other commands, and whether once is all: a second run may say so (2)."""

    name: str
    arguments: tuple[str, ...]
    after: tuple[str, ...]
    once: bool = False


BUILT = ("import", "build")
PUBLISHED = (*BUILT, "publish")
DRAWN = (*PUBLISHED, "label draw")
COMMANDS = (
    Command("import", ("import", "{rows}"), ()),
    Command("build", ("build",), ("import",)),
    Command("publish", ("publish",), BUILT),
    Command("report", ("report",), PUBLISHED),
    Command("impact", ("impact",), PUBLISHED),
    Command("reprocess", ("reprocess",), PUBLISHED),
    Command("fit", ("fit", "--refit"), PUBLISHED),
    Command("verify", ("verify", "--repair"), PUBLISHED),
    Command("status", ("status",), PUBLISHED),
    Command("sql", ("sql", "FROM flow"), PUBLISHED),
    Command("evidence", ("evidence", "fragmentation", "--period", "2013"), PUBLISHED),
    Command("label draw", ("label", "draw", "--name", "pilot", "--size", "12"), PUBLISHED, once=True),
    Command(
        "label export",
        ("label", "export", "pilot", "{data}/sheet.csv", "--coder", "ana"),
        DRAWN,
        once=True,
    ),
    Command("label import", ("label", "import", "{sheet}", "--blank-is-no"), DRAWN),
    Command("label report", ("label", "report", "pilot"), DRAWN),
    Command("code import", ("code", "import", "--coder", "model-a", "{codings}"), PUBLISHED),
)
OF_NAME = {command.name: command for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its code (a signal below 0), what it said, seconds, what it left running."""

    code: int
    said: str
    seconds: float
    left: int = 0

    @property
    def flaw(self) -> str:
        """What must not be; "" for nothing."""
        if "Traceback" in self.said:
            return "traceback"
        if self.seconds >= TOO_LONG:
            return "hangs"
        return "leaves processes" if self.left else ""

    @property
    def line(self) -> str:
        """The last line of what it said."""
        return next((line for line in reversed(self.said.splitlines()) if line.strip()), "")[:160]


@dataclass(frozen=True, slots=True)
class Lab:
    """Where the data folders of a run lie, and the files that commands are given."""

    home: Path

    def prepare(self) -> None:
        """The files, and the folder in which nothing was done."""
        from tests.conftest import sample_rows

        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "config.toml").write_text(SETTINGS, encoding="utf-8")
        if not (beside := self.home / "data" / "reference").exists():
            beside.parent.mkdir()
            beside.symlink_to(ROOT / "data" / "reference")
        rows = [
            {
                **row,
                "url": f"{row['url']}-{n}",
                "title": f"{row['title']} {n}",
                "text": f"{row['text']} Note {n}.",
            }
            for n in range(8)
            for row in sample_rows()
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.home / "rows.jsonl").write_text(text, encoding="utf-8")

    def arguments(self, command: Command, data: Path) -> list[str]:
        """The command's words for a data folder."""
        places = {
            "rows": self.home / "rows.jsonl",
            "sheet": self.home / "sheet.csv",
            "codings": self.home / "codings.csv",
            "data": data,
        }
        words = [word.format(**places) for word in command.arguments]
        return [*words, "--data", str(data), "--config", str(self.home / "config.toml")]

    def state(self, names: tuple[str, ...]) -> Path:
        """A data folder in which these commands were run, undisturbed: to copy, never to change."""
        folder = self.home / "states" / ("-".join(names).replace(" ", "_") or "nothing")
        if folder.exists():
            return folder
        draft = folder.with_name(f"{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True) if not names else shutil.copytree(self.state(names[:-1]), draft)
        if names:
            done = self.run(OF_NAME[names[-1]], draft)
            assert done.code == 0, done.said
        if names and names[-1] == "label draw":
            self._sheets(draft)
        draft.rename(folder)
        return folder

    def _sheets(self, data: Path) -> None:
        """A coder's filled sheet, and another program's codings, of the sample that was drawn."""
        made = self.run(OF_NAME["label export"], data)
        assert made.code == 0, made.said
        head, *rows = list(csv.reader((data / "sheet.csv").read_text("utf-8-sig").splitlines()))
        theme = head.index("fragmentation")
        filled = [[*row[:theme], str(n % 2), *row[theme + 1 :]] for n, row in enumerate(rows)]
        with (self.home / "sheet.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *filled])
        (data / "sheet.csv").unlink()

    def codings(self) -> None:
        """Codings of another program for passages of the published file."""
        data = self.state(PUBLISHED)
        with store.open_published(data / "published" / "themeshift.duckdb") as connection:
            found = connection.execute("SELECT passage_id FROM passage ORDER BY 1 LIMIT 20").fetchall()
        rows = [f"{name},fragmentation,{n % 2}" for n, (name,) in enumerate(found)]
        (self.home / "codings.csv").write_text("\n".join(["passage_id,theme,present", *rows]), "utf-8")

    def run(
        self,
        command: Command,
        data: Path,
        kill: tuple[str, float] | None = None,
        within: Callable[[], None] | None = None,
    ) -> Ended:
        """Run a command; `kill` is a signal and the seconds after which it comes."""
        words = [sys.executable, "-m", "pipeline", *self.arguments(command, data)]
        with subprocess.Popen(
            words,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=within,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        ) as process:
            began = time.monotonic()
            if kill:
                name, after = kill
                try:
                    process.wait(after)
                except subprocess.TimeoutExpired:
                    began = time.monotonic()
                    number = getattr(signal, f"SIG{name}")
                    os.killpg(process.pid, number) if name == "INT" else process.send_signal(number)
            try:
                said, _ = process.communicate(timeout=TOO_LONG)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                said, _ = process.communicate()
            seconds = time.monotonic() - began
            left = _left(process.pid)
        return Ended(process.returncode, said.decode("utf-8", "replace"), seconds, left)

    def figures(self, data: Path) -> dict[str, int]:
        """After `build` and `publish`, a hash of each published table, without the times of day in it."""
        for name in ("build", "publish"):
            done = self.run(OF_NAME[name], data)
            assert done.code == 0, done.said
        with store.open_published(data / "published" / "themeshift.duckdb") as connection:
            return {table: _hash(connection, table) for table in FIGURES}


def _hash(connection: store.Connection, table: str) -> int:
    columns = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND data_type NOT LIKE 'TIMESTAMP%'",
        [table],
    ).fetchall()
    names = ", ".join(f'"{name}"' for (name,) in columns)
    return int(store.value(connection, f"SELECT bit_xor(hash({names})) FROM {table}") or 0)


def _left(session: int) -> int:
    """Processes of a session that are still there some seconds after its first has ended."""
    for _ in range(50):
        found = [pid for pid in _sessions() if pid == session]
        if not found:
            return 0
        time.sleep(0.1)
    os.killpg(session, signal.SIGKILL)
    return len(found)


def _sessions() -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if rest[0] != "Z":
            yield int(rest[3])


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one command that was disturbed. `flaw` is "" where all was as it must be."""

    number: str
    command: str
    how: str
    code: int
    flaw: str
    line: str


def kill(lab: Lab, number: int, usual: dict[str, float], right: dict[str, dict[str, int]]) -> Trial:
    """Kill a command, run it again, go on to the published figures and compare them."""
    command = COMMANDS[number % len(COMMANDS)]
    dice = random.Random(number)
    name = SIGNALS[(number + number // len(COMMANDS)) % len(SIGNALS)]
    data = lab.home / "trial"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(lab.state(command.after), data)
    if command.name not in usual:
        _undisturbed(lab, command, usual, right)
    moment = dice.uniform(0.1, usual[command.name])
    ended = lab.run(command, data, (name, moment))
    flaw = ended.flaw
    if name != "KILL" and ended.code not in (0, 130) and ended.code != -getattr(signal, f"SIG{name}"):
        flaw = flaw or f"exit {ended.code} on SIG{name}"
    if name != "KILL" and ended.seconds > LATE:
        flaw = flaw or f"ended {ended.seconds:.1f} s after SIG{name}"
    again = lab.run(command, data)
    if again.code not in ((0, 2) if command.once else (0,)):
        flaw = flaw or f"the next run: exit {again.code}: {again.line}"
    flaw = flaw or (f"the next run {again.flaw}" if again.flaw else "")
    if not flaw:
        try:
            found = lab.figures(data)
            wrong = [table for table, figure in found.items() if figure != right[command.name][table]]
            flaw = f"other figures: {', '.join(wrong)}" if wrong else ""
        except (AssertionError, store.BROKEN) as error:
            flaw = f"no figures: {str(error).splitlines()[-1][:200]}"
    line = again.line if flaw.startswith("the next") else ended.line
    return Trial(f"kill {number}", command.name, f"SIG{name} after {moment:.2f} s", ended.code, flaw, line)


def _undisturbed(
    lab: Lab, command: Command, usual: dict[str, float], right: dict[str, dict[str, int]]
) -> None:
    data = lab.home / "undisturbed"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(lab.state(command.after), data)
    done = lab.run(command, data)
    assert done.code == 0, done.said
    usual[command.name] = done.seconds
    right[command.name] = lab.figures(data)
    shutil.rmtree(data)


def refuse(lab: Lab, command: Command, how: str) -> Trial | None:
    """Run a command on a machine that refuses something, then on one that does not. None: can't be tried."""
    with _machine(lab, command, how) as (data, within, mend):
        if data is None:
            return None
        ended = lab.run(command, data, within=within)
        flaw = ended.flaw
        if ended.code not in (0, 2):
            flaw = flaw or f"exit {ended.code}"
        mend()
        again = lab.run(command, data)
        if again.code not in ((0, 2) if command.once else (0,)) or again.flaw:
            flaw = flaw or f"afterwards: exit {again.code} {again.flaw}: {again.line}"
    return Trial(f"{how}: {command.name}", command.name, how, ended.code, flaw, ended.line)


Machine = tuple[Path | None, Callable[[], None] | None, Callable[[], None]]


@contextmanager
def _machine(lab: Lab, command: Command, how: str) -> Iterator[Machine]:
    start = lab.state(command.after)
    data = lab.home / "machine"
    shutil.rmtree(data, ignore_errors=True)
    mounted = how in (FULL, READ_ONLY) and _mounted(data)
    if how == READ_ONLY and not mounted:
        yield None, None, _nothing
        return
    shutil.copytree(start, data, dirs_exist_ok=True)
    try:
        if mounted and how == FULL:
            filler = data / ".filler"
            _fill(filler)
            yield data, None, filler.unlink
        elif mounted:
            _mount("-o", "remount,ro", str(data))
            yield data, None, lambda: _mount("-o", "remount,rw", str(data))
        else:
            limit = {
                FULL: (resource.RLIMIT_FSIZE, ROOM),
                HANDLES: (resource.RLIMIT_NOFILE, 16),
                SPACE: (resource.RLIMIT_AS, 700 * 1024 * 1024),
            }[how]
            yield data, lambda: resource.setrlimit(limit[0], (limit[1], limit[1])), _nothing
    finally:
        if mounted:
            subprocess.run(["umount", str(data)], check=True)
        shutil.rmtree(data, ignore_errors=True)


def _nothing() -> None:
    """There is nothing to mend."""


def _mounted(data: Path) -> bool:
    data.mkdir(parents=True)
    try:
        _mount("-t", "tmpfs", "-o", "size=300m", "tmpfs", str(data))
    except (OSError, subprocess.CalledProcessError):
        data.rmdir()
        return False
    return True


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(1 << 16)):
                pass
        except OSError:
            stream.truncate(max(0, stream.tell() - ROOM))


def main(count: int, fresh: bool) -> int:
    """Go on with what is not done, and print what became of all."""
    if fresh:
        shutil.rmtree(HERE, ignore_errors=True)
    lab, notes = Lab(HERE), HERE / "trials.jsonl"
    lab.prepare()
    lab.state(DRAWN)
    lab.codings()
    trials = [Trial(**json.loads(line)) for line in notes.open(encoding="utf-8")] if notes.exists() else []
    trials = [trial for trial in trials if not trial.flaw]  # what had a flaw is tried again
    notes.write_text("".join(json.dumps(asdict(trial)) + "\n" for trial in trials), encoding="utf-8")
    done = {trial.number for trial in trials}
    usual: dict[str, float] = {}
    right: dict[str, dict[str, int]] = {}

    def kept(trial: Trial | None) -> None:
        if trial is not None:
            trials.append(trial)
            with notes.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(trial)) + "\n")
            sys.stderr.write(f"{trial.number} ({trial.command}, {trial.how}): {trial.code} {trial.flaw}\n")

    for how in CONDITIONS:
        for command in COMMANDS:
            if f"{how}: {command.name}" not in done:
                kept(refuse(lab, command, how))
    for number in range(count):
        if f"kill {number}" not in done:
            kept(kill(lab, number, usual, right))
    return _told(trials)


def _told(trials: list[Trial]) -> int:
    by_command: dict[str, dict[str, str]] = defaultdict(dict)
    kills: dict[str, Counter[str]] = defaultdict(Counter)
    for trial in trials:
        if trial.number.startswith("kill"):
            kills[trial.command]["kills"] += 1
            kills[trial.command][trial.how.split()[0]] += 1
            kills[trial.command]["flaws"] += bool(trial.flaw)
        else:
            by_command[trial.command][trial.how] = f"{trial.code}{' !' if trial.flaw else ''}"
    out = sys.stdout.write
    out(f"{'exit code':<14}" + "".join(f"{how:>26}" for how in CONDITIONS) + "\n")
    for name, found in by_command.items():
        out(f"{name:<14}" + "".join(f"{found.get(how, 'not tried'):>26}" for how in CONDITIONS) + "\n")
    columns = ("kills", "SIGKILL", "SIGINT", "SIGTERM", "flaws")
    out(f"\n{'':<14}" + "".join(f"{column:>9}" for column in columns) + "\n")
    for name, counts in kills.items():
        out(f"{name:<14}" + "".join(f"{counts[column]:>9}" for column in columns) + "\n")
    flaws = [trial for trial in trials if trial.flaw]
    for trial in flaws:
        out(f"{trial.number} ({trial.command}, {trial.how}): {trial.flaw}: {trial.line}\n")
    total = sum(kills.values(), Counter[str]())
    out(json.dumps({"trials": len(trials), "kills": total["kills"], "flaws": len(flaws)}) + "\n")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30, "fresh" in sys.argv[2:]))
