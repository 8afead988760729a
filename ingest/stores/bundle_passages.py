"""Passages of a bundle with all that was computed of them, document after document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.retrieval.sentence_vectors import SentenceIndex
from pincite.index.storage.sentence_files import open_sentences
from pincite.index.store.passage_store import DocumentEntry, StoredPassage
from pincite.index.store.revision import revision_of
from pincite.index.types import Document


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with its passages, in the order of their ids."""

    document: Document
    passages: Sequence[StoredPassage]

    @property
    def revision(self) -> str:
        """Digest by which a store knows whether it has the document as it is."""
        return revision_of(self.document, [stored.passage for stored in self.passages])


class BundlePassages:
    """Reader of the passages of an open bundle on local disk."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._sentences: SentenceIndex = open_sentences(bundle.folder)
        self.ids = bundle.metadata.ids  # of documents, in the order of rows

    def sentence_vectors(self, row: int) -> NDArray[np.float32]:
        """Return the sentence vectors of one passage: (s, d) float32."""
        return np.asarray(self._sentences.vectors(row))

    def read(self, document_id: str) -> StoredDocument:
        """Read one document. Raises KeyError when the bundle does not hold it."""
        bundle = self._bundle
        document = bundle.document(document_id)
        rows = np.sort(bundle.rows_of(document_id))
        vectors = bundle.vectors(rows)
        stored = [
            StoredPassage(
                bundle.passage(row),
                bundle.passage_text(row),
                vector,
                self.sentence_vectors(row),
                bundle.tokens.tokens(row) if bundle.tokens else None,
            )
            for row, vector in zip(rows.tolist(), vectors, strict=True)
        ]
        return StoredDocument(document, stored)

    def entries(self) -> Iterator[DocumentEntry]:
        """Yield the entry of each document, in the order of rows."""
        for document_id in self.ids:
            document = self._bundle.document(document_id)
            passages = [self._bundle.passage(row) for row in sorted(self._bundle.rows_of(document_id).tolist())]
            yield DocumentEntry(
                document_id,
                revision_of(document, passages),
                document.title,
                document.source,
                document.language,
                document.tags,
                document.sha256,
                len(passages),
            )
