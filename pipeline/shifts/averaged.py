"""Linear regression whose errors hang together in time, nobody knows how much: averaged over what may be.

Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.trends.resampling import Floats

INDEPENDENT = 0.2
"""The weight, beforehand, of errors that don't hang together at all."""
MEMORIES = 1 - 2.0 ** (-np.arange(10) / 2)
"""Correlations with the next period that are thought as likely as each other: 0 to 0.96, evenly by the
logarithm of how long it lasts."""
HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Candidates:
    """Covariances that errors may have, but for a common factor: `shape` (m, n, n).

    `weight` (m,) is what each counts before the data are seen, `neighbours` (m,) how far the errors of
    two periods in a row correlate under it, where they are sampled alike.
    """

    shape: Floats
    weight: Floats
    neighbours: Floats


@dataclass(frozen=True, slots=True)
class Averaged:
    """What is known of k coefficients of each of b series: m distributions of Student's t, mixed.

    `weight` (m, b); `centre` and `scale` (m, k, b); `neighbours` (b,) is the correlation of errors in a
    row, as the data weigh it.
    """

    weight: Floats
    centre: Floats
    scale: Floats
    freedom: int
    neighbours: Floats

    @property
    def value(self) -> Floats:
        """(k, b): the mean of a coefficient."""
        return np.asarray((self.weight[:, None] * self.centre).sum(axis=0))

    def bound(self, level: float) -> Floats:
        """(k, b): the value below which a coefficient lies with a probability."""
        from scipy.special import stdtr, stdtrit

        each = self.centre + stdtrit(self.freedom, level) * self.scale
        low, high = each.min(axis=0), each.max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = stdtr(self.freedom, (middle - self.centre) / self.scale)
            enough = (self.weight[:, None] * below).sum(axis=0) >= level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.asarray((low + high) / 2)

    def p_values(self) -> Floats:
        """(k, b): twice the probability of the less likely sign."""
        from scipy.special import stdtr

        away = self.centre / self.scale
        sides = [(self.weight[:, None] * stdtr(self.freedom, sign * away)).sum(axis=0) for sign in (-1, 1)]
        return np.asarray(2 * np.minimum(*sides))


def candidates(variance: Floats, time: Floats) -> Candidates:
    """What the errors of periods with this sampling `variance` (n,) at these times (n,) may be.

    Sampling alone; sampling that hangs together; half of it sampling, half a course of its own that does;
    that course alone, which has the same variance in every period.
    """
    usual = float(variance.mean())
    apart = np.abs(time[:, None] - time[None, :])
    course = MEMORIES[:, None, None] ** apart
    sampling = np.diag(variance / usual)
    root = np.sqrt(variance / usual)
    shapes = [sampling[None], course * np.outer(root, root), (sampling + course) / 2, course]
    weight = np.full(1 + 3 * len(MEMORIES), (1 - INDEPENDENT) / (3 * len(MEMORIES)))
    weight[0] = INDEPENDENT
    neighbours = np.concatenate([[0.0], MEMORIES, MEMORIES / 2, MEMORIES])
    return Candidates(np.concatenate(shapes), weight, neighbours)


def regress(design: Floats, lines: Floats, may_be: Candidates, wanted: Sequence[int]) -> Averaged:
    """Generalised least squares of each line of `lines` (b, n) on `design` (n, p), under every candidate.

    Returns the coefficients of the k `wanted` columns of the design. The candidates are weighed by their
    likelihood, the coefficients and the logarithm of the errors' common factor integrated out under flat
    priors (Zellner and Tiao 1964), which makes it that of restricted maximum likelihood.
    """
    n, p = design.shape
    root = np.linalg.cholesky(may_be.shape)
    both = np.hstack([design, lines.T])
    even = np.linalg.solve(root, np.broadcast_to(both, (len(root), *both.shape)))
    x, y = even[..., :p], even[..., p:]
    cross = x.mT @ x
    bread = np.linalg.inv(cross)
    centre = bread @ (x.mT @ y)
    # A line that nothing is left of would have a likelihood without bound.
    rest = ((y - x @ centre) ** 2).sum(axis=1) + np.finfo(float).tiny
    size = np.log(np.einsum("mii->mi", root)).sum(axis=1) + np.linalg.slogdet(cross)[1] / 2
    likelihood = -size[:, None] - (n - p) / 2 * np.log(rest)
    weight = np.exp(likelihood - likelihood.max(axis=0)) * may_be.weight[:, None]
    weight /= weight.sum(axis=0)
    scale = np.sqrt(np.einsum("mkk->mk", bread)[..., None] * rest[:, None] / (n - p))
    return Averaged(weight, centre[:, wanted], scale[:, wanted], n - p, may_be.neighbours @ weight)
