"""Spelling correction: a word that neither the documents nor English know becomes the nearest word of the documents.

Distance is optimal string alignment (insertions, deletions, substitutions, swapped neighbours), by rapidfuzz. A word
is left as it is if it or its stem is in the documents, if it is a single token of the encoder's vocabulary, or if it is
in a list of 160,000 English words, so that rare correct words stay. Measured in docs/decisions/0008-spelling.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from pincite.index.query.analysis import terms
from pincite.index.query.word_frequency import WordFrequencies
from pincite.index.types import Correction

MIN_LETTERS = 5  # letters: shorter words have too many neighbours
TWO_EDIT_LETTERS = 10  # letters from which two slips are forgiven
COMMON_WORDS = (
    20_000  # so many of the most frequent general words may be what was meant, where the documents' words are not
)
MIN_COMMON_LETTERS = 7  # letters

_WORD = re.compile(r"[^\W\d_]+")


class Speller:
    """Corrects the spelling of a question."""

    def __init__(
        self,
        counts: Mapping[str, int],
        general: WordFrequencies,
        in_corpus: Callable[[str], bool],
        in_vocabulary: Callable[[str], bool],
    ) -> None:
        """Correct towards the words of the documents, and where none is near, towards common English words.

        counts: how often each word of the documents, lower-cased, occurs in them. in_corpus: whether the documents hold
        a stem. in_vocabulary: whether a word is a token of the encoder's vocabulary.
        """
        self._counts = counts
        self._general = general
        # frequency falls with the place in the list
        common = enumerate(general.most_frequent(COMMON_WORDS))
        self._common = {word: -place for place, word in common if len(word) >= MIN_COMMON_LETTERS}
        self._corpus_by_initial = _by_initial(self._counts)
        self._common_by_initial = _by_initial(self._common)
        self._in_corpus = in_corpus
        self._in_vocabulary = in_vocabulary

    def correct(self, text: str) -> tuple[str, tuple[Correction, ...]]:
        """Correct the misspelt words of a question. Returns the text and the corrections, in order."""
        pieces: list[str] = []
        corrections: list[Correction] = []
        position = 0
        for match in _WORD.finditer(text):
            replacement = self._correction(match.group())
            if replacement is not None:
                pieces += [text[position : match.start()], replacement]
                corrections.append(Correction(match.group(), replacement))
                position = match.end()
        return "".join([*pieces, text[position:]]), tuple(corrections)

    def _correction(self, typed: str) -> str | None:
        word = typed.lower()
        if len(word) < MIN_LETTERS or typed.isupper() or self._is_known(word):
            return None
        replacement = _nearest_word(
            word, self._corpus_by_initial, 2 if len(word) >= TWO_EDIT_LETTERS else 1, self._counts
        )
        if replacement is None and typed.islower() and len(word) >= MIN_COMMON_LETTERS:  # a capital may begin a name
            replacement = _nearest_word(word, self._common_by_initial, 1, self._common)
        return replacement.capitalize() if replacement and typed[0].isupper() else replacement

    def _is_known(self, word: str) -> bool:
        stems = terms(word)
        if word in self._counts or any(self._in_corpus(stem) for stem in stems):
            return True
        forms = (word, word.removesuffix("s"), *stems)
        return any(self._in_vocabulary(form) or form in self._general for form in forms)


def lower_words(text: str) -> list[str]:
    """Return the runs of letters of a text, lower-cased.

    >>> lower_words("C9orf72 causes ALS.")
    ['c', 'orf', 'causes', 'als']
    """
    return [m.group().lower() for m in _WORD.finditer(text)]


def _by_initial(words: Iterable[str]) -> dict[str, list[str]]:
    """Words by first letter: people seldom miss that one."""
    words_by_initial: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= MIN_LETTERS - 1:
            words_by_initial.setdefault(word[0], []).append(word)
    return words_by_initial


def _nearest_word(
    word: str, words_by_initial: Mapping[str, list[str]], max_edits: int, frequency: Mapping[str, int]
) -> str | None:
    """Return the nearest word within `max_edits` edits; ties go to the most frequent, then to the alphabet."""
    near = extract(word, words_by_initial.get(word[0], ()), scorer=OSA.distance, score_cutoff=max_edits, limit=None)
    return min(near, key=lambda found: (found[1], -frequency[found[0]], found[0]))[0] if near else None
