"""PassageStore over bundles on local disk: what is written waits in memory, and a commit publishes the next bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.errors import StoreError
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.storage.bm25_files import open_bm25
from pincite.index.storage.manifest import find_bundle
from pincite.index.store.passage_store import (
    DocumentEntry,
    PassageKey,
    PassageText,
    Scored,
    StoredPassage,
    StoreScope,
)
from pincite.index.store.revision import fingerprint_of
from pincite.index.store.stored_rows import StoredRows
from pincite.index.store.term_statistics import TermStatistics, count_terms
from pincite.index.types import Document
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.stores.bundle_passages import BundlePassages, StoredDocument
from pincite.ingestion.stores.write_bundle import write_bundle


class BundleStore:
    """The live bundle of an index root as a store."""

    def __init__(self, root: Path, fingerprint: str, keep: int = 3) -> None:
        """Open the live bundle. Raises StoreError where its vectors are of another fingerprint.

        keep: bundles kept on disk by a commit, as Publisher takes it.
        """
        self._root, self._keep = root, keep
        self._open()
        if self.fingerprint != fingerprint:
            self._bundle.close()
            problem = f"holds passages of fingerprint {self.fingerprint}, and the index has {fingerprint}"
            raise StoreError(str(root), problem, "give the store another folder")
        self._written: dict[str, StoredDocument] = {}
        self._deleted: set[str] = set()

    @property
    def fingerprint(self) -> str:
        """Digest of what all vectors and terms were made with."""
        return fingerprint_of(self._bundle.manifest)

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""
        return self._bundle.encoder.dimension

    def entries(self) -> Iterator[DocumentEntry]:
        """Yield every document of the live bundle."""
        yield from self._rows.entries

    def replace_document(self, document: Document, passages: Sequence[StoredPassage]) -> None:
        """Put a document in the place of the one with its id once commit() is called."""
        self._deleted.discard(document.id)
        self._written[document.id] = StoredDocument(document, passages)

    def delete_document(self, document_id: str) -> int:
        """Delete a document once commit() is called. Returns how many passages it has; 0 where there is none."""
        self._written.pop(document_id, None)
        if not self._rows.holds(document_id):
            return 0
        self._deleted.add(document_id)
        return self._rows.entry(document_id).passage_count

    def staged(self) -> dict[str, str]:
        """Return the revision of each document that waits for a commit, by id."""
        return {document_id: stored.revision for document_id, stored in self._written.items()}

    def commit(self) -> None:
        """Publish a bundle of all documents, if anything was written or deleted."""
        if not self._written and not self._deleted:
            return
        ids = sorted({*self._passages.ids, *self._written} - self._deleted, key=lambda name: f"{name}#")
        documents = (self._written.get(document_id) or self._passages.read(document_id) for document_id in ids)
        with Publisher(self._root, self._keep) as publisher:
            staging = publisher.stage()
            publisher.publish(staging, write_bundle(staging, self._bundle, documents))
        self._bundle.close()
        self._written, self._deleted = {}, set()
        self._open()

    def statistics(self) -> TermStatistics:
        """Return the statistics of terms, counted over all passages."""
        return count_terms(self._bundle.passage_text(row) for row in range(len(self._bundle)))

    def dense(self, vector: NDArray[np.float32], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k passages closest to a vector, (d,), by cosine: best first, ties by key."""
        rows, scores = self._bundle.dense.nearest(vector, k, self._within(scope))
        return self._scored(rows, scores)

    def lexical(self, terms: Sequence[str], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k best passages by BM25 for some terms, each counted once: best first, ties by key."""
        rows, scores = self._bm25.top_k_of_terms(terms, k, self._within(scope))
        return self._scored(rows, scores)

    def passages(self, keys: Sequence[PassageKey]) -> list[PassageText]:
        """Return passages in the order asked. Raises KeyError, naming the key, for one that is not held."""
        rows = self._rows_of(keys).tolist()
        return [PassageText(self._bundle.passage(row), self._bundle.passage_text(row)) for row in rows]

    def vectors(self, keys: Sequence[PassageKey]) -> NDArray[np.float32]:
        """Return the vectors of m passages, (m, d) float32."""
        return self._bundle.vectors(self._rows_of(keys))

    def sentence_vectors(self, keys: Sequence[PassageKey]) -> list[NDArray[np.float32]]:
        """Return the sentence vectors of m passages, each (s, d) float32."""
        return [self._passages.sentence_vectors(row) for row in self._rows_of(keys).tolist()]

    def tokens(self, keys: Sequence[PassageKey]) -> list[QuantizedTokens]:
        """Return the token vectors of m passages. Raises KeyError where none are kept."""
        if self._bundle.tokens is None:
            raise KeyError("tokens")
        return [self._bundle.tokens.tokens(row) for row in self._rows_of(keys).tolist()]

    def document(self, document_id: str) -> Document:
        """Return a document. Raises KeyError when the bundle does not hold it."""
        return self._bundle.document(document_id)

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids."""
        return self._bundle.records.documents_with(quote)

    def is_current(self) -> bool:
        """Return whether the documents are those of the last commit: no other process has published."""
        return find_bundle(self._root) == self._bundle.folder

    def count(self) -> int:
        """Return the number of passages."""
        return len(self._bundle)

    def close(self) -> None:
        """Let the files go."""
        self._bundle.close()

    def _open(self) -> None:
        self._bundle = Bundle(self._root, cross_encoder=False)
        self._passages = BundlePassages(self._bundle)
        self._rows = StoredRows(self._passages.entries())
        self._bm25 = open_bm25(self._bundle.folder, len(self._bundle))

    def _within(self, scope: StoreScope | None) -> NDArray[np.int64] | None:
        """Return the rows of a scope, (w,), rising; None for all."""
        if scope is None:
            return None
        rows = [row for document_id in scope.documents for row in self._rows.rows_of(document_id)]
        held = [key for key in scope.passages if key.number in range(len(self._rows.rows_of(key.document)))]
        return np.unique(np.array([*rows, *self._rows_of(held).tolist()], dtype=np.int64))

    def _rows_of(self, keys: Sequence[PassageKey]) -> NDArray[np.int64]:
        """Return the rows of some keys, (m,). Raises KeyError, naming the key, for one that is not held."""
        return np.array([self._rows.row(key) for key in keys], dtype=np.int64)

    def _scored(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> list[Scored]:
        order = np.lexsort((rows, -scores))  # FAISS leaves ties in an order of its own
        return [Scored(self._rows.key(int(rows[at])), float(scores[at])) for at in order]
