"""Reuse of the previous bundle's vectors: the texts of a window are looked up by digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.retrieval import sentence_vectors
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.ingestion.embedding.text_digests import Digests, digests

PASSAGE_DIGESTS = "passage-digests.npy"  # (n, 2) uint64, a row a passage
SENTENCE_DIGESTS = "sentence-digests.npy"  # (m, 2) uint64, a row a sentence, passage after passage

Vectors = NDArray[np.float32]  # (n, d)
TextGroup = tuple[str, ...]  # whose vectors' mean is one vector of the bundle: one of a passage, two of a sentence


class PreviousVectors:
    """The vectors of a bundle that the very same encoder made, or of none."""

    def __init__(self, bundle: Bundle | None, keep_tokens: bool) -> None:
        """keep_tokens: passages without token vectors are of no use."""
        self._bundle = bundle
        self._keep_tokens = keep_tokens
        self._tokens = bundle.tokens if bundle else None
        self.passages = self.sentences = Digests(np.empty((0, 2), dtype=np.uint64))
        if bundle:
            self._sentence_vectors = np.load(
                bundle.folder / sentence_vectors.SENTENCES_FILE, mmap_mode="r", allow_pickle=False
            )
            self.sentences = Digests.of_file(bundle.folder / SENTENCE_DIGESTS)
            if self._tokens or not keep_tokens:
                self.passages = Digests.of_file(bundle.folder / PASSAGE_DIGESTS)

    def passage_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some passages of the bundle: (len(rows), d) float32."""
        return self._bundle.dense.vectors(rows) if self._bundle else np.empty((0, 0), dtype=np.float32)

    def sentence_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some sentences of the bundle, counted over all passages: (len(rows), d) float32."""
        return self._sentence_vectors[rows] if self._bundle else np.empty((0, 0), dtype=np.float32)

    def tokens(self, batch: WindowTexts, made: Mapping[str, QuantizedTokens]) -> Iterable[QuantizedTokens]:
        """Return the token vectors of a window's passages, from the bundle or just `made`; none if none are kept."""
        if not self._keep_tokens:
            return
        for place in batch.order:
            row = int(batch.rows[place])
            held = self._tokens.tokens(row) if self._tokens and row >= 0 else None
            yield held or made[batch.texts[place][0]]


class WindowTexts:
    """The texts of one window: which are distinct, and where the previous bundle holds their vectors."""

    def __init__(self, each: Iterable[TextGroup], held: Digests) -> None:
        places: dict[TextGroup, int] = {}
        self.order = [places.setdefault(texts, len(places)) for texts in each]  # which of the distinct ones each is
        self.texts = list(places)  # distinct
        self.digests = digests(self.texts)  # of the distinct ones, (t, 2) uint64
        self.rows = held.rows(self.digests)  # (t,) int64, -1 where it does not hold them

    def new(self) -> list[TextGroup]:
        """Return the texts without a vector in the bundle."""
        return [texts for texts, row in zip(self.texts, self.rows, strict=True) if row < 0]

    def vectors(self, held: Callable[[NDArray[np.int64]], Vectors], made: Mapping[str, NDArray[np.float32]]) -> Vectors:
        """Return the vector of each text of the window, in order: the bundle's, or the mean of those just `made`.

        A sentence's vector is the mean of its vectors in two contexts: its cosine is the mean of two cosines.
        """
        known = self.rows >= 0
        taken = iter(held(self.rows[known]))
        means = (reduce(np.add, (made[t] for t in texts)) / np.float32(len(texts)) for texts in self.new())
        found = [next(taken) if at else next(means) for at in known]
        return np.stack([found[place] for place in self.order])
