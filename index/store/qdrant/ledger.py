"""The ledger: which documents of a store are whole, and in which revision: a point for each, in its own collection.

A document's entry is staged, whole or leaving; before that, while its passages are being written, it is a draft, which
counts nowhere and says what to delete if the writer stops. A commit writes one point twice: with "is_open" set, from
when on staged entries count and leaving ones do not, and again when all that follows from it is done. Whatever stops a
writer, the store holds the documents of before that point or those after it, and the next writer completes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from pincite.index.errors import StoreError
from pincite.index.store.passage_store import DocumentEntry
from pincite.index.store.qdrant.engine import CollectionSpec, Engine, HeldPoint, Point, Where
from pincite.index.store.qdrant.points import (
    COUNT_FIELDS,
    ENTRY_FIELDS,
    document_point_id,
    entry_of,
    named_point_id,
    reading_points,
)
from pincite.index.store.qdrant.stored_counts import StoredCounts, total_of
from pincite.index.store.term_statistics import TermStatistics

STORE_FORMAT = 1
LEDGER = CollectionSpec(None, ("kind", "id", "state", "words"))
PAGE_SIZE = 500  # entries in one call,
TEXT_PAGE_SIZE = 50  # and documents with their texts or counts of terms
MARK_SIZE = 1000  # points marked in one call

_DOCUMENTS = Where(equal={"kind": "document"})
_DRAFTS = Where(equal={"kind": "draft"})
_ABOUT, _COMMIT = named_point_id("about"), named_point_id("commit")


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Facts about a store that never change."""

    fingerprint: str
    dimension: int
    average_length: float  # of the passages in terms, when the store was made: sparse vectors are weighted by it
    keeps_tokens: bool


@dataclass(frozen=True, slots=True)
class _CommitState:
    """State of the last commit."""

    number: int = 0
    is_open: bool = False  # the ledger is decided, and what follows from it is not all done


