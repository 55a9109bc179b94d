"""`make bitrot N=2000`: one bit is flipped in one file of a small data folder, again and again.

After each flip `verify` looks at what the file belongs to. Of every twenty flips one is also built and
published upon, from the archive on (a flip of the working database: as it lies), and the published figures
are compared with those of the undisturbed folder. Prints a table by kind of file and, as its last line, one
JSON object. Exit code 1 where a flip was not found, or figures changed without a word. Flip n hits the same
kind of file in every run.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline import config as configuration
from pipeline import durable, flow, store
from pipeline.archive import importing
from pipeline.archive.wholeness import Flaw
from pipeline.asking.parts import caches, parts
from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.labelling import codes, codings, samples
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.task import codes_of, task
from pipeline.operating import failed_checks
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish

EVERY = 20
"""So many flips for one that is built upon."""
KINDS = ("archive", "index", "seals", "codes", "caches", "models", "working", "published")
FIGURES = ("document", "passage", "passage_theme", "passage_topic", "topic", "theme_trend", "topic_trend",
           "trend_change", "human_code", "imported_code", "validation", "correction")  # fmt: skip


def make(folder: Path) -> Config:
    """A small corpus with all that a data folder may hold: published, coded by people and by a program."""
    from tests.conftest import by_rule, quick, sample_rows

    config = by_rule(quick(configuration.load(folder / "data")))
    config = replace(config, topics=replace(config.topics, min_passages=4))
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in sample_rows()), encoding="utf-8")
    importing.import_paths([rows], config, Tell(quiet=True))
    _build(config)
    sample = new_sample(config, Wish(size=14, themes=("fragmentation",), name="pilot"))
    samples.keep(config.archive, sample)
    for coder in ("ana", "ben"):
        todo = task(config, "pilot", coder)
        for item in todo.items:
            said: dict[str, bool | None] = {"fragmentation": "fragmented" in item.text}
            codes.append(config.archive, "pilot", codes_of(todo, item, said, f"as {coder} sees it", "page"))
    given = folder / "given.csv"
    lines = [f"{drawn.passage_id},fragmentation,{n % 2}" for n, drawn in enumerate(sample.passages)]
    given.write_text("\n".join(["passage_id,theme,present", *lines]), encoding="utf-8")
    codings.take_in(config, "model-a", given)
    check = {
        "id": "1f",
        "source": "bmj",
        "check": "bytes",
        "run_id": "run-1",
        "at": "2015-01-01T00:00:00+00:00",
    }
    failed_checks.answer(config.archive, check, "They moved house.", accept=False, by="ana")
    _build(config)
    return config


def files(config: Config) -> dict[str, list[Path]]:
    """The files that a flip may hit, by kind."""
    archive = config.archive
    return {
        "archive": sorted(archive.glob("*.warc.gz")),
        "index": sorted(archive.glob("*.warc.gz.jsonl")),
        "seals": sorted(config.data.rglob("*.sha256")),
        "codes": [*sorted(archive.glob("*/*/*.jsonl")), archive / "answers.jsonl"],
        "caches": caches(config),
        "models": sorted(path for path in config.models.rglob("*") if path.is_file()),
        "working": [store.working_file(config)],
        "published": sorted(config.published.glob("themeshift.*")),
    }


@contextmanager
def flipped(file: Path, dice: random.Random) -> Iterator[int]:
    """One bit of a file is another, and at the end as it was. Gives its place."""
    mode, size = file.stat().st_mode, file.stat().st_size
    place, bit = dice.randrange(size), 1 << dice.randrange(8)
    file.chmod(0o644)

    def flip() -> None:
        with file.open("rb+") as stream:
            stream.seek(place)
            was = stream.read(1)[0]
            stream.seek(place)
            stream.write(bytes([was ^ bit]))
        durable._digest_once.cache_clear()  # a process that verifies has just begun

    flip()
    try:
        yield place
    finally:
        flip()
        file.chmod(mode)


def look(config: Config, file: Path) -> list[Flaw]:
    """What verify finds of the part that a file belongs to."""
    name = file.relative_to(config.data)
    own = str(name).removesuffix(".sha256").removesuffix(".jsonl") if "warc" in name.name else str(name)
    own = own.removesuffix(".sha256").replace(".manifest.json", ".duckdb")
    found = [part for part in parts(config) if part.name == own or own.startswith(f"{part.name}/")]
    assert len(found) == 1, (file, [part.name for part in found])
    return found[0].look()


def figures(config: Config) -> dict[str, int]:
    """A hash of each published table that figures stand in."""
    with store.open_published(store.published_file(config)) as connection:
        return {
            table: int(store.value(connection, f"SELECT bit_xor(hash(t)) FROM {table} AS t") or 0)
            for table in FIGURES
        }


def silently_wrong(config: Config, kind: str, right: dict[str, int]) -> str:
    """What became of the figures of a copy of a data folder that has a flip: right, told, or WRONG."""
    with tempfile.TemporaryDirectory() as folder:
        copy = replace(config, data=Path(folder) / "data")
        shutil.copytree(config.data, copy.data)
        if kind == "published":
            return _read(copy, right)
        if kind != "working":
            store.working_file(copy).unlink()
        tell = Tell(quiet=True)
        try:
            with _unheard():
                _build(copy, tell)
            found = figures(copy)
        except (PipelineError, store.BROKEN):
            return "told"
        return "right" if found == right else "told" if tell.warnings else "WRONG"


def _read(config: Config, right: dict[str, int]) -> str:
    try:
        return "right" if figures(config) == right else "WRONG"
    except (PipelineError, store.BROKEN):
        return "told"


@contextmanager
def _unheard() -> Iterator[None]:
    """Warnings are kept, not printed."""
    before, Tell.warn = Tell.warn, lambda self, text: self.warnings.append(text)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tell.warn = before  # type: ignore[method-assign]


def _build(config: Config, tell: Tell | None = None) -> None:
    list(flow.build(config, tell or Tell(quiet=True)))
    publish(config, tell or Tell(quiet=True))


def run(config: Config, count: int, every: int = EVERY) -> tuple[dict[str, Counter[str]], list[str]]:
    """Flip `count` bits. Returns what became of them by kind, and what must not be."""
    right, by_file, defects = figures(config), files(config), []
    found = {kind: Counter[str]() for kind in KINDS}
    for number in range(count):
        dice = random.Random(number)
        kind = KINDS[number % len(KINDS)]
        file = dice.choice(by_file[kind])
        with flipped(file, dice) as place:
            hit = bool(look(config, file))
            built = number // len(KINDS) % every == every - 1
            after = silently_wrong(config, kind, right) if built else ""
        found[kind]["flips"] += 1
        found[kind]["found"] += hit
        if after:
            found[kind]["built"] += 1
            found[kind][after] += 1
        if not hit or after == "WRONG":
            defects.append(
                f"flip {number}: {file.relative_to(config.data)}, byte {place}: {after or 'not found'}"
            )
        if number % 200 == 199:
            sys.stderr.write(f"{number + 1:,} flips\n")
    return found, defects


def main(count: int) -> int:
    """Print what became of `count` flips."""
    with tempfile.TemporaryDirectory() as folder:
        config = make(Path(folder))
        assert silently_wrong(config, "archive", figures(config)) == "right", (
            "an undisturbed build gives others"
        )
        found, defects = run(config, count)
    row = "{:<10} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n"
    columns = ("flips", "found", "built", "right", "told", "WRONG")
    sys.stdout.write(row.format("file", *columns))
    for kind, told in found.items():
        sys.stdout.write(row.format(kind, *(f"{told[column]:,}" for column in columns)))
    for defect in defects[:20]:
        sys.stdout.write(f"{defect}\n")
    total = sum(found.values(), Counter[str]())
    sys.stdout.write(json.dumps({"kinds": found, **total, "defects": len(defects)}) + "\n")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
