"""The contract of passage stores, where they change: replaced and deleted documents, another opening, another model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from stores_of_notes import KINDS, Notes, Place, build_notes, fill_place, statistics_of

from pincite.index.errors import StoreError
from pincite.index.query.analysis import terms
from pincite.index.store.passage_store import PassageKey, PassageStore, revisions
from pincite.index.store.stored_search import count_passage
from pincite.index.store.term_statistics import bm25_scores
from pincite.index.types import Source
from pincite.ingestion.stores.bundle_passages import StoredDocument

CHURN_TOLERANCE = 0.02  # of a score by BM25: a store may weigh terms by the average length of before


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    built = build_notes(tmp_path_factory.mktemp("notes"))
    yield built
    built.bundle.close()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, notes: Notes, tmp_path: Path) -> Place:
    return fill_place(request.param, tmp_path / request.param, notes)


@contextmanager
def opened(place: Place) -> Iterator[PassageStore]:
    store = place.open()
    yield store
    place.close(store)


def shorter(stored: StoredDocument, count: int) -> StoredDocument:
    """Return a document with its first passages alone."""
    return StoredDocument(stored.document, stored.passages[:count])


def put(store: PassageStore, *documents: StoredDocument) -> None:
    for stored in documents:
        store.replace_document(stored.document, stored.passages)


def assert_holds(store: PassageStore, documents: Sequence[StoredDocument]) -> None:
    """Compare a store's documents, passages and statistics with those that it should hold."""
    assert revisions(store) == {stored.document.id: stored.revision for stored in documents}
    assert store.count() == sum(len(stored.passages) for stored in documents)
    assert store.statistics() == statistics_of(documents)
    vector = documents[0].passages[0].vector
    found = store.dense(vector, 500)
    held = {PassageKey(d.document.id, n) for d in documents for n in range(len(d.passages))}
    assert len(found) == len(held)
    assert {each.key for each in found} == held
    assert {each.key for each in store.lexical(["the"], 500)} <= held


def test_a_document_with_fewer_passages_takes_the_place_of_the_longer(place: Place, notes: Notes) -> None:
    """A replaced document is found as it is, its other passages no more, also by the next to open the store."""
    cut = shorter(notes.documents["als"], 40)
    expected = [*({**notes.documents, "als": cut}).values()]
    with opened(place) as store:
        put(store, cut)
        assert store.staged() == {"als": cut.revision}
        store.commit()
        assert_holds(store, expected)
        with pytest.raises(KeyError):
            store.passages([PassageKey("als", 40)])
    with opened(place) as store:
        assert_holds(store, expected)
        assert store.staged() == {}


def test_a_deleted_document_is_found_no_more(place: Place, notes: Notes) -> None:
    """Deletion returns how many passages there were; the document is in no list and no search."""
    left = [stored for name, stored in notes.documents.items() if name != "laser"]
    with opened(place) as store:
        assert store.delete_document("nowhere") == 0
        assert store.delete_document("laser") == len(notes.documents["laser"].passages)
        store.commit()
        assert_holds(store, left)
        assert store.documents_with("laser cutter") == []
        with pytest.raises(KeyError):
            store.document("laser")
        put(store, notes.documents["laser"])
        store.commit()
        assert_holds(store, [*notes.documents.values()])
    with opened(place) as store:
        assert_holds(store, [*notes.documents.values()])


def test_the_same_again_changes_nothing(place: Place, notes: Notes) -> None:
    """Documents that are there as they are leave every answer as it was."""
    with opened(place) as store:
        before = store.lexical(terms("motor neurons in the laser room"), 20)
        put(store, *notes.documents.values())
        store.commit()
        assert_holds(store, [*notes.documents.values()])
        assert store.lexical(terms("motor neurons in the laser room"), 20) == before


def test_what_is_not_committed_does_not_hold(place: Place, notes: Notes) -> None:
    """Until a commit, readers find the documents of before; the last word on a document counts."""
    everything = [*notes.documents.values()]
    with opened(place) as store:
        put(store, shorter(notes.documents["als"], 3))
        store.delete_document("kiln")
        assert_holds(store, everything)
    with opened(place) as store:
        assert_holds(store, everything)
        put(store, shorter(notes.documents["wood"], 1), notes.documents["wood"])
        store.delete_document("kiln")
        put(store, notes.documents["kiln"], notes.documents["als"])
        store.commit()
        assert_holds(store, everything)


