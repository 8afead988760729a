"""Drafts, which readers make: a document as parts in reading order, before any offset exists.

A reader is any callable `(data: bytes, name: str) -> Draft`; name is the file as the person gave it and is
used in errors alone. Formats that join later (HTML, DOCX, PDF) need nothing else: what no document may hold, whatever
its format, a Draft takes out itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, fields, replace
from itertools import accumulate, pairwise

from pincite.index.citation.cells import CELL_SEPARATOR
from pincite.index.types import BlockKind, Page, Source
from pincite.ingestion.reading.decode import strip_invisible
from pincite.ingestion.reading.notes import left_out_note
from pincite.ingestion.reading.tags import unique_tags

MAX_LIST_DEPTH = 12  # levels; an item below them stands at the last of them
MAX_HEADING_CHARACTERS = 1000  # characters: each passage of a section carries its headings, and each hit the title


@dataclass(frozen=True, slots=True)
class Part:
    """One block before it has a place: text without markup, white space folded to single spaces but in code.

    The cells of a table row are joined by CELL_SEPARATOR. A heading may be empty: it ends sections and is not shown.
    """

    kind: BlockKind
    text: str
    level: int = 0  # headings: 1 and deeper; items: nesting from 1; others: of the item they stand in, or 0
    marker: str = "-"  # items: "-", or the number as written, such as "3."; footnotes: the mark, such as "[1]"
    pages: tuple[Page, ...] = ()  # of the source, where they begin in the text: the first at 0, the others at a word


def row_of_cells(cells: Iterable[str]) -> str:
    """Join the cells of a table row. CELL_SEPARATOR stands between cells alone: within one, "|" keeps no spaces."""
    return CELL_SEPARATOR.join(cell.replace(CELL_SEPARATOR, "|") for cell in cells).strip()


@dataclass(frozen=True, slots=True)
class WebOrigin:
    """Origin of a document that was fetched, as its server states it."""

    url: str  # where it came from in the end, without a fragment
    charset: str | None = None  # of the header Content-Type


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
    language: str | None = None  # a tag of BCP 47
    tags: tuple[str, ...] = ()  # as ingest/reading/tags.py makes them

    def __post_init__(self, invisible_count: int) -> None:
        """Take out what no document may hold, and say so in the notes."""
        cleaner = _Cleaner(invisible_count)
        parts = tuple(cleaner.clean_parts(self.parts))
        source = Source(**{f.name: cleaner.clean_line(getattr(self.source, f.name)) for f in fields(Source)})
        for name, value in {
            "parts": parts,
            "title": cleaner.clean_line(self.title),
            "id": cleaner.clean_line(self.id),
            "language": cleaner.clean_line(self.language),
            "source": source,
            "tags": unique_tags(cleaner.clean_line(tag) or "" for tag in self.tags),
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
        """Yield the parts of which something is seen, and headings without a word."""
        for part in parts:
            text, count = strip_invisible(part.text)
            self._invisible_count += count
            if (count or part.kind == "heading") and part.kind != "code":
                text = " ".join(text.split())
            if not text.strip() and part.kind != "heading":
                continue
            if part.kind == "heading" and len(text) > MAX_HEADING_CHARACTERS:
                self._long_heading_count += 1
                yield replace(part, kind="paragraph", text=text, level=0, pages=_move_pages(part, text))
            elif part.kind == "heading":
                yield replace(part, text=text, pages=_move_pages(part, text))
            else:
                level = min(max(part.level, 1 if part.kind == "item" else 0), MAX_LIST_DEPTH)
                text = text.strip()
                yield replace(part, text=text, level=level, pages=_move_pages(part, text))

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each kind of thing that was taken out or changed."""
        if self._invisible_count:
            yield left_out_note("invisible or control characters", self._invisible_count)
        if self._long_heading_count:
            count = self._long_heading_count
            yield f"{count} headings of over {MAX_HEADING_CHARACTERS:,} characters were taken as paragraphs"


def _move_pages(part: Part, text: str) -> tuple[Page, ...]:
    """Return a part's pages as they begin in its text once that is clean; those of which nothing is left go."""
    if not part.pages or text == part.text:
        return part.pages
    edges = [0, *(page.start for page in part.pages)]
    seen = accumulate(sum(map(_is_seen, strip_invisible(part.text[a:b])[0])) for a, b in pairwise(edges))
    offsets: Sequence[int] = [offset for offset, character in enumerate(text) if _is_seen(character)]
    moved = {offsets[count]: page for count, page in zip(seen, part.pages, strict=True) if count < len(offsets)}
    return tuple(replace(page, start=start) for start, page in moved.items())


def _is_seen(character: str) -> bool:
    return not character.isspace()


Reader = Callable[[bytes, str], Draft]
