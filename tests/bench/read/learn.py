"""`make learn-reader PAGES="folder folder"`: fits the model of blocks, and says how good it is.

Each page is read by a model that has not seen it (five folds by page), and by one that has seen no page of
its set; the figures are written into the model's file beside the trees, which are fitted on all pages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from zlib import crc32

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from pipeline.readers import block_features, block_model, general
from pipeline.readers.block_model import BlockModel
from pipeline.readers.decode import text_of
from pipeline.readers.markup import parse
from pipeline.readers.meta import Head
from pipeline.readers.normal import size
from tests.bench.read import score, sets, speed
from tests.bench.read.labels import shares
from tests.bench.read.sets import Page

FOLDS = 5
OPTIONS: dict[str, Any] = {
    "max_iter": 100, "max_leaf_nodes": 16, "learning_rate": 0.09, "min_samples_leaf": 30,
    "l2_regularization": 1.0, "max_features": 0.3, "random_state": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A page of a set, with what its blocks are like, which are in the gold, and how much each counts."""

    set: str
    page: Page
    rows: np.ndarray
    true: np.ndarray
    weight: np.ndarray

    @property
    def fold(self) -> int:
        return crc32(self.page.text.encode()) % FOLDS


def example(name: str, page: Page) -> Example:
    """A page as the reader sees it."""
    tree = parse(text_of(page.capture.body, page.capture.charset, markup=True))
    if tree is None:
        return Example(name, page, *(np.zeros(shape) for shape in ((0, 0), 0, 0)))
    head = Head(tree)
    title = [*head.values("title"), *head.values("css:h1")[:1], ""][0]
    marked = general.marked_article(tree)
    general.prune(tree)
    blocks, _, rows = general.article_blocks(tree if marked is None else marked, title)
    told = shares([block.text for block in blocks], page.text)
    weight = np.array([max(1, size(block.text)) for block in blocks], dtype=float) ** 0.7
    weight[told < 0] = 0
    # a page counts as much as another, however many blocks it has
    return Example(name, page, rows, told > 0.5, 20 * weight / max(1e-9, weight.sum()))


def fitted(examples: Sequence[Example]) -> dict[str, Any]:
    """The written form of a model fitted on pages."""
    full = [one for one in examples if len(one.true)]
    rows, true, weight = (
        np.concatenate([getattr(one, name) for one in full]) for name in ("rows", "true", "weight")
    )
    counts = weight > 0
    fit = HistGradientBoostingClassifier(**OPTIONS).fit(
        rows[counts], true[counts], sample_weight=weight[counts]
    )
    trees = []
    for (predictor,) in fit._predictors:
        nodes: list[list[float]] = []
        for node in predictor.nodes:
            if node["is_leaf"]:
                nodes.append([round(float(node["value"]), 5)])
            else:
                least = float(np.float32(f"{node['num_threshold']:.6g}"))
                nodes.append(
                    [int(node["feature_idx"]), float(f"{least:.6g}"), int(node["left"]), int(node["right"])]
                )
        trees.append(nodes)
    base = round(float(fit._baseline_prediction.item()), 6)
    return {"columns": list(block_features.NAMES), "base": base, "trees": trees}


def main(folders: Sequence[Path]) -> int:
    """Fit, cross-validate, write. Exit code 2 where a folder has no pages."""
    pages: dict[str, list[Page]] = {}
    together: dict[str, list[str]] = {}
    for folder in folders:
        found = sets.pages_of(folder)
        if not found:
            sys.stderr.write(f"learn-reader: {folder} holds no ground-truth.json with pages\n")
            return 2
        pages |= found
        together |= {f"{folder.name}, all": list(found)} if len(found) > 1 else {}
    examples = [example(name, page) for name, of_set in pages.items() for page in of_set]
    _say(f"{len(examples)} pages, {sum(len(one.true) for one in examples)} blocks")
    figures = {
        "by page": _held_out(examples, together, lambda one: str(one.fold)),
        "by set": _held_out(examples, together, lambda one: one.set),
    }
    told = fitted(examples)
    told = {"pages": {name: len(of_set) for name, of_set in pages.items()}, "f1": figures, "options": OPTIONS,
            "scikit-learn": sklearn.__version__, **told}  # fmt: skip
    block_model.FILE.write_text(_written(told), encoding="utf-8")
    _say(f"{block_model.FILE}: {block_model.FILE.stat().st_size:,} bytes")
    return 0


def _held_out(
    examples: Sequence[Example], together: Mapping[str, Sequence[str]], part: Callable[[Example], str]
) -> dict[str, float]:
    """F1 of each set, and of sets together, each page read by a model that has seen nothing of its part."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for held in sorted({part(one) for one in examples}):
        model = block_model.from_json(fitted([one for one in examples if part(one) != held]))
        with mock.patch.object(block_model, "model", lambda model=model: model):
            for one in examples:
                if part(one) == held:
                    document = speed.ours(one.page.capture)
                    pairs.setdefault(one.set, []).append((one.page.text, document.text if document else ""))
    of_folders = {name: [pair for one in names for pair in pairs[one]] for name, names in together.items()}
    found = {
        name: score.total(of_set)["f1"] for name, of_set in (*sorted(pairs.items()), *of_folders.items())
    }
    for name, f1 in found.items():
        _say(f"  {name:<18} {f1:.4f}")
    return found


def check(model: BlockModel) -> None:
    """Raises ValueError for a model of other columns than the reader's."""
    if model.names != block_features.NAMES:
        raise ValueError("the model of blocks was fitted on other columns: make learn-reader")


def _written(told: dict[str, Any]) -> str:
    """JSON with a line a tree, so that a change can be read."""
    head = {key: value for key, value in told.items() if key != "trees"}
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in told["trees"])
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},\n"trees":[\n{trees}\n]}}\n'


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main([Path(folder) for folder in sys.argv[1:]]))
