"""Parts of an open index that hold its passages, by row, in the order of ids: on local disk, or over a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pincite.index.metadata.columns import DocumentMetadata
from pincite.index.retrieval.bm25 import RowsAndScores
from pincite.index.retrieval.copies import Copies
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.types import Document, Passage

Rows = NDArray[np.int64]  # (m,)


class Records(Protocol):
    """Documents and passages."""

    @property
    def document_count(self) -> int:
        """The number of documents."""

    def review_dates(self) -> list[str]:
        """Return the review date of each document that has one, in no order."""

    def titles(self, limit: int = -1, after: str = "", among: Collection[str] | None = None) -> list[tuple[str, str]]:
        """Return (id, title) of the documents that come after an id, in the order of ids; `limit` of them, or all.

        among: ids of the documents to choose from; None for all.
        """

    def metadata(self) -> Iterable[DocumentMetadata]:
        """Return the metadata of each document, in the order of their passages' rows."""

    def languages(self, documents: Collection[str]) -> dict[str, str]:
        """Return the language tag of each of some documents that state one, by id."""

    def document(self, document_id: str) -> Document:
        """Return one document. Raises KeyError when the index does not hold it."""

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids."""

    def passage(self, row: int) -> Passage:
        """Return the passage of a row. Raises KeyError when there is none."""

    def passages_of(self, document_id: str, sections: Collection[str] | None = None) -> list[Passage]:
        """Return the passages of a document, or of some of its sections, in the order of its text."""

    def rows_of(self, document_id: str, sections: Collection[str] | None = None) -> list[int]:
        """Return the rows of a document's passages, or of those of some of its sections, in the order of its text."""

    def section_numbers(self, rows: Rows) -> NDArray[np.int32]:
        """Return a number for the section of each of some passages, equal where the section is: (m,) int32."""

    def close(self) -> None:
        """Let files and connections go."""


class DenseSearch(Protocol):
    """Nearest-neighbour search over passage vectors."""

    def __len__(self) -> int:
        """Return the number of passages."""

    def nearest(self, query: NDArray[np.float32], k: int, within: Rows | None = None) -> RowsAndScores:
        """Find the passages closest to one query, (d,), of all or of the rows `within`: best first, k at most."""

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """Return the vectors of some passages: (m, d) float32, unit rows."""


class LexicalSearch(Protocol):
    """BM25."""

    def top_k(self, query: str, k: int, within: Rows | None = None) -> RowsAndScores:
        """Find the k best passages of those that score above 0, of all or of the rows `within`: best first."""

    def scores_of(self, query: str, rows: Rows) -> NDArray[np.float32]:
        """Score some passages for one query: (m,) float32."""

    def has_term(self, term: str) -> bool:
        """Return whether any passage holds a term."""

    def has_terms(self, words: Sequence[str], rows: Rows) -> NDArray[np.bool_]:
        """Return whether each of some passages holds all of some terms: (m,) bool."""


class SentenceScores(Protocol):
    """Cosines of sentences."""

    def scores(self, queries: NDArray[np.float32], row: int) -> NDArray[np.float32]:
        """Score every sentence of a passage. queries: (u, d) float32. Returns (u, s) float32."""

    def best(self, queries: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Score the best sentence of each of m passages. queries: (u, d) float32. Returns (u, m) float32."""


class TokenScores(Protocol):
    """MaxSim of tokens."""

    def tokens(self, row: int) -> QuantizedTokens:
        """Return the token vectors of one passage."""

    def max_sim(self, query: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Return the MaxSim of each query token, (t, d), with each of m passages: (m, t) float32."""


@dataclass(frozen=True, slots=True)
class PassageParts:
    """The parts together."""

    records: Records
    dense: DenseSearch
    bm25: LexicalSearch
    copies: Copies
    sentences: SentenceScores
    tokens: TokenScores | None  # None where the index keeps no token vectors
    check: Callable[[], None] = lambda: (
        None
    )  # raises PinciteError where the passages are no longer those that were opened
