"""Late interaction: how well each content word of the question is met by some word of the passage, in context.

After Khattab and Zaharia, "ColBERT" (2020), with the mean in place of the sum and the default encoder's own token
vectors: for each token of the question the best cosine with any token of the passage (headings included), averaged.
A word that the passage lacks and another passage of its section has counts in part. Measured in
docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index.arrays import ArrayWriter, StartsWriter
from index.encoder import Encoded
from index.lexical import content_words

VECTORS = "tokens.npy"
SCALES = "token-scales.npy"
STARTS = "token-starts.npy"

WIDE = 10_000  # tokens at most of an index that keeps its vectors in float32 as well: 15 MB
FUNCTION = 0.5  # what a token of a function word weighs beside one of a content word
NEARBY = 0.3  # the share of the best cosine in any of the section's candidates; the rest is the passage's own


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token vectors of one passage in one byte a number: cosines with them are off by .002 at most."""

    values: NDArray[np.int8]  # (t, d)
    scales: NDArray[np.float32]  # (t,): values * scale are the vector


def quantise(vectors: NDArray[np.float32]) -> Tokens:
    """Round token vectors, (t, d) float32, to 127 steps of each one's largest number."""
    scales = np.abs(vectors).max(axis=1) / np.float32(127)
    scales = np.where(scales > 0, scales, np.float32(1))
    return Tokens(np.rint(vectors / scales[:, None]).astype(np.int8), scales)


class TokenWriter:
    """Writes the token vectors of every passage, one after another, as a context manager."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """`dimension` is d, the length of a vector."""
        self._values = ArrayWriter(folder / VECTORS, np.int8, (dimension,))
        self._scales = ArrayWriter(folder / SCALES, np.float32)
        self._starts = StartsWriter(folder / STARTS)

    def __enter__(self) -> TokenWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._values.close()
        self._scales.close()
        self._starts.close()

    def add(self, tokens: Tokens) -> None:
        """Add the token vectors of the next passage."""
        self._values.append(tokens.values)
        self._scales.append(tokens.scales)
        self._starts.add(len(tokens.values))


class TokenIndex:
    """The token vectors of every passage, mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Open what TokenWriter wrote."""
        # plain arrays over the maps: the memmap class costs more for each slice than reading the slice does
        self._values = np.asarray(np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False))
        self._scales = np.asarray(np.load(folder / SCALES, mmap_mode="r", allow_pickle=False))
        self._starts = np.load(folder / STARTS, allow_pickle=False)
        # of an article, whose every passage is a candidate of every question, in float32: one product does for all
        few = len(self._values) <= WIDE
        self._wide = self._values.astype(np.float32) * self._scales[:, None] if few else None

    def tokens(self, row: int) -> Tokens:
        """The token vectors of one passage."""
        span = slice(self._starts[row], self._starts[row + 1])
        return Tokens(self._values[span], self._scales[span])

    def met(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The best cosine of each token of a question with any of each passage.

        query: (t, d) float32. Returns (m, t) float32 for m rows.
        """
        if self._wide is not None and 2 * len(rows) >= len(self._starts) - 1:
            best: NDArray[np.float32] = np.maximum.reduceat(self._wide @ query.T, self._starts[:-1], axis=0)
            return best[rows]
        found = np.empty((len(rows), len(query)), dtype=np.float32)
        begins, ends = self._starts[rows], self._starts[rows + 1]
        widened = np.empty((int((ends - begins).max(initial=0)), query.shape[1]), dtype=np.float32)  # one for all rows
        for place, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            vectors = widened[: end - begin]
            vectors[:] = self._values[begin:end]
            cosines = query @ vectors.T
            cosines *= self._scales[begin:end]
            cosines.max(axis=1, out=found[place])
        return found


def interact(
    met: NDArray[np.float32], weights: NDArray[np.float32], sections: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Late interaction of one question with m passages.

    met: (m, t). weights: (t,), summing to 1. sections: (m,), equal for passages of one section. Returns (m,) float32.
    """
    order = np.argsort(sections, kind="stable")
    _, starts, counts = np.unique(sections[order], return_index=True, return_counts=True)
    nearby = np.empty_like(met)
    nearby[order] = np.repeat(np.maximum.reduceat(met[order], starts), counts, axis=0)
    scores: NDArray[np.float32] = ((1 - NEARBY) * met + NEARBY * nearby) @ weights
    return scores


def weigh(text: str, encoded: Encoded) -> NDArray[np.float32]:
    """The weights of a question's tokens: those of function words weigh FUNCTION of the others'. (t,), summing to 1."""
    content = content_words(text)
    held = [any(s <= start and end <= e for s, e in content) for start, end in encoded.spans]
    weights = np.where(held, np.float32(1), np.float32(FUNCTION))
    summed: NDArray[np.float32] = weights / weights.sum()
    return summed
