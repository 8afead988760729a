"""Books (.epub) to a draft, with title, source and language as they state them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.notes import counted_notes, lost_note, quoted_note
from pincite.ingestion.reading.readers.epub.chapters import Chapters
from pincite.ingestion.reading.readers.epub.contents import (
    Entry,
    heading_levels,
    navigation_entries,
    ncx_entries,
    take_out_contents,
)
from pincite.ingestion.reading.readers.epub.notes import Notes
from pincite.ingestion.reading.readers.epub.package_document import Chapter, PackageDocument, read_package_document
from pincite.ingestion.reading.readers.epub.xhtml import Xhtml, leave_out, parse_xhtml, word_count_besides_headings
from pincite.ingestion.reading.readers.hidden.hidden_words import hidden_words_note
from pincite.ingestion.reading.readers.package.archive import Package
from pincite.ingestion.reading.readers.package.refusals import EPUB
from pincite.ingestion.reading.readers.package.title import split_title
from pincite.ingestion.reading.readers.webpage.tree import Element

MIN_WORDS_BESIDES_CONTENTS = 10  # of a page of contents that has text, too: more than "Table of Contents"
MAX_TAGS = 1_000_000  # of all files; a thousand pages have some 100,000


def read_epub(data: bytes, name: str) -> Draft:
    """Read one book: the files of its spine, those that it keeps apart from the others last.

    Raises ReadError for what is no book or is encrypted, and for what breaks a limit.
    """
    package = Package(data, name, EPUB)
    document = read_package_document(package, name)
    book = _Book(package, name, frozenset(chapter.path.lower() for chapter in document.chapters))
    for chapter in sorted(document.chapters, key=lambda chapter: not chapter.is_linear):
        book.add(chapter, chapter.path == document.navigation)
    if not book.bodies:
        raise EPUB.refusal(name, "broken", "it holds none of the files that it names")
    levels = heading_levels(book.bodies, _entries(package, document, name))
    chapters = Chapters(Notes(book.bodies), levels)
    for path, body in book.bodies.items():
        if path == book.first_apart:
            chapters.end_sections()
        chapters.add(body)
    chapters.finish()
    stated = document.properties
    title, parts = _split_title(chapters.parts, stated.title)
    return Draft(
        tuple(parts),
        title,
        stated.id,
        stated.source,
        (
            *book.notes,
            *hidden_words_note(book.hidden_word_count),
            *counted_notes(book.left_out),
            *quoted_note("covers", book.covers),
            *book.missing_notes(),
        ),
        book.invisible_count,
        stated.language,
    )


class _Book:
    """Files of a book that are read, and what was left out of them."""

    def __init__(self, package: Package, name: str, paths: frozenset[str]) -> None:
        """paths: of the files of the spine, in lower case."""
        self.bodies: dict[str, Element] = {}
        self.first_apart: str | None = None  # the first of the files that are not read from front to back
        self.left_out: Counter[str] = Counter()
        self.covers: list[str] = []
        self.notes: list[str] = []
        self.invisible_count = 0
        self.hidden_word_count = 0
        self._missing: list[str] = []
        self._unread: list[str] = []
        self._tag_count = 0
        self._package = package
        self._name = name
        self._paths = paths

    def add(self, chapter: Chapter, is_navigation: bool) -> None:
        """Add a file of the spine, which may be the navigation document."""
        data = self._package.data(chapter.path)
        if data is None:
            self._missing.append(chapter.path)
        elif not chapter.is_text:
            self._unread.append(chapter.path)
        else:
            self._tag_count += data.count(b"<")
            if self._tag_count > MAX_TAGS:
                raise EPUB.refusal(self._name, "too_large", f"more than {MAX_TAGS:,} tags")
            self._add_parsed(chapter, parse_xhtml(data, f"{self._name}, {chapter.path}"), is_navigation)

    def missing_notes(self) -> Iterator[str]:
        """Yield notes on the files that are not read."""
        if self._missing:
            yield lost_note("files that the book names and does not hold", texts=self._missing)
        yield from quoted_note("files that are no text", self._unread)

    def _add_parsed(self, chapter: Chapter, parsed: Xhtml, is_navigation: bool) -> None:
        body = parsed.body
        self.invisible_count += parsed.invisible_count
        self.notes += (f"{note}, in {chapter.path}" for note in parsed.notes)
        self.hidden_word_count += parsed.hidden_word_count
        lines = 0 if is_navigation else take_out_contents(body, chapter.path, self._paths, chapter.is_contents)
        self.left_out["lines of a table of contents"] += lines
        is_text = not chapter.is_contents or (lines and word_count_besides_headings(body) >= MIN_WORDS_BESIDES_CONTENTS)
        if is_navigation or not is_text:
            self.left_out["lines of a table of contents"] += sum(1 for e in body.walk() if e.tag == "a")
        elif chapter.is_cover:
            self.covers.append(body.text())
            self.left_out["pictures"] += sum(1 for e in body.walk() if e.tag == "img")
        else:
            leave_out(body, self.left_out, self.covers)
            if not chapter.is_linear and self.first_apart is None:
                self.first_apart = chapter.path
            self.bodies[chapter.path] = body


def _entries(package: Package, document: PackageDocument, name: str) -> Sequence[Entry]:
    """Return the entries of the navigation document, or else of the NCX."""
    data = None if document.navigation is None else package.data(document.navigation)
    if document.navigation is not None and data is not None:
        body = parse_xhtml(data, f"{name}, {document.navigation}").body
        entries = [*navigation_entries(body, document.navigation)]
        if entries:
            return entries
    root = None if document.ncx is None else package.part(document.ncx)
    return [] if root is None or document.ncx is None else [*ncx_entries(root, document.ncx)]


def _split_title(parts: list[Part], stated: str | None) -> tuple[str | None, list[Part]]:
    """Return the title, and the parts without the headings that open them and say it."""
    if not stated:
        return split_title(parts, ())
    opening = 0
    while opening < len(parts) and parts[opening].kind == "heading":
        if parts[opening].text and parts[opening].text.casefold() != stated.casefold():
            break
        opening += 1
    return stated, parts[opening:]
