"""Dense search and BM25 over a store, by row, as DenseIndex and BM25Index have them over a bundle's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.analysis import terms
from pincite.index.retrieval.bm25 import RowsAndScores, top_rows
from pincite.index.store.passage_store import PassageStore
from pincite.index.store.row_cache import RowCache
from pincite.index.store.stored_rows import StoredRows
from pincite.index.store.term_statistics import bm25_scores


class StoredDense:
    """Nearest-neighbour search over the passage vectors of a store."""

    def __init__(self, store: PassageStore, rows: StoredRows) -> None:
        self._store, self._rows = store, rows

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, query: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None) -> RowsAndScores:
        """Find the passages closest to one query, (d,), of all or of the rows `within`: best first, k at most."""
        scope = None if within is None else self._rows.scope(within)
        return self._rows.found(self._store.dense(query, k, scope))

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some passages: (m, d) float32, unit rows."""
        if not len(rows):
            return np.empty((0, self._store.dimension), dtype=np.float32)
        return self._store.vectors(self._rows.keys(rows))


class StoredBM25:
    """BM25 over a store: it finds the passages, and they are scored here, as the index they come from scores them."""

    def __init__(self, store: PassageStore, rows: StoredRows, passages: RowCache[Mapping[str, int]]) -> None:
        """passages: how often each passage holds each of its terms."""
        self._store, self._rows, self._counts = store, rows, passages
        self._statistics = store.statistics()

    def top_k(self, query: str, k: int, within: NDArray[np.int64] | None = None) -> RowsAndScores:
        """Find the k best passages of those that score above 0, of all or of the rows `within`: best first."""
        scope = None if within is None else self._rows.scope(within)
        rows = np.sort(self._rows.found(self._store.lexical(terms(query), k, scope))[0])
        return top_rows(self.scores_of(query, rows), rows, k)

    def scores_of(self, query: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some passages for one query: (m,) float32."""
        return bm25_scores(query, self._counts.get(rows), self._statistics)

    def has_term(self, term: str) -> bool:
        """Return whether any passage holds a term."""
        return term in self._statistics.frequencies

    def has_terms(self, words: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of some passages holds all of some terms: (m,) bool."""
        return np.array([all(word in counts for word in words) for counts in self._counts.get(rows)], dtype=np.bool_)


def count_passage(text: str) -> Mapping[str, int]:
    """Return how often a passage's text holds each of its terms."""
    return Counter(terms(text))
