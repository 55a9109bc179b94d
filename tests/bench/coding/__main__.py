"""`python -m tests.bench.coding [SET …]`: prints the table and, last, one line of JSON with its figures.

Sets that don't come with the project are named by environment variables, each a path: CCG (a folder with
passages.jsonl, or the file), DHSC (written answers, JSONL), SPEECHES (speeches, JSONL), COMMENTS (patients'
comments, JSONL), BBC (a folder with corpus.tsv, or the file). A set whose path is not there is skipped and
named. Medians over the trials of a row; in brackets the least and the greatest F1 where there are several.
EMBEDDER names another embedder as config.toml would.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.coding import replay
from tests.bench.coding.coders import CODERS
from tests.bench.coding.scores import MEASURES, by_theme, judged
from tests.bench.coding.sets import SETS
from tests.bench.coding.trials import Coded, Trial
from tests.bench.model.tables import say

LEARN_NOTHING = 2
"""The first coders, which are the same in every row of a set, are told in its first."""
HEAD = ("precision", "recall", "F1", "AP", "no words", "near miss")


def main(asked: Sequence[str]) -> int:
    """Run the sets that are asked for, or all. Returns 2 for an unknown name."""
    if unknown := [name for name in asked if name not in (*SETS, "suggest")]:
        sys.stderr.write(f"bench-coding: no set {unknown[0]!r}; there are {', '.join(SETS)}, suggest\n")
        return 2
    figures: dict[str, Any] = {}
    say(f"{'':<64}{''.join(f'{name:>10}' for name in HEAD)}{'seconds':>9}")
    for name in [name for name in asked or SETS if name in SETS]:
        needs = SETS[name].needs
        path = Path(os.environ.get(needs) or "/nonexistent")
        if needs and not path.exists():
            say(f"{name}: skipped, no {needs}: make bench-coding {needs}=path")
            figures[name] = f"skipped: no {needs}"
            continue
        figures[name] = {}
        for what, trials in SETS[name].trials(path):
            figures[name][what] = _rows(
                name, what, trials, list(CODERS)[LEARN_NOTHING * bool(figures[name]) :]
            )
    if os.environ.get("COMMENTS") and (not asked or "suggest" in asked):
        figures["suggest"] = replay.run(Path(os.environ["COMMENTS"]))
    say(json.dumps(figures, allow_nan=False))
    return 0


def _rows(name: str, what: str, trials: Sequence[Trial], coders: Sequence[str]) -> dict[str, Any]:
    """A row for each coder."""
    found: dict[str, Any] = {}
    for coder in coders:
        code = CODERS[coder]
        runs, answers, began = [], [], time.perf_counter()
        for trial in trials:
            if (answer := code(trial)) is None:
                break
            runs.append(judged(trial.asked, *answer))
            answers.append((trial.asked, answer[1]))
        else:
            seconds = (time.perf_counter() - began) / len(trials)
            told: dict[str, Any] = {key: _median(runs, key) for key in MEASURES}
            found[coder] = told
            spread = [min(run["f1"] for run in runs), max(run["f1"] for run in runs)]
            told |= {"seconds": round(seconds, 1), "f1_range": [round(f1, 3) for f1 in spread]}
            label = f"{name}, {what}"
            cells = "".join("         –" if told[key] is None else f"{told[key]:>10.3f}" for key in MEASURES)
            more = f"  ({spread[0]:.2f} to {spread[1]:.2f})" if len(trials) > 1 else ""
            say(f"{label:<40}{coder:<24}{cells}{seconds:>9.1f}{more}")
            if coder == "Themeshift" and trials[0].by:
                told["themes"] = _themes(trials[0], answers)
    return found


def _median(runs: Sequence[dict[str, float]], key: str) -> float | None:
    values = [run[key] for run in runs if not math.isnan(run.get(key, math.nan))]
    return round(float(np.median(values)), 3) if values else None


def _themes(trial: Trial, answers: Sequence[tuple[Coded, Any]]) -> dict[str, Any]:
    """Precision and recall of each theme, over the trials of a row."""
    each = [by_theme(asked, coded) for asked, coded in answers]
    told = {}
    for k, theme in enumerate(trial.themes):
        carried, *rates = ([one[k][part] for one in each] for part in range(3))
        number = round(float(np.median(carried)))
        values = [
            round(float(np.median(known)), 3) if (known := [r for r in rate if not math.isnan(r)]) else None
            for rate in rates
        ]
        told[theme.theme] = [number, *values]
        precision, recall = ("–" if value is None else f"{value:.2f}" for value in values)
        say(f"{'':<40}  {theme.theme:<22}{precision:>10}{recall:>10}   of {number}")
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
