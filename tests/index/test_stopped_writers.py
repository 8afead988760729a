"""Writers of a Qdrant store that stop anywhere, and what the next one makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stopping_engine import StoppedError, StoppingEngine
from stores_of_notes import NAME, Notes, statistics_of

from pincite.index.query.analysis import terms
from pincite.index.store.passage_store import PassageStore, revisions
from pincite.index.store.qdrant import points
from pincite.index.store.qdrant.client_engine import open_local
from pincite.index.store.qdrant.engine import Engine, Where
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.bundle_passages import StoredDocument

Shelf = Mapping[str, StoredDocument]
FIRST = ("kiln", "laser", "lending", "metal")  # documents that are there
NAMES = (*FIRST, "wood")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call write two passages at most, or a quarter of the counts, so that each takes several."""
    monkeypatch.setattr(points, "BATCH_BYTES", 20_000)
    monkeypatch.setattr(points, "BATCH_POINTS", 16)


def fill(notes: Notes) -> Engine:
    engine = open_local()
    store = QdrantStore.create(engine, NAME, notes.facts)
    for name in FIRST:
        store.replace_document(notes.documents[name].document, notes.documents[name].passages)
    store.commit()
    return engine


def open_store(engine: Engine, notes: Notes) -> QdrantStore:
    return QdrantStore(engine, NAME, notes.facts.fingerprint)


def change(store: PassageStore, notes: Notes) -> None:
    """Shorten one document, delete another and add a third."""
    metal, wood = notes.documents["metal"], notes.documents["wood"]
    store.replace_document(metal.document, metal.passages[:3])
    store.delete_document("laser")
    store.replace_document(wood.document, wood.passages)
    store.commit()


def assert_is(store: QdrantStore, shelf: Shelf) -> None:
    """Compare a store with the documents that it should hold: revisions, counts, statistics and what is found."""
    assert revisions(store) == {name: stored.revision for name, stored in shelf.items()}
    assert store.count() == sum(len(stored.passages) for stored in shelf.values())
    assert store.statistics() == statistics_of([*shelf.values()])
    with_the = [p for d in shelf.values() for p in d.passages if "the" in terms(p.text)]
    assert len(store.lexical(["the"], 500)) == len(with_the)
    assert len(store.dense(next(iter(shelf.values())).passages[0].vector, 500)) == store.count()


def assert_has_no_leftovers(store: QdrantStore, engine: Engine) -> None:
    """Compare the engine's points with the store's documents: there is none for any other."""
    assert engine.count(store.collection, Where()) == store.count()
    documents = f"{store.collection}-documents"
    assert engine.count(documents, Where(equal={"kind": "document", "state": "whole"})) == len([*store.entries()])
    assert engine.count(documents, Where(equal={"kind": "document"})) == len([*store.entries()])
    assert engine.count(documents, Where(equal={"kind": "draft"})) == 0


def stops(notes: Notes, act: Callable[[PassageStore, Notes], None]) -> Iterator[tuple[int, Engine]]:
    """Yield an engine for each number of writes after which a writer is stopped, until it is not."""
    for writes in count():
        engine = fill(notes)
        try:
            act(open_store(StoppingEngine(engine, writes), notes), notes)
        except StoppedError:
            yield writes, engine
        else:
            assert writes > 12
            return


def test_a_stopped_writer_leaves_the_old_documents_or_the_new(notes: Notes) -> None:
    """Stopped before any write of a change, a store holds the old or the new; doing it again completes the new."""
    old = {name: notes.documents[name] for name in FIRST}
    metal = notes.documents["metal"]
    new = {**old, "metal": StoredDocument(metal.document, metal.passages[:3]), "wood": notes.documents["wood"]}
    del new["laser"]
    held = []
    for _, engine in stops(notes, change):
        store = open_store(engine, notes)
        held.append(revisions(store).keys() == new.keys())
        assert_is(store, new if held[-1] else old)
        change(store, notes)
        assert_is(open_store(engine, notes), new)
        assert_has_no_leftovers(store, engine)
    assert held == sorted(held)  # once new, it is never old again
    assert {*held} == {False, True}


