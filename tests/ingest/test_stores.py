"""Copies of an index into a store and back, and answers over a store, which are those of the index."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from stopping_engine import StoppedError, StoppingEngine
from stores_of_notes import NAME, ROOT, Notes, statistics_of

from pincite.index.bundle import Bundle
from pincite.index.errors import StoreError
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import MANIFEST_FILE, read_manifest
from pincite.index.store.open_stored import stored_parts
from pincite.index.store.passage_store import revisions
from pincite.index.store.qdrant.client_engine import open_local
from pincite.index.store.qdrant.engine import Engine, Where
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.copy_index import CopyCounts, copy_to_store, read_store, store_facts
from pincite.ingestion.stores.write_bundle import write_bundle

QUESTIONS = 12  # asked of both


@pytest.fixture
def engine() -> Engine:
    return open_local()


@pytest.fixture
def store(engine: Engine, notes: Notes) -> QdrantStore:
    """A store that holds the texts."""
    made = QdrantStore.create(engine, NAME, notes.facts)
    assert copy_to_store(notes.bundle, made) == CopyCounts(written=11)
    return made


def test_a_second_copy_writes_nothing(store: QdrantStore, engine: Engine, notes: Notes) -> None:
    """A copy of the documents that a store has makes no call that writes, and says that all are unchanged."""
    seen: list[tuple[int, int]] = []
    writer = QdrantStore(StoppingEngine(engine, 0), NAME, store.fingerprint)
    counts = copy_to_store(notes.bundle, writer, lambda done, of: seen.append((done, of)))
    assert counts == CopyCounts(unchanged=11)
    assert seen == [(number, 11) for number in range(1, 12)]
    assert store.is_current()


def test_a_copy_writes_what_differs_and_deletes_what_is_not_in_the_index(store: QdrantStore, notes: Notes) -> None:
    """A document that is another in the store is written, one that the index lacks deleted, the others are left."""
    als, wood = notes.documents["als"], notes.documents["wood"]
    store.replace_document(als.document, als.passages[:9])
    stranger = [replace(p, passage=replace(p.passage, document="stranger")) for p in wood.passages]
    store.replace_document(replace(wood.document, id="stranger"), stranger)
    store.commit()
    assert copy_to_store(notes.bundle, store) == CopyCounts(written=1, unchanged=10, deleted=1)
    assert revisions(store) == {name: stored.revision for name, stored in notes.documents.items()}
    assert store.statistics() == statistics_of([*notes.documents.values()])


def test_a_copy_leaves_nothing_of_one_that_was_stopped(store: QdrantStore, engine: Engine, notes: Notes) -> None:
    """A stopped copy of another index may have staged documents: they do not hold with the next copy's commit."""
    als, wood = notes.documents["als"], notes.documents["wood"]
    store.replace_document(als.document, als.passages[:9])
    store.replace_document(replace(wood.document, id="stranger"), wood.passages)
    following = QdrantStore(engine, NAME, store.fingerprint)
    assert copy_to_store(notes.bundle, following) == CopyCounts(unchanged=11)
    assert revisions(following) == {name: stored.revision for name, stored in notes.documents.items()}
    assert engine.count(following.collection, Where()) == len(notes.passages)


@pytest.mark.parametrize("writes", [1, 5, 20, 33])
def test_a_stopped_copy_goes_on_where_it_was(engine: Engine, notes: Notes, writes: int) -> None:
    """Documents that a stopped copy has written are not written again, and the store is whole in the end."""
    QdrantStore.create(engine, NAME, notes.facts)
    with pytest.raises(StoppedError):
        copy_to_store(notes.bundle, QdrantStore(StoppingEngine(engine, writes), NAME, notes.facts.fingerprint))
    following = QdrantStore(engine, NAME, notes.facts.fingerprint)
    before = engine.count(following.collection, Where())
    assert len(following.staged()) == min(11, writes // 3)  # a draft, one batch and an entry each
    assert copy_to_store(notes.bundle, following) == CopyCounts(written=11)
    assert revisions(following) == {name: stored.revision for name, stored in notes.documents.items()}
    assert engine.count(following.collection, Where()) == len(notes.passages) >= before


def test_a_copy_back_is_the_same_index(store: QdrantStore, notes: Notes, tmp_path: Path) -> None:
    """A bundle that is written from a store has the index id and, but for when it was made, the bytes of the first."""
    assert write_bundle(tmp_path, notes.bundle, read_store(store, keeps_tokens=True)) == notes.bundle.id
    names = {path.name for path in notes.bundle.folder.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names - {MANIFEST_FILE}:
        assert (tmp_path / name).read_bytes() == (notes.bundle.folder / name).read_bytes(), name
    assert read_manifest(tmp_path)["files"] == notes.bundle.manifest["files"]


def test_vectors_of_another_model_are_not_mixed_in(notes: Notes) -> None:
    """A copy into a store of another fingerprint is refused before anything is written."""
    other = QdrantStore.create(open_local(), NAME, replace(notes.facts, fingerprint="0123456789abcdef"))
    with pytest.raises(StoreError, match="0123456789abcdef") as caught:
        copy_to_store(notes.bundle, other)
    assert "pincite store copy" in str(caught.value.remedy)
    assert other.count() == 0


def test_an_index_opens_over_a_store_of_its_documents_alone(store: QdrantStore, notes: Notes) -> None:
    """Over a store with other documents an index does not open; when they change later, it says so."""
    opened = Bundle(notes.root, False, lambda folder, manifest: stored_parts(store, folder, manifest))
    opened.check_lengths()
    writer = QdrantStore(store._engine, NAME, store.fingerprint)
    writer.delete_document("kiln")
    writer.commit()
    with pytest.raises(StoreError, match="other documents than when it was opened"):
        opened.check_lengths()
    with pytest.raises(StoreError, match="lacks 1 documents"):
        Bundle(notes.root, False, lambda folder, manifest: stored_parts(writer, folder, manifest))


def test_answers_over_a_store_are_those_of_the_index(article: Searcher) -> None:
    """Questions about ALS have the same answer over a store as over files: hits, evidence, confidence, to the bit."""
    bundle = article.bundle
    store = QdrantStore.create(open_local(), NAME, store_facts(bundle))
    copy_to_store(bundle, store)
    over_store = Searcher(Bundle(bundle.folder, True, lambda folder, manifest: stored_parts(store, folder, manifest)))
    lines = (ROOT / "benchmarks" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[:: len(lines) // QUESTIONS]:
        question = json.loads(line)["question"]
        assert replace(over_store.ask(question), took_ms=0) == replace(article.ask(question), took_ms=0)
