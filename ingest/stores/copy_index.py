"""Copy of an index into a passage store, and back. What the store holds as it is stays untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pincite.index.bundle import Bundle
from pincite.index.store.open_stored import require_fingerprint
from pincite.index.store.passage_store import PassageKey, PassageStore, StoredPassage, revisions
from pincite.index.store.qdrant.ledger import StoreFacts
from pincite.index.store.revision import fingerprint_of
from pincite.index.store.stored_rows import StoredRows
from pincite.index.store.term_statistics import count_terms
from pincite.ingestion.stores.bundle_passages import BundlePassages, StoredDocument

CopyProgress = Callable[[int, int], None]  # takes the documents done and those of all


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """Counts of what a copy did."""

    written: int = 0
    unchanged: int = 0
    deleted: int = 0


def copy_to_store(bundle: Bundle, store: PassageStore, progress: CopyProgress = lambda done, total: None) -> CopyCounts:
    """Let a store hold the documents of a bundle, those alone and as they are, all at once when the last is written.

    Raises StoreError where its vectors were made otherwise, or where it fails: what was written by then is not written
    again by another copy.
    """
    require_fingerprint(store, bundle.manifest)
    passages = BundlePassages(bundle)
    staged = store.staged()  # first: it completes what a stopped writer began
    held = revisions(store)
    written = unchanged = 0
    for done, entry in enumerate(passages.entries(), start=1):
        is_held = held.get(entry.id) == entry.revision
        if not is_held or entry.id in staged:  # what another copy has staged would hold with this one's commit
            stored = passages.read(entry.id)
            store.replace_document(stored.document, stored.passages)
        unchanged += is_held
        written += not is_held
        progress(done, len(passages.ids))
    ids = set(passages.ids)
    gone = held.keys() - ids
    for document_id in sorted(gone | (staged.keys() - ids)):
        store.delete_document(document_id)
    store.commit()
    return CopyCounts(written, unchanged, len(gone))


def store_facts(bundle: Bundle, texts: Iterable[str] | None = None) -> StoreFacts:
    """Return the facts of a store for the passages of a bundle, or for those of them that have these texts."""
    every_text = (bundle.passage_text(row) for row in range(len(bundle)))
    lengths = count_terms(every_text if texts is None else texts)
    keeps_tokens = bool(bundle.manifest["settings"]["token_vectors"])
    return StoreFacts(fingerprint_of(bundle.manifest), bundle.encoder.dimension, lengths.average_length, keeps_tokens)


def read_store(store: PassageStore, keeps_tokens: bool) -> Iterator[StoredDocument]:
    """Yield every document of a store, in the order of rows, as write_bundle takes them."""
    rows = StoredRows(store.entries())
    for entry in rows.entries:
        keys = [PassageKey(entry.id, number) for number in range(entry.passage_count)]
        tokens = store.tokens(keys) if keeps_tokens else [None] * len(keys)
        parts = zip(store.passages(keys), store.vectors(keys), store.sentence_vectors(keys), tokens, strict=True)
        passages = [
            StoredPassage(t.passage, t.text, vector, of_sentences, of_tokens)
            for t, vector, of_sentences, of_tokens in parts
        ]
        yield StoredDocument(store.document(entry.id), passages)
