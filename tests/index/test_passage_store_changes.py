"""The contract of passage stores, where they change: replaced and deleted documents, another opening, another model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from stores_of_notes import KINDS, Notes, Place, fill_place, statistics_of

from pincite.index.errors import StoreError
from pincite.index.query.analysis import terms
from pincite.index.store.passage_store import PassageKey, PassageStore, revisions
from pincite.index.store.stored_search import count_passage
from pincite.index.store.term_statistics import bm25_scores
from pincite.index.types import Source
from pincite.ingestion.stores.bundle_passages import StoredDocument

CHURN_TOLERANCE = 0.02  # of a score by BM25: a store may weigh terms by the average length of before


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


def test_a_store_that_another_writer_has_changed_is_not_current(notes: Notes, tmp_path: Path) -> None:
    """A reader from before a commit learns of it and gets no part of an answer, and may write after it."""
    place = fill_place("memory", tmp_path, notes)
    early, writer = place.open(), place.open()
    cut = shorter(notes.documents["als"], 3)
    put(writer, cut)
    assert early.is_current()
    writer.commit()
    assert not early.is_current()
    with pytest.raises(StoreError, match="returns 34 passages of 137"):
        early.dense(cut.passages[0].vector, 500)
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
