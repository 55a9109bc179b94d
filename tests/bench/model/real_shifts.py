"""Change points on whole corpora: written answers on the abolition of NHS England, and the sample web."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import importing
from pipeline.config import ROOT, Config
from pipeline.progress import Tell
from pipeline.shifts.calendars import finest
from pipeline.shifts.detection import Rules, detect
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.series import counted, measured, mix_of
from tests.bench.model.tables import say

CODEBOOK = """
version = "abolition"

[theme.abolition]
label = "Abolition of NHS England"
definition = "NHS England is abolished, and what it did is taken into the Department."
include = [
    "abolition of NHS England", "abolish* NHS England", "NHS England is abolished", "NHS England's abolition",
    "NHS England will be abolished", "NHS England to be abolished", "NHS England being abolished",
    "bring NHS England into", "NHS England back into the Department", "NHS England into the Department",
    "merg* NHS England", "merger of NHS England", "NHS England and the Department into a single",
]
exclude = []
examples = ["NHS England will cease to exist and its staff will work for the Department."]
"""
ANNOUNCED = date(2025, 3, 1)
# What is planted in the sample, by theme: the years that a level changes (data/sample/README.md).
PLANTED = {
    "fragmentation": (2012, 2015), "centralisation": (2018,), "autonomy": (2014,), "accountability": (),
    "clinical-engagement": (2014,), "conflict-of-interest": (2014, 2017), "integration": (2015,),
    "bureaucracy": (2014, 2018, 2020),
}  # fmt: skip


def dhsc(corpus: Path, shuffles: int) -> dict[str, Any]:
    """Written answers, coded by one theme; then their topics with dates shuffled within sources."""
    with tempfile.TemporaryDirectory() as folder:
        config = _with_codebook(Path(folder))
        tell = Tell(quiet=True)
        importing.import_paths([corpus], config, tell, {"published": "date", "precision": "date_precision"})
        seconds = {ran.stage: round(ran.seconds, 1) for ran in flow.build(config, tell)}
        with store.open_working(config) as connection:
            first = store.value(
                connection,
                "SELECT min(published) FROM passage_theme JOIN passage USING (passage_id) "
                "JOIN document USING (document_id) WHERE coded",
            )
            found = connection.execute(
                'SELECT measure, "at", at_lower, at_upper, before, after, change_lower, change_upper, '
                'q_value FROM change_point WHERE theme IS NOT NULL ORDER BY measure, "at"'
            ).fetchall()
            shuffled = _shuffled(connection, config, shuffles)
    say(f"\nDHSC, abolition of NHS England: first coded {first:%Y-%m}; change points:")
    for measure, at, low, high, before, after, least, most, q in found:
        say(
            f"  {measure:<8}{at:%Y-%m} ({low:%Y-%m} to {high:%Y-%m}) "
            f"{100 * before:.2f}% to {100 * after:.2f}%, change {100 * least:+.2f} to {100 * most:+.2f} "
            f"points, q {q:.3f}"
        )
    say(
        f"  dates shuffled {shuffles} times, topics alone in their run: {shuffled:.3f} told to change "
        f"(chance alone: 0.05, give or take {2 * (0.05 * 0.95 / shuffles) ** 0.5:.3f})"
    )
    say(f"  detect took {seconds['detect']} s, trend {seconds['trend']} s")
    return {
        "first_coded": str(first),
        "change_points": [[measure, str(at), str(low), str(high)] for measure, at, low, high, *_ in found],
        "as_announced": any(at == ANNOUNCED for _, at, *_ in found),
        "false_on_shuffled_dates": shuffled,
        "seconds": seconds,
    }


def sample() -> dict[str, Any]:
    """The sample web: which of the planted movements are found, by mention."""
    with tempfile.TemporaryDirectory() as folder:
        _demo(folder)
        config = configuration.load(folder)
        with store.open_working(config) as connection:
            tests = connection.execute(
                "SELECT theme, t.p_value, t.q_value, m.q_value, m.change FROM shift_test AS t "
                "LEFT JOIN movement AS m USING (theme, measure) "
                "WHERE theme IS NOT NULL AND measure = 'mention' ORDER BY theme"
            ).fetchall()
            cuts = connection.execute(
                'SELECT theme, year("at"), year(at_lower), year(at_upper) FROM change_point '
                "WHERE theme IS NOT NULL AND measure = 'mention' ORDER BY theme, \"at\""
            ).fetchall()
    say(
        "\nsample web, mention by year: planted and found changes, q of the change points, late against early"
    )
    figures: dict[str, Any] = {}
    for theme, p, q, late, change in tests:
        own = [(at, low, high) for name, at, low, high in cuts if name == theme]
        shown = ", ".join(f"{at} ({low}-{high})" for at, low, high in own) or "none"
        planted = ", ".join(map(str, PLANTED[theme])) or "none"
        say(f"  {theme:<22}{planted:<18}{shown:<38}p {p:.3f} q {q:.3f}   {change:+.2f}, q {late:.3f}")
        figures[theme] = {"found": own, "q": q, "late_q": late, "change": change}
    return figures


def _demo(folder: str) -> None:
    """The sample web, crawled and built, without a word."""
    made = [sys.executable, "-m", "spiders.sampleweb.demo", "--data", folder]
    done = subprocess.run(made, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"make demo failed: {done.stderr.strip().splitlines()[-1:]}")


def _with_codebook(folder: Path) -> Config:
    """The project's settings in a folder of their own, with a codebook of one theme."""
    shutil.copy(ROOT / "config.toml", folder)
    shutil.copytree(ROOT / "data" / "reference", folder / "data" / "reference")
    (folder / "data" / "reference" / "codebook.toml").write_text(CODEBOOK, encoding="utf-8")
    return configuration.load(folder / "run", folder / "config.toml")


def _shuffled(connection: store.Connection, config: Config, times: int) -> float:
    """The share of topics, tested alone, that change after their dates were shuffled within sources."""
    loaded = measured(connection, counted(connection, config), "topic")
    assert loaded is not None
    data, names = loaded
    mix = mix_of(data.source, config)
    _, of = finest(data, mix, config.trend.floor, config.trend.coverage)
    source = np.array(data.source)
    told = []
    for seed in range(times):
        rng = np.random.default_rng([seed, 9])
        order = np.arange(len(source))
        for name in np.unique(source):
            own = np.flatnonzero(source == name)
            order[own] = rng.permutation(own)
        column = data.values[order][:, [seed % len(names)]]
        found = detect(of, column, Rules(), Bootstrap(100, seed, 0.95))[0]
        told.append(bool(found.changes))
    return float(np.mean(told))
