"""Spelling correction: a word that neither the documents nor English know becomes the nearest word of the documents.

Distance is optimal string alignment (insertions, deletions, substitutions, swapped neighbours), by rapidfuzz. A word
is left as it is if it or its stem is in the documents, if it is a single token of the encoder's vocabulary, or if it is
in a list of 160,000 English words, so that rare correct words stay. If the nearest word may be another name (prednisone
for "prednisolone"), or there are several, it is offered and not searched: docs/decisions/0008-spelling.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from pincite.index.query.analysis import terms
from pincite.index.query.compatibility import compatible
from pincite.index.query.word_frequency import WordFrequencies
from pincite.index.types import Correction

MIN_LETTERS = 5  # letters: shorter words have too many neighbours
TWO_EDIT_LETTERS = 10  # letters from which two slips are forgiven
COMMON_WORDS = (
    20_000  # so many of the most frequent general words may be what was meant, where the documents' words are not
)
MIN_COMMON_LETTERS = 7  # letters
MIN_TYPO_LETTERS = 3  # letters of a word that may be a slip of a common word

_WORD = re.compile(r"[^\W\d_]+")
_INFLECTION = re.compile("(?:(?<=[a-z]{3})(?:e?[ds]|ing|ers?|ly|ness)|(?<=[a-z]{2})s)$")
_VOWELS = frozenset("aeiouy")
# British spellings of which the list has the American ones alone
_BRITISH = tuple(
    (re.compile(pattern), american)
    for pattern, american in (
        ("our", "or"), ("is(e|ed|es|er|ers|ing|ation|ations)$", r"iz\1"), ("ys(e|ed|es|ing)$", r"yz\1"),
        ("ae|oe", "e"), ("(?<=[aeiou])ll(?=ed|ing|er)", "l"), ("re$", "er"), ("ence$", "ense"), ("ogue", "og"),
    )
)  # fmt: skip


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
        common = general.most_frequent(COMMON_WORDS)
        self._common = {word: -place for place, word in enumerate(common) if len(word) >= MIN_COMMON_LETTERS}
        self._corpus_by_initial = _by_initial(self._counts)
        self._common_by_initial = _by_initial(self._common)
        self._typo_targets = _by_initial(common, MIN_TYPO_LETTERS)
        self._in_corpus = in_corpus
        self._in_vocabulary = in_vocabulary

    def correct(self, text: str) -> tuple[str, tuple[Correction, ...], str | None]:
        """Correct the misspelt words of a question.

        Returns the text, the corrections in it, in order, and the text with those as well that may make another name of
        what was typed, to be offered ("Did you mean"); None if there are no such.
        """
        pieces: list[str] = []
        offered: list[str] = []
        corrections: list[Correction] = []
        position = 0
        for match in _WORD.finditer(text):
            replacement, is_certain = self._correction(match.group())
            if replacement is None:
                continue
            before = text[position : match.start()]
            pieces += [before, replacement if is_certain else match.group()]
            offered += [before, replacement]
            if is_certain:
                corrections.append(Correction(match.group(), replacement))
            position = match.end()
        corrected, did_you_mean = ("".join([*texts, text[position:]]) for texts in (pieces, offered))
        return corrected, tuple(corrections), did_you_mean if did_you_mean != corrected else None

    def is_english(self, word: str) -> bool:
        """Return whether general English knows a word, in either spelling, or it is a slip of a common word.

        A word with a capital may be a name, and is no slip; one in capitals is English if it is common.
        """
        lower = word.lower().replace("’", "'")
        if word.isupper():
            return self._general.is_among(lower, COMMON_WORDS)
        if any(form in self._general for form in _forms(lower) if form):
            return True
        return word.islower() and len(word) >= MIN_TYPO_LETTERS and bool(_nearest_words(word, self._typo_targets, 1))

    def _correction(self, typed: str) -> tuple[str | None, bool]:
        """Return what a word may have been meant to be, if it is misspelt, and whether it can be nothing else."""
        word = typed.lower()
        if len(word) < MIN_LETTERS or typed.isupper() or self._is_known(word):
            return None, False
        nearest = _nearest_words(word, self._corpus_by_initial, 2 if len(word) >= TWO_EDIT_LETTERS else 1)
        replacement = min(nearest, key=lambda near: (-self._counts[near], near), default=None)
        if replacement is not None:
            are_english = all(near in self._general for near in nearest)
            is_certain = are_english or (len(nearest) == 1 and _is_slip(word, replacement))
        elif typed.islower() and len(word) >= MIN_COMMON_LETTERS:  # a capital may begin a name
            nearest = _nearest_words(word, self._common_by_initial, 1)
            replacement = min(nearest, key=lambda near: (-self._common[near], near), default=None)
            is_certain = True
        if replacement is None:
            return None, False
        return replacement.capitalize() if typed[0].isupper() else replacement, is_certain

    def _is_known(self, word: str) -> bool:
        stems = terms(word)
        if word in self._counts or any(self._in_corpus(stem) for stem in stems):
            return True
        forms = (word, word.removesuffix("s"), *stems)
        return any(self._in_vocabulary(form) or form in self._general for form in forms)


def lower_words(text: str) -> list[str]:
    """Return the runs of letters of a text, lower-cased and in compatibility form (NFKC).

    >>> lower_words("C9orf72 causes ALS.")
    ['c', 'orf', 'causes', 'als']
    """
    return [m.group().lower() for m in _WORD.finditer(compatible(text))]


def _forms(word: str) -> Iterator[str]:
    """Yield a word without its possessive, then its bases, then the American spelling of all of them."""
    forms = [word, word.removesuffix("'s"), word.replace("'", "")]
    yield from forms
    forms += [_INFLECTION.sub(base, form) for form in forms for base in ("", "e")]
    yield from forms[3:]
    yield from (pattern.sub(american, form) for form in forms for pattern, american in _BRITISH)


def _by_initial(words: Iterable[str], min_letters: int = MIN_LETTERS - 1) -> dict[str, list[str]]:
    """Words by first letter: people seldom miss that one."""
    words_by_initial: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= min_letters:
            words_by_initial.setdefault(word[0], []).append(word)
    return words_by_initial


def _nearest_words(word: str, words_by_initial: Mapping[str, list[str]], max_edits: int) -> list[str]:
    """Return the words nearest to a word, if they are within `max_edits` edits."""
    near = extract(word, words_by_initial.get(word[0], ()), scorer=OSA.distance, score_cutoff=max_edits, limit=None)
    least = min((distance for _, distance, _ in near), default=0)
    return [found for found, distance, _ in near if distance == least]


def _is_slip(typed: str, name: str) -> bool:
    """Return whether one slip of the hand or the ear makes a name of what was typed, and hardly another name.

    A letter too many or too few, two swapped, or one vowel for another: "vincristyne". Another consonant, or two
    edits, may make another name: "nimodipine" and "nifedipine".
    """
    if OSA.distance(typed, name) != 1:
        return False
    changed = [(a, b) for a, b in zip(typed, name, strict=False) if a != b]
    return len(typed) != len(name) or len(changed) == 2 or {*changed[0]} <= _VOWELS
