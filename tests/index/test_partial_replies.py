"""Replies of a store that leave something out: an error each, and never a shorter answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import fake_qdrant
import pytest
from fake_qdrant import FakeQdrant, changed, lose_payload, lose_point

from pincite.index.bundle import Bundle
from pincite.index.errors import StoreError
from pincite.index.settings import Settings
from pincite.index.store.connect import StoredPassages, connect
from pincite.index.store.passage_store import PassageKey, StoreScope
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.bundle_passages import BundlePassages
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts

KEYS = [PassageKey("leave", number) for number in range(3)]
READS: Mapping[str, Callable[[QdrantStore, Bundle], object]] = {
    "dense": lambda store, bundle: store.dense(bundle.vectors([0])[0], 50),
    "dense in documents": lambda store, bundle: store.dense(bundle.vectors([0])[0], 50, StoreScope(("tides",))),
    "dense in passages": lambda store, bundle: store.dense(bundle.vectors([0])[0], 50, StoreScope((), tuple(KEYS))),
    "lexical": lambda store, bundle: store.lexical(["tower"], 50),
    "passages": lambda store, bundle: store.passages(KEYS),
    "vectors": lambda store, bundle: store.vectors(KEYS).tolist(),
    "sentence vectors": lambda store, bundle: [each.tolist() for each in store.sentence_vectors(KEYS)],
    "tokens": lambda store, bundle: [each.values.tolist() for each in store.tokens(KEYS)],
    "document": lambda store, bundle: store.document("leave"),
    "state of the commit": lambda store, bundle: store.is_current(),
}


@pytest.fixture(scope="module")
def server(bundle: Bundle) -> Iterator[FakeQdrant]:
    """A server that holds the handbook and the tide notes."""
    with fake_qdrant.serving() as fake, closing(connect(_settings(fake))) as engine:
        copy_to_store(bundle, QdrantStore.create(engine, "pincite", store_facts(bundle)))
        yield fake


@pytest.fixture
def store(server: FakeQdrant, bundle: Bundle) -> Iterator[QdrantStore]:
    """The store, opened while all is well."""
    server.fail(None)
    engine = connect(_settings(server))
    with closing(QdrantStore(engine, "pincite", store_facts(bundle).fingerprint)) as opened:
        yield opened
    server.fail(None)


@pytest.mark.parametrize("change", [lose_point, lose_payload])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_reply_that_leaves_something_out_is_an_error(
    server: FakeQdrant,
    store: QdrantStore,
    bundle: Bundle,
    read: Callable[[QdrantStore, Bundle], object],
    change: Callable[[list[dict[str, Any]]], None],
) -> None:
    """A point or a payload that is not returned is an error of the collection, with a remedy, until it is back."""
    expected = read(store, bundle)
    server.fail(changed(change))
    with pytest.raises(StoreError) as raised:
        read(store, bundle)
    assert raised.value.place.startswith("collection pincite-")
    assert raised.value.remedy
    server.fail(None)
    assert read(store, bundle) == expected


@pytest.mark.parametrize(
    ("change", "problem"),
    [(lose_point, "lacks 1 documents of the index"), (lose_payload, "returns points that are not as they were")],
)
def test_an_index_is_not_opened_over_a_store_that_lists_fewer_documents(
    server: FakeQdrant, store: QdrantStore, index: Path, change: Callable[[list[dict[str, Any]]], None], problem: str
) -> None:
    """A bundle whose documents the store does not all list is refused."""
    server.fail(changed(change), lambda request: request.endswith("-documents/points/scroll"))
    with pytest.raises(StoreError, match=problem):
        Bundle(index, False, StoredPassages(_settings(server)))


def test_a_scope_is_counted_without_what_is_not_there(store: QdrantStore, bundle: Bundle) -> None:
    """Documents and passages that a scope names twice, or that the store does not hold, are not missed."""
    whole = store.dense(bundle.vectors([0])[0], 50, StoreScope(("leave",)))
    named = StoreScope(("leave", "leave", "lost"), (KEYS[0], KEYS[0], PassageKey("leave", 999), PassageKey("lost", 0)))
    assert store.dense(bundle.vectors([0])[0], 50, named) == whole


def test_passages_that_wait_for_a_commit_are_not_counted(store: QdrantStore, bundle: Bundle) -> None:
    """Passages of a revision that is not whole are neither found nor taken for some that are missing."""
    before = store.dense(bundle.vectors([0])[0], 50)
    tides = BundlePassages(bundle).read("tides")
    store.replace_document(replace(tides.document, title="Tides of the harbour"), tides.passages)
    assert store.dense(bundle.vectors([0])[0], 50) == before
    store.replace_document(tides.document, tides.passages)  # takes back what waited
    assert store.staged() == {}


def _settings(server: FakeQdrant) -> Settings:
    return replace(Settings(), store_url=server.url, store_seconds=30)