class Ledger:
    """The ledger of one store."""

    def __init__(self, engine: Engine, collection: str) -> None:
        self._engine, self._collection = engine, collection
        self._counts = StoredCounts(engine, collection)

    def create(self, facts: StoreFacts) -> None:
        """Make the ledger, with nothing in it; one that is there stays."""
        self._engine.create(self._collection, LEDGER)
        self._write_state(_CommitState())
        about = {"kind": "about", "format": STORE_FORMAT, "facts": asdict(facts)}
        self._engine.upsert(self._collection, [Point(_ABOUT, about)])

    def facts(self) -> StoreFacts | None:
        """Return the facts; None where there is no whole store. Raises StoreError for one of another format."""
        if not self._engine.exists(self._collection):
            return None
        found = self._engine.retrieve(self._collection, [_ABOUT], ["format", "facts"])
        if not found:
            return None
        with reading_points(self._collection):
            stored_format, facts = found[0].payload["format"], found[0].payload["facts"]
            if stored_format == STORE_FORMAT:
                return StoreFacts(**facts)
        problem = f"is of format {stored_format!r}; this pincite reads format {STORE_FORMAT}"
        raise StoreError(f"collection {self._collection}", problem, "copy the index into it with `pincite store copy`")

    def version(self) -> str:
        """Return what changes with every commit, at the point from which on the new state holds."""
        return str(self._state().number)

    def entries(self) -> Iterator[DocumentEntry]:
        """Yield the entry of each whole document."""
        gone = "leaving" if self._state().is_open else "staged"
        with reading_points(self._collection):
            for point in self._points(_DOCUMENTS, ENTRY_FIELDS):
                if point.payload["state"] != gone:
                    yield entry_of(point.payload)

    def staged(self) -> dict[str, str]:
        """Return the revision of each document that waits for a commit, by id."""
        points = self._points(self._in_state("staged"), ("id", "revision"))
        with reading_points(self._collection):
            return {point.payload["id"]: point.payload["revision"] for point in points}

    def draft(self, document_id: str, revision: str) -> None:
        """Write the draft of a document's entry, before the first of its passages or in the place of a staged entry."""
        payload = {"kind": "draft", "id": document_id, "revision": revision}
        self._engine.upsert(self._collection, [Point(document_point_id(document_id, revision), payload)])

    def drafts(self) -> list[tuple[str, str]]:
        """Return the id and revision of each draft."""
        return [(p.payload["id"], p.payload["revision"]) for p in self._points(_DRAFTS, ("id", "revision"))]

    def drop_draft(self, document_id: str, revision: str) -> None:
        """Delete the draft of one revision of a document."""
        where = Where(equal={"kind": "draft", "id": document_id, "revision": revision})
        self._engine.delete(self._collection, where)

    def stage(self, point: Point) -> None:
        """Write the entry of a document whose passages are all there, in the place of its draft."""
        self._engine.upsert(self._collection, [point])

    def commit(self, leaving: Iterable[DocumentEntry]) -> None:
        """Let staged entries count and some others no more. From one point on, the new state holds."""
        ids = [document_point_id(entry.id, entry.revision) for entry in leaving]
        self._mark(ids, "leaving")
        state = self._state()
        self._write_state(_CommitState(state.number + 1, is_open=True))

    def is_open(self) -> bool:
        """Return whether a commit is decided and not all done."""
        return self._state().is_open

    def reset_leaving(self) -> None:
        """Let entries that a stopped writer marked as leaving stay after all."""
        self._mark([point.id for point in self._points(self._in_state("leaving"), ())], "whole")

    def leaving(self) -> list[DocumentEntry]:
        """Return the entries that leave with the open commit."""
        with reading_points(self._collection):
            return [entry_of(point.payload) for point in self._points(self._in_state("leaving"), ENTRY_FIELDS)]

    def settle(self) -> None:
        """Complete the open commit, once no passage of the entries that leave is there: count terms, close it."""
        state = self._state()
        staged, leaving = (self._in_state(name) for name in ("staged", "leaving"))
        if not self._counts.read(state.number):  # a stopped writer may have come so far
            self._counts.write(state.number, self._counted_from(state.number - 1, staged, leaving))
        self._mark([point.id for point in self._points(staged, ())], "whole")
        self._engine.delete(self._collection, leaving)
        self._write_state(replace(state, is_open=False))

    def statistics(self) -> TermStatistics:
        """Return the statistics of terms; counted over all documents while a commit is open."""
        state = self._state()
        return (None if state.is_open else self._counts.read(state.number)) or self._count_all(state)

    def _counted_from(self, earlier: int, joined: Where, left: Where) -> TermStatistics:
        """Return the statistics of an earlier commit with some documents counted in and others out."""
        total = self._counts.read(earlier) if earlier else TermStatistics()
        if total is None:  # torn: some of its parts are of another commit
            return self._count_all(self._state())
        total.add(self._total(joined))
        total.remove(self._total(left))
        return total

    def _count_all(self, state: _CommitState) -> TermStatistics:
        gone = "leaving" if state.is_open else "staged"
        return self._total(replace(_DOCUMENTS, unequal={"state": gone}))

    def _total(self, where: Where) -> TermStatistics:
        with reading_points(self._collection):
            return total_of(self._points(where, COUNT_FIELDS, TEXT_PAGE_SIZE))

    def documents_with_words(self, words: Iterable[str]) -> Iterator[HeldPoint]:
        """Yield id, revision and text of the documents that hold all of some terms; of all, if no term is given."""
        wanted = tuple(words)
        where = replace(_DOCUMENTS, all_of=("words", wanted)) if wanted else _DOCUMENTS
        yield from self._points(where, ("id", "revision", "text"), TEXT_PAGE_SIZE)

    def retrieve(self, document_id: str, revision: str, fields: Iterable[str]) -> HeldPoint | None:
        """Return the entry of one revision of a document with some fields; None if there is none."""
        point_id = document_point_id(document_id, revision)
        return next(iter(self._engine.retrieve(self._collection, [point_id], [*fields])), None)

    def _state(self) -> _CommitState:
        found = self._engine.retrieve(self._collection, [_COMMIT], ["number", "is_open"])
        with reading_points(self._collection):
            payload = {point.id: point.payload for point in found}[_COMMIT]
            return _CommitState(payload["number"], payload["is_open"])

    def _write_state(self, state: _CommitState) -> None:
        payload = {"kind": "commit", **asdict(state)}
        self._engine.upsert(self._collection, [Point(_COMMIT, payload)])

    def _in_state(self, state: str) -> Where:
        return replace(_DOCUMENTS, equal={"kind": "document", "state": state})

    def _mark(self, point_ids: Iterable[str], state: str) -> None:
        ids = [*point_ids]
        for first in range(0, len(ids), MARK_SIZE):
            self._engine.mark(self._collection, ids[first : first + MARK_SIZE], {"state": state})

    def _points(self, where: Where, fields: Sequence[str], page_size: int = PAGE_SIZE) -> Iterator[HeldPoint]:
        offset: str | None = None
        while True:
            points, offset = self._engine.scroll(self._collection, where, fields, page_size, offset)
            yield from points
            if offset is None:
                return
