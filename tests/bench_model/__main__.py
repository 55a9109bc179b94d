"""`python -m tests.bench_model [SECTION …]`: prints each section's tables and, last, one line of JSON.

Corpora come as environment variables, each a path: BBC (a folder with corpus.tsv, or the file), DHSC (written
answers, JSONL), COMMENTS (patients' comments, JSONL). A section whose corpus is not there is skipped.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import tests.bench_model
from tests.bench_model.tables import say


class Section(Protocol):
    """What a module must hold to be a section."""

    NAME: str
    NEEDS: tuple[str, ...]

    def run(self, paths: Mapping[str, Path]) -> dict[str, Any]:
        """Print the tables; return the figures."""


def main(asked: Sequence[str]) -> int:
    """Run the sections that are asked for, or all. Returns 1 if one failed, 2 for an unknown name."""
    known = sections()
    if unknown := [name for name in asked if name not in known]:
        sys.stderr.write(f"bench-model: no section {unknown[0]!r}; there are {', '.join(known)}\n")
        return 2
    figures: dict[str, Any] = {"skipped": {}, "failed": {}}
    for name in asked or known:
        paths = {need: Path(os.environ.get(need, "")) for need in known[name].NEEDS}
        absent = [need for need in paths if not os.environ.get(need) or not paths[need].exists()]
        say(f"\n== {name} ==")
        if absent:
            figures["skipped"][name] = f"no {' and no '.join(absent)}: make bench-model {absent[0]}=path"
            say(f"skipped: {figures['skipped'][name]}")
            continue
        began = time.perf_counter()
        try:
            figures[name] = known[name].run(paths) | {"took": round(time.perf_counter() - began, 1)}
        except Exception as fault:  # the other sections' figures are not lost with this one's
            traceback.print_exc()
            figures["failed"][name] = str(fault)
    say(json.dumps(figures))
    return 1 if figures["failed"] else 0


def sections() -> dict[str, Section]:
    """The modules of this package that have a NAME, by it."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.bench_model.__path__))
    modules = [importlib.import_module(f"tests.bench_model.{name}") for name in names if name != "__main__"]
    return {module.NAME: cast(Section, module) for module in modules if hasattr(module, "NAME")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
