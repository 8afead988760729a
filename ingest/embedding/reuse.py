"""Reuse of the previous bundle's vectors: the texts of a window are looked up by digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.storage.sentence_files import SENTENCES_FILE
from pincite.ingestion.embedding.text_digests import DigestIndex, digest_texts

PASSAGE_DIGESTS = "passage-digests.npy"  # (n, 2) uint64, a row a passage
SENTENCE_DIGESTS = "sentence-digests.npy"  # (m, 2) uint64, a row a sentence, passage after passage

Vectors = NDArray[np.float32]  # (n, d)
TextGroup = tuple[str, ...]  # whose vectors' mean is one vector of the bundle: one of a passage, two of a sentence


class PreviousVectors:
    """Vectors of a previous bundle with the same encoder; empty without one."""

    def __init__(self, bundle: Bundle | None, keep_tokens: bool) -> None:
        """keep_tokens: do not reuse passages without token vectors."""
        self._bundle = bundle
        self._keep_tokens = keep_tokens
        self._token_index = bundle.tokens if bundle else None
        self.passage_digests = self.sentence_digests = DigestIndex(np.empty((0, 2), dtype=np.uint64))
        if bundle:
            self._sentence_vectors = np.load(bundle.folder / SENTENCES_FILE, mmap_mode="r", allow_pickle=False)
            self.sentence_digests = DigestIndex.from_file(bundle.folder / SENTENCE_DIGESTS)
            if self._token_index or not keep_tokens:
                self.passage_digests = DigestIndex.from_file(bundle.folder / PASSAGE_DIGESTS)

    def passage_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some passages of the bundle: (len(rows), d) float32."""
        return self._bundle.dense.vectors(rows) if self._bundle else np.empty((0, 0), dtype=np.float32)

    def sentence_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some sentences of the bundle, counted over all passages: (len(rows), d) float32."""
        return self._sentence_vectors[rows] if self._bundle else np.empty((0, 0), dtype=np.float32)

    def token_vectors(
        self, window: WindowTexts, new_tokens: Mapping[str, QuantizedTokens]
    ) -> Iterable[QuantizedTokens | None]:
        """Return the token vectors of each passage of a window, from the bundle or `new_tokens`; None if not kept."""
        for position in window.inverse:
            if not self._keep_tokens:
                yield None
                continue
            row = int(window.stored_rows[position])
            stored = self._token_index.tokens(row) if self._token_index and row >= 0 else None
            yield stored or new_tokens[window.distinct[position][0]]


class WindowTexts:
    """The texts of one window: which are distinct, and where the previous bundle holds their vectors."""

    def __init__(self, groups: Iterable[TextGroup], stored: DigestIndex) -> None:
        position_of: dict[TextGroup, int] = {}
        self.inverse = [
            position_of.setdefault(group, len(position_of)) for group in groups
        ]  # which of the distinct ones each is
        self.distinct = list(position_of)
        self.digests = digest_texts(self.distinct)  # of the distinct ones, (t, 2) uint64
        self.stored_rows = stored.rows(self.digests)  # (t,) int64, -1 where it does not hold them

    def missing(self) -> list[TextGroup]:
        """Return the texts without a vector in the bundle."""
        return [group for group, stored_row in zip(self.distinct, self.stored_rows, strict=True) if stored_row < 0]

    def assemble(
        self, load_rows: Callable[[NDArray[np.int64]], Vectors], new_vectors: Mapping[str, NDArray[np.float32]]
    ) -> Vectors:
        """Return the vector of each text of the window, in order: the bundle's, or the mean of `new_vectors`.

        A sentence's vector is the mean of its vectors in two contexts: its cosine is the mean of two cosines.
        """
        is_stored = self.stored_rows >= 0
        stored = iter(load_rows(self.stored_rows[is_stored]))
        means = (
            reduce(np.add, (new_vectors[text] for text in group)) / np.float32(len(group)) for group in self.missing()
        )
        distinct_vectors = [next(stored) if reuse else next(means) for reuse in is_stored]
        return np.stack([distinct_vectors[position] for position in self.inverse])
