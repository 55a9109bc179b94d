"""everything, rights.toml -> flow, coverage, gap, rights, about: what became of every URL, and what made
this database.

When: always.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, astuple
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pipeline import store
from pipeline.config import ROOT, Config
from pipeline.errors import StoreError
from pipeline.operating import rights
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection
from pipeline.topics.embedding import name_of
from pipeline.trends.coverage import DatedDocument, KnownNumber, gaps

# Steps that must add up: the whole, and its parts.
SUMS = {
    "found": ("refused", "captured"),
    "captured": ("set aside", "read"),
    "read": ("merged", "document"),
    "document": ("duplicate", "unique"),
    "unique": ("not in trends", "in trends"),
}

SETTINGS = ("read", "duplicates", "passages", "embed", "topics", "code", "trend", "shifts")
"""The sections of config.toml that figures rest on."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Count the document flow and write the one row of `about`. Returns the rows of `flow`."""
    named = store.queries("tally")
    connection.execute(named["name_sources"])
    connection.execute("DELETE FROM flow")
    connection.execute(named["flow"], [list(config.trend.access)])
    check_sums(dict(connection.execute(named["steps"]).fetchall()))
    _cover(connection, config)
    rights.fill(connection, config)
    connection.execute("DELETE FROM about")
    models = {"embedding": name_of(config), "fit": store.value(connection, named["fit"])}
    seeds = {"topics": config.topics.seed, "trend": config.trend.seed}
    connection.execute(
        named["about"],
        [
            version("themeshift"),
            commit(),
            config_hash(config),
            json.dumps(models),
            json.dumps(seeds),
            config.trend.floor,
            json.dumps({name: asdict(getattr(config, name)) for name in SETTINGS}, sort_keys=True),
        ],
    )
    return int(store.value(connection, "SELECT count(*) FROM flow"))


def _cover(connection: Connection, config: Config) -> None:
    """Write `coverage`, and `gap` from what it says."""
    named = store.queries("coverage")
    access = [list(config.trend.access)]
    connection.execute("DELETE FROM coverage")
    connection.execute(named["coverage"], access)
    documents = [DatedDocument(*row) for row in connection.execute(named["dated"], access).fetchall()]
    known = [KnownNumber(*row) for row in connection.execute(named["known"]).fetchall()]
    connection.execute("DELETE FROM gap")
    columns = ("source", "period_start", "period_end", "kind", "expected", "seen", "why")
    found = gaps(documents, known, config.trend.floor)
    store.insert(connection, "gap", columns, [astuple(gap) for gap in found])


def check_sums(steps: dict[str, int]) -> None:
    """Raise StoreError where the document flow doesn't add up: a defect, never to be published."""
    for whole, parts in SUMS.items():
        total = sum(steps.get(part, 0) for part in parts)
        if steps.get(whole, 0) != total:
            raise StoreError(
                f"the document flow doesn't add up: {whole} {steps.get(whole, 0)} is not "
                + " + ".join(f"{part} {steps.get(part, 0)}" for part in parts)
            )


def config_hash(config: Config) -> str:
    """Hash of config.toml and the reference files as they stand."""
    files = [config.root / "config.toml", config.root / config.reference.sources]
    files += [config.codebook_file, config.events_file, config.scope_file, config.rights_file]
    return short_id(*(p.read_text(encoding="utf-8") for p in files if p.exists()))


@cache
def commit(root: Path = ROOT) -> str:
    """The commit of the code, with `+` where files differ from it; empty outside a checkout."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=10"],  # noqa: S607 - whichever git there is
            cwd=root, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
