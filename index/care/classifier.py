"""Linear classifier of questions: an emergency that is happening, distress, or neither.

Its features are the question's vector, which the search has already, and hashed n-grams of its words and characters,
which the mean of token vectors blurs ("wont wake up", "want to wake up"). Weinberger et al., Feature Hashing for Large
Scale Multitask Learning, 2009. Fitted by `python -m training.care.fit`; measured in docs/decisions/0010-care.md.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pincite.index.types import Care

KINDS: tuple[Care, Care] = ("emergency", "distress")
NGRAM_BUCKETS = 1 << 14
NGRAM_SCALE = 2.0  # length of the n-gram features, of which the vector has 1
MIN_ALARM = 0.5  # probability of either kind from which a question is one
MIN_DISTRESS = 0.2  # share of that from which it is distress, whose card names the emergency numbers, too
CHARACTERS = (3, 4, 5)  # lengths of the character n-grams of a word
_WORD = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True, slots=True)
class CareClassifier:
    """Logistic regression over three kinds, "none" being the one whose logit is 0."""

    weights: NDArray[np.float32]  # (2, d + NGRAM_BUCKETS): a row for each of KINDS
    bias: NDArray[np.float32]  # (2,)

    def probabilities(self, question: str, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probabilities of KINDS, (2,) float64. vector: (d,) of the question, unit length."""
        d = len(vector)
        buckets = ngram_buckets(question)
        logits = self.bias + self.weights[:, :d] @ vector
        if len(buckets):
            logits = logits + self.weights[:, d + buckets].sum(axis=1) * ngram_value(buckets)
        exponentials = np.exp(np.clip(logits.astype(np.float64), -30, 30))
        probabilities: NDArray[np.float64] = exponentials / (1 + exponentials.sum())
        return probabilities

    def classify(self, question: str, vector: NDArray[np.float32]) -> Care:
        """Return the kind of a question. vector: (d,) of the question, unit length."""
        emergency, distress = self.probabilities(question, vector)
        if emergency + distress < MIN_ALARM:
            return "none"
        return "distress" if distress >= MIN_DISTRESS * (emergency + distress) else "emergency"


def ngram_buckets(question: str) -> NDArray[np.int64]:
    """Return the buckets that the n-grams of a question fall into, (b,) int64, ascending, each once."""
    return np.unique(np.fromiter((zlib.crc32(g.encode()) % NGRAM_BUCKETS for g in _ngrams(question)), dtype=np.int64))


def ngram_value(buckets: NDArray[np.int64]) -> float:
    """Return the value of each n-gram feature, so that all of a question's together have the length NGRAM_SCALE."""
    return float(NGRAM_SCALE / np.sqrt(len(buckets)))


def _ngrams(question: str) -> Iterator[str]:
    """Yield words, pairs of words that are neighbours or have one word between, and character n-grams of words."""
    words = _WORD.findall(_plain(question))
    yield from (f"1 {word}" for word in words)
    yield from (f"2 {a} {b}" for a, b in pairwise(words))
    yield from (f"3 {a} {b}" for a, b in zip(words, words[2:], strict=False))
    for word in words:
        framed = f"<{word}>"
        yield from (framed[i : i + n] for n in CHARACTERS for i in range(len(framed) - n + 1))


def _plain(text: str) -> str:
    """Return a text in small letters, without accents, its apostrophes straight."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
