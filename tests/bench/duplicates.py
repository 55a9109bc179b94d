"""`make bench-duplicates`: what is grouped that is one publication, what is that isn't, and what it costs.

Generated texts share no words but set phrases, so that any pair among them is false; copies of five kinds
are made of some. Every text has the metadata that speaks most for a copy: another body, the same day. The
invented sample's own pairs are gathered from the sample web. `CORPUS=file` adds a file of texts, one a line
(the first column of a .tsv): what is grouped among them is listed, to be judged by eye.

Prints a table and, as its last line, one JSON object with the figures.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, combinations
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.records import short_id

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
UNRELATED, WORDS = 10_000, 600
DAY = date(2014, 3, 4)
PHRASES = (
    "To ask the Secretary of State for Health what steps his Department is taking to reduce waiting times",
    "The views expressed in this article are those of its author and not of the body for which she works",
    "For further information or to arrange an interview please contact the press office on the number below",
)
COLUMNS = ("document_id", "source", "url", "title", "published", "published_precision", "genre", "access",
           "text", "text_hash", "word_count", "capture_id", "text_capture_id")  # fmt: skip
Row = tuple[Any, ...]
Pairs = set[frozenset[str]]


def main(arguments: Sequence[str]) -> int:
    """Measure, and print. Returns an exit code: 1 where a false pair was grouped."""
    many = int(arguments[0]) if arguments else 100_000
    corpus = Path(arguments[1]) if len(arguments) > 1 and arguments[1] else None
    figures: dict[str, Any] = {"unrelated": unrelated()}
    if (SAMPLE / "pairs.toml").exists():
        figures["planted"] = planted()
    if corpus:
        figures["corpus"] = own_texts(corpus)
    if many:
        figures["cost"] = cost(many)
    for name, found in figures.items():
        line = "  ".join(f"{key} {value}" for key, value in found.items() if not isinstance(value, list))
        sys.stdout.write(f"{name:<10} {line}\n")
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(figures["unrelated"]["false"] > 0)


def unrelated(number: int = UNRELATED) -> dict[str, Any]:
    """Unrelated texts, and copies of a twentieth of them."""
    random_ = random.Random(7)
    texts = list(generated(number, random_))
    rows = [row(f"u{n}", text) for n, text in enumerate(texts)]
    expected: dict[str, Pairs] = {}
    for n in range(0, number, 20):
        kind, copy, access = edited(texts[n], n // 20, random_)
        rows.append(row(f"c{n}", copy, access=access))
        expected.setdefault(kind, set()).add(frozenset((f"u{n}", f"c{n}")))
    members, seconds = compared(rows)
    found = pairs_of(members)
    wanted: Pairs = set().union(*expected.values())
    recalls = {kind: round(len(pairs & found) / len(pairs), 4) for kind, pairs in sorted(expected.items())}
    return {
        "texts": len(rows),
        "pairs": len(wanted),
        "found": len(found & wanted),
        "false": len(found - wanted),
        "seconds": seconds,
        **recalls,
    }


def planted() -> dict[str, Any]:
    """The sample's pairs, gathered from the sample web, read and compared."""
    groups = tomllib.loads((SAMPLE / "pairs.toml").read_text(encoding="utf-8"))["group"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "spiders.sampleweb.demo", "--data", folder]
        subprocess.run(command, check=True, capture_output=True)
        with store.open_working(configuration.load(folder)) as connection:
            rows = connection.execute(
                "SELECT DISTINCT c.url, coalesce(d.duplicate_of, d.document_id) FROM reading AS r "
                "JOIN capture AS c USING (capture_id) "
                "JOIN document AS d ON d.document_id = substr(sha256(r.url), 1, 16)"
            ).fetchall()
            rows += connection.execute(
                "SELECT url, coalesce(duplicate_of, document_id) FROM document"
            ).fetchall()
            grouped = connection.execute("SELECT document_id, leader_id FROM document_group").fetchall()
            url_of = dict(connection.execute("SELECT document_id, url FROM document").fetchall())
    leader = dict(rows)
    together, missed, false = 0, [], []
    known: set[str] = set()
    for planted_group in groups:
        urls = [address(name) for name in planted_group["documents"]] + planted_group.get("addresses", [])
        known |= set(urls) if planted_group["kind"] != "apart" else set()
        # An address that became no document was recognised before: by its form, or where it leads to.
        leaders = {leader[url] for url in urls if url in leader}
        if planted_group["kind"] == "apart":
            false += [urls] if len(leaders) < len(urls) else []
        elif len(leaders) == 1:
            together += 1
        else:
            missed.append(urls)
    unplanted = [[url_of[a], url_of[b]] for a, b in grouped if a != b and not {url_of[a], url_of[b]} <= known]
    one = sum(group["kind"] != "apart" for group in groups)
    return {
        "groups": one,
        "found": together,
        "apart": len(groups) - one,
        "joined though apart": len(false),
        "missed": missed,
        "false": false,
        "not planted": unplanted,
    }


