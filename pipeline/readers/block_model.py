"""A learned judgement of blocks: how likely each is a part of the article. Boosted trees, kept as JSON.

The trees are fitted by scikit-learn's HistGradientBoostingClassifier (Friedman 2001, Ke et al. 2017), by
`make learn-reader`, and walked here with NumPy, all at once: nothing is unpickled, the figures are the same
on every machine, and reading a page needs no scikit-learn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True, eq=False)
class BlockModel:
    """Trees as arrays of trees × nodes; a leaf leads to itself.

    `column` and `least`: a row goes left where its value of the column is at most `least`; `left`, `right`:
    the nodes that follow; `value`: what a leaf adds to the log-odds; `base`: where they begin; `depth`: steps
    after which each row is in a leaf. `names`: the columns in order.
    """

    column: np.ndarray
    least: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    base: float
    depth: int
    names: tuple[str, ...]

    def probability(self, rows: np.ndarray) -> np.ndarray:
        """Of each row, between 0 and 1; `rows` has a column for each of `names`."""
        if not len(rows):
            return np.zeros(0)
        trees, nodes = self.column.shape
        offset = np.arange(trees, dtype=np.intp) * nodes
        at = np.broadcast_to(offset, (len(rows), trees))
        column, least = self.column.ravel(), self.least.ravel()
        left, right = self.left.ravel(), self.right.ravel()
        each = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            at = np.where(rows[each, column[at]] <= least[at], left[at], right[at]) + offset
        odds = self.base + self.value.ravel()[at].sum(axis=1)
        return np.asarray(1 / (1 + np.exp(-odds)))


def from_json(told: dict[str, Any]) -> BlockModel:
    """A model from its written form: trees as lists of nodes, `[column, least, left, right]` or `[value]`."""
    trees: list[list[list[float]]] = told["trees"]
    shape = (len(trees), max(map(len, trees)))
    column, left, right = (np.zeros(shape, dtype=np.intp) for _ in range(3))
    least, value = np.full(shape, np.inf, dtype=np.float32), np.zeros(shape)
    for tree, nodes in enumerate(trees):
        for at, node in enumerate(nodes):
            left[tree, at] = right[tree, at] = at
            if len(node) == 1:
                value[tree, at] = node[0]
            else:
                column[tree, at], left[tree, at], right[tree, at] = int(node[0]), int(node[2]), int(node[3])
                least[tree, at] = node[1]
    depth = max(_depth(nodes) for nodes in trees)
    return BlockModel(column, least, left, right, value, told["base"], depth, tuple(told["columns"]))


def _depth(nodes: list[list[float]], at: int = 0) -> int:
    node = nodes[at]
    return 0 if len(node) == 1 else 1 + max(_depth(nodes, int(node[2])), _depth(nodes, int(node[3])))


@cache
def model() -> BlockModel:
    """The model that comes with the reader."""
    return from_json(json.loads(FILE.read_text(encoding="utf-8")))
