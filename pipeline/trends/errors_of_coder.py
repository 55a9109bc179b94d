"""The scatter of a coder's errors over documents, and whether they differ between groups of these.

Pure functions on arrays. Definitions: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.trends.resampling import Floats, Indices

PSEUDO = 1.0
"""Errors that are added to those seen, half of either kind: none seen of fifty is not proof of none."""


@dataclass(frozen=True, slots=True)
class Effects:
    """How the errors of each group differ from the common line: `value` and `variance`, (g,) each."""

    value: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Scores:
    """Weights that add up to 1, strata and documents of n labels, (n,) each: sums, how they vary."""

    weight: Floats
    stratum: Indices
    document: Indices

    def sums(self, design: Floats, values: Floats) -> Floats:
        """(documents,): what each document adds to the weighted mean of `values`, the line taken off."""
        inverse = np.linalg.pinv(design.T @ (design * self.weight[:, None]))
        rest = values - design @ (inverse @ design.T @ (self.weight * values))
        return self._clustered((self.weight * rest)[:, None])[:, 0]

    def variance(self, design: Floats, residual: Floats) -> Floats:
        """(k, k): covariance of the sums of `design` (n, k) times `residual`, by document, within strata."""
        of = self._clustered(design * (self.weight * residual)[:, None])
        total = of.T @ of * (len(of) / max(len(of) - design.shape[1], 1))
        total[0, 0] += PSEUDO * float((self.weight**2).mean())
        return np.asarray(total)

    def _clustered(self, scores: Floats) -> Floats:
        """Scores (n, k) less their stratum's mean, summed over each document."""
        number = np.bincount(self.stratum)
        centred = scores.copy()
        several = number > 1
        for column in range(scores.shape[1]):
            mean = np.bincount(self.stratum, scores[:, column]) / np.maximum(number, 1)
            centred[:, column] -= np.where(several, mean, 0)[self.stratum]
        scale = np.where(several, np.sqrt(number / np.maximum(number - 1, 1)), 1.0)
        centred *= scale[self.stratum][:, None]
        _, where = np.unique(self.document, return_inverse=True)
        return np.column_stack([np.bincount(where, column) for column in centred.T])


def differ(
    scores: Scores, residual: Floats, groups: Floats, permutations: int, rng: np.random.Generator
) -> float | None:
    """The chance of errors that differ so much between groups (n, g), were documents exchangeable.

    Permutes documents over groups; the statistic is the spread of the groups' mean errors. None where
    fewer than two groups have labels.
    """
    error, weight, groups = _by_document(scores, residual, groups)
    if groups.shape[1] < 2:
        return None
    seen = _statistic(error, weight, groups)
    order = rng.permuted(np.tile(np.arange(len(error)), (permutations, 1)), axis=1)
    drawn = _statistic(error[order], weight[order], groups)
    return float((1 + (drawn >= seen - 1e-12).sum()) / (1 + permutations))


def effects_of(
    scores: Scores, residual: Floats, groups: Floats, chance: float | None, alpha: float
) -> Effects | None:
    """The groups' own errors, drawn towards the common line as they are uncertain (Fay and Herriot 1979).

    None where the groups don't differ beyond chance. A group without labels has none of its own, and the
    variance of the groups.
    """
    if chance is None or chance >= alpha:
        return None
    error, weight, of = _by_document(scores, residual, groups)
    total = of.T @ weight
    value = (of.T @ error) / total
    # One variance for all groups: those of few labels can't tell their own.
    noise = float(error @ error / (weight @ weight)) * (of.T @ weight**2) / total**2
    share = total / total.sum()
    between = float(share @ (value**2 - noise) / max(1 - float(share @ share), 1e-9))
    between = max(between, 0.0)
    own = between / (between + noise)
    values, variances = np.zeros(groups.shape[1]), np.full(groups.shape[1], between)
    there = groups.sum(axis=0) > 0
    values[there], variances[there] = own * value, own * noise
    return Effects(values, variances)


def _by_document(scores: Scores, residual: Floats, groups: Floats) -> tuple[Floats, Floats, Floats]:
    """Summed errors and weights of each document (m,), and its shares of the groups with labels (m, g)."""
    _, first, where = np.unique(scores.document, return_index=True, return_inverse=True)
    error = np.asarray(np.bincount(where, scores.weight * residual), dtype=np.float64)
    weight = np.asarray(np.bincount(where, scores.weight), dtype=np.float64)
    return error, weight, groups[first][:, groups.sum(axis=0) > 0]


def _statistic(error: Floats, weight: Floats, groups: Floats) -> Floats:
    """Σ over groups of (sum of errors)² / (sum of weights); for one order (m,) or several (r, m)."""
    return np.asarray(((error @ groups) ** 2 / np.maximum(weight @ groups, 1e-12)).sum(axis=-1))
