"""Documents and passages of a store, by id and row, as DocumentStore has those of a bundle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pincite.index.metadata.columns import DocumentMetadata
from pincite.index.store.passage_store import PassageStore, PassageText
from pincite.index.store.row_cache import RowCache
from pincite.index.store.stored_rows import StoredRows
from pincite.index.types import Document, Passage

CACHED_DOCUMENTS = 256


class StoredRecords:
    """Documents of a store as they were when it was opened."""

    def __init__(self, store: PassageStore, rows: StoredRows, texts: RowCache[PassageText]) -> None:
        self._store, self._rows, self._texts = store, rows, texts
        self._ids = sorted(entry.id for entry in rows.entries)
        self.document = lru_cache(maxsize=CACHED_DOCUMENTS)(self._document)

    @property
    def document_count(self) -> int:
        """The number of documents."""
        return len(self._ids)

    def review_dates(self) -> list[str]:
        """Return the review date of each document that has one, in no order."""
        return [entry.source.reviewed for entry in self._rows.entries if entry.source.reviewed]

    def titles(self, limit: int = -1, after: str = "", among: Collection[str] | None = None) -> list[tuple[str, str]]:
        """Return (id, title) of the documents that come after an id, in the order of ids; `limit` of them, or all.

        among: ids of the documents to choose from; None for all.
        """
        chosen = frozenset(among) if among is not None else None
        following = (i for i in self._ids[bisect_right(self._ids, after) :] if chosen is None or i in chosen)
        taken = [i for _, i in zip(range(limit), following, strict=False)] if limit >= 0 else [*following]
        return [(document_id, self._rows.entry(document_id).title) for document_id in taken]

    def metadata(self) -> Iterator[DocumentMetadata]:
        """Yield the metadata of each document, in the order of their passages' rows."""
        for e in self._rows.entries:
            if e.passage_count:
                reviewed = e.source.reviewed
                yield DocumentMetadata(e.id, e.source.publisher, e.language, reviewed, e.tags, e.passage_count)

    def languages(self, documents: Collection[str]) -> dict[str, str]:
        """Return the language tag of each of some documents that state one, by id."""
        entries = [self._rows.entry(document_id) for document_id in documents if self._rows.holds(document_id)]
        return {entry.id: entry.language for entry in entries if entry.language}

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids."""
        return [document_id for document_id in self._store.documents_with(quote) if self._rows.holds(document_id)]

    def passage(self, row: int) -> Passage:
        """Return the passage of a row. Raises KeyError when there is none."""
        return self._texts.get([row])[0].passage

    def passages_of(self, document_id: str, sections: Collection[str] | None = None) -> list[Passage]:
        """Return the passages of a document, or of some of its sections, in the order of its text."""
        passages = [text.passage for text in self._texts.get(self._rows.rows_of(document_id))]
        found = [passage for passage in passages if sections is None or passage.section in sections]
        return sorted(found, key=lambda passage: passage.start)

    def rows_of(self, document_id: str, sections: Collection[str] | None = None) -> list[int]:
        """Return the rows of a document's passages, or of those of some of its sections, in the order of its text."""
        rows = self._rows.rows_of(document_id)
        passages = [text.passage for text in self._texts.get(rows)]
        found = [(p.start, r) for r, p in zip(rows, passages, strict=True) if sections is None or p.section in sections]
        return [row for _, row in sorted(found)]

    def section_numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return a number for the section of each of some passages, equal where the section is: (m,) int32."""
        numbers: dict[tuple[str, str], int] = {}
        passages = [text.passage for text in self._texts.get(rows)]
        sections = [(passage.document, passage.section) for passage in passages]
        return np.array([numbers.setdefault(section, len(numbers)) for section in sections], dtype=np.int32)

    def close(self) -> None:
        """Let the store's connections go."""
        self._store.close()

    def _document(self, document_id: str) -> Document:
        """Fetch one document. Raises KeyError when it is not among these."""
        self._rows.entry(document_id)
        return self._store.document(document_id)
