"""The port to a store of passages: documents with revisions go in, scored keys and what is asked for of them come out.

Word analysis, fusion, late interaction, the cross-encoder, evidence, answerability and the order of ties are not of a
store: they are the same whatever the store is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.store.term_statistics import TermStatistics
from pincite.index.types import Document, Passage, Source


class PassageKey(NamedTuple):
    """A passage by where it stands: its document, and its number among the document's passages in the order of ids."""

    document: str
    number: int  # from 0


class Scored(NamedTuple):
    """A passage that was found. Higher scores are better; they compare within one list alone."""

    key: PassageKey
    score: float


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as a store takes it, with everything that was computed of it."""

    passage: Passage
    text: str  # that is embedded and indexed, with its headings
    vector: NDArray[np.float32]  # (d,), unit length
    sentence_vectors: NDArray[np.float32]  # (s, d), unit rows
    tokens: QuantizedTokens | None  # None where the index keeps no token vectors


class PassageText(NamedTuple):
    """A passage and its text as it is embedded and indexed, with its headings."""

    passage: Passage
    text: str


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One whole document of a store: all but its text and outline."""

    id: str
    revision: str
    title: str
    source: Source
    language: str | None
    tags: tuple[str, ...]
    sha256: str  # of the text
    passage_count: int


@dataclass(frozen=True, slots=True)
class StoreScope:
    """Passages that a search is limited to: those of some documents, and some others."""

    documents: tuple[str, ...]
    passages: tuple[PassageKey, ...] = ()

    def __bool__(self) -> bool:
        """Return whether any passage can be found."""
        return bool(self.documents or self.passages)


class PassageStore(Protocol):
    """A store of the passages of one index. Threads may share it. Its errors are StoreError."""

    @property
    def fingerprint(self) -> str:
        """Digest of what its vectors and terms were made with: model, dimension, chunking and word rules."""

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""

    def entries(self) -> Iterator[DocumentEntry]:
        """Yield every whole document, in no order. One that is half written is none."""

    def replace_document(self, document: Document, passages: Sequence[StoredPassage]) -> None:
        """Put a document in the place of the one with its id, if any. passages: all of it, in the order of their ids.

        A reader finds the old one or the new one. Whatever interrupts it, doing it again completes it.
        """

    def delete_document(self, document_id: str) -> int:
        """Delete a document. Returns how many passages it had; 0 where the store does not hold it."""

    def staged(self) -> Mapping[str, str]:
        """Return the revision of each document that waits for a commit, by id, those of a stopped writer among them."""

    def commit(self) -> None:
        """Return once everything written is durable and visible, and the statistics of terms count it."""

    def statistics(self) -> TermStatistics:
        """Return the statistics of terms as of the last commit."""

    def dense(self, vector: NDArray[np.float32], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k passages closest to a vector, (d,), by cosine: best first, ties by key."""

    def lexical(self, terms: Sequence[str], k: int, scope: StoreScope | None = None) -> list[Scored]:
        """Find the k best passages by BM25 for some terms, each counted once: best first, ties by key.

        These scores choose candidates: they may lag behind the statistics. Terms that no passage holds count nothing.
        """

    def passages(self, keys: Sequence[PassageKey]) -> list[PassageText]:
        """Return passages in the order asked. Raises KeyError, naming the key, for one that is not held."""

    def vectors(self, keys: Sequence[PassageKey]) -> NDArray[np.float32]:
        """Return the vectors of m passages, (m, d) float32. Raises KeyError as passages() does."""

    def sentence_vectors(self, keys: Sequence[PassageKey]) -> list[NDArray[np.float32]]:
        """Return the sentence vectors of m passages, each (s, d) float32. Raises KeyError as passages() does."""

    def tokens(self, keys: Sequence[PassageKey]) -> list[QuantizedTokens]:
        """Return the token vectors of m passages. Raises KeyError as passages() does, and where none are kept."""

    def document(self, document_id: str) -> Document:
        """Return a document. Raises KeyError when the store does not hold it."""

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids."""

    def is_current(self) -> bool:
        """Return whether the documents are those that were there when the store was opened or last committed."""

    def count(self) -> int:
        """Return the number of passages of whole documents."""

    def close(self) -> None:
        """Let connections and files go."""


Observe = Callable[[str, float, bool], None]  # takes each call's name, its seconds, and whether it succeeded


def revisions(store: PassageStore) -> Mapping[str, str]:
    """Return the revision of each whole document by its id."""
    return {entry.id: entry.revision for entry in store.entries()}
