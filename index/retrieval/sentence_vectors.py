"""Sentence vectors: the best sentences of a passage are its finer score."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from pincite.index.storage.npy import ArrayWriter, StartsWriter, open_rows

SENTENCES_FILE = "sentences.npy"
SENTENCE_STARTS_FILE = "sentence-starts.npy"


class SentenceWriter:
    """Writes the vectors of all sentences, passage after passage, as a context manager."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """`dimension` is d, the length of a vector."""
        self._vectors = ArrayWriter(folder / SENTENCES_FILE, np.float32, (dimension,))
        self._starts = StartsWriter(folder / SENTENCE_STARTS_FILE)

    def __enter__(self) -> SentenceWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vectors.close()
        self._starts.close()

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Add the sentence vectors of the next passage, (s, d) float32."""
        self._vectors.append(vectors)
        self._starts.add(len(vectors))


class SentenceIndex:
    """The vectors of every passage's sentences, mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Open what SentenceWriter wrote."""
        self._vectors = open_rows(folder / SENTENCES_FILE)
        self._starts = np.load(folder / SENTENCE_STARTS_FILE, allow_pickle=False)

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
