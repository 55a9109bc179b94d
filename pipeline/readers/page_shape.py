"""What a block is to the whole of its page: the elements around it, which of them holds most of the prose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.readers.page_blocks import FAR, KINDS, PageBlock, Places, levels

_UP = 4
_BODY, _ARTICLE = KINDS.index("body"), KINDS.index("t_article")
_PATH = (
    "depth", "path_prose", "path_linked", "path_blocks", "path_parents", "siblings", "siblings_words",
    "parent_linked",
)  # fmt: skip
_SCORED = (
    "score_up1", "score_up2", "in_top", "before_top", "behind_top", "away_top", "away_half", "away_most",
    "in_body", "body_share", "away_body_big",
)  # fmt: skip
_ORDER = (
    "run_words", "run_linked", "order", "said", "behind_h1", "to_h1", "to_title", "titles", "links_near",
)  # fmt: skip
_PAGE = ("page_words", "page_prose", "page_blocks", "page_linked", "top_share", "longest")
_READABLE = ("readable", "readable_score_up1", "readable_score_up2", "unlikely", "readable_share")
NAMES = (
    *(f"{name}_up{up}" for up in range(_UP) for name in ("words", "prose", "blocks", "linked")),
    *_PATH, *_SCORED, *_ORDER, *_PAGE, *_READABLE,
)  # fmt: skip
"""The names of the columns, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A page in arrays. Of blocks: `told` (columns by name), `home`; of places: `parent`, `sums`.

    `sums`: words, words of prose, blocks and linked words of each place with all below it. `steps`: the
    places of each depth, from the page's children down.
    """

    told: Mapping[str, np.ndarray]
    places: Places
    home: np.ndarray
    parent: np.ndarray
    steps: list[np.ndarray]
    sums: np.ndarray

    @classmethod
    def of(cls, blocks: Sequence[PageBlock], places: Places, told: Mapping[str, np.ndarray]) -> Shape:
        """From the blocks of a page, their places and what each block is by itself."""
        home, parent, steps = (
            np.array([block.home for block in blocks]),
            np.array(places.parent),
            levels(places),
        )
        words = told["words"].astype(float)
        each = np.stack([words, words * told["prose"], np.ones(len(words)), words * told["linked"]], axis=1)
        sums = np.zeros((len(parent), 4))
        np.add.at(sums, home, each)
        for rows in reversed(steps):
            np.add.at(sums, parent[rows], sums[rows])
        return cls(told, places, home, parent, steps, sums)

    @property
    def gain(self) -> np.ndarray:
        """What Readability gives the element around a block for it: a point, its commas, its length."""
        return np.asarray(1 + self.told["commas"] + np.minimum(self.told["chars"] / 100, 3))

    def score(self, gain: np.ndarray) -> np.ndarray:
        """Of each place: what the blocks in it gain it, half of what those one element further down do."""
        up = self.parent[self.home]
        score = np.zeros(len(self.parent))
        np.add.at(score, up, gain)
        np.add.at(score, self.parent[up], gain / 2)
        return score

    @property
    def unlinked(self) -> np.ndarray:
        """Of each place: the share of its words that are no links."""
        return np.asarray(1 - self.sums[:, 3] / np.maximum(1, self.sums[:, 0]))


def columns(shape: Shape) -> np.ndarray:
    """Rows × NAMES."""
    score = shape.score(shape.told["prose"] * shape.gain) * shape.unlinked
    top = int(score.argmax())
    return np.concatenate(
        [
            _up(shape),
            _path(shape),
            _scored(shape, score, top),
            _order(shape),
            _page(shape, top),
            _readable(shape),
        ],
        axis=1,
    )


def _up(shape: Shape) -> np.ndarray:
    """Of a block's element and those around it: share of the page's words and prose, blocks, links."""
    sums = shape.sums
    whole = np.maximum(sums[0], 1.0)
    found, at = [], shape.home
    for _ in range(_UP):
        here = sums[at]
        found += [
            here[:, 0] / whole[0],
            here[:, 1] / whole[1],
            np.log1p(here[:, 2]),
            here[:, 3] / np.maximum(1, here[:, 0]),
        ]
        at = shape.parent[at]
    return np.stack(found, axis=1)


def _path(shape: Shape) -> np.ndarray:
    """How much of the page is built as the block is, and how much of that stands beside it."""
    words, linked, prose = (shape.told[name].astype(float) for name in ("words", "linked", "prose"))
    total, told = max(1.0, float(words.sum())), max(1.0, float((words * prose).sum()))
    path, above = np.array(shape.places.path)[shape.home], shape.parent[shape.home]
    alike = np.zeros((max(shape.places.path) + 1, 4))
    np.add.at(alike, path, np.stack([words * prose, words * linked, np.ones(len(words)), words], axis=1))
    _, first, beside, counts = np.unique(
        above * (len(alike) + 1) + path, return_index=True, return_inverse=True, return_counts=True
    )
    beside_words, parents = np.zeros(len(counts)), np.zeros(len(alike))
    np.add.at(beside_words, beside, words)
    np.add.at(parents, path[first], 1)
    links = np.zeros(len(shape.parent))
    np.add.at(links, above, linked > 0.5)
    return np.stack(
        [
            np.array(shape.places.depth)[shape.home],
            alike[path, 0] / told,
            alike[path, 1] / np.maximum(1, alike[path, 3]),
            alike[path, 2],
            parents[path],
            counts[beside],
            beside_words[beside] / total,
            links[above],
        ],
        axis=1,
    )


def _scored(shape: Shape, score: np.ndarray, top: int) -> np.ndarray:
    """Where a block lies to the best element, to those that hold half and most of the prose, to a body."""
    home, parent, sums = shape.home, shape.parent, shape.sums
    told = max(1.0, float(sums[0, 1]))
    best = max(1e-9, float(score[top]))
    shares = sums[:, 1] / told
    half, most = _deepest(shares, 0.5, shape.places), _deepest(shares, 0.85, shape.places)
    to_top, to_half, to_most = (_above(goal, shape)[home] for goal in (top, half, most))
    inside, order = np.flatnonzero(to_top < FAR), np.arange(len(home))
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, len(home) - 1)
    bodies = np.array([_BODY in kinds or _ARTICLE in kinds for kinds in shape.places.own])
    held = np.where(bodies, sums[:, 1], 0.0)
    biggest = int(held.argmax())
    to_body = _above(biggest, shape)[home] if held[biggest] > 0 else np.full(len(home), FAR)
    up = parent[home]
    return np.stack(
        [
            score[up] / best, score[parent[up]] / best, to_top < FAR, np.maximum(0, first - order),
            np.maximum(0, order - last), to_top, to_half, to_most, to_body < FAR,
            np.full(len(home), held[biggest] / told), to_body,
        ],
        axis=1,
    )  # fmt: skip


def _order(shape: Shape) -> np.ndarray:
    """A block's run of prose, and its place on the page and behind its headings."""
    words, linked, prose, heading = (shape.told[name] for name in ("words", "linked", "prose", "heading"))
    order = np.arange(len(words))
    heads = np.flatnonzero(heading == 1)
    h1 = int(heads[0]) if len(heads) else -1
    named = shape.told["titled"] + 0.2 * (heading > 0)
    title = int(named.argmax()) if named.max() > 0.5 else -1
    around = _summed(words, 9)
    return np.stack(
        [
            _summed(words * prose, 9), _summed(words * linked, 9) / np.maximum(1, around), order / len(words),
            np.cumsum(words) / max(1.0, float(words.sum())), order > h1, np.clip(order - h1, -50, 200),
            np.clip(order - title, -50, 200) if title >= 0 else np.full(len(words), -99),
            np.full(len(words), (named > 0.6).sum()), _summed(linked > 0.5, 11),
        ],
        axis=1,
    )  # fmt: skip


