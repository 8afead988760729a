"""Scope of a question: filters by document, section and metadata. Names come in, rows go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.types import Answer


class UnknownError(LookupError):
    """A name that is not in the index: which list it stood in, and where."""

    def __init__(self, field: str, place: int) -> None:
        super().__init__(field, place)
        self.field = field
        self.place = place


@dataclass(frozen=True, slots=True)
class Scope:
    """Passages that may answer a question."""

    rows: NDArray[np.int64] | None  # (w,), rising; None for all
    unmatched_filters: tuple[str, ...] = ()  # fields of the filter on metadata that leave no document to search

    def mark(self, answer: Answer) -> Answer:
        """Return the answer with the filters that left no document to search."""
        return replace(answer, unmatched_filters=self.unmatched_filters) if self.unmatched_filters else answer


def scope(
    bundle: Bundle,
    documents: Sequence[str] | None = None,
    sections: Sequence[str] | None = None,
    metadata: MetadataFilter = EVERY_DOCUMENT,
) -> Scope:
    """Return the passages that are in all given lists and in documents that the filter on metadata keeps.

    A section, named document#section, stands for itself and those below it. A filter that keeps every document is none.
    Raises UnknownError for an id that the index does not hold.
    """
    named = rows(bundle, documents, sections)
    if not metadata:
        return Scope(named)
    columns = bundle.metadata
    kept = columns.kept(metadata)
    if kept.all():
        return Scope(named)
    among = None if named is None else columns.documents_of(named)
    filtered = columns.rows(kept)
    both = filtered if named is None else np.intersect1d(named, filtered, assume_unique=True)
    return Scope(both, columns.unmatched(metadata, among) if not len(both) else ())


def rows(
    bundle: Bundle, documents: Sequence[str] | None = None, sections: Sequence[str] | None = None
) -> NDArray[np.int64] | None:
    """Return the rows of the passages that are in all given lists; None if no list is given. Raises UnknownError.

    A section, named document#section, stands for itself and those below it. Returns (w,) int64, rising, or None.
    """
    given = [("documents", documents, _of_document), ("sections", sections, _of_section)]
    held = [_held(bundle, field, names, find) for field, names, find in given if names is not None]
    return np.array(sorted(set.intersection(*held)), dtype=np.int64) if held else None


def _held(bundle: Bundle, field: str, names: Sequence[str], find: Callable[[Bundle, str], list[int]]) -> set[int]:
    found: set[int] = set()
    for place, name in enumerate(names):
        try:
            found.update(find(bundle, name))
        except KeyError:
            raise UnknownError(field, place) from None
    return found


def _of_document(bundle: Bundle, name: str) -> list[int]:
    bundle.document(name)
    return [int(row) for row in bundle.rows_of(name)]


def _of_section(bundle: Bundle, name: str) -> list[int]:
    document, _, wanted = name.partition("#")
    sections = bundle.document(document).sections
    path = next((s.path for s in sections if s.id == wanted), None)
    if path is None:
        raise KeyError(name)
    below = {s.id for s in sections if s.path[: len(path)] == path}
    return [int(row) for row in bundle.rows_of(document, below)]
