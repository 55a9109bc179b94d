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
class Scores:
    """Weights that add up to 1, strata and documents of n labels, (n,) each: sums, how they vary."""

    weight: Floats
    stratum: Indices
    document: Indices

    def sums(self, design: Floats, values: Floats) -> Floats:
        """(documents,): what each document adds to the weighted mean of `values`, the line taken off."""
        return self._clustered((self.weight * self.rest(design, values))[:, None])[:, 0]

    def rest(self, design: Floats, values: Floats) -> Floats:
        """(n,): what the line through `values` leaves of them."""
        line = self.inverse(design) @ design.T @ (self.weight * values)
        return np.asarray(values - design @ line)

    def inverse(self, design: Floats) -> Floats:
        """(k, k): that of the weighted squares and products of `design` (n, k)."""
        return np.asarray(np.linalg.pinv(design.T @ (design * self.weight[:, None])))

    def variance(self, design: Floats, residual: Floats, used: float) -> Floats:
        """(k, k): covariance of the sums of `design` (n, k) times `residual`, by document, within strata.

        `used` is how many of the documents' degrees of freedom the residuals have lost.
        """
        of = self._clustered(design * (self.weight * residual)[:, None])
        total = of.T @ of * (len(of) / max(len(of) - used, 1))
        total[0, 0] += PSEUDO * float((self.weight**2).mean())
        return np.asarray(total)

    def by_document(self, residual: Floats, design: Floats, groups: Floats) -> Errors:
        """The same by document, in the groups (n, g) that have labels."""
        _, first, where = np.unique(self.document, return_index=True, return_inverse=True)
        weight = np.asarray(np.bincount(where, self.weight), dtype=np.float64)
        line = np.column_stack([np.bincount(where, self.weight * column) for column in design.T])
        there = groups.sum(axis=0) > 0
        error = np.asarray(np.bincount(where, self.weight * residual), dtype=np.float64)
        return Errors(error, weight, line / weight[:, None], groups[first][:, there])

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


@dataclass(frozen=True, slots=True)
class Errors:
    """Summed errors and weights of m documents, (m,) each, their `design` (m, k) and `groups` (m, g)."""

    error: Floats
    weight: Floats
    design: Floats
    groups: Floats

    @property
    def inverse(self) -> Floats:
        """(k, k): that of the weighted squares and products of `design`."""
        return np.asarray(np.linalg.pinv(self.design.T @ (self.design * self.weight[:, None])))

    @property
    def noise(self) -> float:
        """The variance of an error of weight 1: one for all, as few labels can't tell their group's own."""
        return float(self.error @ self.error / (self.weight @ self.weight))


def differ(errors: Errors, permutations: int, rng: np.random.Generator) -> float | None:
    """The chance of errors that differ so much between groups, were documents exchangeable.

    Permutes documents over groups and takes the line off again, as it was taken off the errors seen (Freedman
    and Lane 1983); the statistic is the spread of the groups' means. None where fewer than two have labels.
    """
    error, weight, groups = errors.error, errors.weight, errors.groups
    if groups.shape[1] < 2:
        return None
    seen = _statistic(error, weight, groups)
    order = rng.permuted(np.tile(np.arange(len(error)), (permutations, 1)), axis=1)
    drawn = error[order]
    drawn -= (drawn @ errors.design) @ (errors.inverse @ (errors.design * weight[:, None]).T)
    return float((1 + (_statistic(drawn, weight, groups) >= seen - 1e-12).sum()) / (1 + permutations))


def between(errors: Errors) -> float:
    """The variance of the groups' own errors, by the method of moments (Fay and Herriot 1979).

    It allows for what the line takes off them, since it was drawn through them.
    """
    total = errors.groups.T @ errors.weight
    value = errors.groups.T @ errors.error / total
    noise = errors.noise * (errors.groups.T @ errors.weight**2) / total**2
    middle = errors.groups.T @ (errors.design * errors.weight[:, None]) / total[:, None]
    left = np.eye(len(total)) - middle @ errors.inverse @ (middle * total[:, None]).T
    shown = total @ left**2
    seen = float(total @ value**2 - shown @ noise)
    return max(seen / max(float(shown.sum()), 1e-9), 0.0)


def _statistic(error: Floats, weight: Floats, groups: Floats) -> Floats:
    """Σ over groups of (sum of errors)² / (sum of weights in it); for one order (m,) or several (r, m)."""
    return np.asarray(((error @ groups) ** 2 / np.maximum(weight @ groups, 1e-12)).sum(axis=-1))
