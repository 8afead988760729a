"""Sentence vectors: a passage is re-ranked by its best sentence. Vectors come in, cosines go out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.rows import Rows


class SentenceIndex:
    """Vectors of every passage's sentences."""

    def __init__(self, vectors: Rows, starts: NDArray[np.int64]) -> None:
        """Score by the vectors of all sentences, (s, d) float32, unit rows, passage after passage.

        starts: (n + 1,), the first sentence of each of n passages, and the end of the last one's.
        """
        self._vectors = vectors
        self._starts = starts

    def vectors(self, row: int) -> NDArray[np.float32]:
        """Return the sentence vectors of one passage: (s, d) float32."""
        found: NDArray[np.float32] = self._vectors[self._starts[row] : self._starts[row + 1]]
        return found

    def scores(self, queries: NDArray[np.float32], row: int) -> NDArray[np.float32]:
        """Score every sentence of a passage. queries: (u, d) float32. Returns (u, s) float32."""
        found: NDArray[np.float32] = queries @ self.vectors(row).T
        return found

    def best(self, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score the best sentence of each of m passages. queries: (u, d) float32. Returns (u, m) float32."""
        begins, counts = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        places = np.cumsum(counts) - counts  # where each passage's sentences begin among those of all
        held = self._vectors[np.repeat(begins - places, counts) + np.arange(counts.sum())]
        best: NDArray[np.float32] = np.maximum.reduceat(queries @ held.T, places, axis=1)
        return best
