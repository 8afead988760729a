"""Coverage: how near passages come to each content word of a question. An off-topic question has a word far from all.

A word's cosine is the mean over its tokens of their best cosine with a passage's tokens: "fatigue" meets "tired". A
name is in a passage or not: 1 or 0. Numbers come in, numbers go out.
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
    is_name: NDArray[np.bool_]  # (w,)

    def best_passage(self) -> float:
        """1 less the gap of the best passage: that of its worst word, rarity x (1 - cosine). Higher is better."""
        return 1 - float((self.rarity * (1 - self.max_sim)).max(axis=1).min())

    def overall(self) -> float:
        """1 less the gap of all passages together. Higher is better; never falls when a passage joins."""
        return 1 - float((self.rarity * (1 - self.max_sim.max(axis=0))).max())

    def lacks_name(self) -> bool:
        """Return whether a name of the question is in no passage."""
        return bool((self.is_name & (self.max_sim.max(axis=0) <= 0)).any())

    def unmatched(self, threshold: float) -> tuple[str, ...]:
        """Return the words whose gap is above `threshold` in all passages, widest gap first."""
        gaps = self.rarity * (1 - self.max_sim.max(axis=0))
        return tuple(self.words[i] for i in np.argsort(-gaps, kind="stable") if gaps[i] > threshold)


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
    return _coverage(similarities, rarity, names, holds_names)


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
    similarities = {}
    for start, end in _without_names(content_words, names):
        tokens = [i for i, (s, e) in enumerate(spans) if start <= s and e <= end]
        if tokens:
            similarities[text[start:end]] = max_sim[:, tokens].mean(axis=1)
    if not similarities and not names:
        similarities = {text: max_sim.mean(axis=1)}
    return _coverage(similarities, rarity, names, holds_names)


def _without_names(words: Sequence[Range], names: Sequence[Name]) -> list[Range]:
    """Return the words that share no character with a name."""
    return [(s, e) for s, e in words if not any(name.span[0] < e and s < name.span[1] for name in names)]


def _coverage(
    similarities: Mapping[str, NDArray[np.float32]],
    rarity: Callable[[str], float],
    names: Sequence[Name],
    holds_names: NDArray[np.bool_],
) -> Coverage:
    columns = [*similarities.values(), *holds_names.T.astype(np.float32)]
    weights = [*(rarity(word) for word in similarities), *(1.0 for _ in names)]
    is_name = np.array([False] * len(similarities) + [True] * len(names))
    words = (*similarities, *(name.text for name in names))
    return Coverage(words, np.array(weights, dtype=np.float32), np.stack(columns, axis=1), is_name)
