"""Every passage store keeps one contract, checked on a small index of real documents."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from twelve_documents import TWELVE

from pincite.index.bundle import Bundle
from pincite.index.settings import Settings
from pincite.index.store.passage_store import PassageStore
from pincite.index.store.qdrant.client_engine import open_local
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.index.store.revision import fingerprint_of
from pincite.ingestion.build import build_from_documents
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.ingestion.stores.bundle_passages import BundlePassages, StoredDocument
from pincite.ingestion.stores.bundle_store import BundleStore
from pincite.ingestion.stores.contract import CHECKS, Trial
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts

NAME = "trial"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, embedder: Callable[[ModelFiles], Embedder]) -> Iterator[Bundle]:
    """An index of twelve documents."""
    root = tmp_path_factory.mktemp("town")
    build_from_documents(TWELVE, Settings(index=str(root)), lambda stage: lambda done, of: None, embedder)
    with closing(Bundle(root)) as bundle:
        yield bundle


@pytest.fixture(scope="module")
def documents(town: Bundle) -> list[StoredDocument]:
    """The documents of that index, with their vectors."""
    passages = BundlePassages(town)
    return [passages.read(document_id) for document_id in passages.ids]


@pytest.fixture(scope="module", params=["bundle", "local mode"])
def trial(
    request: pytest.FixtureRequest,
    documents: list[StoredDocument],
    town: Bundle,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Trial, PassageStore]]:
    """A trial of each kind of store, with the store that it begins with."""
    root = tmp_path_factory.mktemp("store") / "index"
    fingerprint = fingerprint_of(town.manifest)
    open_as: Callable[[str], PassageStore]
    if request.param == "bundle":
        shutil.copytree(town.folder.parent.parent, root)
        open_as = lambda given: BundleStore(root, given)  # noqa: E731
    else:
        engine = open_local()
        copy_to_store(town, QdrantStore.create(engine, NAME, store_facts(town)))
        open_as = lambda given: QdrantStore(engine, NAME, given)  # noqa: E731
    with closing(open_as(fingerprint)) as store:
        yield Trial(documents, lambda: open_as(fingerprint), open_as), store


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_store_keeps_the_contract(
    trial: tuple[Trial, PassageStore], check: Callable[[Trial, PassageStore], None]
) -> None:
    """A store passes each check of the contract."""
    check(*trial)
