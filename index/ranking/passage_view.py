"""View of the passages that a question is ranked against: what ranking and answering ask of them, by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.copies import Copies
from pincite.index.store.passage_parts import SentenceScores, TokenScores
from pincite.index.types import Document, Passage


class PassageView(Protocol):
    """Passages numbered by rows in the order of their ids: a whole bundle, or those that a store found for a question.

    Rows of one view mean nothing in another.
    """

    @property
    def copies(self) -> Copies:
        """Which of the passages have equal words."""

    @property
    def sentences(self) -> SentenceScores:
        """The vectors of their sentences."""

    @property
    def tokens(self) -> TokenScores | None:
        """The vectors of their tokens; None where none are kept."""

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some passages: (m, d) float32, unit rows."""

    def lexical_scores(self, text: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some passages by BM25 for one text: (m,) float32."""

    def has_terms(self, words: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of some passages holds all of some terms: (m,) bool."""

    def section_numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return a number for the section of each of some passages, equal where the section is: (m,) int32."""

    def passage(self, row: int) -> Passage:
        """Return one passage."""

    def passage_text(self, row: int) -> str:
        """Return the text of a passage as it is embedded and indexed, with its headings."""

    def document(self, document_id: str) -> Document:
        """Return the document that a passage is of."""
