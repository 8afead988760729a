"""Uncertainty of figures over the choice of questions. Numbers in, numbers out; every seed is fixed.

Intervals: the percentile bootstrap over questions (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993).
Differences: the paired randomisation test (Smucker, Allan and Carterette, CIKM 2007).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOOTSTRAP_RESAMPLES = 2000
RANDOM_SIGN_DRAWS = 20_000
INTERVAL_QUANTILES = (0.025, 0.975)
_BLOCK_NUMBERS = 2_000_000  # held in memory at once
_ROUNDING = 1e-12  # smaller differences are rounding

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Paired:
    """One measure of two systems on the same questions: first minus second."""

    difference: float
    interval: tuple[float, float]
    p: float  # two-sided: the chance of so large a difference if the two systems were alike
    wins: int
    ties: int
    losses: int


def picks(counts: Sequence[int], width: int = 1, seed: int = 0) -> Iterator[list[NDArray[np.int64]]]:
    """Draw BOOTSTRAP_RESAMPLES times with replacement, in blocks: of each stratum of questions, (b, count) int64.

    counts: the size of each stratum. width: numbers that the caller keeps for each question drawn; it limits a block.
    """
    generator = np.random.default_rng(seed)
    for block in _blocks(BOOTSTRAP_RESAMPLES, sum(counts) * width):
        yield [generator.integers(0, count, (block, count)) for count in counts]


def intervals(values: Floats) -> Floats:
    """Compute 95% intervals of the means of q measures over n questions. values: (n, q), n > 0. Returns (2, q)."""
    count, width = values.shape
    means = np.concatenate([values[drawn].mean(axis=1) for (drawn,) in picks([count], width)])
    return spread(means)


def spread(resampled: Floats) -> Floats:
    """Return the bounds of 95% of BOOTSTRAP_RESAMPLES values of q figures. resampled: (r, q). Returns (2, q)."""
    return np.quantile(resampled, INTERVAL_QUANTILES, axis=0)


def compare(first: Floats, second: Floats) -> list[Paired]:
    """Compare two systems by q measures on the same n questions. Both (n, q), n > 0."""
    differences = first - second
    differences[np.abs(differences) < _ROUNDING] = 0
    bounds = intervals(differences)
    return [
        Paired(
            float(column.mean()),
            (float(bounds[0, i]), float(bounds[1, i])),
            randomisation(column),
            int((column > 0).sum()),
            int((column == 0).sum()),
            int((column < 0).sum()),
        )
        for i, column in enumerate(differences.T)
    ]


def randomisation(differences: Floats, seed: int = 0) -> float:
    """Return the two-sided p of a mean difference under random signs. differences: (n,).

    The observed signs count as one draw more, so that p is never 0.
    """
    nonzero = differences[differences != 0]  # signs change nothing for the others
    generator = np.random.default_rng(seed)
    observed = abs(nonzero.sum()) - _ROUNDING
    extreme = 0
    for block in _blocks(RANDOM_SIGN_DRAWS, len(nonzero)):
        signs = generator.integers(0, 2, (block, len(nonzero)), dtype=np.int8) * 2.0 - 1
        extreme += int((np.abs(signs @ nonzero) >= observed).sum())
    return (extreme + 1) / (RANDOM_SIGN_DRAWS + 1)


def figure(value: float, bounds: Any, name: str = "mean") -> dict[str, Any]:
    """Return a figure with its interval, rounded for JSON. bounds: low and high."""
    return {name: round(float(value), 4), "interval": [round(float(bound), 4) for bound in bounds]}


def _blocks(whole: int, width: int) -> Iterator[int]:
    size = max(1, _BLOCK_NUMBERS // max(1, width))
    for start in range(0, whole, size):
        yield min(size, whole - start)


def proportion_interval(count: int, of: int) -> tuple[float, float]:
    """Compute the 95% interval of a share by Wilson's score (1927), which holds for few questions. of > 0.

    >>> [round(bound, 3) for bound in proportion_interval(18, 20)]
    [0.699, 0.972]
    """
    z, share = 1.959964, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
