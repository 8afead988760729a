"""Drafts, which readers make: a document as parts in reading order, before any offset exists.

A reader is any callable `(data: bytes, name: str) -> Draft`; name is the file as the person gave it and is
used in errors alone. Formats that join later (HTML, DOCX, PDF) need nothing else: what no document may hold, whatever
its format, a Draft takes out itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, fields, replace

from pincite.index.types import BlockKind, Source
from pincite.ingestion.reading.decode import strip_invisible

MAX_LIST_DEPTH = 12  # levels; an item below them stands at the last of them
MAX_HEADING_CHARACTERS = 1000  # characters: each passage of a section carries its headings, and each hit the title


@dataclass(frozen=True, slots=True)
class Part:
    """One heading, paragraph or list item: text without markup, white space folded to single spaces."""

    kind: BlockKind
    text: str
    level: int = 0  # headings: 1 and deeper; items: nesting from 1; paragraphs: 0
    marker: str = "-"  # items alone: "-", or the number as written, such as "3."


@dataclass(frozen=True, slots=True)
class Draft:
    """A document without offsets. No character of it is invisible, no list too deep, no heading a page long.

    invisible_count: how many invisible characters the reader took out itself, for the note on all of them.
    """

    parts: tuple[Part, ...]
    title: str | None = None
    id: str | None = None  # as the document itself states it
    source: Source = Source()
    notes: tuple[str, ...] = ()  # what was left out or replaced, one sentence each, for the ingest report
    invisible_count: InitVar[int] = 0

    def __post_init__(self, invisible_count: int) -> None:
        """Take out what no document may hold, and say so in the notes."""
        cleaner = _Cleaner(invisible_count)
        parts = tuple(cleaner.clean_parts(self.parts))
        source = Source(**{f.name: cleaner.clean_line(getattr(self.source, f.name)) for f in fields(Source)})
        for name, value in {
            "parts": parts,
            "title": cleaner.clean_line(self.title),
            "id": cleaner.clean_line(self.id),
            "source": source,
            "notes": (*cleaner.notes(), *(cleaner.clean_line(note) or "" for note in self.notes)),
        }.items():
            object.__setattr__(self, name, value)


class _Cleaner:
    """Cleans the strings of one draft, and counts."""

    def __init__(self, invisible_count: int) -> None:
        self._invisible_count = invisible_count
        self._long_heading_count = 0

    def clean_line(self, text: str | None) -> str | None:
        """Return the text as one line, or None where nothing of it is seen."""
        if text is None:
            return None
        cleaned, count = strip_invisible(" ".join(text.split()))
        self._invisible_count += count
        return (" ".join(cleaned.split()) if count else cleaned) or None

    def clean_parts(self, parts: tuple[Part, ...]) -> Iterator[Part]:
        """Yield the parts of which something is seen."""
        for part in parts:
            text, count = strip_invisible(part.text)
            self._invisible_count += count
            if count or part.kind == "heading":
                text = " ".join(text.split())
            if not text.strip():
                continue
            too_long = part.kind == "heading" and len(text) > MAX_HEADING_CHARACTERS
            self._long_heading_count += too_long
            if too_long:
                yield Part("paragraph", text)
            elif text != part.text or (part.kind == "item" and part.level > MAX_LIST_DEPTH):
                level = min(part.level, MAX_LIST_DEPTH) if part.kind == "item" else part.level
                yield replace(part, text=text, level=level)
            else:
                yield part

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each kind of thing that was taken out or changed."""
        if self._invisible_count:
            yield f"{self._invisible_count} invisible or control characters were left out"
        if self._long_heading_count:
            count = self._long_heading_count
            yield f"{count} headings of over {MAX_HEADING_CHARACTERS:,} characters were taken as paragraphs"


Reader = Callable[[bytes, str], Draft]
