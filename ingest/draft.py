"""What a reader hands over: a document as parts in reading order, before any offset exists.

A reader is any callable `(data: bytes, name: str) -> Draft`; name is the file as the person gave it and is
used in errors alone. Formats that join later (HTML, DOCX, PDF) need nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.vocabulary import BlockKind, Source


@dataclass(frozen=True, slots=True)
class Part:
    """One heading, paragraph or list item: text without markup, white space folded to single spaces."""

    kind: BlockKind
    text: str
    level: int = 0  # headings: 1 and deeper; items: nesting from 1; paragraphs: 0
    marker: str = "-"  # items alone: "-", or the number as written, such as "3."


@dataclass(frozen=True, slots=True)
class Draft:
    """A document without offsets."""

    parts: tuple[Part, ...]
    title: str | None = None
    id: str | None = None  # as the document itself states it
    source: Source = Source()
    notes: tuple[str, ...] = ()  # what was left out or replaced, one sentence each, for the ingest report


Reader = Callable[[bytes, str], Draft]
