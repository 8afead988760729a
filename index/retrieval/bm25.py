"""BM25 over stemmed passage text with its headings. Text comes in, rows and scores go out.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
idf of Lucene, log(1 + (n - df + 0.5) / (df + 0.5)), which is never negative.
A word of the query counts once, however often it is asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.analysis import terms

BM25_K1 = 1.2
BM25_B = 0.75
LOOKUP_SHARE = 50  # passages of which fewer than one in so many are wanted are looked up in the postings one by one
EXHAUSTIVE_BELOW = 4096  # passages at most of an index that scores them all
MIN_SCORE = np.float32(1e-9)  # less than any score above 0
SUM_TOLERANCE = 1e-3  # more than sums of float32 in another order can differ by


@dataclass(frozen=True, slots=True)
class Postings:
    """Posting lists of t terms over n passages, one list after another: p postings in all."""

    terms: Sequence[str]  # t terms, in order
    starts: NDArray[np.int64]  # (t + 1,): the first posting of each term, and the end of the last term's
    rows: NDArray[np.int32]  # (p,): the passages that hold a term, ascending within its list
    scores: NDArray[np.float32]  # (p,): the term's score in that passage
    max_scores: NDArray[np.float32]  # (t,): the greatest score of each term in any passage
    passage_count: int  # n


def idf(passages: int, frequency: int) -> float:
    """Return the inverse document frequency of a term that occurs in `frequency` of so many passages."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


RowsAndScores = tuple[NDArray[np.int64], NDArray[np.float32]]  # each (m,)


