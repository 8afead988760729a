"""Columns of metadata in memory: a filter goes in, documents and the rows of their passages go out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pincite.index.metadata.dates import days_of
from pincite.index.metadata.metadata_filter import MetadataFilter, fold_name, in_range

ValueField = Literal["publishers", "languages", "tags"]
Documents = NDArray[np.bool_]  # (d,), which of d documents


class DocumentMetadata(NamedTuple):
    """Metadata of one document, and how many passages it has."""

    id: str
    publisher: str | None  # of its words
    language: str | None
    reviewed: str | None  # ISO 8601 year, month or day
    tags: tuple[str, ...]
    passage_count: int


class ValueCount(NamedTuple):
    """A value of a field as the first document writes it, and how many documents have it."""

    value: str
    documents: int


class DocumentColumns:
    """Metadata of all documents of a bundle, by columns."""

    def __init__(self, documents: Iterable[DocumentMetadata]) -> None:
        """Take the documents in the order of their passages' rows, which are consecutive."""
        listed = list(documents)
        self.ids = tuple(document.id for document in listed)
        self._numbers = {name: number for number, name in enumerate(self.ids)}
        self._passage_counts = np.array([d.passage_count for d in listed], dtype=np.int64)  # (d,)
        self._ends = np.cumsum(self._passage_counts)  # (d,): the row after the last of each
        self._values = {
            "publishers": _Values([(d.publisher,) if d.publisher else () for d in listed]),
            "languages": _Values([(d.language,) if d.language else () for d in listed]),
            "tags": _Values([d.tags for d in listed]),
        }
        dated = [days_of(d.reviewed or "") for d in listed]
        self._days = np.array([days or (0, -1) for days in dated], dtype=np.int32).reshape(-1, 2)  # (d, 2): first, last
        self.years = tuple(
            sorted({d.reviewed[:4] for d, days in zip(listed, dated, strict=True) if days and d.reviewed})
        )

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.ids)

    def kept(self, wanted: MetadataFilter) -> Documents:
        """Return which documents a filter keeps, (d,) bool."""
        kept = np.ones(len(self), dtype=np.bool_)
        for of_field in self._kept_by_field(wanted).values():
            kept &= of_field
        return kept

    def unmatched(self, wanted: MetadataFilter, among: Documents | None = None) -> tuple[str, ...]:
        """Return the fields of a filter that keep no document of some, (d,) bool, or of all.

        These are the fields of which that is true of each alone, or else all that are given. () if a document is kept.
        """
        by_field = self._kept_by_field(wanted)
        some = np.ones(len(self), dtype=np.bool_) if among is None else among
        if (self.kept(wanted) & some).any():
            return ()
        return tuple(field for field, kept in by_field.items() if not (kept & some).any()) or tuple(by_field)

    def rows(self, documents: Documents) -> NDArray[np.int64]:
        """Return the rows of the passages of some documents, (d,) bool: (w,) int64, rising."""
        return np.flatnonzero(np.repeat(documents, self._passage_counts)).astype(np.int64, copy=False)

    def documents_of(self, rows: NDArray[np.int64]) -> Documents:
        """Return which documents some passages, (w,) rows, are of: (d,) bool."""
        documents = np.zeros(len(self), dtype=np.bool_)
        documents[np.searchsorted(self._ends, rows, side="right")] = True
        return documents

    def names(self, wanted: MetadataFilter) -> list[str]:
        """Return the ids of the documents that a filter keeps, in their order as text."""
        return sorted(self.ids[number] for number in np.flatnonzero(self.kept(wanted)))

    def has(self, wanted: MetadataFilter) -> Callable[[str], bool]:
        """Return a function from a document's id to whether the filter keeps that document."""
        kept, numbers = self.kept(wanted), self._numbers
        return lambda name: name in numbers and bool(kept[numbers[name]])

    def values(self, field: ValueField) -> tuple[ValueCount, ...]:
        """Return the values of a field, those of most documents first, then in their order as text."""
        return self._values[field].counts

    def count(self, field: ValueField, value: str) -> int:
        """Return how many documents have a value, of languages one in its range."""
        return int(self._having(field, (value,)).sum())

    def _kept_by_field(self, wanted: MetadataFilter) -> Mapping[str, Documents]:
        """Return, for each field that a filter gives, which documents that field keeps, (d,) bool."""
        given = {"publishers": wanted.publishers, "languages": wanted.languages, "tags": wanted.tags}
        kept = {field: self._having(field, values) for field, values in given.items() if values}
        first, last = wanted.days
        dated = (self._days[:, 1] >= first) & (self._days[:, 0] <= last)
        kept |= {field: dated for field in ("since", "until") if getattr(wanted, field)}
        return kept

    def _having(self, field: str, values: Collection[str]) -> Documents:
        """Return which documents have one of some values, of languages one in their range: (d,) bool."""
        column = self._values[field]
        if field == "languages":
            values = [tag for tag in column.keys if any(in_range(tag, each) for each in values)]
        return column.having(values)


class _Values:
    """Values of one field: for each, the numbers of the documents that have it."""

    def __init__(self, by_document: Iterable[tuple[str, ...]]) -> None:
        numbers: dict[str, list[int]] = defaultdict(list)
        written: dict[str, str] = {}
        self._length = 0
        for number, values in enumerate(by_document):
            self._length += 1
            for key, value in {fold_name(value): value for value in values}.items():
                numbers[key].append(number)
                written.setdefault(key, value)
        self._documents = {key: np.array(having, dtype=np.int64) for key, having in numbers.items()}
        counts = [ValueCount(written[key], len(having)) for key, having in self._documents.items()]
        self.counts = tuple(sorted(counts, key=lambda c: (-c.documents, c.value.casefold(), c.value)))

    @property
    def keys(self) -> Iterable[str]:
        """The values, folded."""
        return self._documents.keys()

    def having(self, values: Iterable[str]) -> Documents:
        """Return which documents have one of some values, (d,) bool."""
        kept = np.zeros(self._length, dtype=np.bool_)
        for key in {fold_name(value) for value in values} & self._documents.keys():
            kept[self._documents[key]] = True
        return kept
