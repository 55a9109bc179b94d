"""Crawls for tests: one way to configure, start and look at a crawl over real HTTP on loopback."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit

from pipeline import readers
from pipeline.archive import Archive, index_of
from pipeline.durable import append_lines, read_lines, seal
from pipeline.records import CaptureRef, Document
from spiders.guardian import KEY
from spiders.sampleweb.sites import SOURCES
from tests.support import forked

ROOT = Path(__file__).resolve().parents[2]
CONTACT = "https://example.org/contact"


@dataclass
class Crawl:
    """A finished crawl: its exit code, its report lines by source, where it wrote, and what it said."""

    code: int
    runs: dict[str, dict[str, Any]]
    data: Path
    stderr: str

    @property
    def archive(self) -> Archive:
        return Archive(self.data / "archive")

    def lines(self, kind: str, source: str = "") -> list[dict[str, Any]]:
        """Index lines of one kind, of one source or of all."""
        found = [line for line in self.archive.lines() if line["type"] == kind]
        # Runs of one second stand in the order of their random names: what came first is told by its time.
        own = [line for line in found if source in ("", line["source"])]
        return sorted(own, key=lambda line: str(line.get("fetched_at") or line.get("at") or ""))

    def documents(self, source: str) -> dict[str, Document]:
        """What the readers make of a source's captures, by the capture's address."""
        return {line["url"]: self.read(line) for line in self.lines("capture", source)}

    def read(self, line: dict[str, Any]) -> Document:
        values = {item.name: line[item.name] for item in fields(CaptureRef)}
        values["fetched_at"] = datetime.fromisoformat(line["fetched_at"])
        return readers.read(self.archive.read(CaptureRef(**values)))


def date_back(archive: Archive, days: int) -> None:
    """Everything that an archive's indexes know happened so many days earlier; they are sealed so."""
    for file in archive.files() if days else ():
        lines = list(read_lines(index_of(file)))
        for line in lines:
            for key in {"fetched_at", "at", "started_at", "finished_at"} & line.keys():
                if line[key]:
                    line[key] = (datetime.fromisoformat(line[key]) - timedelta(days=days)).isoformat()
        index_of(file).unlink()
        append_lines(index_of(file), lines)
        seal(file, index_of(file))


def write_settings(folder: Path, more_sources: str = "", crawl: str = "max_megabytes = 1") -> Path:
    """A config.toml in `folder`: the sample web's sources and `more_sources`, and lines under [crawl]."""
    reference = ROOT / "data" / "reference"
    declared = tomlkit.parse((reference / "sources.toml").read_text(encoding="utf-8"))
    for source in set(declared) - set(SOURCES):
        del declared[source]
    (folder / "sources.toml").write_text(tomlkit.dumps(declared) + more_sources, encoding="utf-8")
    names = ("events", "scope", "rights", "codebook")
    others = "".join(f'{name} = "{(reference / name).as_posix()}.toml"\n' for name in names)
    file = folder / "config.toml"
    file.write_text(
        f'[crawl]\ncontact = "{CONTACT}"\n{crawl}\n[reference]\nsources = "sources.toml"\n{others}',
        encoding="utf-8",
    )
    return file


def crawl(settings: Path, data: Path, address: str, *arguments: str, **environment: str) -> Crawl:
    """Crawl in a process of its own, which shares nothing with the test but the folder."""
    data.mkdir(exist_ok=True)
    given = ["--config", settings, "--data", data, "--connect-to", address, *arguments]
    return finished(*forked.run(given, data / "said", {KEY: "", **environment}), data)


def finished(code: int, stdout: str, stderr: str, data: Path) -> Crawl:
    runs = {run["source"]: run for run in map(json.loads, stdout.splitlines())}
    return Crawl(code, runs, data, stderr)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "spiders", *map(str, arguments)]


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