def top_rows(scores: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> RowsAndScores:
    """Select the k best scores above 0, with their rows: best first, ties by row.

    scores, rows: (m,). Returns rows (n,) int64 and scores (n,) float32, n <= k.

    >>> rows, scores = top_rows(np.array([0.5, 0, 2], np.float32), np.array([7, 8, 9]), k=2)
    >>> rows.tolist(), scores.tolist()
    ([9, 7], [2.0, 0.5])
    """
    selected = scores > 0
    if np.count_nonzero(selected) > k:
        selected = scores >= np.partition(scores, -k)[-k]
    rows, scores = rows[selected], scores[selected]
    best = np.lexsort((rows, -scores))[:k]
    return rows[best], scores[best]


class BM25Index:
    """BM25 over posting lists whose scores were computed at ingest: a query only adds them up."""

    def __init__(self, postings: Postings) -> None:
        """Search `postings`, which may be mapped from disk: only the lists of a query's terms are read."""
        self._term_numbers = {term: i for i, term in enumerate(postings.terms)}
        self._starts, self._rows, self._weights = postings.starts, postings.rows, postings.scores
        self._max_weights = postings.max_scores
        self._passage_count = postings.passage_count
        self._query_terms = lru_cache(maxsize=64)(self._lookup_terms)  # one question is scored several times

    def scores(self, query: str) -> NDArray[np.float32]:
        """Score every passage for one query. Returns (n,) float32; 0 where no word is shared."""
        return self._sum(self._query_terms(query))

    def top_k_of_terms(self, terms: Sequence[str], k: int, within: NDArray[np.int64] | None = None) -> RowsAndScores:
        """Find the k best passages for terms, as top_k() does for their text; every passage is scored."""
        scores = self._sum(sorted(self._term_numbers[term] for term in set(terms) & self._term_numbers.keys()))
        rows = np.arange(self._passage_count) if within is None else within
        return top_rows(scores[rows], rows, k)

    def _sum(self, term_numbers: Iterable[int]) -> NDArray[np.float32]:
        """Add up the scores of some terms in every passage: (n,) float32."""
        total = np.zeros(self._passage_count, dtype=np.float32)
        for term_number in term_numbers:
            np.add.at(total, *self._posting_list(term_number))
        return total

    def scores_of(self, query: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some passages for one query. rows: (m,). Returns (m,) float32, as scores() has them."""
        if len(rows) * LOOKUP_SHARE > self._passage_count:
            scores: NDArray[np.float32] = self.scores(query)[rows]
            return scores
        total = np.zeros(len(rows), dtype=np.float32)
        for term_number in self._query_terms(query):
            total += self._term_scores(term_number, rows)
        return total

    def top_k(self, query: str, k: int, within: NDArray[np.int64] | None = None) -> RowsAndScores:
        """Find the k best passages of those that score above 0, of all or of the rows `within`, (w,).

        Returns rows (m,) int64 and scores (m,) float32, to the last bit those of scores(), best first, m <= k.

        The MaxScore of Turtle and Flood, "Query evaluation: strategies and optimizations" (1995): words are added up
        from the rarest on. Once all that are left weigh less together than the k-th best score is known to be, no
        passage without any of the words before them can be among the best: for the others, the words left are looked
        up.
        """
        if within is not None:
            return top_rows(self.scores_of(query, within), within, k)
        if self._passage_count <= EXHAUSTIVE_BELOW:
            return top_rows(self.scores(query), np.arange(self._passage_count), k)
        rarest_first = sorted(self._query_terms(query), key=lambda at: (self._passage_frequency(at), at))
        upper_bounds = self._max_weights[np.array(rarest_first, dtype=np.int64)].astype(np.float64)
        remaining = [*np.cumsum(upper_bounds[::-1])[::-1].tolist(), 0.0]  # what the words from each place on can add
        total, added, threshold = self._accumulate(rarest_first, remaining, k)
        if added < len(rarest_first):
            threshold = max(threshold, self._score_threshold(query, total, threshold, k))
        rows = np.flatnonzero(total >= max(threshold - remaining[added] - SUM_TOLERANCE, MIN_SCORE))
        scores = total[rows]
        for place in range(added, len(rarest_first)):
            scores = np.add(scores, self._term_scores(rarest_first[place], rows))
            if len(rows) > k:
                threshold = max(threshold, _kth_best(scores, k))
                viable = scores + remaining[place + 1] + SUM_TOLERANCE >= threshold
                rows, scores = rows[viable], scores[viable]
        return top_rows(self.scores_of(query, rows), rows, k)

    def _accumulate(
        self, term_numbers: Sequence[int], remaining: Sequence[float], k: int
    ) -> tuple[NDArray[np.float32], int, float]:
        """Add up terms until those that are left cannot bring a new passage among the k best.

        Returns the scores so far (n,), how many terms are in them, and a score that k passages reach.
        """
        total = np.zeros(self._passage_count, dtype=np.float32)
        threshold = 0.0
        for added, term_number in enumerate(term_numbers):
            if remaining[added] + SUM_TOLERANCE < threshold:
                return total, added, threshold
            rows, weights = self._posting_list(term_number)
            np.add.at(total, rows, weights)  # in half the time of +=, though no row is there twice
            if (
                len(rows) > k and remaining[0] - remaining[added + 1] > remaining[added + 1]
            ):  # before, no score beats what is left
                threshold = max(threshold, _kth_best(total[rows], k))
        return total, len(term_numbers), threshold

    def _score_threshold(self, query: str, total: NDArray[np.float32], threshold: float, k: int) -> float:
        """Return a score that k passages reach: the whole scores of those that lead by part of the terms."""
        leading = np.flatnonzero(total >= threshold)
        if len(leading) > 2 * k:
            leading = np.sort(leading[np.argpartition(total[leading], -2 * k)[-2 * k :]])
        return _kth_best(self.scores_of(query, leading), k) - SUM_TOLERANCE

    def _posting_list(self, term_number: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the posting list of a term: rows, ascending, and the term's score in each."""
        span = slice(self._starts[term_number], self._starts[term_number + 1])
        return self._rows[span], self._weights[span]

    def _term_scores(self, term_number: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Look up the score of a term in some passages. rows: (m,). Returns (m,) float32."""
        list_rows, weights = self._posting_list(term_number)
        wanted_rows = rows.astype(np.int32)
        places = np.searchsorted(list_rows, wanted_rows)
        places[places == len(list_rows)] = 0
        scores: NDArray[np.float32] = np.where(list_rows[places] == wanted_rows, weights[places], np.float32(0))
        return scores

    def has_term(self, term: str) -> bool:
        """Return whether any passage holds a term."""
        return term in self._term_numbers

    def has_terms(self, words: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of m passages holds all of some terms: (m,) bool. rows: (m,)."""
        numbers = [self._term_numbers.get(word) for word in words]
        holds = np.ones(len(rows), dtype=np.bool_)
        for number in numbers:
            holds &= False if number is None else self._term_scores(number, rows) > 0
        return holds

    def _lookup_terms(self, query: str) -> tuple[int, ...]:
        """Return the known terms of a query in a fixed order: sums of floats depend on it."""
        return tuple(self._term_numbers[term] for term in sorted(set(terms(query))) if term in self._term_numbers)

    def _passage_frequency(self, term_number: int) -> int:
        return int(self._starts[term_number + 1] - self._starts[term_number])


def _kth_best(scores: NDArray[np.float32], k: int) -> float:
    """Return the k-th best of at least k scores."""
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])
