"""How well texts are coded: what was coded, and in which order, against what they carry."""

from __future__ import annotations

import numpy as np

from pipeline.themes.calibration import Flags, Floats
from tests.bench.coding.trials import Coded

MEASURES = ("precision", "recall", "f1", "ap", "bare", "near")


def judged(asked: Coded, scores: Floats, coded: Flags) -> dict[str, float]:
    """Precision, recall and F1 over all codes; `ap`, the mean average precision of themes that any text
    carries; the share coded of themes without their words (`bare`) and of words without the theme (`near`).
    """
    from sklearn.metrics import average_precision_score

    scores, coded, present, weights = _by_unit(asked, scores, coded)
    w = weights[:, None]
    right, taken, carried = ((w * flags).sum() for flags in (coded & present, coded, present))
    carrying = [k for k in range(present.shape[1]) if present[:, k].any()]
    ap = [average_precision_score(present[:, k], scores[:, k], sample_weight=weights) for k in carrying]
    found = {
        "precision": right / taken if taken else float("nan"),
        "recall": right / carried if carried else float("nan"),
        "f1": 2 * right / (taken + carried) if taken + carried else float("nan"),
        "ap": float(np.mean(ap)) if ap else float("nan"),
    }
    if asked.unit is None:
        for name, flags in (("bare", asked.bare), ("near", asked.near)):
            found[name] = float(coded[flags].mean()) if flags.any() else float("nan")
    return {key: float(value) for key, value in found.items()}


def by_theme(asked: Coded, coded: Flags) -> list[tuple[int, float, float]]:
    """For each theme how many carry it, precision and recall."""
    _, coded, present, weights = _by_unit(asked, coded.astype(float), coded)
    found = []
    for k in range(present.shape[1]):
        right = weights[coded[:, k] & present[:, k]].sum()
        taken, carried = weights[coded[:, k]].sum(), weights[present[:, k]].sum()
        rates = (float(right / whole) if whole else float("nan") for whole in (taken, carried))
        found.append((int(present[:, k].sum()), *rates))
    return found  # type: ignore[return-value]


def _by_unit(asked: Coded, scores: Floats, coded: Flags) -> tuple[Floats, Flags, Flags, Floats]:
    if asked.unit is None:
        return scores, coded, asked.present, asked.weights
    units, place = np.unique(asked.unit, return_inverse=True)
    shape = (len(units), coded.shape[1])
    best, any_coded, carried = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    np.maximum.at(best, place, scores)
    np.logical_or.at(any_coded, place, coded)
    np.logical_or.at(carried, place, asked.present)
    return best, any_coded, carried, np.ones(len(units))
