"""Prevalence at a fixed mix of sources, and the split of a change into mix and within. Pure functions.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pipeline.trends.prevalence import Documents, Measured, Points, cells, measure
from pipeline.trends.resampling import Bootstrap, Floats, flat, interval, wilson_draws

Mix = Mapping[str, float]
"""Weights of sources, at least 0, that add up to 1."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """A number per series with its interval; each is (k,)."""

    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class SplitChange:
    """The change of crude prevalence from one period to another: `total` is `mix` plus `within`."""

    period: str
    start: date
    previous: date
    total: Estimates
    mix: Estimates
    within: Estimates
    documents: float
    documents_before: float


def fixed_mix(sources: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    """The mix that trends are standardised to: the `weights` given, or else each source's share of documents.

    `sources` are those of all documents, one for each.
    """
    if not weights:
        names, numbers = np.unique(np.array(sources, dtype=str), return_counts=True)
        weights = dict(zip(map(str, names), map(float, numbers), strict=True))
    total = sum(weights.values())
    return {source: weight / total for source, weight in sorted(weights.items())}


def standardised(found: Measured, mix: Mix, bootstrap: Bootstrap) -> Points | None:
    """A period's prevalence had its sources stood in the fixed mix (direct standardisation).

    A source of the mix without documents in the period is left out and the others' weights are scaled
    up; `coverage` is the weight of those present. None where no source of the mix is present.
    """
    weights = np.array([mix.get(source, 0.0) for source in found.resamples.sources])
    coverage = float(weights.sum())
    if coverage <= 0:
        return None
    present = weights > 0
    if present.sum() == 1:  # it is that source's own
        (at,) = np.flatnonzero(present)
        only = found.whole if len(present) == 1 else found.by_source[at]
        return replace(only, source=None, estimate="standardised", coverage=coverage)
    weights = weights / coverage
    mean = weights @ np.stack([point.prevalence for point in found.by_source])
    drawn = np.einsum("s,sbk->bk", weights, found.resamples.parts)
    size = float(1 / (weights[present] ** 2 / found.sizes[present]).sum())
    lower, upper = interval(drawn, mean, size, int(present.sum()), bootstrap)
    counted = [point for point, own in zip(found.by_source, present, strict=True) if own]
    return Points(
        found.whole.period,
        found.whole.start,
        None,
        mean,
        lower,
        upper,
        sum(point.documents for point in counted),
        sum(point.passages for point in counted),
        "standardised",
        coverage,
    )


def change(before: Measured, after: Measured, bootstrap: Bootstrap) -> SplitChange:
    """Kitagawa's split (1955) of the change of crude prevalence between two periods, with intervals.

    A source with documents in one of the periods alone has there the prevalence of the other: coming
    or going it changes the mix, and nothing is known of a change within it.
    """
    both = sorted({*before.resamples.sources, *after.resamples.sources})
    share_a, share_b = _shares(before, both), _shares(after, both)
    mean_a, mean_b = _means(before), _means(after)
    mix, within = _split(share_a, share_b, *_aligned(before, after, mean_a, mean_b))
    drawn_a, drawn_b = _draws(before, bootstrap, "change before"), _draws(after, bootstrap, "change after")
    freedom = np.full(len(mix), sum(max(found.size - len(found.sizes), 1.0) for found in (before, after)))
    # Wilson's bounds are wide enough as they are, where few documents agree.
    freedom[flat(before.resamples.whole) & flat(after.resamples.whole)] = np.inf
    if len(both) == 1:
        drawn = drawn_b[0] - drawn_a[0]
        total = Estimates(mix + within, *_bounds(drawn, mix + within, freedom, bootstrap))
        return _change(before, after, total, Estimates(mix, mix, mix), total)
    pair = _aligned(before, after, drawn_a, drawn_b)
    drawn_mix, drawn_within = _split(share_a, share_b, *pair)
    k = len(mix)
    values = np.concatenate([mix + within, mix, within])
    drawn = np.hstack([drawn_mix + drawn_within, drawn_mix, drawn_within])
    lower, upper = _bounds(drawn, values, np.tile(freedom, 3), bootstrap)
    parts = [Estimates(values[at : at + k], lower[at : at + k], upper[at : at + k]) for at in (0, k, 2 * k)]
    return _change(before, after, *parts)


def change_between(
    data: Documents, period: str, first: date, last: date, bootstrap: Bootstrap
) -> SplitChange:
    """The split of the change between any two periods, such as the first and the last, or trough and peak.

    Raises KeyError for a day that no period with documents begins at.
    """
    found = {cell.start: cell for cell in cells(data, period) if cell.start in (first, last)}
    return change(measure(data, found[first], bootstrap), measure(data, found[last], bootstrap), bootstrap)


def _change(
    before: Measured, after: Measured, total: Estimates, mix: Estimates, within: Estimates
) -> SplitChange:
    a, b = before.whole, after.whole
    return SplitChange(b.period, b.start, a.start, total, mix, within, b.documents, a.documents)


def _split(share_a: Floats, share_b: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Mix and within, for shares (S,) and prevalences (S, …) of the same sources."""
    mix = np.tensordot(share_b - share_a, (a + b) / 2, axes=1)
    within = np.tensordot((share_a + share_b) / 2, b - a, axes=1)
    return np.asarray(mix), np.asarray(within)


def _shares(found: Measured, sources: Sequence[str]) -> Floats:
    shares = {str(point.source): point.documents / found.whole.documents for point in found.by_source}
    return np.array([shares.get(source, 0.0) for source in sources])


def _means(found: Measured) -> Floats:
    return np.stack([point.prevalence for point in found.by_source])


def _aligned(before: Measured, after: Measured, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Both in the order of all sources; a source that one period lacks has the other's values there."""
    own_a = dict(zip(before.resamples.sources, a, strict=True))
    own_b = dict(zip(after.resamples.sources, b, strict=True))
    both = sorted({*own_a, *own_b})
    left = np.stack([own_a[source] if source in own_a else own_b[source] for source in both])
    right = np.stack([own_b[source] if source in own_b else own_a[source] for source in both])
    return left, right


def _draws(found: Measured, bootstrap: Bootstrap, key: str) -> Floats:
    """Resampled prevalences of the sources; a series that does not vary moves as Wilson says."""
    drawn = found.resamples
    still = flat(drawn.whole)
    if not still.any():
        return drawn.parts
    rng = bootstrap.generator(key, found.whole.period, found.whole.start)
    mean = found.whole.prevalence[still]
    moved = wilson_draws(mean, found.size, len(drawn.whole), rng) - mean
    parts = drawn.parts.copy()
    parts[:, :, still] += moved
    return parts


def _bounds(drawn: Floats, value: Floats, freedom: Floats, bootstrap: Bootstrap) -> tuple[Floats, Floats]:
    lower, upper = value.copy(), value.copy()
    for number in np.unique(freedom):
        own = freedom == number
        lower[own], upper[own] = bootstrap.bounds(drawn[:, own], float(number))
    return np.clip(np.minimum(lower, value), -1, 1), np.clip(np.maximum(upper, value), -1, 1)
