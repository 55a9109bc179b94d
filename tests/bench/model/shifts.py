"""Change points, movement and interrupted time series on documents whose truth is known, and on real ones.

Run alone with `make bench-model SECTION=shifts`. With DHSC (written answers) the real corpus is built with a
codebook of one theme, and its dates are shuffled.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import ruptures

from pipeline.shifts.calendars import Calendar, calendar, finest, pooled
from pipeline.shifts.contrast import contrast
from pipeline.shifts.detection import Rules, SeriesVerdict, detect
from pipeline.shifts.shuffled import series, stretch, variance
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap
from tests.bench.model.events import events
from tests.bench.model.real_shifts import dhsc, sample
from tests.bench.model.tables import say
from tests.shifts.test_shifts import Weighted
from tests.support.simulated_shifts import SOURCES, Course, corpus, pulse, steady, step, turning_mix

NAME = "shifts"
NEEDS: tuple[str, ...] = ()
EVEN = dict.fromkeys(SOURCES, 0.25)
RULES = Rules()
BOOTSTRAP = Bootstrap(1000, 11, 0.95)
SHUFFLES = 200
PLANTED = 100
SERIES = 1000


def run(paths: Mapping[str, Path]) -> dict[str, Any]:
    """All parts, each with its table."""
    figures = {
        "false": false_changes(),
        "power": power(),
        "dates_and_sizes": dates_and_sizes(),
        "events": events(SERIES),
        "speed": speed(),
        "sample": sample(),
    }
    real = os.environ.get("DHSC")
    if real and Path(real).exists():
        figures["dhsc"] = dhsc(Path(real), SHUFFLES)
    else:
        say("no DHSC: the real corpus is left out")
    return figures


def by_quarter(data: Documents) -> Calendar:
    mix = EVEN if len(set(data.source)) > 1 else {data.source[0]: 1.0}
    return calendar(data, "quarter", mix, 5, 0.8)


def alone(data: Documents) -> list[SeriesVerdict]:
    """Each column tested as the only one of its run."""
    of = by_quarter(data)
    return [detect(of, column[:, None], RULES, BOOTSTRAP)[0] for column in data.values.T]


def false_changes() -> dict[str, float]:
    """How often one steady series, alone in its run, is told to change; and what PELT says of it."""
    say(f"false changes per series, {SHUFFLES} simulated corpora of each kind, 24 quarters")
    kinds: dict[str, Callable[[np.random.Generator], Documents]] = {
        "300 documents": lambda rng: corpus(300, steady(0.2), rng),
        "1,000 documents": lambda rng: corpus(1000, steady(0.2), rng),
        "1,000, theme in 2%": lambda rng: corpus(1000, steady(0.02), rng),
        "1,000, mix turns": lambda rng: corpus(1000, steady(0.2), rng, mix=turning_mix),
        "1,000, crude, mix turns": lambda rng: _one_source(corpus(1000, steady(0.2), rng, mix=turning_mix)),
        "900 in bursts of 3": lambda rng: corpus(900, steady(0.2), rng, burst=3),
        "900 in bursts of 6": lambda rng: corpus(900, steady(0.2), rng, burst=6),
    }
    found: dict[str, float] = {}
    for name, make in kinds.items():
        told, pelt = [], []
        for seed in range(SHUFFLES):
            data = make(np.random.default_rng([seed, 1]))
            told.append(bool(alone(data)[0].changes))
            pelt.append(_pelt(data))
        found[name], found[f"{name}, PELT"] = float(np.mean(told)), float(np.mean(pelt))
        say(f"  {name:<26}{found[name]:>7.3f}   PELT with BIC {found[f'{name}, PELT']:.3f}")
    return found


def _one_source(data: Documents) -> Documents:
    """The same documents as if one source had published them all: the crude series."""
    return replace(data, source=[SOURCES[0]] * len(data.source))


def _pelt(data: Documents) -> bool:
    """Whether PELT (ruptures), weighted, with the penalty 2 log T, cuts the same series."""
    of = by_quarter(data)
    whole = stretch(of, 0, len(of.starts))
    values = data.values[whole.member, 0]
    line, weights = series(whole, values), 1 / variance(whole, values)
    search = ruptures.Pelt(custom_cost=Weighted(weights), min_size=2, jump=1).fit(line)
    return len(search.predict(pen=2 * np.log(len(line)))) > 1


def power() -> dict[str, float]:
    """How often a planted change is found, and at its quarter or the next to it."""
    say(
        f"\nfound planted changes from 10%, of {PLANTED} corpora each (in brackets: dated within one quarter)"
    )
    say(f"  {'':<26}" + "".join(f"{number:>16}" for number in (300, 1000, 3000)))
    found: dict[str, float] = {}
    courses: dict[str, tuple[Course, tuple[int, ...]]] = {
        f"step to {round(100 * to)}%": (step(0.1, to), (12,)) for to in (0.15, 0.2, 0.3)
    } | {f"a third at {round(100 * to)}%": (pulse(0.1, to, 1 / 3, 2 / 3), (8, 16)) for to in (0.15, 0.2, 0.3)}
    for name, (course, truth) in courses.items():
        line = f"  {name:<26}"
        for number in (300, 1000, 3000):
            hits, dated = [], []
            for seed in range(PLANTED):
                data = corpus(number, course, np.random.default_rng([seed, 2]))
                changes = alone(data)[0].changes
                cuts = [change.at for change, _ in changes]
                hits.append(bool(cuts))
                dated.append(
                    len(cuts) == len(truth) and all(abs(a - b) <= 1 for a, b in zip(cuts, truth, strict=True))
                )
            found[f"{name}, {number}"] = float(np.mean(hits))
            line += f"{np.mean(hits):>9.2f} ({np.mean(dated):.2f})"
        say(line)
    return found


def dates_and_sizes() -> dict[str, float]:
    """Of changes that are found: how often date set and size interval hold the truth, and further changes."""
    say(
        "\nof found steps: date in its set, size in its interval, mean size by the planted one, "
        "false further changes"
    )
    found: dict[str, float] = {}
    for number, to in ((1000, 0.2), (1000, 0.3), (3000, 0.2), (3000, 0.3)):
        dated, sized, ratio, more = [], [], [], []
        for seed in range(PLANTED):
            data = corpus(number, step(0.1, to), np.random.default_rng([seed, 3]))
            of = by_quarter(data)
            changes = detect(of, data.values, RULES, BOOTSTRAP)[0].changes
            if not changes:
                continue
            change = min((c for c, _ in changes), key=lambda c: abs(c.at - 12))
            more.append(len(changes) > 1)
            dated.append(change.earliest <= 12 <= change.latest)
            two = pooled(of, EVEN, (range(change.first, change.at), range(change.at, change.last)))
            size = contrast(two, data.values, EVEN, Bootstrap(500, seed, 0.95))
            truth = (to - 0.1) * 1.025
            assert size is not None
            sized.append(size.change.lower[0] <= truth <= size.change.upper[0])
            ratio.append(size.change.value[0] / truth)
        name = f"{number} documents, to {round(100 * to)}%"
        figures = [float(np.mean(x)) for x in (dated, sized, ratio, more)]
        found |= dict(
            zip((f"{name}, {n}" for n in ("date", "size", "ratio", "further")), figures, strict=True)
        )
        say(
            f"  {name:<26}{figures[0]:>8.3f}{figures[1]:>8.3f}{figures[2]:>8.2f}{figures[3]:>8.3f}"
            f"   of {len(dated)}"
        )
    return found


def speed() -> dict[str, float]:
    """Seconds for 10,000 documents and 136 series, of which a tenth change."""
    rng = np.random.default_rng(5)
    data = corpus(10_000, steady(0.1), rng, years=12, columns=136)
    moving = corpus(10_000, step(0.1, 0.2), rng, years=12, columns=14)
    data.values[:, :14] = 0
    order = np.argsort([day.toordinal() for day in data.published])
    other = np.argsort([day.toordinal() for day in moving.published])
    data.values[order, :14] = moving.values[other]
    seconds = []
    for _ in range(3):
        began = time.process_time()
        period, of = finest(data, EVEN, 5, 0.8)
        found = detect(of, data.values, RULES, BOOTSTRAP)
        seconds.append(time.process_time() - began)
    changed = sum(bool(one.changes) for one in found)
    median = float(np.median(seconds))
    say(
        f"\n10,000 documents, 136 series, {len(of.starts)} {period}s: {median:.1f} s of processor time; "
        f"{changed} change"
    )
    return {"seconds": round(median, 2), "periods": len(of.starts), "changed": changed}
