"""General words, the most frequent first: which words are English, and how rare they are. One file of the bundle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

FILE = "general-words.txt"
RAREST = 60_000  # from this place on a word is as rare as can be
KEPT = 4096  # words lately looked up whose place and rarity are kept: people ask in the same few words


def write_general(folder: Path, words: Sequence[str]) -> None:
    """Write general words, the most frequent first."""
    (folder / FILE).write_text("".join(f"{word}\n" for word in words), encoding="utf-8")


class GeneralWords:
    """A line a word, searched as it lies: a tenth of the memory of a set, and 0.1 ms a word."""

    def __init__(self, folder: Path) -> None:
        """Open what write_general wrote."""
        self._lines = b"\n" + (folder / FILE).read_bytes()
        self._rare = _offset(self._lines, RAREST)  # no word from here on tells more than that it is as rare as can be
        self.rarity = lru_cache(maxsize=KEPT)(self._rarity)
        self._at = lru_cache(maxsize=KEPT)(self._find)

    def __contains__(self, word: str) -> bool:
        return self._at(word) >= 0

    def first(self, count: int) -> list[str]:
        """The `count` most frequent words."""
        return self._lines.decode("utf-8").split(maxsplit=count)[:count]

    def _rarity(self, word: str) -> float:
        """From 0 for the most frequent word to 1 from place RAREST on, by log of the place; 1 for words not there."""
        forms = dict.fromkeys((word.lower(), word.lower().removesuffix("s")))
        found = [at for form in forms if (at := self._find(form, self._rare)) >= 0]
        if not found:
            return 1.0
        place = self._lines.count(b"\n", 0, min(found))
        return min(1.0, math.log1p(place) / math.log1p(RAREST))

    def _find(self, word: str, before: int | None = None) -> int:
        return self._lines.find(f"\n{word}\n".encode(), 0, before)


def _offset(lines: bytes, place: int) -> int:
    """Where the word of a place begins; the end where there are fewer words. lines: a line break before each word."""
    breaks = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == ord("\n"))
    return int(breaks[place]) + 1 if place < len(breaks) else len(lines)
