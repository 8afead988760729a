"""Statistics of terms that BM25 needs, and its formula over them, for stores that compute no scores of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.analysis import terms
from pincite.index.retrieval.bm25 import BM25_B, BM25_K1, idf


@dataclass(slots=True)
class TermStatistics:
    """Counts over the passages of an index."""

    passages: int = 0
    terms: int = 0  # in all passages together
    frequencies: Counter[str] = field(default_factory=Counter)  # of each term, how many passages hold it

    @property
    def average_length(self) -> float:
        """The mean number of terms in a passage."""
        return (self.terms / self.passages if self.passages else 1.0) or 1.0

    def add(self, other: TermStatistics) -> None:
        """Count passages in."""
        self.passages += other.passages
        self.terms += other.terms
        self.frequencies.update(other.frequencies)

    def remove(self, other: TermStatistics) -> None:
        """Count passages out, which were counted in before."""
        self.passages -= other.passages
        self.terms -= other.terms
        self.frequencies.subtract(other.frequencies)
        for term in other.frequencies:
            if not self.frequencies[term]:
                del self.frequencies[term]

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term."""
        return idf(self.passages, self.frequencies[term])


def count_terms(texts: Iterable[str]) -> TermStatistics:
    """Count the terms of some passages."""
    statistics = TermStatistics()
    for text in texts:
        found = terms(text)
        statistics.passages += 1
        statistics.terms += len(found)
        statistics.frequencies.update(set(found))
    return statistics


def term_weights(
    counts: Mapping[str, int], average_length: float, idfs: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return what terms of a passage add to its score by BM25: of those in `idfs`, or of every term with an idf of 1.

    counts: of every term of the passage. The order is that of `idfs`.
    """
    norm = BM25_K1 * (1 - BM25_B + BM25_B * sum(counts.values()) / average_length)
    weighed = dict.fromkeys(counts, 1.0) if idfs is None else idfs
    return {
        term: idf * counts[term] * (BM25_K1 + 1) / (counts[term] + norm)
        for term, idf in weighed.items()
        if term in counts
    }


def bm25_scores(query: str, passages: Iterable[Mapping[str, int]], statistics: TermStatistics) -> NDArray[np.float32]:
    """Score m passages, each given as the counts of its terms, for one query: (m,) float32, to the bit as BM25Index."""
    known = sorted(set(terms(query)) & statistics.frequencies.keys())
    idfs = {term: statistics.idf(term) for term in known}
    scores = []
    for counts in passages:
        total = np.float32(0)
        for weight in term_weights(counts, statistics.average_length, idfs).values():
            total += np.float32(weight)  # one after another: sums of floats depend on the order
        scores.append(total)
    return np.array(scores, dtype=np.float32)
