"""Coverage: how near passages come to each content word of a question. An off-topic question has a word far from all.

A word's cosine is the mean over its tokens of their best cosine with a passage's tokens: "fatigue" meets "tired".
Numbers come in, numbers go out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pincite.index.types import Range


@dataclass(frozen=True, slots=True)
class Coverage:
    """The content words of one question against m passages; all its words where it has no content word."""

    words: tuple[str, ...]
    rarity: NDArray[np.float32]  # (w,) in [0, 1]: how much is lost when the word is not met
    max_sim: NDArray[np.float32]  # (m, w): the cosine of each word in each passage

    def best_passage(self) -> float:
        """1 less the gap of the best passage: that of its worst word, rarity x (1 - cosine). Higher is better."""
        return 1 - float((self.rarity * (1 - self.max_sim)).max(axis=1).min())

    def overall(self) -> float:
        """1 less the gap of all passages together. Higher is better; never falls when a passage joins."""
        return 1 - float((self.rarity * (1 - self.max_sim.max(axis=0))).max())

    def unmatched(self, threshold: float) -> tuple[str, ...]:
        """Return the words whose gap is above `threshold` in all passages, widest gap first."""
        gaps = self.rarity * (1 - self.max_sim.max(axis=0))
        return tuple(self.words[i] for i in np.argsort(-gaps, kind="stable") if gaps[i] > threshold)


def cover_by_terms(
    text: str,
    content_words: Sequence[Range],
    contains_word: Callable[[str], NDArray[np.bool_]],
    rarity: Callable[[str], float],
) -> Coverage:
    """Compute coverage without token vectors: a passage meets a word if it holds any form of it.

    content_words: ranges of the text's content words. contains_word: for a word, (m,), whether each passage holds it.
    rarity: for a word, in [0, 1].
    """
    words = tuple(dict.fromkeys(text[start:end] for start, end in content_words)) or (text,)
    weights = np.array([rarity(word) for word in words], dtype=np.float32)
    return Coverage(words, weights, np.stack([contains_word(word) for word in words], axis=1).astype(np.float32))


def coverage_from_tokens(
    text: str,
    content_words: Sequence[Range],
    spans: Sequence[Range],
    max_sim: NDArray[np.float32],
    rarity: Callable[[str], float],
) -> Coverage:
    """Compute coverage from the MaxSim of a text's tokens: a word's is the mean of its tokens'.

    content_words: ranges of the text's content words. spans: the range of each of t tokens. max_sim: (m, t) float32.
    rarity: for a word, in [0, 1].
    """
    word_tokens = {}
    for start, end in content_words:
        token_numbers = [i for i, (s, e) in enumerate(spans) if start <= s and e <= end]
        if token_numbers:
            word_tokens[text[start:end]] = token_numbers
    word_tokens = word_tokens or {text: list(range(len(spans)))}
    similarities = [max_sim[:, token_numbers].mean(axis=1) for token_numbers in word_tokens.values()]
    weights = np.array([rarity(word) for word in word_tokens], dtype=np.float32)
    return Coverage(tuple(word_tokens), weights, np.stack(similarities, axis=1))
