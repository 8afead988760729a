"""The contract of passage stores, where they are read: the same for a bundle and for each engine of Qdrant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest
from stores_of_notes import KINDS, Notes, build_notes, fill_place

from pincite.index.query.analysis import terms
from pincite.index.store.passage_store import PassageKey, PassageStore, Scored, StoreScope, revisions
from pincite.index.store.term_statistics import count_terms

TOLERANCE = 1e-5  # of a score: products of float32 are summed in another order
QUESTIONS = (
    "How long do people live with ALS?",
    "the laser cutter",
    "who may borrow a key for the side door",
    "first aid",
    "motor neurons motor neurons",
    "breathing muscles and swallowing",
)
SCOPES = {
    "none": None,
    "a document": StoreScope(("als",)),
    "several documents": StoreScope(("kiln", "laser", "lockers", "wood")),
    "single passages": StoreScope((), (PassageKey("als", 3), PassageKey("als", 57), PassageKey("metal", 0))),
    "documents and passages": StoreScope(("metal", "opening"), (PassageKey("als", 3), PassageKey("als", 4))),
}


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    built = build_notes(tmp_path_factory.mktemp("notes"))
    yield built
    built.bundle.close()


@pytest.fixture(scope="module", params=KINDS)
def store(
    request: pytest.FixtureRequest, notes: Notes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PassageStore]:
    place = fill_place(request.param, tmp_path_factory.mktemp("store") / request.param, notes)
    opened = place.open()
    yield opened
    place.close(opened)


def keys_of(notes: Notes) -> list[PassageKey]:
    return [PassageKey(name, number) for name, d in notes.documents.items() for number in range(len(d.passages))]


def in_scope(key: PassageKey, scope: StoreScope | None) -> bool:
    return scope is None or key.document in scope.documents or key in scope.passages


def assert_best(found: Sequence[Scored], scores: Mapping[PassageKey, float], k: int) -> None:
    """Compare what was found with the exact scores: every score, and the keys of those above the last."""
    best = sorted(scores.items(), key=lambda item: (-item[1], f"{item[0].document}#", item[0].number))[:k]
    assert [each.score for each in found] == pytest.approx([score for _, score in best], abs=TOLERANCE)
    above = best[-1][1] + TOLERANCE if len(scores) > k else -2
    assert {each.key for each in found if each.score > above} == {key for key, score in best if score > above}
    assert [scores[each.key] for each in found] == pytest.approx([each.score for each in found], abs=TOLERANCE)


def test_documents_and_passages_are_counted(store: PassageStore, notes: Notes) -> None:
    """A store lists each document in its revision and counts the passages."""
    assert revisions(store) == {name: document.revision for name, document in notes.documents.items()}
    assert store.count() == len(notes.passages) == sum(entry.passage_count for entry in store.entries())
    assert store.statistics() == count_terms(passage.text for passage in notes.passages)
    assert store.dimension == notes.bundle.encoder.dimension
    assert store.is_current()


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("k", [1, 10, 500])
def test_dense_search_finds_the_greatest_cosines(
    store: PassageStore, notes: Notes, scope: StoreScope | None, k: int
) -> None:
    """Dense search returns what a product of all vectors with the question's says, within a scope too."""
    vectors = np.stack([passage.vector for passage in notes.passages])
    for question in QUESTIONS:
        vector = notes.bundle.encoder.encode_query(question).vector
        cosines = zip(keys_of(notes), (vectors @ vector).tolist(), strict=True)
        assert_best(store.dense(vector, k, scope), {key: c for key, c in cosines if in_scope(key, scope)}, k)


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("k", [1, 10, 500])
def test_lexical_search_finds_the_greatest_scores_of_bm25(
    store: PassageStore, notes: Notes, scope: StoreScope | None, k: int
) -> None:
    """Lexical search returns what BM25Index scores above 0, each term counted once."""
    for question in QUESTIONS:
        scores = notes.bundle.bm25.scores_of(question, np.arange(len(notes.passages)))
        scored = {
            key: s for key, s in zip(keys_of(notes), scores.tolist(), strict=True) if s > 0 and in_scope(key, scope)
        }
        found = store.lexical(terms(question), k, scope)
        if scored:
            assert_best(found, scored, k)
        else:
            assert found == []


