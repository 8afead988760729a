"""How well scores part right from wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def auroc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """Return the probability that one of `right` exceeds one of `wrong`, ties half; NaN when either is empty."""
    if not len(right) or not len(wrong):
        return float("nan")
    low = np.sort(np.asarray(wrong, dtype=np.float64))
    high = np.asarray(right, dtype=np.float64)
    above = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(above.mean() / (2 * len(low)))


def interval(right: Sequence[float], wrong: Sequence[float], rounds: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Return a 95% interval of the AUROC by resampling questions."""
    rng = np.random.default_rng(seed)
    high, low = np.asarray(right), np.asarray(wrong)
    found: NDArray[np.float64] = np.array(
        [auroc(rng.choice(high, len(high)), rng.choice(low, len(low))) for _ in range(rounds)]
    )
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))
