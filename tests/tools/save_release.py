"""python -m tests.tools.save_release: a very small data folder of this version, for its successors to open.

Written to tests/releases/VERSION.tar.xz when a version is released; tests/stages/test_releases.py opens each
of them with the code as it stands. All of it is invented. `--code FOLDER` has another checkout make it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "tests" / "releases"
LARGEST = 200_000
SAMPLE, CODER = "first", "ana"

CONFIG = """\
[crawl]
contact = "https://example.org/contact"
[topics]
min_passages = 3
[trend]
resamples = 20
[reference]
codebook = "codebook.toml"
sources = "sources.toml"
events = "events.toml"
scope = "scope.toml"
rights = "rights.toml"
"""
CODEBOOK = """\
version = "1"
[theme.boats]
label = "Boats"
definition = "Boats of the invented ferry are praised or blamed."
include = ["boat*", "ferry"]
[theme.fares]
label = "Fares"
definition = "What a crossing costs."
include = ["fare*", "ticket*"]
"""
SOURCES = """\
[gazette]
name = "The Invented Gazette"
kind = "news"
homepage = "https://gazette.example.org/"
hosts = ["gazette.example.org"]
rights = "Invented."
"""
EVENTS = """\
[[event]]
date = 2015-01-01
title = "The second boat"
kind = "law"
reference = "Invented."
"""
SCOPE = """\
version = "1"
from = 2010-01-01
to = 2030-12-31
mentions = 1
short = 400
include = ["island*"]
exclude = []
"""
SENTENCES = (
    "The island council heard that the ferry ran late again, and that the boat needs a new engine.",
    "Islanders said that fares rose by {n} pence and that a ticket for a family costs too much.",
    "The harbour of the island was dredged in spring, and nobody spoke of the crossing or of money.",
)
WORDS = (
    "gull rope tide anchor lamp storm baker school clinic letter garden winter signal meadow barrel lantern "
    "sparrow cellar orchard bridge market chapel ribbon saddle kettle thimble wagon pebble"
)


def main(arguments: list[str] | None = None) -> int:
    """Make it, and say where it lies. Exit code 1 where it came out too large to keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code", type=Path, default=ROOT, help="the checkout that makes it")
    parser.add_argument("--to", type=Path, default=RELEASES, help="the folder to write it to")
    options = parser.parse_args(arguments)
    made = save(options.code, options.to)
    sys.stdout.write(f"{made}: {made.stat().st_size:,} bytes\n")
    return int(made.stat().st_size > LARGEST)


def save(code: Path, to: Path) -> Path:
    """Let the checkout `code` make a data folder, and pack it into `to`, under its version."""
    version = tomllib.loads((code / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / version
        folder.mkdir()
        make(code, folder)
        to.mkdir(parents=True, exist_ok=True)
        target = to / f"{version}.tar.xz"
        with tarfile.open(target, "w:xz", preset=9) as archive:
            archive.add(folder, arcname=version, filter=_plain)
    return target


def make(code: Path, folder: Path) -> None:
    """Settings and a data folder: imported, coded by a person, built and published."""
    rights = (ROOT / "data" / "reference" / "rights.toml").read_text(encoding="utf-8")
    files = {
        "config": CONFIG, "codebook": CODEBOOK, "sources": SOURCES, "events": EVENTS, "scope": SCOPE,
        "rights": rights,
    }  # fmt: skip
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    rows = folder.parent / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in documents()), encoding="utf-8")
    sheet = folder.parent / "sheet.csv"

    def run(*given: str | Path) -> None:
        command = [sys.executable, "-m", "pipeline", *map(str, given)]
        place = ["--data", str(folder / "data"), "--config", str(folder / "config.toml")]
        environment = {**os.environ, "PYTHONPATH": str(code)}
        subprocess.run([*command, *place], cwd=code, env=environment, check=True, stdout=subprocess.DEVNULL)

    run("import", rows)
    run("build")
    run("publish")
    run("label", "draw", "--name", SAMPLE, "--size", "4", "--seed", "1")
    run("label", "export", SAMPLE, sheet, "--coder", CODER)
    _fill_in(sheet)
    run("label", "import", sheet)
    run("build")
    run("publish")


def documents() -> list[dict[str, str]]:
    """The rows that are imported: eighteen invented articles over three years, no two of them alike."""
    return [
        {
            "url": f"https://gazette.example.org/news/{year}/{n}",
            "title": f"Crossing {year} {n}",
            "published": f"{year}-0{n + 1}-01",
            "text": f"{SENTENCES[n % 3].format(n=year - 2000)} {_words(1000 * year + n)} {SENTENCES[n % 3]}",
        }
        for year in (2014, 2015, 2016)
        for n in range(6)
    ]


def _words(seed: int) -> str:
    chosen = random.Random(seed).sample(WORDS.split(), 12)
    return f"They also wrote of {', '.join(chosen[:-1])} and {chosen[-1]}."


def _fill_in(sheet: Path) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    text, note = header.index("text"), header.index("note")
    for row in rows:
        for at in range(text + 1, note):
            row[at] = "yes" if header[at].rstrip("s") in row[text] else "no"
    with sheet.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def _plain(file: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Nobody's name, and nothing that another machine has no use for."""
    if "/data/logs" in file.name or file.name.endswith(".lock"):
        return None
    file.uid = file.gid = 0
    file.uname = file.gname = ""
    return file


if __name__ == "__main__":
    sys.exit(main())