def _page(shape: Shape, top: int) -> np.ndarray:
    """The same for all blocks: how much there is."""
    words, prose = shape.told["words"], shape.told["prose"]
    total, told, count, linked = (float(value) for value in shape.sums[0])
    page = np.array([
        max(1.0, total), max(1.0, told), count, linked / max(1.0, total), shape.sums[top, 1] / max(1.0, told),
        float((words * prose).max()),
    ])  # fmt: skip
    return np.tile(page, (len(words), 1))


def _readable(shape: Shape) -> np.ndarray:
    """What Readability would take: the element with the best score, and what beside it is much like it."""
    told, parent, home = shape.told, shape.parent, shape.home
    unlikely = np.array(shape.places.unlikely, dtype=bool)
    for rows in shape.steps:
        unlikely[rows] |= unlikely[parent[rows]]
    counts = (told["chars"] >= 25) & ~unlikely[home] & (told["heading"] == 0)
    score = shape.score(np.where(counts, shape.gain, 0.0))
    score = np.where(score > 0, score + np.array(shape.places.weight, dtype=float), 0.0) * shape.unlinked
    score[0] = 0
    top = int(score.argmax())
    best = max(1e-9, float(score[top]))
    paragraph = (told["chars"] > 80) & (told["linked"] < 0.25) & (told["is_p"] > 0)
    alone = np.zeros(len(parent), dtype=bool)
    np.logical_or.at(alone, home, paragraph)
    taken = (parent == parent[top]) & ((score >= max(10.0, 0.2 * best)) | (alone & ~unlikely))
    taken[top] = True
    for rows in shape.steps:
        taken[rows] |= taken[parent[rows]]
    own = taken[home] & ~unlikely[home]
    share = float(told["words"][own].sum()) / max(1.0, float(told["words"].sum()))
    up = parent[home]
    return np.stack(
        [own, score[up] / best, score[parent[up]] / best, unlikely[home], np.full(len(home), share)], axis=1
    )


def _deepest(shares: np.ndarray, least: float, places: Places) -> int:
    """The deepest element that holds so large a share of the prose."""
    enough = np.flatnonzero(shares >= least)
    depth = np.array(places.depth)
    return int(enough[depth[enough].argmax()]) if len(enough) else 0


def _above(goal: int, shape: Shape) -> np.ndarray:
    """How many elements up the goal lies from each place; FAR where it is not above it."""
    found = np.full(len(shape.parent), FAR)
    found[goal] = 0
    for rows in shape.steps:
        found[rows] = np.minimum(found[rows], np.minimum(found[shape.parent[rows]] + 1, FAR))
    return found


def _summed(values: np.ndarray, window: int) -> np.ndarray:
    """The sum over the `window` rows around each."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    at = np.arange(len(values))
    reach = window // 2
    return np.asarray(sums[np.minimum(at + reach + 1, len(values))] - sums[np.maximum(at - reach, 0)])
