"""Seconds to embed 10,000 passages and to fit topics on them, and memory, beside stock BERTopic.

`cpu` is the processor's time of the warm run, which other work on the machine changes least.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.topics.embedding import WordLlama
from tests.bench.model import corpora, stock
from tests.bench.model.tables import say

NAME = "speed"
NEEDS = ("DHSC",)
PASSAGES = 10_000
SAMPLE = 1000
"""Passages that stock embeds; its time for all is scaled from theirs."""
FIGURES = ("fresh", "warm", "cpu", "peak_mb")
WIDTH = 384
"""MiniLM's dimensions."""


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Print the table; return its figures."""
    texts = corpora.answers(paths["DHSC"], PASSAGES)
    ours = _ours(texts)
    figures = {"passages": len(texts), "themeshift": ours}
    say(f"{len(texts):,} passages of written answers, seconds")
    say(f"{'':<36}{'fresh process':>16}{'warm process':>14}{'processor':>11}{'peak MB':>10}")
    _print("themeshift, embed + fit", ours)
    if not stock.there():
        say("  stock BERTopic is not installed: make bench-model installs it")
        return figures
    theirs = _stock(texts)
    _print("stock, embed + fit", theirs)
    ratio = {name: round(theirs[name] / ours[name], 1) for name in FIGURES}
    _print("ratio", ratio)
    fits = round(theirs["fit_warm"] / ours["fit_warm"], 1)
    say(f"  fitting alone, warm: {ours['fit_warm']} s against {theirs['fit_warm']} s, ratio {fits}")
    say(f"  stock embeds {SAMPLE:,} passages; its time for all of them is scaled from that. It is fitted on")
    say(f"  our vectors, filled up with zeros to MiniLM's {WIDTH} numbers.")
    return figures | {"stock": theirs, "ratio": ratio, "ratio of fitting": fits}


def _ours(texts: Sequence[str]) -> dict[str, float]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.model.own_process"],
        input=json.dumps(list(texts)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    whole = time.perf_counter() - began
    told = json.loads(done.stdout)
    first, again = told["runs"]
    warm = again["embed"] + again["fit"]
    return {
        "fresh": round(whole - warm, 2),
        "warm": round(warm, 2),
        "fit_warm": round(again["fit"], 2),
        "cpu": round(again["cpu"], 2),
        "peak_mb": told["peak_mb"],
        "topics": first["topics"],
    }


def _stock(texts: Sequence[str]) -> dict[str, float]:
    began = time.perf_counter()
    embedded = stock.embed_seconds(texts[:SAMPLE])
    whole = time.perf_counter() - began
    every = embedded["seconds"] * len(texts) / SAMPLE
    vectors = stock.cache() / "speed.npy"
    own = WordLlama()(texts)
    np.save(vectors, np.pad(own, ((0, 0), (0, WIDTH - own.shape[1]))))
    fitted = stock.fit(texts, vectors, [{"seed": None}, {"seed": None}])
    first, again = (each["seconds"] for each in fitted["fits"])
    return {
        # Loading the model is counted once, and the fit with what it compiles.
        "fresh": round(every + whole - embedded["seconds"] + first, 1),
        "warm": round(every + again, 1),
        "fit_warm": round(again, 1),
        "cpu": round(embedded["cpu"] * len(texts) / SAMPLE + fitted["fits"][1]["cpu"], 1),
        "peak_mb": round(max(embedded["peak_mb"], fitted["peak_mb"])),
        "topics": len(fitted["fits"][1]["words"]),
    }


def _print(name: str, told: Mapping[str, float]) -> None:
    fresh, warm, cpu, peak = (told[figure] for figure in FIGURES)
    say(f"  {name:<34}{fresh:>16}{warm:>14}{cpu:>11}{peak:>10}")
