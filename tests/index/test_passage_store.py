"""The contract of passage stores: the same for a bundle and for each engine of Qdrant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from stores_of_notes import KINDS, NAME, Notes, fill_place

from pincite.index.store.passage_store import PassageKey, PassageStore
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.contract import CHECKS, Trial


@pytest.fixture(scope="module", params=KINDS)
def trial(request: pytest.FixtureRequest, notes: Notes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A store of each kind that holds the texts. Each check leaves it as it was."""
    place = fill_place(request.param, tmp_path_factory.mktemp("store") / request.param, notes)
    if place.kind == "bundle":
        yield Trial([*notes.documents.values()], place.open, place.open)
        return
    engine = place.engine()  # one, since a folder lets nobody else open it

    def open_store(fingerprint: str = notes.facts.fingerprint) -> PassageStore:
        return QdrantStore(engine, NAME, fingerprint)

    yield Trial([*notes.documents.values()], open_store, open_store)
    engine.close()


@pytest.fixture
def store(trial: Trial) -> PassageStore:
    return trial.open()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_store_keeps_the_contract(
    trial: Trial, store: PassageStore, check: Callable[[Trial, PassageStore], None]
) -> None:
    """A store of each kind passes each check that `pincite store check` makes."""
    check(trial, store)


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
