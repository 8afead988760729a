"""General words, the most frequent first: which words are English, and how rare they are. Two files of the bundle."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from pincite.index.storage.npy import save_array
from pincite.index.system_errors import naming_file

WORDS_FILE = "general-words.txt"
ORDER_FILE = "general-order.npy"
RAREST_RANK = 60_000  # from this place on a word is as rare as can be
CACHED_LOOKUPS = 4096  # words lately looked up whose place and rarity are kept: people ask in the same few words


def write_word_frequencies(folder: Path, words: Sequence[str]) -> None:
    """Write general words, the most frequent first, and their places in the order of their bytes."""
    lines = [word.encode() for word in words]
    with naming_file(folder / WORDS_FILE):
        (folder / WORDS_FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    order = sorted(range(len(lines)), key=lines.__getitem__)
    save_array(folder / ORDER_FILE, np.array(order, dtype=np.int32))


class WordFrequencies:
    """Word-frequency list, binary-searched in the raw file bytes: a tenth of a set's memory, 0.01 ms a look-up."""

    def __init__(self, folder: Path) -> None:
        """Open what write_general wrote."""
        self._lines = (folder / WORDS_FILE).read_bytes()
        self._order = np.load(folder / ORDER_FILE, allow_pickle=False).data
        breaks = np.flatnonzero(np.frombuffer(self._lines, dtype=np.uint8) == ord("\n"))
        # of each place's line, and the end of the last: plain numbers come out of a view faster than out of an array
        self._begins = np.concatenate([[0], breaks + 1]).astype(np.int32).data
        self.rarity = lru_cache(maxsize=CACHED_LOOKUPS)(self._rarity)
        self._at = lru_cache(maxsize=CACHED_LOOKUPS)(self._place)

    def __contains__(self, word: str) -> bool:
        return self._at(word) is not None

    def first(self, count: int) -> list[str]:
        """Return the `count` most frequent words."""
        return self._lines.decode("utf-8").split(maxsplit=count)[:count]

    def _rarity(self, word: str) -> float:
        """Return 0 for the most frequent word, rising with log rank to 1 at RAREST_RANK and for unknown words."""
        forms = dict.fromkeys((word.lower(), word.lower().removesuffix("s")))
        place = min((at for form in forms if (at := self._place(form)) is not None), default=RAREST_RANK)
        return min(1.0, math.log1p(place) / math.log1p(RAREST_RANK))

    def _place(self, word: str) -> int | None:
        """Return the rank of a word, 0 for the most frequent; None for unknown words."""
        line = word.encode()
        at = bisect_left(self._order, line, key=self._line)
        return self._order[at] if at < len(self._order) and self._line(self._order[at]) == line else None

    def _line(self, place: int) -> bytes:
        return self._lines[self._begins[place] : self._begins[place + 1] - 1]
