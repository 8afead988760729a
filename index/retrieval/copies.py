"""Passages with equal words, whatever headings they stand under. Digests and rows come in, rows go out."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

DIGEST_BYTES = 16  # of a SHA-256


class PassageDigests:
    """Digests of passages, row after row: of their words, white space folded, and of these with their headings."""

    def __init__(self) -> None:
        self.words = bytearray()
        self.texts = bytearray()

    def add(self, words: str, text: str) -> None:
        """Add the next passage: its own words, and the text that is embedded, which begins with its headings."""
        self.words += _digest(words)
        self.texts += _digest(text)

    def to_array(self) -> NDArray[np.uint64]:
        """Return the digests of all passages so far: (n, 4) uint64, the words' two numbers and the texts'."""
        halves = [np.frombuffer(digests, dtype="<u8").reshape(-1, 2) for digests in (self.words, self.texts)]
        return np.concatenate(halves, axis=1).astype(np.uint64)

    def extend(self, digests: NDArray[np.uint64]) -> None:
        """Add passages whose digests are known: (m, 4) uint64, as to_array() returns them."""
        self.words += digests[:, :2].astype("<u8").tobytes()
        self.texts += digests[:, 2:].astype("<u8").tobytes()


def _digest(text: str) -> bytes:
    return hashlib.sha256(" ".join(text.split()).encode("utf-8")).digest()[:DIGEST_BYTES]


def find_copies(digests: PassageDigests) -> NDArray[np.int64]:
    """Return the passages whose words another passage has: (m, 3) int64, rows rising.

    In each line the row, the first row with these words, and the first row with these words and headings.
    """
    first_rows = _first_equal_rows(digests.words)
    rows = np.flatnonzero(np.bincount(first_rows, minlength=len(first_rows))[first_rows] > 1)
    return np.stack([rows, first_rows[rows], _first_equal_rows(digests.texts)[rows]], axis=1).astype(np.int64)


def _first_equal_rows(digests: bytearray) -> NDArray[np.int64]:
    """Return the first row with the digest of each row: (n,) int64."""
    halves = np.frombuffer(digests, dtype="<u8").reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))  # stable: equal digests stay in the order of rows
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (halves[order[1:]] != halves[order[:-1]]).any(axis=1)
    first_rows = np.empty(len(order), dtype=np.int64)
    first_rows[order] = order[np.flatnonzero(is_new)[np.cumsum(is_new) - 1]]
    return first_rows


class Copies:
    """Passages whose words another passage has, too."""

    def __init__(self, table: NDArray[np.int64]) -> None:
        """table: (m, 3) int64, as find_copies returns it."""
        self._rows: NDArray[np.int64] = table[:, 0]
        self._same_words: NDArray[np.int64] = table[:, 1]  # the first row with the words of each
        self._same_texts: NDArray[np.int64] = table[:, 2]  # the first row with the words and headings of each

    def others(self, row: int, within: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return the other passages with the words of one, of all or of the rows `within`: (m,) int64, rising."""
        first_row = self._firsts(self._same_words, np.array([row], dtype=np.int64))[0]
        is_other = (self._same_words == first_row) & (self._rows != row)
        if within is not None:
            is_other &= np.isin(self._rows, within)
        rows: NDArray[np.int64] = self._rows[is_other]
        return rows

    def representatives(self, rows: NDArray[np.int64], within: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return for each passage the first with its words and headings, of all or of the rows `within`: (m,) int64.

        rows: (m,), all of them within. Every score of two such passages is the same but for rounding.
        """
        if within is None or not len(self._rows):
            return self._firsts(self._same_texts, rows)
        allowed = np.sort(within[np.isin(within, self._rows)])
        first_rows, places = np.unique(self._firsts(self._same_texts, allowed), return_index=True)
        allowed_first = dict(zip(first_rows.tolist(), allowed[places].tolist(), strict=True))
        first_of_all = self._firsts(self._same_texts, rows).tolist()
        found = [allowed_first.get(first, row) for first, row in zip(first_of_all, rows.tolist(), strict=True)]
        return np.array(found, dtype=np.int64)

    def earlier(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the passages with the words of each that come before it in `rows`: (m,) int64. rows: (m,)."""
        numbers = np.zeros(len(rows), dtype=np.int64)
        if not len(self._rows):
            return numbers
        counts: Counter[int] = Counter()
        for place, first_row in enumerate(self._firsts(self._same_words, rows).tolist()):
            numbers[place] = counts[first_row]
            counts[first_row] += 1
        return numbers

    def _firsts(self, column: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Look rows up in a column of the table; those that are not there stand for themselves. rows: (m,)."""
        if not len(self._rows):
            return rows
        places = np.searchsorted(self._rows, rows).clip(max=len(self._rows) - 1)
        first_rows: NDArray[np.int64] = np.where(self._rows[places] == rows, column[places], rows)
        return first_rows
