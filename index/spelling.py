"""Spelling: a word that neither the documents nor English know becomes the word of the documents it was meant to be.

Distance is optimal string alignment (insertions, deletions, substitutions, swapped neighbours), by rapidfuzz. A word
is left alone when the documents hold it or its stem, when the encoder's vocabulary holds it whole, or when it is in a
list of 160,000 English words, so that rare right words stay. Measured in docs/decisions/0008-spelling.md.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rapidfuzz.distance import OSA

from index.lexical import terms
from index.vocabulary import Mend

WORDS = "words.json"
GENERAL = "general-words.txt"

LEAST = 5  # letters: shorter words have too many neighbours
LONG = 10  # letters from which two slips are forgiven
COMMON = 20_000  # so many of the most frequent general words may be what was meant, where the documents' words are not
COMMON_LEAST = 7  # letters

_WORD = re.compile(r"[^\W\d_]+")


def write_words(folder: Path, texts: Iterable[str], general: Sequence[str]) -> None:
    """Write the words of the documents with their counts, and general words, the most frequent first."""
    counts = Counter(word for text in texts for word in _words(text))
    (folder / WORDS).write_text(json.dumps(dict(sorted(counts.items())), ensure_ascii=False), encoding="utf-8")
    (folder / GENERAL).write_text("".join(f"{word}\n" for word in general), encoding="utf-8")


class Speller:
    """Mends the words of a question."""

    def __init__(self, folder: Path, holds: Callable[[str], bool], encodes: Callable[[str], bool]) -> None:
        """Open what write_words wrote.

        holds: whether the documents hold a stem. encodes: whether the encoder has a word in its vocabulary.
        """
        self._counts: dict[str, int] = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        # a line a word: searched as it lies, it takes a tenth of the memory of a set, and 0.1 ms a word
        self._general = b"\n" + (folder / GENERAL).read_bytes()
        general = self._general.decode("utf-8").split(maxsplit=COMMON)[:COMMON]
        # frequency falls with the place in the list
        common = {word: -place for place, word in enumerate(general) if len(word) >= COMMON_LEAST}
        self._own = _by_initial(self._counts)
        self._common = _by_initial(common)
        self._holds = holds
        self._encodes = encodes

    def mend(self, text: str) -> tuple[str, tuple[Mend, ...]]:
        """A question with its misspelt words mended, and what was mended, in order."""
        pieces: list[str] = []
        mends: list[Mend] = []
        at = 0
        for found in _WORD.finditer(text):
            meant = self._meant(found.group())
            if meant is not None:
                pieces += [text[at : found.start()], meant]
                mends.append(Mend(found.group(), meant))
                at = found.end()
        return "".join([*pieces, text[at:]]), tuple(mends)

    def _meant(self, typed: str) -> str | None:
        word = typed.lower()
        if len(word) < LEAST or typed.isupper() or self._known(word):
            return None
        meant = _nearest(word, self._own, 2 if len(word) >= LONG else 1)
        if meant is None and typed.islower() and len(word) >= COMMON_LEAST:  # a capital may begin a name
            meant = _nearest(word, self._common, 1)
        return meant.capitalize() if meant and typed[0].isupper() else meant

    def _known(self, word: str) -> bool:
        stems = terms(word)
        if word in self._counts or any(self._holds(stem) for stem in stems):
            return True
        forms = (word, word.removesuffix("s"), *stems)
        return any(self._encodes(form) or f"\n{form}\n".encode() in self._general for form in forms)


def _words(text: str) -> list[str]:
    return [m.group().lower() for m in _WORD.finditer(text)]


def _by_initial(frequency: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    """Words with their frequencies, by first letter: people seldom miss that one."""
    found: dict[str, list[tuple[str, int]]] = {}
    for word, count in frequency.items():
        if len(word) >= LEAST - 1:
            found.setdefault(word[0], []).append((word, count))
    return found


def _nearest(word: str, among: Mapping[str, list[tuple[str, int]]], most: int) -> str | None:
    """The nearest word at `most` slips away; of equals the most frequent, then the first in the alphabet."""
    best: tuple[int, int, str] | None = None
    for candidate, frequency in among.get(word[0], ()):
        if abs(len(candidate) - len(word)) <= most:
            slips = OSA.distance(word, candidate, score_cutoff=most)
            if slips <= most and (best is None or (slips, -frequency, candidate) < best):
                best = (slips, -frequency, candidate)
    return best[2] if best else None
