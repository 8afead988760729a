"""Coverage: how near passages come to each content word of a question. An off-topic question has a word far from all.

A word's cosine is the mean over its tokens of their best cosine with a passage's tokens: "fatigue" meets "tired". That
of a name is 1 in passages that hold it, and a name that none of them holds is lacking, whatever its cosine. Numbers
come in, numbers go out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.names import Name
from pincite.index.types import Range


@dataclass(frozen=True, slots=True)
class Coverage:
    """The content words of one question against m passages; all its words where it has no content word."""

    words: tuple[str, ...]
    rarity: NDArray[np.float32]  # (w,) in [0, 1]: how much is lost when the word is not met
    max_sim: NDArray[np.float32]  # (m, w): the cosine of each word in each passage
    lacking: NDArray[np.bool_]  # (w,): names that no passage holds

    def best_passage(self) -> float:
        """1 less the gap of the best passage: that of its worst word, rarity x (1 - cosine). Higher is better."""
        return 1 - float((self.rarity * (1 - self.max_sim)).max(axis=1).min())

    def overall(self) -> float:
        """1 less the gap of all passages together. Higher is better; never falls when a passage joins."""
        return 1 - float((self.rarity * (1 - self.max_sim.max(axis=0))).max())

    def lacks_name(self) -> bool:
        """Return whether a name of the question is in no passage."""
        return bool(self.lacking.any())

    def unmatched(self, threshold: float) -> tuple[str, ...]:
        """Return the names that are lacking and the words whose gap is above `threshold` in all passages.

        Names come first, then the widest gap.
        """
        gaps = self.rarity * (1 - self.max_sim.max(axis=0))
        order = np.lexsort((np.arange(len(gaps)), -gaps, ~self.lacking))
        return tuple(self.words[i] for i in order if self.lacking[i] or gaps[i] > threshold)


def cover_by_terms(
    text: str,
    content_words: Sequence[Range],
    contains_word: Callable[[str], NDArray[np.bool_]],
    rarity: Callable[[str], float],
    names: Sequence[Name],
    holds_names: NDArray[np.bool_],
) -> Coverage:
    """Compute coverage without token vectors: a passage meets a word if it holds any form of it.

    content_words: ranges of the text's content words. contains_word: for a word, (m,), whether each passage holds it.
    rarity: for a word, in [0, 1]. holds_names: (m, n), whether each passage holds each of n names.
    """
    words = dict.fromkeys(text[start:end] for start, end in _without_names(content_words, names))
    similarities = {word: contains_word(word).astype(np.float32) for word in words}
    if not similarities and not names:
        similarities = {text: contains_word(text).astype(np.float32)}
    return _coverage(similarities, rarity, names, holds_names, holds_names.astype(np.float32))


def coverage_from_tokens(
    text: str,
    content_words: Sequence[Range],
    spans: Sequence[Range],
    max_sim: NDArray[np.float32],
    rarity: Callable[[str], float],
    names: Sequence[Name],
    holds_names: NDArray[np.bool_],
) -> Coverage:
    """Compute coverage from the MaxSim of a text's tokens: a word's is the mean of its tokens'.

    content_words: ranges of the text's content words. spans: the range of each of t tokens. max_sim: (m, t) float32.
    rarity: for a word, in [0, 1]. holds_names: (m, n), whether each passage holds each of n names.
    """

    def similarity(span: Range) -> NDArray[np.float32]:
        tokens = [i for i, (start, end) in enumerate(spans) if span[0] <= start and end <= span[1]]
        return max_sim[:, tokens].mean(axis=1) if tokens else np.zeros(len(max_sim), dtype=np.float32)

    words = {text[start:end]: similarity((start, end)) for start, end in _without_names(content_words, names)}
    if not words and not names:
        words = {text: max_sim.mean(axis=1)}
    of_names = [similarity(name.span) for name in names]
    cosines = np.stack(of_names, axis=1) if of_names else np.empty((len(max_sim), 0), dtype=np.float32)
    return _coverage(words, rarity, names, holds_names, np.where(holds_names, np.float32(1), cosines))


def _without_names(words: Sequence[Range], names: Sequence[Name]) -> list[Range]:
    """Return the words that share no character with a name."""
    return [(s, e) for s, e in words if not any(name.span[0] < e and s < name.span[1] for name in names)]


def _coverage(
    similarities: Mapping[str, NDArray[np.float32]],
    rarity: Callable[[str], float],
    names: Sequence[Name],
    holds_names: NDArray[np.bool_],
    name_similarities: NDArray[np.float32],
) -> Coverage:
    weights = [rarity(word) for word in (*similarities, *(name.text for name in names))]
    return Coverage(
        (*similarities, *(name.text for name in names)),
        np.array(weights, dtype=np.float32),
        np.column_stack([*similarities.values(), *name_similarities.T]).astype(np.float32),
        np.concatenate([np.zeros(len(similarities), dtype=np.bool_), ~holds_names.any(axis=0)]),
    )
