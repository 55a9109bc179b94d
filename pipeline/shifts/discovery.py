"""The false-discovery rate over many tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.trends.resampling import Floats


def q_values(p_values: Sequence[float]) -> Floats:
    """Adjusted p-values of Benjamini and Hochberg (1995), in the order given.

    Those of at most 0.05 are a list of which 1 in 20 is expected to be there by chance.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty_like(p)
    found[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.asarray(np.minimum(found, 1.0))
