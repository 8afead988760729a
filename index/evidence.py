"""Sentence vectors: the best sentences of a passage are its finer score and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index.arrays import ArrayWriter, StartsWriter, opened
from index.judge import Verdict
from index.vocabulary import Document, Evidence, Passage, Range

VECTORS = "sentences.npy"
STARTS = "sentence-starts.npy"
MARGIN = 0.15  # in cosine: sentences this near to the best answer as well as it does, as far as we can tell
MARKS = 0.05  # what one logit of the judge's mark counts, in cosine
MOST = 4  # sentences marked in a passage, lists aside


class SentenceWriter:
    """Writes the vectors of all sentences, passage after passage, as a context manager."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """`dimension` is d, the length of a vector."""
        self._vectors = ArrayWriter(folder / VECTORS, np.float32, (dimension,))
        self._starts = StartsWriter(folder / STARTS)

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
        self._vectors = opened(folder / VECTORS)
        self._starts = np.load(folder / STARTS, allow_pickle=False)

    def vectors(self, row: int) -> NDArray[np.float32]:
        """The sentence vectors of one passage. Returns (s, d) float32."""
        found: NDArray[np.float32] = self._vectors[self._starts[row] : self._starts[row + 1]]
        return found

    def scores(self, queries: NDArray[np.float32], row: int) -> NDArray[np.float32]:
        """The score of every sentence of a passage. queries: (u, d) float32. Returns (u, s) float32."""
        found: NDArray[np.float32] = queries @ self.vectors(row).T
        return found

    def best(self, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The score of the best sentence of each of m passages. queries: (u, d) float32. Returns (u, m) float32."""
        begins, counts = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        places = np.cumsum(counts) - counts  # where each passage's sentences begin among those of all
        held = self._vectors[np.repeat(begins - places, counts) + np.arange(counts.sum())]
        best: NDArray[np.float32] = np.maximum.reduceat(queries @ held.T, places, axis=1)
        return best


def choose(passage: Passage, cosines: NDArray[np.float32], verdict: Verdict | None = None) -> list[Range]:
    """The ranges that answer, in the order of the text: the best sentence and those that score nearly as well.

    A list item comes with the line that introduces its list, and such a line, chosen, with its whole list.
    cosines: (s,) float32, one a sentence of the passage. verdict: the trained judge's, where it read the passage.
    """
    scores = cosines if verdict is None else cosines + MARKS * verdict.sentences
    best_first = np.argsort(-scores, kind="stable")[:MOST]
    near = [int(i) for i in best_first if scores[i] >= scores[best_first[0]] - MARGIN]
    chosen = {passage.sentences[i] for i in near}
    for sentence, lead_in in zip(passage.sentences, passage.lead_ins, strict=True):
        if lead_in is not None and sentence in chosen:
            chosen.add(lead_in)
        elif lead_in is not None and lead_in == passage.sentences[int(best_first[0])]:
            chosen.add(sentence)
    return sorted(chosen)


def evidence(document: Document, ranges: Sequence[Range]) -> tuple[Evidence, ...]:
    """Ranges of a document with their quotes."""
    return tuple(Evidence(start, end, document.text[start:end]) for start, end in ranges)
