"""`python -m tests.bench.model [SECTION …]`: prints each section's tables and, last, one line of JSON.

Corpora come as environment variables, each a path: BBC (a folder with corpus.tsv, or the file), DHSC (written
answers, JSONL), COMMENTS (patients' comments, JSONL). A section whose corpus is not there is skipped. One
that fails, or Ctrl-C, leaves the figures of those before it. On two quiet cores `shifts` takes about six
minutes, `trends` four.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

import tests.bench.model
from tests.bench.model.tables import say

INTERRUPTED = 130


class Section(Protocol):
    """What a module must hold to be a section."""

    NAME: str
    NEEDS: tuple[str, ...]

    def run(self, paths: Mapping[str, Path]) -> dict[str, Any]:
        """Print the tables; return the figures."""


def main(asked: Sequence[str]) -> int:
    """Run the sections that are asked for, or all.

    Returns 1 if one failed, 2 for an unknown name, 130 where Ctrl-C ended it.
    """
    known = sections()
    if unknown := [name for name in asked if name not in known]:
        sys.stderr.write(f"bench-model: no section {unknown[0]!r}; there are {', '.join(known)}\n")
        return 2
    figures: dict[str, Any] = {"skipped": {}, "failed": {}}
    code = 0
    try:
        for name in asked or known:
            _run(name, known[name], figures)
    except KeyboardInterrupt:
        figures["failed"]["all"] = "interrupted"
        code = INTERRUPTED
    say(json.dumps(plain(figures), allow_nan=False))
    return code or (1 if figures["failed"] else 0)


def _run(name: str, section: Section, figures: dict[str, Any]) -> None:
    """One section, into the figures: what it found, or why it didn't."""
    paths = {need: Path(os.environ.get(need, "")) for need in section.NEEDS}
    absent = [need for need in paths if not os.environ.get(need) or not paths[need].exists()]
    say(f"\n== {name} ==")
    if absent:
        figures["skipped"][name] = f"no {' and no '.join(absent)}: make bench-model {absent[0]}=path"
        say(f"skipped: {figures['skipped'][name]}")
        return
    began = time.perf_counter()
    try:
        figures[name] = section.run(paths) | {"took": round(time.perf_counter() - began, 1)}
    except Exception as fault:  # the other sections' figures are not lost with this one's
        traceback.print_exc()
        figures["failed"][name] = f"{type(fault).__name__}: {fault}"
    say(f"({name}: {time.perf_counter() - began:.0f} s)")


def plain(figures: Any) -> Any:
    """The same as JSON knows it: numpy's numbers as Python's, names as text, what is no number as null."""
    if isinstance(figures, Mapping):
        return {str(name): plain(part) for name, part in figures.items()}
    if isinstance(figures, list | tuple | np.ndarray):
        return [plain(part) for part in figures]
    if isinstance(figures, np.generic):
        figures = figures.item()
    return None if isinstance(figures, float) and not math.isfinite(figures) else figures


def sections() -> dict[str, Section]:
    """The modules of this package that have a NAME, by it."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.bench.model.__path__))
    modules = [importlib.import_module(f"tests.bench.model.{name}") for name in names if name != "__main__"]
    return {module.NAME: cast(Section, module) for module in modules if hasattr(module, "NAME")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
