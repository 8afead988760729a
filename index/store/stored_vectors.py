"""Sentence and token vectors of a store, scored by row as SentenceIndex and TokenIndex score those of a bundle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.late_interaction import QuantizedTokens, TokenIndex
from pincite.index.retrieval.sentence_vectors import SentenceIndex
from pincite.index.store.passage_store import PassageStore
from pincite.index.store.row_cache import RowCache
from pincite.index.store.stored_rows import StoredRows

CACHED_SENTENCES = 1024  # passages whose sentence vectors are kept: about 5 KB each
CACHED_TOKENS = 512  # passages whose token vectors are kept: about 50 KB each


class StoredSentences:
    """Cosines of the sentences of a store's passages."""

    def __init__(self, store: PassageStore, rows: StoredRows) -> None:
        self._vectors = RowCache(lambda wanted: store.sentence_vectors([rows.key(r) for r in wanted]), CACHED_SENTENCES)

    def scores(self, queries: NDArray[np.float32], row: int) -> NDArray[np.float32]:
        """Score every sentence of a passage. queries: (u, d) float32. Returns (u, s) float32."""
        return self._index(np.array([row], dtype=np.int64)).scores(queries, 0)

    def best(self, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score the best sentence of each of m passages. queries: (u, d) float32. Returns (u, m) float32."""
        return self._index(rows).best(queries, np.arange(len(rows)))

    def _index(self, rows: NDArray[np.int64]) -> SentenceIndex:
        """Return an index over some rows alone, which are its rows from 0 on."""
        vectors = self._vectors.get(rows)
        return SentenceIndex(np.concatenate(vectors), _starts([len(each) for each in vectors]))


class StoredTokens:
    """MaxSim with the tokens of a store's passages."""

    def __init__(self, store: PassageStore, rows: StoredRows, product: Any) -> None:
        """product: the ONNX Runtime session that TokenIndex takes."""
        self._tokens = RowCache(lambda wanted: store.tokens([rows.key(row) for row in wanted]), CACHED_TOKENS)
        self._product = product

    def tokens(self, row: int) -> QuantizedTokens:
        """Return the token vectors of one passage."""
        return self._tokens.get([row])[0]

    def max_sim(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the MaxSim of each query token, (t, d), with each of m passages: (m, t) float32."""
        tokens = self._tokens.get(rows)
        index = TokenIndex(
            np.concatenate([each.values for each in tokens]),
            np.concatenate([each.scales for each in tokens]),
            _starts([len(each.values) for each in tokens]),
            self._product,
        )
        return index.max_sim(query, np.arange(len(rows)))


def _starts(counts: list[int]) -> NDArray[np.int64]:
    """Return where each of m groups of so many begins, and where the last ends: (m + 1,) int64."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
