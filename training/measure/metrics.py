"""The interval of an AUROC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pincite.evaluation.metrics.answerability import auroc_of_scores


def interval(right: Sequence[float], wrong: Sequence[float], rounds: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Return the 95% bootstrap interval of the AUROC of two samples of scores, each resampled on its own."""
    rng = np.random.default_rng(seed)
    high, low = np.asarray(right), np.asarray(wrong)
    resampled = [
        auroc_of_scores(rng.choice(high, len(high)).tolist(), rng.choice(low, len(low)).tolist()) for _ in range(rounds)
    ]
    return float(np.quantile(resampled, 0.025)), float(np.quantile(resampled, 0.975))