def address(name: str) -> str:
    """The address of a sample document."""
    text = (SAMPLE / "documents" / f"{name}.md").read_text(encoding="utf-8")
    return str(tomllib.loads(text.split("+++", 2)[1])["url"])


def own_texts(path: Path) -> dict[str, Any]:
    """What is grouped among the texts of a file, listed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[0] for line in lines if line.strip()]
    members, seconds = compared([row(f"t{n}", text) for n, text in enumerate(texts)])
    for name, leader, kind, evidence in members:
        text = texts[int(name[1:])]
        sys.stdout.write("" if name != leader else "\n")
        sys.stdout.write(f"{kind:<10} {len(text.split()):>4} words  {text[:90]}  {evidence or ''}\n")
    kinds = Counter(kind for _, _, kind, _ in members)
    return {"texts": len(texts), "groups": kinds.pop("leader", 0), "seconds": seconds, **kinds}


def cost(number: int) -> dict[str, Any]:
    """Seconds and memory for texts of 600 words; again after a hundred more."""
    random_ = random.Random(11)
    rows = [row(f"n{n}", text) for n, text in enumerate(generated(number + 100, random_))]
    with tempfile.TemporaryDirectory() as folder:
        config = configuration.load(folder)
        with store.open_working(config) as connection:
            fill(connection, rows[:number])
            before = peak()
            first = step(connection, config)
            fill(connection, rows[number:])
            return {
                "texts": number,
                "seconds": first,
                "again with 100 more": step(connection, config),
                "nothing new": step(connection, config),
                "peak_mb": peak(),
                "of which before": before,
                "database_mb": round(store.working_file(config).stat().st_size / 1e6),
            }


def generated(number: int, random_: random.Random) -> Iterator[str]:
    """Texts of words drawn as in writing (a few are common, most are rare), each with a set phrase."""
    letters = [a + b for a in "bcdfghklmnprstvw" for b in "aeiou"]
    words = sorted({"".join(random_.choices(letters, k=random_.randint(1, 4))) for _ in range(30_000)})
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for n in range(number):
        drawn = random_.choices(words, cum_weights=weights, k=WORDS - 20)
        yield f"{PHRASES[n % len(PHRASES)]}. " + " ".join(drawn)


def edited(text: str, n: int, random_: random.Random) -> tuple[str, str, str]:
    """(kind, a copy of the text, its access)."""
    words = text.split()
    kind = ("same", "edited", "shortened", "excerpt", "framed")[n % 5]
    if kind == "edited":  # one word in forty is another
        words = [word if random_.random() > 1 / 40 else word[::-1] + "a" for word in words]
    elif kind == "shortened":  # every fourth paragraph is gone
        words = [word for at, word in enumerate(words) if at // 60 % 4 != 3]
    elif kind == "excerpt":
        words = words[:120]
    elif kind == "framed":  # between paragraphs of somebody's own
        own = [word[::-1] + "o" for word in random_.sample(words, 240)]
        words = own[:120] + words[60:500] + own[120:]
    return kind, " ".join(words), "excerpt" if kind == "excerpt" else "full"


def row(name: str, text: str, access: str = "full") -> Row:
    """A document of a body of its own."""
    return (name, name, f"https://{name}.example.org/a", "", DAY, "day", "page", access, text,
            short_id(text), len(text.split()), name, name)  # fmt: skip


def compared(rows: list[Row]) -> tuple[list[Row], float]:
    """The members of groups (document, leader, kind, evidence), a leader before its copies; seconds."""
    with tempfile.TemporaryDirectory() as folder:
        config = configuration.load(folder)
        with store.open_working(config) as connection:
            fill(connection, rows)
            seconds = step(connection, config)
            members = connection.execute(
                "SELECT document_id, leader_id, kind, evidence FROM document_group "
                "ORDER BY leader_id, document_id <> leader_id, document_id"
            ).fetchall()
    return members, seconds


def pairs_of(members: list[Row]) -> Pairs:
    """All pairs of documents of one group."""
    groups: dict[str, list[str]] = {}
    for name, leader, *_ in members:
        groups.setdefault(leader, []).append(name)
    return {frozenset(pair) for names in groups.values() for pair in combinations(names, 2)}


def fill(connection: store.Connection, rows: list[Row]) -> None:
    """Documents, as if they had been read; the stage sees that they changed."""
    frame = pd.DataFrame(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)), dtype=object)
    store.insert_frame(connection, "document", frame)
    connection.execute(
        "INSERT OR REPLACE INTO stage_run SELECT 'document', count(*)::TEXT, now(), NULL, NULL FROM document"
    )


def step(connection: store.Connection, config: Config) -> float:
    """Seconds of the stage."""
    started = time.perf_counter()
    flow.run_stage(flow.BY_NAME["compare"], connection, config, Tell(quiet=True))
    return round(time.perf_counter() - started, 2)


def peak() -> int:
    """Peak memory of this process and its largest child, MB."""
    whom = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(sum(resource.getrusage(who).ru_maxrss for who in whom) / 1e3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