@pytest.mark.parametrize(
    "scope",
    [
        StoreScope(()),
        StoreScope(("nowhere",)),
        StoreScope((), (PassageKey("nowhere", 0),)),
        StoreScope((), (PassageKey("laser", 99),)),
    ],
)
def test_a_scope_without_a_passage_has_no_hit(store: PassageStore, notes: Notes, scope: StoreScope) -> None:
    """An empty scope, one of an unknown document and one of a passage that a document lacks find nothing."""
    assert store.dense(notes.passages[0].vector, 10, scope) == []
    assert store.lexical(["laser"], 10, scope) == []


def test_an_unknown_term_counts_nothing(store: PassageStore) -> None:
    """Terms that no passage holds change no score, and alone find nothing."""
    assert store.lexical(["zyzzyva"], 10) == store.lexical([], 10) == []
    assert (
        store.lexical(["laser", "zyzzyva"], 10) == store.lexical(["laser", "laser"], 10) == store.lexical(["laser"], 10)
    )
    assert store.lexical(["laser"], 10)


def test_passages_come_back_to_the_bit(store: PassageStore, notes: Notes) -> None:
    """A passage, its text and all its vectors come back as they were given, in the order asked."""
    order = np.random.default_rng(1).permutation(len(notes.passages)).tolist()
    keys = [keys_of(notes)[at] for at in order]
    given = [notes.passages[at] for at in order]
    assert [(each.passage, each.text) for each in store.passages(keys)] == [(p.passage, p.text) for p in given]
    np.testing.assert_array_equal(store.vectors(keys), np.stack([passage.vector for passage in given]), strict=True)
    for passage, vectors, tokens in zip(given, store.sentence_vectors(keys), store.tokens(keys), strict=True):
        np.testing.assert_array_equal(vectors, passage.sentence_vectors, strict=True)
        assert passage.tokens
        np.testing.assert_array_equal(tokens.values, passage.tokens.values, strict=True)
        np.testing.assert_array_equal(tokens.scales, passage.tokens.scales, strict=True)


def test_a_passage_asked_for_twice_comes_twice(store: PassageStore, notes: Notes) -> None:
    """Keys may repeat, and no key is no passage."""
    first, second = PassageKey("laser", 0), PassageKey("als", 9)
    assert [each.passage.document for each in store.passages([first, second, first])] == ["laser", "als", "laser"]
    assert store.passages([]) == store.sentence_vectors([]) == store.tokens([]) == []
    assert store.vectors([]).shape == (0, notes.bundle.encoder.dimension)


@pytest.mark.parametrize("key", [PassageKey("laser", 3), PassageKey("laser", -1), PassageKey("nowhere", 0)])
def test_a_key_that_is_not_held_is_named(store: PassageStore, key: PassageKey) -> None:
    """Asking for a passage that is not there raises KeyError with its key, whatever is asked for."""
    for fetch in (store.passages, store.vectors, store.sentence_vectors, store.tokens):
        with pytest.raises(KeyError) as caught:
            fetch([PassageKey("laser", 0), key])
        assert caught.value.args == (key,)


def test_documents_come_back_whole(store: PassageStore, notes: Notes) -> None:
    """A document comes back with its text, outline and source; an unknown one raises KeyError."""
    for name, stored in notes.documents.items():
        assert store.document(name) == stored.document
        for part in ("blocks", "sections", "pages"):
            assert getattr(store.document(name), part) == getattr(stored.document, part)
    with pytest.raises(KeyError, match="nowhere"):
        store.document("nowhere")


@pytest.mark.parametrize(
    "quote",
    ["laser", "ase", "s", "LASER", "zyzzyva", "Amyotrophic lateral sclerosis", "door.", " ", "t costs twelve poun"],
)
def test_quotes_are_found_by_their_letters(store: PassageStore, notes: Notes, quote: str) -> None:
    """A quote is found where the letters stand, case included, at whatever letter it begins and ends."""
    holding = sorted(name for name, stored in notes.documents.items() if quote in stored.document.text)
    assert store.documents_with(quote) == holding


def test_any_part_of_a_text_is_found(store: PassageStore, notes: Notes) -> None:
    """Parts of texts are found, across line breaks and in the middle of words, with every mark in between."""
    for name, stored in notes.documents.items():
        text = stored.document.text
        for start in range(0, len(text), 211):
            assert name in store.documents_with(text[start : start + 60])
    als = notes.documents["als"].document.text
    at = als.index("\n\n", 1000)
    assert store.documents_with(als[at - 30 : at + 30]) == ["als"]
