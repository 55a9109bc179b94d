"""Pairs of copies -> groups, each with the document that leads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipeline.copying.copies import KINDS, WEAK, Pair, Paper

Members = Mapping[str, tuple[str, Pair | None]]
"""document -> its leader, and the pair that brought it in (None for the leader)."""


def group(papers: Mapping[str, Paper], pairs: Iterable[Pair], apart: Callable[[str, str], bool]) -> Members:
    """Join pairs, the surest first. No group holds two documents that are `apart`.

    The result depends on the set of pairs alone, not on their order. A member is told by its pair with the
    leader, or else by the surest one that it has.
    """
    found = sorted(pairs, key=lambda p: (*_strength(p), p.first, p.second))
    direct = {frozenset((p.first, p.second)): p for p in reversed(found)}
    members = {name: [name] for p in found for name in (p.first, p.second)}
    brought: dict[str, Pair] = {}
    for pair in found:
        a, b = members[pair.first], members[pair.second]
        leaders = frozenset((_leader(a, papers), _leader(b, papers)))
        if a is b or (pair.kind in WEAK and leaders not in direct) or any(apart(x, y) for x in a for y in b):
            continue
        for name in (pair.first, pair.second):
            brought.setdefault(name, pair)
        joined = a + b
        members.update(dict.fromkeys(joined, joined))
    return {
        name: (leader, None if name == leader else direct.get(frozenset((name, leader)), brought[name]))
        for name, all_of_it in sorted(members.items())
        if len(all_of_it) > 1
        for leader in (_leader(all_of_it, papers),)
    }


def _leader(names: Iterable[str], papers: Mapping[str, Paper]) -> str:
    return min(names, key=lambda name: papers[name].rank)


def _strength(pair: Pair) -> tuple[int, float]:
    return KINDS.index(pair.kind), -(pair.likeness.containment if pair.likeness else 1.0)
