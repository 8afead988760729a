"""The lexical arm: BM25 over stemmed passage text with its headings. Text comes in, scores go out.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
idf of Lucene, log(1 + (n - df + 0.5) / (df + 0.5)), which is never negative. Stemming is Snowball's English.
A word of the query counts once, however often it is asked.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer

K1 = 1.2
B = 0.75
FEW = 50  # passages of which fewer than one in so many are wanted are looked up in the postings one by one
ROUNDING = 1e-3  # more than sums of float32 in another order can differ by

TERMS = "lexical-terms.json"
STARTS = "lexical-starts.npy"
ROWS = "lexical-rows.npy"
WEIGHTS = "lexical-weights.npy"

# English words that carry grammar, not content. BM25 needs no such list (its idf sees to them); coverage does,
# since a small corpus may lack "how" and would then count it as the rarest word of the question.
FUNCTION_WORDS = (
    "a about after again all also am an and any are as at be because been before being between both but by can could "
    "did do does doing done down during each few for from further get had has have having he her here hers herself him "
    "himself his how i if in into is it its itself just may me might mine more most much must my myself no nor not of "
    "off on once one only or other our ours out over own please shall she should so some such than that the their "
    "theirs them themselves then there these they this those through to too under until up us very was we were what "
    "when where whether which while who whom whose why will with would you your yours yourself"
)

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_stemmer = Stemmer("english")
_one_at_a_time = Lock()  # the stemmer keeps the word it is at


def terms(text: str) -> list[str]:
    """The stemmed words of a text, in order, lower-cased and in compatibility form."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return [_stem(_folded(word)) for word in _WORD.findall(folded)]


def _folded(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # a very long "word" is no word: stemming is linear, storing it as a term is not wanted
    with _one_at_a_time:
        stem: str = _stemmer.stemWord(word[:64])
    return stem


def idf(passages: int, frequency: int) -> float:
    """How much a term tells that `frequency` of so many passages hold."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def content_words(text: str) -> list[tuple[int, int]]:
    """Ranges of the words of a text that are no function words, in code points."""
    return [m.span() for m in _WORD.finditer(text) if _stem(_folded(m.group())) not in _FUNCTION_TERMS]


_FUNCTION_TERMS = frozenset(terms(FUNCTION_WORDS + " don't doesn't didn't isn't aren't can't won't"))


def top(scores: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The k rows of the best scores above 0, best first, ties by row. Both (m,). Returns (n,) int64, n <= k."""
    held = scores > 0
    if np.count_nonzero(held) > k:
        held = scores >= np.partition(scores, -k)[-k]
    rows, scores = rows[held], scores[held]
    return rows[np.lexsort((rows, -scores))[:k]]


class LexicalIndex:
    """BM25 postings with the score of each (term, passage) worked out at ingest: a query only adds."""

    def __init__(self, folder: Path, size: int) -> None:
        """Open the index that index.postings.write_lexical wrote over `size` passages."""
        order = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        self._place = {term: i for i, term in enumerate(order)}
        self._starts = np.load(folder / STARTS, allow_pickle=False)
        self._rows = np.asarray(np.load(folder / ROWS, mmap_mode="r", allow_pickle=False))
        self._weights = np.asarray(np.load(folder / WEIGHTS, mmap_mode="r", allow_pickle=False))
        self._size = size
        self._spans = lru_cache(maxsize=64)(self._find_spans)  # one question is scored several times

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every passage for one query. Returns (n,) float32; 0 where no word is shared."""
        total = np.zeros(self._size, dtype=np.float32)
        for span in self._spans(query):
            total[self._rows[span]] += self._weights[span]
        return total

    def scores_of(self, query: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 of some passages for one query. rows: (m,). Returns (m,) float32, as scores() has them."""
        if len(rows) * FEW > self._size:
            found: NDArray[np.float32] = self.scores(query)[rows]
            return found
        total = np.zeros(len(rows), dtype=np.float32)
        for span in self._spans(query):
            held = self._rows[span]
            places = np.minimum(np.searchsorted(held, rows), len(held) - 1)
            total += np.where(held[places] == rows, self._weights[span][places], np.float32(0))
        return total

    def best(self, query: str, k: int) -> NDArray[np.int64]:
        """The k passages that score best for one query, of those that score. Returns (m,) int64, m <= k, best first.

        Words are added up from the rarest on. Once all that are left weigh less together than the k-th best score so
        far, a passage with none of the words before them cannot come in, and is not looked at: the MaxScore of Turtle
        and Flood, "Query evaluation: strategies and optimizations" (1995).
        """
        spans = sorted(self._spans(query), key=lambda span: span.stop - span.start)
        most = [(K1 + 1) * idf(self._size, span.stop - span.start) for span in spans]
        total = np.zeros(self._size, dtype=np.float32)
        floor, left, found = 0.0, sum(most), np.empty(0, dtype=np.int64)
        for span, weight in zip(spans, most, strict=True):
            if left + ROUNDING < floor:
                found = found[total[found] + left + ROUNDING >= floor]
                break
            total[self._rows[span]] += self._weights[span]
            left -= weight
            found = np.flatnonzero(total)
            if len(found) > k:
                floor = float(np.partition(total[found], -k)[-k])
        return top(self.scores_of(query, found), found, k)

    def rarity(self, query: str) -> dict[str, float]:
        """The distinct content words of a query, stemmed, each with its idf; words no passage holds weigh most."""
        content = dict.fromkeys(term for term in terms(query) if term not in _FUNCTION_TERMS)
        return {term: idf(self._size, self._frequency(term)) for term in content}

    def held(self, query_terms: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of m passages hold which of t terms. Returns (t, m) bool."""
        found = np.zeros((len(query_terms), len(rows)), dtype=np.bool_)
        for i, term in enumerate(query_terms):
            at = self._place.get(term)
            if at is not None:
                found[i] = np.isin(rows, self._rows[self._starts[at] : self._starts[at + 1]])
        return found

    def knows(self, term: str) -> bool:
        """Whether any passage holds a term."""
        return term in self._place

    def _find_spans(self, query: str) -> tuple[slice, ...]:
        """Where the postings of a query's terms lie, in a fixed order: sums of floats depend on it."""
        places = [self._place[term] for term in sorted(set(terms(query))) if term in self._place]
        return tuple(slice(int(self._starts[at]), int(self._starts[at + 1])) for at in places)

    def _frequency(self, term: str) -> int:
        at = self._place.get(term)
        return 0 if at is None else int(self._starts[at + 1] - self._starts[at])
