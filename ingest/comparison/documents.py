"""Differences between the documents of two indexes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pincite.index.types import Document
from pincite.ingestion.comparison.sections import SectionChange, compare_sections
from pincite.ingestion.reading.readers.front_matter import SOURCE_FIELD_BY_KEY


@dataclass(frozen=True, slots=True)
class DocumentSet:
    """Documents of one index."""

    digests: Mapping[str, str]  # SHA-256 of texts, by id
    files: Mapping[str, str]  # names of files, by id
    metadata: Mapping[str, Hashable]  # title, source, language and tags, by id; a text may be without its title
    read: Callable[[str], Document]  # reads one document by its id


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """One statement of a document about itself that differs; None where there is none."""

    field: str  # as front matter names it
    before: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One document that differs. `renamed`: it has another id, and the same words or the same file."""

    kind: Literal["added", "gone", "changed", "renamed"]
    id: str  # now; of `gone`, before
    title: str
    id_before: str | None = None  # if it was another
    title_before: str | None = None  # if it was another
    metadata: tuple[MetadataChange, ...] = ()  # of what else the document states
    sections: tuple[SectionChange, ...] = ()


def compare_documents(before: DocumentSet, now: DocumentSet) -> Iterator[DocumentChange]:
    """Yield the documents that differ, in the order of their ids now, then those that are gone.

    A document is known again by its id, then by its text, then by the name of its file. Only documents that differ are
    read, two at a time.
    """
    ids_before = _ids_before(before, now)
    for name in sorted(now.digests):
        if name not in ids_before:
            yield DocumentChange("added", name, now.read(name).title)
        elif ids_before[name] != name or _state(before, name) != _state(now, name):
            yield _compare(before.read(ids_before[name]), now.read(name))
    for name in sorted(before.digests.keys() - {*ids_before.values()}):
        yield DocumentChange("gone", name, before.read(name).title)


def _state(documents: DocumentSet, name: str) -> tuple[str, Hashable]:
    return documents.digests[name], documents.metadata[name]


def _compare(before: Document, now: Document) -> DocumentChange:
    id_before = before.id if before.id != now.id else None
    title_before = before.title if before.title != now.title else None
    kind: Literal["changed", "renamed"] = "renamed" if id_before else "changed"
    metadata = tuple(_compare_metadata(_metadata(before), _metadata(now)))
    sections = tuple(compare_sections(before, now))
    return DocumentChange(kind, now.id, now.title, id_before, title_before, metadata, sections)


def _metadata(document: Document) -> dict[str, str | None]:
    """Return what a document states of itself besides its title, by the keys of front matter."""
    stated = {key: getattr(document.source, field) for key, field in SOURCE_FIELD_BY_KEY.items()}
    return {**stated, "language": document.language, "tags": ", ".join(document.tags) or None}


def _compare_metadata(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[MetadataChange]:
    for field, value in now.items():
        if value != before[field]:
            yield MetadataChange(field, before[field], value)


def _ids_before(before: DocumentSet, now: DocumentSet) -> dict[str, str]:
    """Return the id that each document had, by the one that it has now; none for those that were not there."""
    ids = {name: name for name in now.digests if name in before.digests}
    for keys_before, keys_now in ((before.digests, now.digests), (before.files, now.files)):
        taken = {*ids.values()}
        left = {key: name for name, key in sorted(keys_before.items(), reverse=True) if name not in taken}
        for name, key in sorted(keys_now.items()):
            if name not in ids and key in left:
                ids[name] = left.pop(key)
    return ids
