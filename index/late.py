"""Late interaction: how well each content word of the question is met by some word of the passage, in context.

After Khattab and Zaharia, "ColBERT" (2020), with the mean in place of the sum and the default encoder's own token
vectors: for each token of the question's content words the best cosine with any token of the passage (headings
included), averaged. Measured in docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoded
from index.lexical import content_words

VECTORS = "tokens.npy"
STARTS = "token-starts.npy"


def write_tokens(folder: Path, passages: Sequence[NDArray[np.float32]]) -> None:
    """Write the token vectors of every passage, each (t, d) float32, as float16: two bytes a number."""
    starts = np.cumsum([0, *(len(p) for p in passages)], dtype=np.int64)
    np.save(folder / VECTORS, np.concatenate(passages).astype(np.float16), allow_pickle=False)
    np.save(folder / STARTS, starts, allow_pickle=False)


class TokenIndex:
    """The token vectors of every passage, mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Open what write_tokens wrote."""
        self._vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        self._starts = np.load(folder / STARTS, allow_pickle=False)

    def vectors(self, row: int) -> NDArray[np.float32]:
        """The token vectors of one passage. Returns (t, d) float32, t > 0."""
        found: NDArray[np.float16] = self._vectors[self._starts[row] : self._starts[row + 1]]
        return found.astype(np.float32)

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Late interaction of one question with m passages.

        query: (q, d) float32, from `content_tokens`. Returns (m,) float32, at most 1, higher is better.
        """
        scores = [(query @ self.vectors(int(row)).T).max(axis=1).mean() for row in rows]
        return np.array(scores, dtype=np.float32)


def content_tokens(text: str, encoded: Encoded) -> NDArray[np.float32]:
    """The token vectors of a question's content words; of all its words where it has no others.

    Returns (q, d) float32, q > 0 for any text that has a word.
    """
    content = content_words(text)
    kept = [i for i, (start, end) in enumerate(encoded.spans) if any(s <= start and end <= e for s, e in content)]
    return encoded.tokens[kept] if kept else encoded.tokens
