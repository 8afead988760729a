"""List of documents, by title: a part of it at a time, those alone whose titles hold some words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from pincite.index.types import Source
from pincite.service.guard.problems import Problem
from pincite.service.suggestion_match import fold_words, holds_words
from pincite.service.web.shelf.document_names import distinct_names

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

PAGE_DOCUMENTS = 50  # on one page of the list
MIN_FINDABLE = 10  # with fewer documents, no form to find one by its title


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document as the list shows it."""

    id: str
    name: str
    source: Source
    language: str | None


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A page of the list."""

    entries: tuple[ListedDocument, ...]
    wanted: str  # the words that titles must hold, as typed
    found: int  # documents with such a title
    total: int
    page: int  # 1-based
    pages: int

    @property
    def findable(self) -> bool:
        """True if the list is long enough for a form that finds a document by its title."""
        return self.total >= MIN_FINDABLE


def list_documents(bundle: Bundle, wanted: str = "", page: str = "1") -> DocumentList:
    """Return a page of the documents whose titles hold every word of `wanted`, ordered by title, then id.

    Raises Problem if the list has no such page.
    """
    titles = bundle.titles()
    found = _with_words(titles, wanted)
    pages = max(1, ceil(len(found) / PAGE_DOCUMENTS))
    if not (page.isascii() and page.isdigit() and len(page) < 10 and 1 <= int(page) <= pages):
        raise Problem("not-found", f"The list of documents has {pages} {'page' if pages == 1 else 'pages'}.")
    shown = [name for name, _ in found[(int(page) - 1) * PAGE_DOCUMENTS :][:PAGE_DOCUMENTS]]
    names = distinct_names(titles, bundle.document, set(shown))
    documents = [bundle.document(name) for name in shown]
    entries = tuple(ListedDocument(d.id, names[d.id], d.source, d.language) for d in documents)
    return DocumentList(entries, wanted, len(found), len(titles), int(page), pages)


def _with_words(titles: Sequence[tuple[str, str]], wanted: str) -> list[tuple[str, str]]:
    """Return (id, title) of the documents whose titles hold every wanted word inside some word, in order of title."""
    words = fold_words(wanted)
    folded = [(fold_words(title), name, title) for name, title in titles]
    return [(name, title) for own, name, title in sorted(folded) if holds_words(own, words)]
