"""Fuse scores of several kinds into one. Arrays come in, an array goes out; no index, file or setting is seen here.

A convex combination of min-max normalised scores, as in Bruch, Gai and Ingber, "An Analysis of Fusion Functions
for Hybrid Retrieval" (2023). The weights were settled by measurement: docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

CANDIDATES = {"dense": 0.5, "lexical": 0.5}
FINER = {"dense": 0.25, "sentence": 0.25, "lexical": 0.15, "late": 0.35}


def fuse(scores: Mapping[str, NDArray[np.float32]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Combine the scores of the same m candidates. Each array: (m,), higher is better; the weights sum to 1.

    Returns (m,) float64 in [0, 1], higher is better.
    """
    total = np.zeros(len(scores[next(iter(weights))]), dtype=np.float64)
    for name, weight in weights.items():
        total += weight * normalised(scores[name])
    return total


def normalised(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores moved and stretched to [0, 1]; all 0 where they do not differ. scores: (m,). Returns (m,) float64."""
    if len(scores) == 0:
        return np.zeros(0)
    values = scores.astype(np.float64)
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros(len(values))