def test_a_commit_of_nothing_writes_nothing(place: Place) -> None:
    """A commit without a change leaves it current for its readers."""
    with opened(place) as store:
        store.commit()
        assert store.is_current()
        store.delete_document("kiln")
        store.commit()
        assert store.is_current()


def test_statistics_and_ranks_after_churn_are_those_of_the_texts(place: Place, notes: Notes) -> None:
    """After half of the documents have changed, terms are counted to the last, and no hit is 2 % below the tenth."""
    changed = {name: shorter(stored, 2) for name, stored in [*notes.documents.items()][1::2]}
    expected = {**notes.documents, **changed}
    del expected["metal"]
    with opened(place) as store:
        for stored in changed.values():
            put(store, stored)
            store.commit()
        store.delete_document("metal")
        store.commit()
        assert_holds(store, [*expected.values()])
        passages = {PassageKey(n, i): p.text for n, d in expected.items() for i, p in enumerate(d.passages)}
        question = "is the band saw louder than breathing muscles"
        exact = bm25_scores(question, map(count_passage, passages.values()), store.statistics())
        score_of = dict(zip(passages, exact.tolist(), strict=True))
        found = store.lexical(terms(question), 10)
        tenth = sorted(score_of.values())[-10]
        assert len(found) == 10
        assert min(score_of[each.key] for each in found) >= tenth * (1 - CHURN_TOLERANCE)


def test_ties_are_in_the_order_of_keys_however_many_there_are(place: Place, notes: Notes) -> None:
    """The first keys are found of sixty passages with one vector and one text."""
    als, wood = notes.documents["als"], notes.documents["wood"]
    first = als.passages[0]
    same = [replace(p, vector=first.vector, text=first.text) for p in als.passages[:60]]
    with opened(place) as store:
        put(store, StoredDocument(als.document, same), wood)
        store.commit()
        for k in (1, 10, 55):
            assert [each.key.number for each in store.dense(first.vector, k)] == [*range(k)]
        if place.kind != "bundle":  # which makes the text from the document
            assert [each.key.number for each in store.lexical(terms(first.text), 10)] == [*range(10)]


def test_vectors_of_another_model_are_refused(place: Place) -> None:
    """A store does not open for another fingerprint, and the message has a remedy."""
    with pytest.raises(StoreError, match=r"fingerprint|not there") as caught:
        place.open("0123456789abcdef")
    assert caught.value.remedy


def test_a_store_that_another_writer_has_changed_is_not_current(notes: Notes, tmp_path: Path) -> None:
    """A reader from before a commit learns of it and finds nothing that is gone, and may write after it."""
    place = fill_place("memory", tmp_path, notes)
    early, writer = place.open(), place.open()
    cut = shorter(notes.documents["als"], 3)
    put(writer, cut)
    assert early.is_current()
    writer.commit()
    assert not early.is_current()
    assert {each.key.document for each in early.dense(cut.passages[0].vector, 500)} == notes.documents.keys() - {"als"}
    put(early, cut)  # the same as is held: not to be written over
    early.delete_document("wood")
    early.commit()
    left = {**notes.documents, "als": cut}
    del left["wood"]
    assert_holds(place.open(), [*left.values()])


def test_a_change_of_metadata_alone_is_a_change(place: Place, notes: Notes) -> None:
    """A document with the same text and another source is written again."""
    wood = notes.documents["wood"]
    source = Source("Elm Lane Workshop", reviewed="2026-05")
    changed = StoredDocument(replace(wood.document, source=source, tags=("tools",)), wood.passages)
    with opened(place) as store:
        put(store, changed)
        store.commit()
        assert_holds(store, [*({**notes.documents, "wood": changed}).values()])
        assert store.document("wood") == changed.document
        assert {entry.id: (entry.source, entry.tags) for entry in store.entries()}["wood"] == (source, ("tools",))
