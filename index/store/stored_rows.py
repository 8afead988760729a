"""Rows of the passages of a store: numbers that they would have in a bundle of its documents. Rows and keys, no I/O."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pincite.index.store.passage_store import DocumentEntry, PassageKey, Scored, StoreScope


class StoredRows:
    """Rows of some documents' passages, in the order of passage ids."""

    def __init__(self, entries: Iterable[DocumentEntry]) -> None:
        """Number the passages of documents, given in any order."""
        self.entries = tuple(sorted(entries, key=lambda entry: f"{entry.id}#"))  # as the ids of their passages begin
        self._numbers = {entry.id: number for number, entry in enumerate(self.entries)}
        counts = np.array([entry.passage_count for entry in self.entries], dtype=np.int64)
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)  # (d + 1,): each one's first row

    def __len__(self) -> int:
        """Return the number of passages."""
        return int(self._starts[-1])

    def holds(self, document_id: str) -> bool:
        """Return whether a document is among these."""
        return document_id in self._numbers

    def entry(self, document_id: str) -> DocumentEntry:
        """Return the entry of a document. Raises KeyError when it is not among these."""
        return self.entries[self._numbers[document_id]]

    def rows_of(self, document_id: str) -> range:
        """Return the rows of a document, in the order of its passages' ids; none of one that is not among these."""
        number = self._numbers.get(document_id)
        return range(0) if number is None else range(int(self._starts[number]), int(self._starts[number + 1]))

    def key(self, row: int) -> PassageKey:
        """Return the key of a row. Raises KeyError when there is no such row."""
        if not 0 <= row < len(self):
            raise KeyError(row)
        number = int(np.searchsorted(self._starts, row, side="right")) - 1
        return PassageKey(self.entries[number].id, row - int(self._starts[number]))

    def row(self, key: PassageKey) -> int:
        """Return the row of a key. Raises KeyError, naming it, when there is none."""
        rows = self.rows_of(key.document)
        if not 0 <= key.number < len(rows):
            raise KeyError(key)
        return rows[key.number]

    def keys(self, rows: NDArray[np.int64]) -> list[PassageKey]:
        """Return the keys of some rows."""
        return [self.key(row) for row in rows.tolist()]

    def found(self, scored: Iterable[Scored]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows and scores of what a store found, each (m,), without documents that are not among these."""
        known = [(self.row(key), score) for key, score in scored if key.document in self._numbers]
        rows = np.array([row for row, _ in known], dtype=np.int64)
        return rows, np.array([score for _, score in known], dtype=np.float32)

    def scope(self, rows: NDArray[np.int64]) -> StoreScope:
        """Return the scope of some rows, (w,): documents that are whole among them by their ids, others by passages."""
        numbers, counts = np.unique(np.searchsorted(self._starts, rows, side="right") - 1, return_counts=True)
        is_whole = counts == np.diff(self._starts)[numbers]
        documents = tuple(self.entries[number].id for number in numbers[is_whole].tolist())
        partly = set(numbers[~is_whole].tolist())
        if not partly:
            return StoreScope(documents)
        others = [key for key in self.keys(rows) if self._numbers[key.document] in partly]
        return StoreScope(documents, tuple(others))
