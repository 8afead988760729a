"""Normalisation of a question, and its split into sentences: it is searched whole and by its parts.

A story of several sentences buries what it asks. With two or three unrelated sentences in front, the share of
development questions whose right section came first fell .89 -> .65; searching the parts as well brings it to .84
(docs/decisions/0009-long-questions.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pincite.index.errors import BlankQuestionError, LongQuestionError
from pincite.index.query.analysis import content_words
from pincite.index.query.compatibility import compatible
from pincite.index.query.names import Name, find_names
from pincite.index.types import Correction, Range

MAX_READ_CHARACTERS = 320  # of a question, which leave the cross-encoder room for the passage
MAX_PARTS = 6  # parts of a long question that are searched: each costs a run of the encoder

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def normalise_query(question: str, max_characters: int) -> str:
    """Normalise a question: compatibility characters composed (NFKC), no control characters, single spaces.

    Raises BlankQuestionError when nothing is left, LongQuestionError when there are more than `max_characters`
    code points.
    """
    if len(question) > max_characters:
        raise LongQuestionError(
            "question",
            f"has {len(question):,} characters; {max_characters:,} at most",
            "ask about one thing, in fewer words",
        )
    visible = "".join(_visible(c) for c in question)
    query = " ".join(compatible(visible).split())
    if not query:
        raise BlankQuestionError("question", "is empty", "type what you want to know")
    return query


def is_blank(character: str) -> bool:
    """Return whether a question of this character alone is blank."""
    return not _visible(character).strip()


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query and its parts, parsed once for all steps of a search, and how the scores of each become one score."""

    question: str  # as asked
    texts: tuple[str, ...]  # the whole query first, then its parts; a query of one part stands alone
    content_words: tuple[tuple[Range, ...], ...]  # for each text, the ranges of its content words
    encoded_indices: tuple[int, ...]  # the parts that end in a question mark; all parts where none does
    corrections: tuple[Correction, ...] = ()  # made to the spelling of the question
    did_you_mean: str | None = None  # the query with corrections that may make another name of a word
    names: tuple[tuple[Name, ...], ...] = ()  # for each text, the words that only themselves match

    @property
    def text(self) -> str:
        """The whole query: the question, normalised and its spelling corrected."""
        return self.texts[0]

    @property
    def question_indices(self) -> tuple[int, ...]:
        """The indices of the texts that ask: those that end in a question mark; 0, the whole, if none does."""
        return tuple(i for i in self.encoded_indices if self.texts[i].endswith("?")) or (0,)

    @property
    def read_text(self) -> str:
        """The text that the cross-encoder reads: the whole query, or of a long one the sentences that ask."""
        if len(self.text) <= MAX_READ_CHARACTERS:
            return self.text
        return " ".join(self.texts[i] for i in self.question_indices)

    @property
    def asks_for_names_alone(self) -> bool:
        """True if the parts that ask hold names and no other content word."""
        return all(
            self.names[i] and all(any(n.span[0] <= s and e <= n.span[1] for n in self.names[i]) for s, e in words)
            for i in self.question_indices
            for words in [self.content_words[i]]
        )

    def pool(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average three scores: the whole question's, the best part's, and the best asking part's.

        scores: (u, ...) float32, one row a text. Returns (...) float32.
        """
        if len(self.texts) == 1:
            whole: NDArray[np.float32] = scores[0]
            return whole
        best_part, best_asking = scores[1:].max(axis=0), scores[list(self.encoded_indices)].max(axis=0)
        pooled: NDArray[np.float32] = ((scores[0] + best_part + best_asking) / 3).astype(np.float32)
        return pooled


def split_query(
    query: str,
    corrections: tuple[Correction, ...] = (),
    did_you_mean: str | None = None,
    is_english: Callable[[str], bool] = bool,
    question: str = "",
) -> ParsedQuery:
    """Split a normalised query into its content-bearing sentences, and find the names in each.

    If there are more than MAX_PARTS, questions are kept first, then the longest. is_english: whether English knows a
    word; without it, only codes and capitals are names. question: as asked, if it reads otherwise.

    >>> split_query("My mum fell. Is leave paid?").texts
    ('My mum fell. Is leave paid?', 'My mum fell.', 'Is leave paid?')
    """
    words_by_part = {part: tuple(content_words(part)) for part in _SENTENCE_END.split(query)}
    parts = [part for part, words in words_by_part.items() if words]
    asking: tuple[int, ...] = ()
    if len(parts) < 2:
        parts = []
    else:
        best_first = sorted(parts, key=lambda part: (not part.endswith("?"), -len(part)))[:MAX_PARTS]
        parts = [part for part in parts if part in best_first]
        questions = tuple(i for i, part in enumerate(parts, start=1) if part.endswith("?"))
        asking = questions or tuple(range(1, len(parts) + 1))
    texts = (query, *parts)
    words = (tuple(content_words(query)), *(words_by_part[part] for part in parts))
    names = tuple(find_names(text, is_english) for text in texts)
    return ParsedQuery(question or query, texts, words, asking, corrections, did_you_mean, names)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs"):  # controls, lone surrogates
        return " "
    # of the invisible formatting characters, only the joiners belong to words
    return "" if category == "Cf" and character not in "\u200c\u200d" else character
