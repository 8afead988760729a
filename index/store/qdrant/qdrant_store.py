"""PassageStore over a Qdrant engine: one collection of passages and one ledger of documents for each fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pincite.index.errors import StoreError
from pincite.index.query.analysis import terms
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.store.passage_store import (
    DocumentEntry,
    PassageKey,
    PassageText,
    Scored,
    StoredPassage,
    StoreScope,
)
from pincite.index.store.qdrant.document_writer import DocumentWriter
from pincite.index.store.qdrant.engine import (
    CollectionSpec,
    Engine,
    FoundPoint,
    HeldPoint,
    Payload,
    Precision,
    Where,
)
from pincite.index.store.qdrant.ledger import Ledger, StoreFacts
from pincite.index.store.qdrant.points import (
    DAMAGED_REMEDY,
    DOCUMENT_FIELDS,
    PASSAGE_FIELDS,
    SENTENCE_FIELDS,
    TOKEN_FIELDS,
    document_of,
    passage_of,
    passage_point_id,
    reading_points,
    sentence_vectors_of,
    term_dimension,
    tokens_of,
)
from pincite.index.store.term_statistics import TermStatistics
from pincite.index.types import Document

TIE_MARGIN = 8  # an engine cuts ties as it likes: so many more are asked for at first, and cut here
EXACT_BELOW = 50_000  # passages of a scope up to which all their vectors are compared
MAX_SEARCH = 4096  # points that a search asks for at most, to get past those of documents that are not whole
FETCH_POINTS = 500  # points fetched in one call

T = TypeVar("T")


class QdrantStore:
    """A store that is open. One writer at a time; any number of threads and processes read."""

    def __init__(self, engine: Engine, name: str, fingerprint: str) -> None:
        """Open the store of a fingerprint. Raises StoreError where there is none."""
        self._engine = engine
        self.collection = f"{name}-{fingerprint}"
        self._ledger = Ledger(engine, f"{self.collection}-documents")
        facts = self._ledger.facts()
        if facts is None:
            raise StoreError(
                f"collection {self.collection}",
                "is not there or not complete",
                "copy the index into the store with `pincite store copy`",
            )
        if facts.fingerprint != fingerprint:
            problem = f"holds passages of fingerprint {facts.fingerprint}, and the index has {fingerprint}"
            raise StoreError(f"collection {self.collection}", problem, "give the store another name")
        self._facts = facts
        self._writer = DocumentWriter(engine, self.collection, self._ledger, facts)
        self.reload()

    @classmethod
    def open_or_create(
        cls, engine: Engine, name: str, fingerprint: str, facts: Callable[[], StoreFacts]
    ) -> QdrantStore:
        """Open the store of a fingerprint, or make an empty one. facts: counts those of the one to make."""
        is_there = Ledger(engine, f"{name}-{fingerprint}-documents").facts() is not None
        return cls(engine, name, fingerprint) if is_there else cls.create(engine, name, facts())

    @classmethod
    def create(cls, engine: Engine, name: str, facts: StoreFacts) -> QdrantStore:
        """Make an empty store, or open the one that there is."""
        collection = f"{name}-{facts.fingerprint}"
        ledger = Ledger(engine, f"{collection}-documents")
        if ledger.facts() is None:
            engine.create(collection, CollectionSpec(facts.dimension, ("document", "revision")))
            ledger.create(facts)
        return cls(engine, name, facts.fingerprint)

    @property
    def fingerprint(self) -> str:
        """Digest of what all vectors and terms were made with."""
        return self._facts.fingerprint

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""
        return self._facts.dimension

    def reload(self) -> None:
        """Read again which documents are whole."""
        version = self._ledger.version()
        self._entries = {entry.id: entry for entry in self._ledger.entries()}
        self._passage_count = sum(entry.passage_count for entry in self._entries.values())
        self._version = version
        self._statistics = self._ledger.statistics()

    def is_current(self) -> bool:
        """Return whether the documents are those that were read last: no commit has changed them."""
        return self._ledger.version() == self._version

    def entries(self) -> Iterator[DocumentEntry]:
        """Yield every whole document."""
        yield from self._entries.values()

    def count(self) -> int:
        """Return the number of passages of whole documents."""
        return self._passage_count

    def close(self) -> None:
        """Let the engine go."""
        self._engine.close()

    def replace_document(self, document: Document, passages: Sequence[StoredPassage]) -> None:
        """Put a document in the place of the one with its id once commit() is called; until then that one is found."""
        self._begin_writing()
        self._writer.replace(document, passages, self._entries.get(document.id))

    def delete_document(self, document_id: str) -> int:
        """Delete a document once commit() is called. Returns how many passages it has; 0 where there is none."""
        self._begin_writing()
        held = self._entries.get(document_id)
        self._writer.delete(document_id, held)
        return held.passage_count if held else 0

    def commit(self) -> None:
        """Let everything that was written hold, all at once."""
        self._begin_writing()
        if self._writer.commit(self._entries):
            self.reload()

    def staged(self) -> dict[str, str]:
        """Return the revision of each document that waits for a commit, by id, those of a stopped writer among them."""
        self._begin_writing()
        return dict(self._writer.staged)

    def serve_by_alias(self, name: str) -> None:
        """Let a name stand for this store from now on, and the name with -documents for its ledger."""
        self._engine.point_aliases({name: self.collection, f"{name}-documents": f"{self.collection}-documents"})

    def _begin_writing(self) -> None:
        if self._writer.begin() and not self.is_current():  # another writer has come between
            self.reload()

    def statistics(self) -> TermStatistics:
        """Return the statistics of terms of the documents that were read last."""
        return self._statistics

    def dense(self, vector: NDArray[np.float32], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k passages closest to a vector, (d,), by cosine: best first, ties by key.

        Within a scope the graph alone loses most neighbours (a recall of 0.12 where the scope is a tenth of the
        documents): ACORN walks past what the filter leaves out, and a small scope is compared whole.
        """
        if scope is not None and not scope:
            return []
        precision: Precision = "graph"
        size = self.count()
        if scope is not None:
            size = self._size(scope)
            precision = "exact" if size <= EXACT_BELOW else "acorn"
        find = partial(self._engine.nearest, self.collection, vector, where=self._where(scope), precision=precision)
        return self._search(find, k, size)

    def lexical(self, terms: Sequence[str], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k best passages by BM25 for some terms, each counted once: best first, ties by key."""
        counted = self._statistics
        weights = {term_dimension(term): counted.idf(term) for term in terms if term in counted.frequencies}
        if not weights or (scope is not None and not scope):
            return []
        most_common = max(counted.frequencies[term] for term in terms)
        find = partial(self._engine.matching, self.collection, weights, where=self._where(scope))
        return self._search(find, k, most_common if scope is None else 0)

    def _search(self, find: Callable[..., list[FoundPoint]], k: int, least: int) -> list[Scored]:
        """Search as deep as it takes for k passages of whole documents.

        find: from a depth, `limit`, to points, best first. least: passages that there are to find at least. Raises
        StoreError where fewer than k and than those are found.
        """
        depth = k + TIE_MARGIN
        while True:
            points = find(limit=depth)
            with reading_points(self.collection):
                found = [self._scored(point) for point in points]
            whole = sorted((s for s in found if s), key=lambda s: (-s.score, f"{s.key.document}#", s.key.number))
            is_tied = len(whole) > k and whole[k - 1].score == whole[-1].score  # others may tie with them, unseen
            if (len(whole) >= k and not is_tied) or len(points) < depth or depth >= MAX_SEARCH:
                break
            depth = min(4 * depth, MAX_SEARCH)
        if len(whole) < min(k, least):
            problem = f"returns {len(whole):,} passages of {min(k, least):,} that a search must find"
            raise StoreError(f"collection {self.collection}", problem, DAMAGED_REMEDY)
        return whole[:k]

    def _scored(self, point: FoundPoint) -> Scored | None:
        """Return what a point stands for; None for a passage of a revision that is not whole."""
        payload = point.payload
        entry = self._entries.get(payload["document"])
        if entry is None or entry.revision != payload["revision"]:
            return None
        return Scored(PassageKey(entry.id, int(payload["number"])), point.score)

    def _where(self, scope: StoreScope | None) -> Where | None:
        if scope is None:
            return None
        held = [key for key in scope.passages if self._holds(key)]
        return Where(documents=scope.documents, points=tuple(self._point_ids(held)))

    def _size(self, scope: StoreScope) -> int:
        """Return the number of passages in a scope."""
        documents = {*scope.documents} & self._entries.keys()
        others = {key for key in scope.passages if key.document not in documents and self._holds(key)}
        return sum(self._entries[document_id].passage_count for document_id in documents) + len(others)

    def _holds(self, key: PassageKey) -> bool:
        entry = self._entries.get(key.document)
        return entry is not None and 0 <= key.number < entry.passage_count

    def passages(self, keys: Sequence[PassageKey]) -> list[PassageText]:
        """Return passages in the order asked. Raises KeyError, naming the key, for one that is not held."""
        points = self._fetch(keys, PASSAGE_FIELDS)
        with reading_points(self.collection):
            return [passage_of(key, point.payload) for key, point in zip(keys, points, strict=True)]

    def vectors(self, keys: Sequence[PassageKey]) -> NDArray[np.float32]:
        """Return the vectors of m passages, (m, d) float32."""
        points = self._fetch(keys, (), with_vector=True)
        with reading_points(self.collection):
            return np.array([point.vector for point in points], dtype=np.float32).reshape(len(keys), self.dimension)

    def sentence_vectors(self, keys: Sequence[PassageKey]) -> list[NDArray[np.float32]]:
        """Return the sentence vectors of m passages, each (s, d) float32."""
        return self._decode(keys, SENTENCE_FIELDS, sentence_vectors_of)

    def tokens(self, keys: Sequence[PassageKey]) -> list[QuantizedTokens]:
        """Return the token vectors of m passages. Raises KeyError where none are kept."""
        if not self._facts.keeps_tokens:
            raise KeyError("tokens")
        return self._decode(keys, TOKEN_FIELDS, tokens_of)

    def document(self, document_id: str) -> Document:
        """Return a document. Raises KeyError when the store does not hold it."""
        entry = self._entries[document_id]
        point = self._ledger.retrieve(document_id, entry.revision, DOCUMENT_FIELDS)
        if point is None:
            raise self._lost(f"document {document_id!r}")
        with reading_points(self.collection):
            return document_of(point.payload)

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids.

        The first and the last word may be parts of words, so that only those between them narrow the search.
        """
        between = quote.split()[1:-1]
        points = self._ledger.documents_with_words(sorted(set(terms(" ".join(between)))))
        with reading_points(self.collection):
            found = {p.payload["id"] for p in points if self._is_whole(p.payload) and quote in p.payload["text"]}
        return sorted(found)

    def _is_whole(self, payload: Payload) -> bool:
        entry = self._entries.get(payload["id"])
        return entry is not None and entry.revision == payload["revision"]

    def _decode(
        self, keys: Sequence[PassageKey], fields: Sequence[str], decode: Callable[[Payload, int], T]
    ) -> list[T]:
        points = self._fetch(keys, fields)
        with reading_points(self.collection):
            return [decode(point.payload, self.dimension) for point in points]

    def _fetch(self, keys: Sequence[PassageKey], fields: Sequence[str], with_vector: bool = False) -> list[HeldPoint]:
        """Fetch the points of some passages, in the order asked."""
        ids = self._point_ids(keys)
        held: dict[str, HeldPoint] = {}
        for first in range(0, len(ids), FETCH_POINTS):
            part = ids[first : first + FETCH_POINTS]
            held |= {p.id: p for p in self._engine.retrieve(self.collection, part, fields, with_vector)}
        missing = next((key for key, point_id in zip(keys, ids, strict=True) if point_id not in held), None)
        if missing:
            raise self._lost(f"passage {missing.number} of document {missing.document!r}")
        return [held[point_id] for point_id in ids]

    def _point_ids(self, keys: Sequence[PassageKey]) -> list[str]:
        """Return the ids of the points of some passages. Raises KeyError, naming the key, for one that is not held."""
        if absent := next((key for key in keys if not self._holds(key)), None):
            raise KeyError(absent)
        return [passage_point_id(key, self._entries[key.document].revision) for key in keys]

    def _lost(self, what: str) -> StoreError:
        """Return the error of a point that the ledger says is there."""
        problem = f"does not return {what}: it was copied to since it was opened, or lost it"
        return StoreError(f"collection {self.collection}", problem, DAMAGED_REMEDY)
