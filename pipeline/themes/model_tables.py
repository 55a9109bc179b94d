"""Models in the tables `theme_model` and `theme_weight`, beside the codings that they made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import numpy as np

from pipeline import store
from pipeline.store import Connection
from pipeline.themes.calibration import Curve
from pipeline.themes.features import EVIDENCE, Vocabulary
from pipeline.themes.model import CLASSIFIER, Model, ThemeModel, Tried, Validity

COLUMNS = (
    "theme", "model", "method", "why", "calibrated", "threshold", "labels", "positives", "f1", "codebook_f1",
    "classifier_f1", "brier", "brier_before", "miscalibration", "precision", "recall", "slope",
    "curve_intercept", "intercept", "reference_passages", "reference_positives", "reference_coded",
    "reference_right", "without_keywords", "near_misses", "coder",
)  # fmt: skip
FIGURES = (
    "theme",
    "method",
    "why",
    "labels",
    "positives",
    "threshold",
    "f1",
    "codebook_f1",
    "classifier_f1",
    "brier",
    "brier_before",
    "miscalibration",
    "coder",
)
VALIDITY = len(Validity.__dataclass_fields__)  # fmt: skip
WEIGHTS = ("theme", "position", "kind", "feature", "weight", "idf")


def write(connection: Connection, model: Model) -> None:
    """Put this model in the place of the one before."""
    connection.execute("DELETE FROM theme_model")
    connection.execute("DELETE FROM theme_weight")
    themes = list(model.themes.values())
    store.insert(connection, "theme_model", COLUMNS, [_row(model, theme) for theme in themes])
    rows = [row for theme in themes if theme.method == CLASSIFIER for row in _weights(model, theme)]
    store.insert(connection, "theme_weight", WEIGHTS, rows)


def read(connection: Connection, model_id: str) -> Model | None:
    """The model of that name, or None where the tables hold another or none."""
    named = store.queries("code")
    rows = connection.execute(named["theme_models"], [model_id]).fetchall()
    if not rows:
        return None
    terms = connection.execute(named["terms"]).fetchall()
    tried: dict[str, list[Tried]] = {}
    for theme, coder, f1, gain, error, held in connection.execute(named["tried"]).fetchall():
        tried.setdefault(theme, []).append(Tried(coder, f1, gain, error, held and gain > 0))
    themes = {row[0]: _theme(row, _values(connection, row[0]), tuple(tried.get(row[0], ()))) for row in rows}
    return Model(model_id, themes, Vocabulary([term for term, _ in terms], [idf for _, idf in terms]))


def _row(model: Model, t: ThemeModel) -> tuple[Any, ...]:
    curve = (t.curve.slope, t.curve.intercept) if t.curve else (None, None)
    intercept = t.intercept if t.method == CLASSIFIER else None
    v = t.validity
    told = (v.precision, v.recall) if v else (None, None)
    counts = astuple(v) if v else (None,) * VALIDITY
    return (
        t.theme, model.model_id, t.method, t.why, t.calibrated, t.threshold, t.labels, t.positives, t.f1,
        t.codebook_f1, t.classifier_f1, t.brier, t.brier_before, t.miscalibration, *told, *curve, intercept,
        *counts, t.coder or None,
    )  # fmt: skip


def _weights(model: Model, theme: ThemeModel) -> Iterator[tuple[Any, ...]]:
    dimensions = len(theme.weights) - len(EVIDENCE) - len(model.terms.names)
    features: list[tuple[str, str, float | None]] = [("evidence", name, None) for name in EVIDENCE]
    features += [("dimension", f"d{number:03d}", None) for number in range(dimensions)]
    features += [
        ("term", name, float(idf)) for name, idf in zip(model.terms.names, model.terms.idf, strict=True)
    ]
    for position, ((kind, feature, idf), weight) in enumerate(zip(features, theme.weights, strict=True)):
        yield theme.theme, position, kind, feature, float(weight), idf


def _values(connection: Connection, theme: str) -> list[float]:
    return [w for (w,) in connection.execute(store.queries("code")["weights"], [theme]).fetchall()]


def _theme(row: tuple[Any, ...], weights: list[float], tried: tuple[Tried, ...]) -> ThemeModel:
    first = len(FIGURES)
    figures = dict(zip(FIGURES, row[:first], strict=True))
    slope, curve_intercept, intercept, *told = row[first:]
    curve = None if slope is None else Curve(slope, curve_intercept)
    validity = None if told[0] is None else Validity(*told)
    figures["coder"] = figures["coder"] or ""
    return ThemeModel(
        **figures, curve=curve, validity=validity, intercept=intercept or 0.0, weights=np.array(weights),
        tried=tried,
    )  # fmt: skip
