"""`suggest` replayed: answers are taken from known codes, and F1 is told against a person's minutes.

One theme at a time, by a codebook of names alone. Asked are the passages that `themeshift codebook suggest`
would propose, in rounds of 20, or passages drawn by lot. Each answer takes SECONDS. Measured on texts that
are never asked about.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.labelling.suggesting import Candidates, ask_next, scores
from pipeline.settings import Code
from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.learning import Labelled, learn
from pipeline.themes.sentences import of
from tests.bench.coding import coders, comments
from tests.bench.model.tables import say

SECONDS = 12
ROUNDS, ROUND = 8, 20
THEMES = 8
"""As many, evenly from the commonest to the rarest that 100 comments carry."""
ENOUGH = 100
SEEDS = range(3)


def run(path: Path) -> dict[str, Any]:
    """Print F1 after each round; return it."""
    themes, earlier, later = comments.read(path)
    evidence = CodebookEvidence(themes, coders.embed())
    vectors = coders.embed()(earlier.texts)
    asked = coders.embed()(later.texts)
    common = [k for k in np.argsort(-earlier.present.sum(axis=0)) if earlier.present[:, k].sum() >= ENOUGH]
    chosen = [common[round(at)] for at in np.linspace(0, len(common) - 1, THEMES)]
    figures: dict[str, dict[int, list[float]]] = {
        how: defaultdict(list) for how in ("suggested", "suggested, as built", "by lot", "by lot, as built")
    }
    for k in chosen:
        theme, matcher = themes[k], evidence.matchers[k]
        sentences = of(theme, themes, coders.embed())
        pool = Candidates(
            earlier.texts, vectors, [str(i) for i in range(len(earlier.texts))],
            [matcher(text) for text in earlier.texts],
        )  # fmt: skip
        test = Candidates(
            later.texts, asked, [str(i) for i in range(len(later.texts))], [matcher(t) for t in later.texts]
        )
        both = Candidates(
            [*pool.texts, *test.texts], np.vstack([vectors, asked]), [*pool.documents, *test.documents],
            [*pool.phrases, *test.phrases],
        )  # fmt: skip
        for seed in SEEDS:
            for how in ("suggested", "by lot"):
                answers: dict[int, bool] = {}
                lot = np.random.default_rng(seed).permutation(len(pool.texts)).tolist()
                for _ in range(ROUNDS + 1):
                    z = scores(both, answers, sentences, seed)
                    f1 = _f1(z[len(pool.texts) :] > 0, later.present[:, k])
                    figures[how][len(answers)].append(f1)
                    figures[f"{how}, as built"][len(answers)].append(
                        _as_built(pool, test, answers, evidence, k, later.present[:, k])
                    )
                    inside = z[: len(pool.texts)]
                    new = (
                        [i for i, _ in ask_next(pool, answers, inside, ROUND, seed)]
                        if how == "suggested"
                        else [i for i in lot if i not in answers][:ROUND]
                    )
                    answers |= {i: bool(earlier.present[i, k]) for i in new}
    say(f"\nsuggest, replayed: {THEMES} themes of comments, mean F1 ({SECONDS} s an answer)")
    numbers = [ROUND * at for at in range(ROUNDS + 1)]
    say(f"{'answers':<24}" + "".join(f"{number:>8}" for number in numbers))
    say(f"{'minutes':<24}" + "".join(f"{number * SECONDS / 60:>8.0f}" for number in numbers))
    told = {how: [round(float(np.mean(found[n])), 3) for n in numbers] for how, found in figures.items()}
    for how, values in told.items():
        say(f"{how:<24}" + "".join(f"{value:>8.3f}" for value in values))
    return told


def _as_built(
    pool: Candidates,
    test: Candidates,
    answers: dict[int, bool],
    evidence: CodebookEvidence,
    k: int,
    truth: Flags,
) -> float:
    """F1 of what a build learns from the answers, by default settings."""
    at = sorted(answers)
    name = evidence.themes[k]

    def likeness(vectors: Any) -> Floats:
        return evidence.likeness(vectors).astype(np.float64)[:, k]

    own = Labelled(
        [pool.texts[i] for i in at], [pool.documents[i] for i in at], pool.vectors[at],
        {name: [list(pool.phrases[i]) for i in at]}, {name: likeness(pool.vectors[at])},
        {name: np.array([float(answers[i]) for i in at])}, np.ones(len(at)),
    )  # fmt: skip
    model = learn("bench", own, Code())
    shared = model.shared(test.vectors, list(test.texts))
    found = model.code(name, [list(p) for p in test.phrases], likeness(test.vectors), shared)
    return _f1(np.array([c.coded for c in found]), truth)


def _f1(coded: Flags, truth: Flags) -> float:
    total = int(coded.sum() + truth.sum())
    return 2 * float((coded & truth).sum()) / total if total else 0.0


if __name__ == "__main__":
    if not (given := os.environ.get("COMMENTS")):
        sys.exit("bench-coding: suggest needs COMMENTS=path")
    run(Path(given))
