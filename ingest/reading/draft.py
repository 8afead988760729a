"""Drafts, which readers make: a document as parts in reading order, before any offset exists.

A reader is any callable `(data: bytes, name: str) -> Draft`; name is the file as the person gave it and is
used in errors alone. Formats that join later (HTML, DOCX, PDF) need nothing else: what no document may hold, whatever
its format, a Draft takes out itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, fields, replace

from pincite.index.types import BlockKind, Source
from pincite.ingestion.reading.decode import without_unseen

DEEPEST_LIST = 12  # levels; an item below them stands at the last of them
LONGEST_HEADING = 1000  # characters: each passage of a section carries its headings, and each hit the title


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

    unseen: how many invisible characters the reader took out itself, for the note on all of them.
    """

    parts: tuple[Part, ...]
    title: str | None = None
    id: str | None = None  # as the document itself states it
    source: Source = Source()
    notes: tuple[str, ...] = ()  # what was left out or replaced, one sentence each, for the ingest report
    unseen: InitVar[int] = 0

    def __post_init__(self, unseen: int) -> None:
        """Take out what no document may hold, and say so in the notes."""
        clean = _Cleaner(unseen)
        parts = tuple(clean.parts(self.parts))
        source = Source(**{f.name: clean.line(getattr(self.source, f.name)) for f in fields(Source)})
        for name, value in {
            "parts": parts,
            "title": clean.line(self.title),
            "id": clean.line(self.id),
            "source": source,
            "notes": (*clean.notes(), *(clean.line(note) or "" for note in self.notes)),
        }.items():
            object.__setattr__(self, name, value)


class _Cleaner:
    """Cleans the strings of one draft, and counts."""

    def __init__(self, unseen: int) -> None:
        self._unseen = unseen
        self._long = 0

    def line(self, text: str | None) -> str | None:
        """Return the text as one line, or None where nothing of it is seen."""
        if text is None:
            return None
        cleaned, count = without_unseen(" ".join(text.split()))
        self._unseen += count
        return (" ".join(cleaned.split()) if count else cleaned) or None

    def parts(self, parts: tuple[Part, ...]) -> Iterator[Part]:
        """Yield the parts of which something is seen."""
        for part in parts:
            text, count = without_unseen(part.text)
            self._unseen += count
            if count or part.kind == "heading":
                text = " ".join(text.split())
            if not text.strip():
                continue
            too_long = part.kind == "heading" and len(text) > LONGEST_HEADING
            self._long += too_long
            if too_long:
                yield Part("paragraph", text)
            elif text != part.text or (part.kind == "item" and part.level > DEEPEST_LIST):
                level = min(part.level, DEEPEST_LIST) if part.kind == "item" else part.level
                yield replace(part, text=text, level=level)
            else:
                yield part

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each kind of thing that was taken out or changed."""
        if self._unseen:
            yield f"{self._unseen} invisible or control characters were left out"
        if self._long:
            yield f"{self._long} headings of over {LONGEST_HEADING:,} characters were taken as paragraphs"


Reader = Callable[[bytes, str], Draft]
