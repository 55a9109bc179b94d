"""Change points of many series, each against shuffled dates. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline.records import counted
from pipeline.shifts import scan
from pipeline.shifts.calendars import Calendar
from pipeline.shifts.discovery import q_values
from pipeline.shifts.scan import wander
from pipeline.shifts.shuffled import DatedDocuments, series, shuffled_series, shuffles, stretch, variance
from pipeline.trends.resampling import Bootstrap, Floats, Indices

NO_VARIANCE = 1e-12
Statistic = Callable[[Floats, Indices], Floats]
"""A statistic (k, b) of the shuffled series (k, b, T) of k columns, named by their numbers."""
FIRST = 99
"""Shuffles that every series gets; see `Schedule`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`permutations` of dates, the false-discovery `rate`, the least of a stretch and of a test.

    A stretch has at least `shortest` periods; a series is tested if it has `periods` solid ones and if
    at least `carriers` documents carry it.
    """

    permutations: int = 999
    rate: float = 0.05
    shortest: int = 2
    periods: int = 6
    carriers: int = 5


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A change of one series: the first period after it, the periods it may begin with, and its test.

    `first` and `last` (exclusive) are the stretches beside it: from `first` to `at`, from `at` to `last`.
    """

    at: int
    earliest: int
    latest: int
    first: int
    last: int
    p_value: float


@dataclass(frozen=True, slots=True)
class SeriesVerdict:
    """What came of one series: p and q of its own test, its changes, or why there was no test.

    `smooth_p` and `smooth_q` are those of the test for any smooth course (scan.py).
    """

    carriers: int
    reason: str = ""
    p_value: float | None = None
    q_value: float | None = None
    changes: tuple[tuple[ChangePoint, float], ...] = ()
    smooth_p: float | None = None
    smooth_q: float | None = None


@dataclass(frozen=True, slots=True)
class _Node:
    """A stretch of a series that was tested, and where it would be cut."""

    column: int
    first: int
    last: int
    p_value: float
    cuts: tuple[int, ...]
    q_value: float = 1.0
    smooth_p: float = 1.0


_NONE = _Node(0, 0, 0, 0.0, ())
"""What a whole series is a part of."""


def detect(of: Calendar, values: Floats, rules: Rules, bootstrap: Bootstrap) -> list[SeriesVerdict]:
    """Test every column of `values` (n, k), and look for more changes between those that are found.

    A `q_value` counts all tests of its round: of all series, of all parts of those that changed, and so on.
    """
    whole = (0, len(of.starts))
    every = stretch(of, *whole)
    reasons = [why_not(every, column, of, rules) for column in values.T]
    wanted = [((at, *whole), _NONE) for at, reason in enumerate(reasons) if not reason]
    nodes: list[_Node] = []
    while wanted:
        fresh = _test(of, values, wanted, rules, bootstrap)
        nodes += fresh
        parts = [((n.column, a, b), n) for n in fresh if n.q_value <= rules.rate for a, b in _parts(n)]
        wanted = [
            ((column, a, b), node)
            for (column, a, b), node in parts
            if b - a >= 2 * rules.shortest and _worthwhile(stretch(of, a, b), values[:, column], rules)
        ]
    return _told(of, values, nodes, reasons, rules)


def why_not(whole: DatedDocuments, values: Floats, of: Calendar, rules: Rules) -> str:
    """Why a series can't be tested; empty where it can."""
    carriers = int((values[whole.member] > 0).sum())
    periods = len(of.starts)
    if periods < max(rules.periods, 2 * rules.shortest):
        reason = f"{counted(periods, 'period')} with enough documents, {rules.periods} needed"
        if of.uncovered:
            verb = "has" if of.uncovered == 1 else "have"
            reason += f"; {of.uncovered} more {verb} enough, but of too little of the mix of sources"
        return reason
    if carriers < rules.carriers:
        return f"carried by {counted(carriers, 'document')}, {rules.carriers} needed"
    if not _worthwhile(whole, values, rules):
        return "the same within every source"
    return ""