def test_a_writer_that_is_given_up_leaves_no_passage(notes: Notes) -> None:
    """After another has committed, what a stopped writer had staged is whole, and the rest gone or as it was."""
    metal = notes.documents["metal"]
    choices = {
        "metal": [metal, StoredDocument(metal.document, metal.passages[:3])],
        "wood": [None, notes.documents["wood"]],
        "laser": [notes.documents["laser"], None],
    }
    for _, engine in stops(notes, change):
        store = open_store(engine, notes)
        expected = {**revisions(store), **store.staged()}
        store.delete_document("kiln")
        store.commit()
        del expected["kiln"]
        assert revisions(store) == expected
        shelf = {"lending": notes.documents["lending"]}
        for name, possible in choices.items():
            revision = revisions(store).get(name)
            chosen = next(each for each in possible if (each.revision if each else None) == revision)
            shelf |= {name: chosen} if chosen else {}
        assert_is(store, shelf)
        assert_has_no_leftovers(store, engine)


def test_a_half_written_document_is_none(notes: Notes) -> None:
    """A document of which one batch was written is in no list, search or statistics; written again, it is whole."""
    wood = notes.documents["wood"]
    engine = fill(notes)
    writer = open_store(StoppingEngine(engine, 2), notes)
    with pytest.raises(StoppedError):
        writer.replace_document(wood.document, wood.passages)
    assert engine.count(writer.collection, Where(equal={"document": "wood"})) == 2
    store = open_store(engine, notes)
    assert_is(store, {name: notes.documents[name] for name in FIRST})
    assert store.staged() == {}
    store.replace_document(wood.document, wood.passages)
    store.commit()
    assert_is(store, {name: notes.documents[name] for name in NAMES})


def test_taking_a_staged_document_back_may_stop_anywhere(notes: Notes) -> None:
    """A staged document that is being taken back is never committed without its passages."""

    def stage_and_take_back(store: PassageStore, notes: Notes) -> None:
        wood = notes.documents["wood"]
        store.replace_document(wood.document, wood.passages)
        store.delete_document("wood")
        store.delete_document("kiln")
        store.replace_document(wood.document, wood.passages)
        store.commit()

    for _, engine in stops(notes, stage_and_take_back):
        store = open_store(engine, notes)
        store.commit()
        assert_is(store, {name: notes.documents[name] for name in revisions(store)})
        assert_has_no_leftovers(store, engine)


CHANGES = st.tuples(st.sampled_from(NAMES), st.integers(0, 3))  # a document with so many passages; with none: deleted


@settings(max_examples=25)
@given(st.lists(CHANGES | st.sampled_from(["commit", "open"]), max_size=12))
def test_any_sequence_of_changes_leaves_what_was_said_last(notes: Notes, steps: list[tuple[str, int] | str]) -> None:
    """After a commit every document is as it was written or deleted last; opening again forgets deletions alone."""
    engine = open_local()
    store = QdrantStore.create(engine, NAME, notes.facts)
    shelf: dict[str, StoredDocument] = {}
    written: dict[str, StoredDocument] = {}
    deleted: set[str] = set()
    for step in [*steps, "commit"]:
        if step == "commit":
            store.commit()
            shelf = {name: stored for name, stored in {**shelf, **written}.items() if name not in deleted}
            written, deleted = {}, set()
            assert revisions(store) == {name: stored.revision for name, stored in shelf.items()}
            assert store.statistics() == statistics_of([*shelf.values()])
        elif step == "open":
            store, deleted = open_store(engine, notes), set()
        else:
            name, passages = step
            written.pop(name, None)
            deleted.discard(name)
            if passages:
                stored = notes.documents[name]
                written[name] = StoredDocument(stored.document, stored.passages[:passages])
                store.replace_document(stored.document, stored.passages[:passages])
            else:
                store.delete_document(name)
                deleted.add(name)
        assert store.staged().keys() <= written.keys()
    assert_has_no_leftovers(store, engine)
