"""General words, the most frequent first: which words are English, and how rare they are. One file of the bundle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

FILE = "general-words.txt"
RAREST = 60_000  # from this place on a word is as rare as can be


def write_general(folder: Path, words: Sequence[str]) -> None:
    """Write general words, the most frequent first."""
    (folder / FILE).write_text("".join(f"{word}\n" for word in words), encoding="utf-8")


class GeneralWords:
    """A line a word, searched as it lies: a tenth of the memory of a set, and 0.1 ms a word."""

    def __init__(self, folder: Path) -> None:
        """Open what write_general wrote."""
        self._lines = b"\n" + (folder / FILE).read_bytes()

    def __contains__(self, word: str) -> bool:
        return self._at(word) >= 0

    def first(self, count: int) -> list[str]:
        """The `count` most frequent words."""
        return self._lines.decode("utf-8").split(maxsplit=count)[:count]

    def rarity(self, word: str) -> float:
        """From 0 for the most frequent word to 1 from place RAREST on, by log of the place; 1 for words not there."""
        found = [at for form in (word.lower(), word.lower().removesuffix("s")) if (at := self._at(form)) >= 0]
        if not found:
            return 1.0
        place = self._lines.count(b"\n", 0, min(found))
        return min(1.0, math.log1p(place) / math.log1p(RAREST))

    def _at(self, word: str) -> int:
        return self._lines.find(f"\n{word}\n".encode())
