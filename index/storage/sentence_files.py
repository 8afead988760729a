"""Files of the sentence vectors: their names, how they are written, and how they are opened."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.sentence_vectors import SentenceIndex
from pincite.index.storage.npy import ArrayWriter, StartsWriter, open_rows

SENTENCES_FILE = "sentences.npy"
SENTENCE_STARTS_FILE = "sentence-starts.npy"


class SentenceWriter(ExitStack):
    """Writer of the vectors of all sentences, passage after passage; a context manager."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Create both files in `folder`. dimension: d, the length of a vector."""
        super().__init__()
        self._vectors = self.enter_context(ArrayWriter(folder / SENTENCES_FILE, np.float32, (dimension,)))
        self._starts = self.enter_context(closing(StartsWriter(folder / SENTENCE_STARTS_FILE)))

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Add the sentence vectors of the next passage, (s, d) float32."""
        self._vectors.append(vectors)
        self._starts.add(len(vectors))

    def append_from(self, bundle: Path, passages: range) -> range:
        """Add the sentence vectors of passages of another bundle. Returns their rows there."""
        rows = self._starts.append_from(bundle / SENTENCE_STARTS_FILE, passages)
        self._vectors.append_from(bundle / SENTENCES_FILE, rows)
        return rows


def open_sentences(folder: Path) -> SentenceIndex:
    """Open the files that SentenceWriter wrote."""
    vectors = open_rows(folder / SENTENCES_FILE)
    return SentenceIndex(vectors, np.load(folder / SENTENCE_STARTS_FILE, allow_pickle=False))
