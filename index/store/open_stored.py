"""An index over a store: the bundle gives the models, words and calibration, the store everything that grows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pincite.index.errors import StoreError
from pincite.index.models.onnx_session import load_session
from pincite.index.storage.copy_files import open_copies
from pincite.index.storage.token_files import PRODUCT_FILE
from pincite.index.store.passage_parts import PassageParts
from pincite.index.store.passage_store import PassageStore
from pincite.index.store.revision import fingerprint_of
from pincite.index.store.row_cache import RowCache
from pincite.index.store.stored_records import StoredRecords
from pincite.index.store.stored_rows import StoredRows
from pincite.index.store.stored_search import StoredBM25, StoredDense, count_passage
from pincite.index.store.stored_vectors import StoredSentences, StoredTokens

CACHED_PASSAGES = 16_384  # passages whose texts and terms are kept: about 3 KB each


def stored_parts(store: PassageStore, folder: Path, manifest: Mapping[str, Any]) -> PassageParts:
    """Open the passages of the bundle in a folder, from a store that must hold its very documents.

    Raises StoreError where it holds others, or vectors of another model.
    """
    require_fingerprint(store, manifest)
    rows = StoredRows(store.entries())
    _require_documents(rows, manifest["documents"])
    texts = RowCache(lambda wanted: store.passages([rows.key(row) for row in wanted]), CACHED_PASSAGES)
    counts = RowCache(lambda wanted: [count_passage(text.text) for text in texts.get(wanted)], CACHED_PASSAGES)
    keeps_tokens = bool(manifest["settings"]["token_vectors"])
    return PassageParts(
        StoredRecords(store, rows, texts),
        StoredDense(store, rows),
        StoredBM25(store, rows, counts),
        open_copies(folder),
        StoredSentences(store, rows),
        StoredTokens(store, rows, load_session(folder / PRODUCT_FILE)) if keeps_tokens else None,
        lambda: _require_current(store),
    )


def require_fingerprint(store: PassageStore, manifest: Mapping[str, Any]) -> None:
    """Raise StoreError unless the vectors of a store were made as those of a bundle."""
    if store.fingerprint != fingerprint_of(manifest):
        raise StoreError(
            "store",
            f"holds passages of fingerprint {store.fingerprint}; those of the index have {fingerprint_of(manifest)}",
            "copy the index into it with `pincite store copy`",
        )


def _require_current(store: PassageStore) -> None:
    """Raise StoreError where a commit has changed the documents since the store was opened."""
    if not store.is_current():
        raise StoreError(
            "store",
            "holds other documents than when it was opened",
            "wait for the index of these documents, which `pincite ingest` publishes",
        )


def _require_documents(rows: StoredRows, digests: Mapping[str, str]) -> None:
    """Raise StoreError unless a store holds the documents of an index. digests: SHA-256 of their texts by id."""
    held = {entry.id: entry.sha256 for entry in rows.entries}
    if held == digests:
        return
    missing = sum(held.get(document_id) != digest for document_id, digest in digests.items())
    other = len(held.keys() - digests.keys())
    raise StoreError(
        "store",
        f"lacks {missing:,} documents of the index as they are, and holds {other:,} that are not in it",
        "copy the index into it with `pincite store copy`",
    )
