"""Check of a store: the contract of passage stores on real documents, in collections that are deleted after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pincite.index.bundle import Bundle
from pincite.index.errors import CorpusError
from pincite.index.store.qdrant.engine import Engine
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.bundle_passages import BundlePassages, StoredDocument
from pincite.ingestion.stores.contract import CHECKS, ContractError, Trial
from pincite.ingestion.stores.copy_index import store_facts

MIN_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check."""

    promise: str
    seconds: float
    problem: str | None = None  # None where the promise is kept

    @property
    def is_kept(self) -> bool:
        """Whether the store keeps the promise."""
        return self.problem is None

    @property
    def line(self) -> str:
        """The result on one line."""
        verdict = "ok" if self.is_kept else "FAILED"
        return f"{verdict:<7}{self.seconds:6.1f} s  {self.promise}" + (
            f"\n        {self.problem}" if self.problem else ""
        )


def check_store(bundle: Bundle, engine: Engine, name: str, max_passages: int) -> list[CheckResult]:
    """Run every check of the contract on the first documents of a bundle, `max_passages` in all at most.

    name: of the collections, which must not be there; they are deleted at the end, whatever happens. Raises CorpusError
    where the bundle has too few documents.
    """
    documents = _first_documents(BundlePassages(bundle), max_passages)
    if len(documents) < MIN_DOCUMENTS:
        raise CorpusError(
            "index",
            f"has {len(documents)} documents to check a store with; it takes {MIN_DOCUMENTS}",
            "ingest more documents, if only into another folder, and name it with --index",
        )
    facts = store_facts(bundle, (passage.text for document in documents for passage in document.passages))
    try:
        return [*_results(documents, QdrantStore.create(engine, name, facts), engine, name)]
    finally:
        for collection in engine.collections():
            if collection.startswith(f"{name}-"):
                engine.drop(collection)


def _results(
    documents: Sequence[StoredDocument], store: QdrantStore, engine: Engine, name: str
) -> Iterator[CheckResult]:
    for document in documents:
        store.replace_document(document.document, document.passages)
    store.commit()
    fingerprint = store.fingerprint
    trial = Trial(
        documents,
        lambda: QdrantStore(engine, name, fingerprint),
        lambda other: QdrantStore(engine, name, other),
    )
    for check in CHECKS:
        began = time.monotonic()
        problem = None
        try:
            check(trial, store)
        except ContractError as error:
            problem = str(error)
        yield CheckResult(str(check.__doc__).removeprefix("Check that "), time.monotonic() - began, problem)


def _first_documents(passages: BundlePassages, max_passages: int) -> list[StoredDocument]:
    """Return the first documents with passages, up to `max_passages` in all or MIN_DOCUMENTS."""
    chosen: list[StoredDocument] = []
    count = 0
    for document_id in passages.ids:
        stored = passages.read(document_id)
        count += len(stored.passages)
        if count > max_passages and len(chosen) >= MIN_DOCUMENTS:
            break
        chosen.append(stored)
    return chosen
