"""Passage stores of every kind, filled with a few real texts: the ALS article, ten notes of a workshop."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edge_engine import EdgeEngine
from tiny_encoder import Tiny

from pincite.index.bundle import Bundle
from pincite.index.settings import Settings
from pincite.index.store.passage_store import PassageStore, StoredPassage
from pincite.index.store.qdrant.client_engine import open_local
from pincite.index.store.qdrant.engine import Engine
from pincite.index.store.qdrant.ledger import StoreFacts
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.index.store.term_statistics import TermStatistics, count_terms
from pincite.ingestion.build import build
from pincite.ingestion.stores.bundle_passages import BundlePassages, StoredDocument
from pincite.ingestion.stores.bundle_store import BundleStore
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("bundle", "memory", "folder", "edge")
NAME = "notes"


@dataclass(frozen=True)
class Notes:
    """An index of the texts, and all that stands in it."""

    root: Path
    bundle: Bundle

    @cached_property
    def documents(self) -> dict[str, StoredDocument]:
        """The documents by id, in the order of rows."""
        passages = BundlePassages(self.bundle)
        return {document_id: passages.read(document_id) for document_id in passages.ids}

    @cached_property
    def passages(self) -> list[StoredPassage]:
        """The passages, in the order of rows."""
        return [passage for document in self.documents.values() for passage in document.passages]

    @property
    def facts(self) -> StoreFacts:
        """The facts of a store of these."""
        return store_facts(self.bundle)


@dataclass(frozen=True)
class Place:
    """A place where a store of one kind lies: it can be opened, closed and opened again."""

    kind: str
    folder: Path
    facts: StoreFacts
    memory: Engine | None = None

    def engine(self) -> Engine:
        """Open the engine."""
        if self.memory:
            return self.memory
        return EdgeEngine(self.folder, is_flushed=False) if self.kind == "edge" else open_local(self.folder)

    def open(self, fingerprint: str | None = None) -> PassageStore:
        """Open the store."""
        if self.kind == "bundle":
            return BundleStore(self.folder, fingerprint or self.facts.fingerprint)
        engine = self.engine()
        try:
            return QdrantStore(engine, NAME, fingerprint or self.facts.fingerprint)
        except Exception:
            self.close(engine)
            raise

    def close(self, opened: PassageStore | Engine) -> None:
        """Close a store, but keep what is in memory."""
        if not self.memory:
            opened.close()


def write_texts(folder: Path) -> Path:
    """Write the texts as Markdown files."""
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "corpus" / "als.md", folder / "als.md")
    for line in (ROOT / "tests" / "data" / "workshop.jsonl").read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        (folder / f"{note['name']}.md").write_text(note["text"], encoding="utf-8")
    return folder


def build_notes(folder: Path) -> Notes:
    """Build the index of the texts, with an encoder that knows their words alone."""
    texts = write_texts(folder / "texts")
    words = {word for path in texts.iterdir() for word in re.findall(r"\w+|[^\w\s]+", path.read_text(encoding="utf-8"))}

    class Reader(Tiny):
        pass

    Reader.words = sorted(words)
    root = folder / "index"
    build([texts], Settings(index=str(root), passage_words=20), _quiet, Reader)
    return Notes(root, Bundle(root, cross_encoder=False))


def empty_place(kind: str, folder: Path, facts: StoreFacts) -> Place:
    """Make an empty store of Qdrant."""
    place = Place(kind, folder, facts, open_local() if kind == "memory" else None)
    place.close(QdrantStore.create(place.engine(), NAME, facts))
    return place


def fill_place(kind: str, folder: Path, notes: Notes) -> Place:
    """Make a store of a kind that holds the texts."""
    if kind == "bundle":
        shutil.copytree(notes.root, folder)
        return Place(kind, folder, notes.facts)
    place = empty_place(kind, folder, notes.facts)
    store = place.open()
    copy_to_store(notes.bundle, store)
    place.close(store)
    return place


def statistics_of(documents: Sequence[StoredDocument]) -> TermStatistics:
    """Count the terms of some documents."""
    return count_terms(passage.text for document in documents for passage in document.passages)


def _quiet(stage: str) -> Callable[[int, int], None]:
    return lambda done, of: None
