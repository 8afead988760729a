"""The lexical arm: BM25 over stemmed passage text with its headings. Text comes in, scores go out.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
idf of Lucene, log(1 + (n - df + 0.5) / (df + 0.5)), which is never negative.
A word of the query counts once, however often it is asked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.analysis import _FUNCTION_TERMS, terms
from pincite.index.storage.npy import map_array

K1 = 1.2
B = 0.75
LOOKUP_SHARE = 50  # passages of which fewer than one in so many are wanted are looked up in the postings one by one
EXHAUSTIVE_BELOW = 4096  # passages at most of an index that scores them all
MIN_SCORE = np.float32(1e-9)  # below any score but 0
SUM_TOLERANCE = 1e-3  # more than sums of float32 in another order can differ by

TERMS_FILE = "lexical-terms.json"
STARTS_FILE = "lexical-starts.npy"
ROWS_FILE = "lexical-rows.npy"
SCORES_FILE = "lexical-weights.npy"
MAX_SCORES_FILE = "lexical-most.npy"  # of each term, the most that it scores in any passage


def idf(passages: int, frequency: int) -> float:
    """Return the inverse document frequency of a term that `frequency` of so many passages hold."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def top_rows(scores: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the k rows of the best scores above 0, best first, ties by row. Both (m,). Returns (n,) int64, n <= k."""
    held = scores > 0
    if np.count_nonzero(held) > k:
        held = scores >= np.partition(scores, -k)[-k]
    rows, scores = rows[held], scores[held]
    return rows[np.lexsort((rows, -scores))[:k]]


class BM25Index:
    """BM25 postings with the score of each (term, passage) worked out at ingest: a query only adds."""

    def __init__(self, folder: Path, size: int) -> None:
        """Open the index that pincite.index.retrieval.bm25_writer.write_bm25 wrote over `size` passages."""
        order = json.loads((folder / TERMS_FILE).read_text(encoding="utf-8"))
        self._place = {term: i for i, term in enumerate(order)}
        self._starts = np.load(folder / STARTS_FILE, allow_pickle=False)
        self._rows, self._weights = map_array(folder / ROWS_FILE), map_array(folder / SCORES_FILE)
        self._most = np.load(folder / MAX_SCORES_FILE, allow_pickle=False)
        self._size = size
        self._terms = lru_cache(maxsize=64)(self._find_terms)  # one question is scored several times

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every passage for one query. Returns (n,) float32; 0 where no word is shared."""
        total = np.zeros(self._size, dtype=np.float32)
        for at in self._terms(query):
            np.add.at(total, *self._postings(at))
        return total

    def scores_of(self, query: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 of some passages for one query. rows: (m,). Returns (m,) float32, as scores() has them."""
        if len(rows) * LOOKUP_SHARE > self._size:
            found: NDArray[np.float32] = self.scores(query)[rows]
            return found
        total = np.zeros(len(rows), dtype=np.float32)
        for at in self._terms(query):
            total += self._looked_up(at, rows)
        return total

    def best(self, query: str, k: int) -> NDArray[np.int64]:
        """Find the k best passages of those that score above 0. Returns (m,) int64, m <= k, best first.

        The MaxScore of Turtle and Flood, "Query evaluation: strategies and optimizations" (1995): words are added up
        from the rarest on. Once all that are left weigh less together than the k-th best score is known to be, no
        passage with none of the words before them can come in: the words left are looked up for those that still may.
        """
        if self._size <= EXHAUSTIVE_BELOW:
            return top_rows(self.scores(query), np.arange(self._size), k)
        rarest_first = sorted(self._terms(query), key=lambda at: (self._frequency(at), at))
        most = self._most[np.array(rarest_first, dtype=np.int64)].astype(np.float64)
        left = [*np.cumsum(most[::-1])[::-1].tolist(), 0.0]  # what the words from each place on can add
        total, added, floor = self._add_up(rarest_first, left, k)
        if added < len(rarest_first):
            floor = max(floor, self._known(query, total, floor, k))
        found = np.flatnonzero(total >= max(floor - left[added] - SUM_TOLERANCE, MIN_SCORE))
        scores = total[found]
        for place in range(added, len(rarest_first)):
            scores = np.add(scores, self._looked_up(rarest_first[place], found))
            if len(found) > k:
                floor = max(floor, _kth(scores, k))
                may = scores + left[place + 1] + SUM_TOLERANCE >= floor
                found, scores = found[may], scores[may]
        return top_rows(self.scores_of(query, found), found, k)

    def _add_up(self, ats: Sequence[int], left: Sequence[float], k: int) -> tuple[NDArray[np.float32], int, float]:
        """Add up terms until those that are left cannot bring a new passage among the k best.

        Returns the scores so far (n,), how many terms are in them, and a score that k passages reach.
        """
        total = np.zeros(self._size, dtype=np.float32)
        floor = 0.0
        for added, at in enumerate(ats):
            if left[added] + SUM_TOLERANCE < floor:
                return total, added, floor
            rows, weights = self._postings(at)
            np.add.at(total, rows, weights)  # in half the time of +=, though no row is there twice
            if len(rows) > k and left[0] - left[added + 1] > left[added + 1]:  # before, no score beats what is left
                floor = max(floor, _kth(total[rows], k))
        return total, len(ats), floor

    def _known(self, query: str, total: NDArray[np.float32], floor: float, k: int) -> float:
        """Return a score that k passages reach: the whole scores of those that lead by part of the terms."""
        leading = np.flatnonzero(total >= floor)
        if len(leading) > 2 * k:
            leading = np.sort(leading[np.argpartition(total[leading], -2 * k)[-2 * k :]])
        return _kth(self.scores_of(query, leading), k) - SUM_TOLERANCE

    def _postings(self, at: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the posting list of a term: rows, ascending, and the term's score in each."""
        span = slice(self._starts[at], self._starts[at + 1])
        return self._rows[span], self._weights[span]

    def _looked_up(self, at: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Look up the score of a term in some passages. rows: (m,). Returns (m,) float32."""
        held, weights = self._postings(at)
        wanted = rows.astype(np.int32)
        places = np.searchsorted(held, wanted)
        places[places == len(held)] = 0
        scores: NDArray[np.float32] = np.where(held[places] == wanted, weights[places], np.float32(0))
        return scores

    def rarity(self, query: str) -> dict[str, float]:
        """Return the idf of each distinct content term of a query; terms that no passage holds weigh most."""
        content = dict.fromkeys(term for term in terms(query) if term not in _FUNCTION_TERMS)
        held = {term: self._place.get(term) for term in content}
        return {term: idf(self._size, 0 if at is None else self._frequency(at)) for term, at in held.items()}

    def held(self, query_terms: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of m passages hold which of t terms: (t, m) bool."""
        found = np.zeros((len(query_terms), len(rows)), dtype=np.bool_)
        for i, term in enumerate(query_terms):
            at = self._place.get(term)
            if at is not None:
                found[i] = np.isin(rows, self._rows[self._starts[at] : self._starts[at + 1]])
        return found

    def has_term(self, term: str) -> bool:
        """Return whether any passage holds a term."""
        return term in self._place

    def _find_terms(self, query: str) -> tuple[int, ...]:
        """Return the known terms of a query in a fixed order: sums of floats depend on it."""
        return tuple(self._place[term] for term in sorted(set(terms(query))) if term in self._place)

    def _frequency(self, at: int) -> int:
        return int(self._starts[at + 1] - self._starts[at])


def _kth(scores: NDArray[np.float32], k: int) -> float:
    """Return the k-th best of at least k scores."""
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])
