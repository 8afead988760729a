"""Writer of the documents of a store: what it writes waits in the ledger, and holds from a commit on, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pincite.index.store.passage_store import DocumentEntry, PassageKey, StoredPassage
from pincite.index.store.qdrant.engine import Engine, Where
from pincite.index.store.qdrant.ledger import Ledger, StoreFacts
from pincite.index.store.qdrant.points import batches, document_point, passage_point
from pincite.index.store.revision import revision_of
from pincite.index.types import Document


class DocumentWriter:
    """The one writer of a store. Old and new passages stand side by side until a commit."""

    def __init__(self, engine: Engine, collection: str, ledger: Ledger, facts: StoreFacts) -> None:
        """collection: that of the passages."""
        self._engine, self._collection, self._ledger = engine, collection, ledger
        self._average_length = facts.average_length
        self._is_writing = False
        self._deleted: set[str] = set()
        self.staged: dict[str, str] = {}  # revisions of documents that wait for a commit, by id

    def begin(self) -> bool:
        """Complete what a stopped writer left, before the first write. Returns whether this was the first."""
        if self._is_writing:
            return False
        self._is_writing = True
        if self._ledger.is_open():
            self._settle()
        else:
            self._ledger.reset_leaving()
        self.staged = self._ledger.staged()
        return True

    def replace(self, document: Document, passages: Sequence[StoredPassage], held: DocumentEntry | None) -> None:
        """Write a document that takes the place of `held`, unless that is the same."""
        revision = revision_of(document, [stored.passage for stored in passages])
        self._deleted.discard(document.id)
        if self.staged.get(document.id) == revision:
            return
        self._unstage(document.id)
        if held and held.revision == revision:
            return
        keys = [PassageKey(document.id, number) for number in range(len(passages))]
        points = (passage_point(k, revision, p, self._average_length) for k, p in zip(keys, passages, strict=True))
        self._ledger.draft(document.id, revision)
        for batch in batches(points):
            self._engine.upsert(self._collection, batch)
        self._ledger.stage(document_point(document, revision, passages, "staged"))
        self.staged[document.id] = revision

    def delete(self, document_id: str, held: DocumentEntry | None) -> None:
        """Note that a document is to go, and delete what waits of it."""
        self._unstage(document_id)
        if held:
            self._deleted.add(document_id)

    def commit(self, entries: Mapping[str, DocumentEntry]) -> bool:
        """Let everything that was written hold. entries: of the whole documents. Returns whether anything changed."""
        for document_id, revision in self._ledger.drafts():
            self._drop(document_id, revision)
        leaving = [e for i, e in entries.items() if i in self._deleted or i in self.staged]
        is_change = bool(leaving or self.staged)
        if is_change:
            self._ledger.commit(leaving)
            self._settle()
        self._deleted, self._is_writing = set(), False
        return is_change

    def _unstage(self, document_id: str) -> None:
        """Delete what waits for a commit of a document."""
        if stale := self.staged.pop(document_id, None):
            self._ledger.draft(document_id, stale)  # an entry whose passages are going must not be staged
            self._drop(document_id, stale)

    def _drop(self, document_id: str, revision: str) -> None:
        """Delete a draft with its passages."""
        self._delete_passages(document_id, revision)
        self._ledger.drop_draft(document_id, revision)

    def _settle(self) -> None:
        """Do what follows from a commit that is decided."""
        for entry in self._ledger.leaving():
            self._delete_passages(entry.id, entry.revision)
        self._ledger.settle()

    def _delete_passages(self, document_id: str, revision: str) -> None:
        self._engine.delete(self._collection, Where(equal={"document": document_id, "revision": revision}))