def exceedances(
    of: DatedDocuments,
    values: Floats,
    statistics: Sequence[Statistic],
    observed: Floats,
    most: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """p-values (s, k) of s statistics of the columns of `values` (n, k) against shuffled dates.

    And the 95th percentiles (k,) of the first one's null. `observed` (s, k) are those of the series as they
    are. A sequential Monte Carlo test (Besag and Clifford 1991): all columns get the first shuffles, those
    that few of these reach get more, up to `most`. Each statistic's p is that of when it has had enough.
    """
    reached, p_values = np.zeros(observed.shape), np.ones(observed.shape)
    usual: list[list[Floats]] = [[] for _ in values.T]
    open_ = np.ones(observed.shape, dtype=bool)
    done = 0
    for target, stop in schedule(most):
        going = np.flatnonzero(open_.any(axis=0))
        carriers = np.flatnonzero(values[:, going].any(axis=1))
        for cells in shuffles(of, carriers, target - done, rng) if len(going) else ():
            lines = shuffled_series(of, values[:, going], carriers, cells)
            for at, statistic in enumerate(statistics):
                drawn = statistic(lines, going)
                reached[at, going] += (drawn >= observed[at, going, None] * (1 - 1e-9)).sum(axis=1)
                for column, own in zip(going, drawn, strict=True) if at == 0 else ():
                    usual[column].append(own)
        done = target
        p_values[open_] = (reached[open_] + 1) / (done + 1)
        open_ &= reached < stop
    high = [float(np.quantile(np.concatenate(drawn), 0.95)) for drawn in usual]
    return p_values, np.array(high)


def most_shuffles(tests: int, rules: Rules) -> int:
    """So many that the smallest p-value would pass even if one series alone had changed."""
    return max(rules.permutations, int(np.ceil(tests / rules.rate)))


def schedule(most: int) -> list[tuple[int, float]]:
    """(shuffles in all, reached so often: no more). Each step's p stays valid at every level.

    A series that goes on has a p at the step before that is below that of any series that stops there.
    """
    steps = [(FIRST, 10.0), (999, 20.0), (most, np.inf)]
    return [*(step for step in steps[:-1] if step[0] < most), steps[-1]]


def _test(
    of: Calendar,
    values: Floats,
    wanted: Sequence[tuple[tuple[int, int, int], _Node]],
    rules: Rules,
    bootstrap: Bootstrap,
) -> list[_Node]:
    """Test (column, first, last) each, parts of what was found before; one round, with its q-values.

    Those of one stretch of time share their shuffles. A part's p is at least that of the whole.
    """
    found: dict[tuple[int, int, int], _Node] = {}
    most = most_shuffles(len(wanted), rules)
    for first, last in sorted({(a, b) for (_, a, b), _ in wanted}):
        columns = [column for (column, a, b), _ in wanted if (a, b) == (first, last)]
        part = stretch(of, first, last)
        own = values[part.member][:, columns]
        lines = np.stack([series(part, y) for y in own.T])
        weights = np.stack([1 / variance(part, y) for y in own.T])
        whole = last - first == len(of.starts)
        statistics = [_gains(weights, rules.shortest), *([_wander(weights)] if whole else [])]
        observed = np.stack([each(lines[:, None], np.arange(len(lines)))[:, 0] for each in statistics])
        rng = bootstrap.generator("shuffle", of.starts[first], of.starts[last - 1])
        p_values, usual = exceedances(part, own, statistics, observed, most, rng)
        rows = zip(columns, lines, weights, p_values[0], p_values[-1], usual, strict=True)
        for column, line, weight, p, smooth, high in rows:
            # Where the test fails it doesn't matter: q is never below p.
            best = scan.find(line, weight, rules.shortest, high) if p <= rules.rate else None
            cuts = tuple(first + cut for cut in best.cuts) if best else ()
            found[column, first, last] = _Node(column, first, last, float(p), cuts, smooth_p=float(smooth))
    nodes = [replace(found[key], p_value=max(found[key].p_value, above.p_value)) for key, above in wanted]
    q = q_values([node.p_value for node in nodes])
    return [replace(node, q_value=float(value)) for node, value in zip(nodes, q, strict=True)]


def _gains(weights: Floats, shortest: int) -> Statistic:
    """Of shuffled series (k, b, T), those of some columns: `weights` are those of all."""
    return lambda lines, columns: scan.gains(lines, weights[columns], shortest)


def _wander(weights: Floats) -> Statistic:
    return lambda lines, columns: wander(lines, weights[columns])


def _parts(node: _Node) -> list[tuple[int, int]]:
    ends = [node.first, *node.cuts, node.last]
    return list(pairwise(ends))


def _worthwhile(part: DatedDocuments, values: Floats, rules: Rules) -> bool:
    """Whether enough documents carry a series, and they differ within a source."""
    own = values[part.member]
    return bool((own > 0).sum() >= rules.carriers and (variance(part, own) > NO_VARIANCE).all())


def _told(
    of: Calendar, values: Floats, nodes: Sequence[_Node], reasons: Sequence[str], rules: Rules
) -> list[SeriesVerdict]:
    """What came of each column. The first test of a column is that of the whole series."""
    inside = np.unique(of.document)
    first = {node.column: node for node in reversed(nodes)}
    smooth = dict(zip(first, q_values([node.smooth_p for node in first.values()]), strict=True))
    found = []
    for column, reason in enumerate(reasons):
        carriers = int((values[inside, column] > 0).sum())
        own = [node for node in nodes if node.column == column]
        if not own:
            found.append(SeriesVerdict(carriers, reason))
            continue
        cuts = sorted(
            (cut, n) for n, node in enumerate(own) if node.q_value <= rules.rate for cut in node.cuts
        )
        ends = [0, *(cut for cut, _ in cuts), len(of.starts)]
        changes = tuple(
            (_dated(of, values[:, column], ends[n : n + 3], own[at].p_value, rules), own[at].q_value)
            for n, (_, at) in enumerate(cuts)
        )
        about = (own[0].smooth_p, float(smooth[column]))
        found.append(SeriesVerdict(carriers, "", own[0].p_value, own[0].q_value, changes, *about))
    return found


def _dated(of: Calendar, values: Floats, ends: Sequence[int], p_value: float, rules: Rules) -> ChangePoint:
    first, at, last = ends
    part = stretch(of, first, last)
    own = values[part.member]
    earliest, latest = scan.dates(series(part, own), 1 / variance(part, own), at - first, rules.shortest)
    return ChangePoint(at, first + earliest, first + latest, first, last, p_value)
