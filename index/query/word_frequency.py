"""General words, the most frequent first: which words are English, and how rare they are."""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RAREST_RANK = 60_000  # from this place on a word is as rare as can be
CACHED_LOOKUPS = 4096  # look-ups cached for rank and for rarity: people ask in the same few words


class WordFrequencies:
    """Word-frequency list, binary-searched in the raw file bytes: a tenth of a set's memory, 0.01 ms a look-up."""

    def __init__(self, lines: bytes, alphabetical: NDArray[np.int32]) -> None:
        """Search words in UTF-8, one a line, the most frequent first.

        alphabetical: (w,), the ranks of all words in the order of their bytes.
        """
        self._lines = lines
        self._alphabetical = alphabetical.data
        breaks = np.flatnonzero(np.frombuffer(self._lines, dtype=np.uint8) == ord("\n"))
        # of each place's line, and the end of the last: plain numbers come out of a view faster than out of an array
        self._line_starts = np.concatenate([[0], breaks + 1]).astype(np.int32).data
        self.rarity = lru_cache(maxsize=CACHED_LOOKUPS)(self._compute_rarity)
        self._cached_rank = lru_cache(maxsize=CACHED_LOOKUPS)(self._find_rank)

    def __contains__(self, word: str) -> bool:
        return self._cached_rank(word) is not None

    def is_among(self, word: str, count: int) -> bool:
        """Return whether a word is one of the `count` most frequent."""
        rank = self._cached_rank(word)
        return rank is not None and rank < count

    def most_frequent(self, count: int) -> list[str]:
        """Return the `count` most frequent words."""
        return self._lines.decode("utf-8").split(maxsplit=count)[:count]

    def _compute_rarity(self, word: str) -> float:
        """Return 0 for the most frequent word, rising with log rank to 1 at RAREST_RANK and for unknown words."""
        forms = dict.fromkeys((word.lower(), word.lower().removesuffix("s")))
        rank = min(
            (form_rank for form in forms if (form_rank := self._find_rank(form)) is not None), default=RAREST_RANK
        )
        return min(1.0, math.log1p(rank) / math.log1p(RAREST_RANK))

    def _find_rank(self, word: str) -> int | None:
        """Return the rank of a word, 0 for the most frequent; None for unknown words."""
        line = word.encode()
        position = bisect_left(self._alphabetical, line, key=self._word_at)
        return (
            self._alphabetical[position]
            if position < len(self._alphabetical) and self._word_at(self._alphabetical[position]) == line
            else None
        )

    def _word_at(self, rank: int) -> bytes:
        return self._lines[self._line_starts[rank] : self._line_starts[rank + 1] - 1]
