"""Fusion of scores of several kinds into one. Arrays come in, an array goes out; no index or file is seen here.

A convex combination of min-max normalised scores, as in Bruch, Gai and Ingber, "An Analysis of Fusion Functions
for Hybrid Retrieval" (2023). The weights were settled by measurement: docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

FUSION_WEIGHTS = {"dense": 0.5, "lexical": 0.5}
RERANK_WEIGHTS = {"dense": 0.15, "sentence": 0.15, "lexical": 0.1, "late": 0.6}
CROSS_ENCODER_SHARE = 0.6  # of the score of a passage that the cross-encoder read
LOGIT_RANGE = 6.0  # logits of the cross-encoder that differ count as different up to here, on either side of 0
# Cosines that differ by less than this over all candidates ("What is ALS?" meets ALS everywhere) say little: their
# differences are not stretched to the full range.
MIN_RANGE = {"dense": 0.15, "sentence": 0.15, "late": 0.15}


def fuse(scores: Mapping[str, NDArray[np.float32]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Combine the scores of the same m candidates. Each array: (m,), higher is better.

    The weight of an absent score (in a bundle without token vectors) is shared out among the others.
    Returns (m,) float64 in [0, 1], higher is better.
    """
    present = {name: weight for name, weight in weights.items() if name in scores}
    total = np.zeros(len(scores[next(iter(present))]), dtype=np.float64)
    for name, weight in present.items():
        total += weight * min_max(scores[name], MIN_RANGE.get(name, 0.0))
    return total / sum(present.values())


def with_logits(score: NDArray[np.float64], logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Combine the scores of m candidates with the cross-encoder's logits of the first r; the others count as lowest.

    score: (m,), falling, in [0, 1]. logits: (r,), r <= m. Returns (m,) float64 in [0, 1]: the first r stay above the
    others.
    """
    scaled = np.zeros(len(score))
    scaled[: len(logits)] = scale_logits(logits)
    return (1 - CROSS_ENCODER_SHARE) * score + CROSS_ENCODER_SHARE * scaled


def scale_logits(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scale logits from [-LOGIT_RANGE, LOGIT_RANGE] to [0, 1]; those beyond count as its ends. Both (r,)."""
    return np.clip(logits.astype(np.float64) / (2 * LOGIT_RANGE) + 0.5, 0, 1)


def min_max(scores: NDArray[np.float32], min_range: float) -> NDArray[np.float64]:
    """Scale scores to [0, 1]: less their minimum, over their range, or over `min_range` if that is larger.

    scores: (m,). Returns (m,) float64 in [0, 1]; all 0 where they do not differ.
    """
    if len(scores) == 0:
        return np.zeros(0)
    values = scores.astype(np.float64)
    low = values.min()
    span = max(values.max() - low, min_range)
    return (values - low) / span if span > 0 else np.zeros(len(values))
