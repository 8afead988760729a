"""Blocks of a document for pages: lines, lists and tables, split into segments. Offsets come in, values go out.

Every segment's text is a slice of Document.text; templates print it and escape it. No HTML is written or read here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, TypeVar

from pincite.index.citation.cells import cell_ranges
from pincite.index.citation.cite import overlapping
from pincite.index.types import Block, Document, Range, Section

T = TypeVar("T")

BULLETS = ("-", "*", "+", "•")
MAX_LIST_LEVELS = 12  # readers write no more, but bundles of older versions may hold any number


@dataclass(frozen=True, slots=True)
class Anchor:
    """A passage to link to."""

    id: str  # in its document
    url: str  # the reader page, the whole passage marked
    name: str  # in words: its number and its section


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The start of a page of the source."""

    label: str
    id: str | None  # in the page that shows it; None where the page of the source comes again


@dataclass(frozen=True, slots=True)
class Segment:
    """Run of text that is wholly inside one mark or outside all of them."""

    text: str
    marked: bool = False
    opens: bool = False  # holds the first word of a run of marks: those that no words stand between
    closes: bool = False  # holds the last word of one
    anchor: Anchor | None = None  # the passage whose links land here
    page: PageBreak | None = None  # that begins here


@dataclass(frozen=True, slots=True)
class Line:
    """A heading, a paragraph, a quotation's paragraph, code with its lines, or a footnote."""

    kind: Literal["heading", "paragraph", "quote", "code", "footnote"]
    segments: tuple[Segment, ...]
    level: int = 0  # headings: 1 to 6, as in h1 to h6
    id: str | None = None  # headings: the section's
    marker: str = ""  # footnotes: "[1]"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list."""

    segments: tuple[Segment, ...]
    number: int | None  # as the document numbers it; None for a bullet
    marker: str  # of an item that is lettered or numbered otherwise, such as "(a)"
    body: tuple[Shown, ...]  # what else stands in it, such as a nested list


@dataclass(frozen=True, slots=True)
class List:
    """Items of one level, all numbered or none."""

    ordered: bool
    items: tuple[Item, ...]
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, cell by cell; of a gap, rows that are left out, the one cell is empty."""

    cells: tuple[tuple[Segment, ...], ...]
    kind: Literal["header", "row", "gap"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that follow each other."""

    rows: tuple[Row, ...]
    columns: int
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Gap:
    """Words left out between two quoted pieces."""

    kind: Literal["gap"] = "gap"


Shown = Line | List | Table | Gap


@dataclass(frozen=True, slots=True)
class _Entry:
    """A block, or what is quoted of it; without a block, a gap."""

    block: Block | None
    range: Range = (0, 0)
    section: Section | None = None  # that begins with it

    @property
    def kind(self) -> str:
        return self.block.kind if self.block else "gap"

    @property
    def depth(self) -> int:
        """Depth in a list: other blocks of an item are deeper than the item, and a nested item deeper still."""
        level = min(self.block.level, MAX_LIST_LEVELS) if self.block else 0
        return 2 * level + (self.kind != "item")


def show(
    document: Document,
    pieces: Sequence[Range],
    marks: Sequence[Range],
    anchors: Mapping[int, Anchor] | None = None,
    pages: Mapping[int, PageBreak] | None = None,
) -> tuple[Shown, ...]:
    """Return the blocks of ranges of a document, gaps between them where words are left out.

    pieces, marks: in order, without overlap; anchors: offset -> passage; pages: offset -> page that begins there.
    """
    trimmed = [m for m in (trim(document, mark) for mark in marks) if m]
    segmenter = _Segmenter(document, trimmed, anchors or {}, pages or {})
    return _Blocks(document, segmenter).shown(list(_entries(document, pieces)))


def trim(document: Document, mark: Range) -> Range | None:
    """Trim a mark to its first and last word, without list markers and space between blocks at its ends."""
    blocks = overlapping(document.blocks, mark)
    return (max(mark[0], blocks[0].start), min(mark[1], blocks[-1].end)) if blocks else None


def mark_runs(document: Document, marks: Sequence[Range]) -> tuple[Range, ...]:
    """Join marks that no words stand between, such as sentences and items that follow each other.

    marks: in order, without overlap.
    """
    runs: list[Range] = []
    for start, end in marks:
        if runs and not _has_words(document, (runs[-1][1], start)):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return tuple(runs)


def _has_words(document: Document, piece: Range) -> bool:
    words = trim(document, piece) if piece[0] < piece[1] else None
    return bool(words and document.text[slice(*words)].strip())


def _entries(document: Document, pieces: Sequence[Range]) -> Iterator[_Entry]:
    end = None
    for piece in pieces:
        if end is not None and end < piece[0] and trim(document, (end, piece[0])):
            yield _Entry(None)
        sections = {s.start: s for s in overlapping(document.sections, piece)}
        for block in overlapping(document.blocks, piece):
            if block.start < block.end:  # an empty heading is not shown
                quoted = max(block.start, piece[0]), min(block.end, piece[1])
                yield _Entry(block, quoted, sections.get(block.start))
        end = piece[1]


class _Blocks:
    """Maker of lists, tables and lines from entries."""

    def __init__(self, document: Document, segmenter: _Segmenter) -> None:
        self._document = document
        self._segments = segmenter.segments

    def shown(self, entries: Sequence[_Entry]) -> tuple[Shown, ...]:
        """Return entries as they are shown."""
        shown: list[Shown] = []
        start = 0
        while start < len(entries):
            end = start + 1
            if entries[start].kind == "item":
                end = _run_end(entries, start, lambda e: e.kind == "item" or (e.depth > 1 and e.kind != "heading"))
                shown += self._lists(entries[start:end])
            elif entries[start].kind in ("header", "row"):
                end = _run_end(entries, start, lambda e: e.kind in ("row", "gap"))
                end -= entries[end - 1].kind == "gap"
                shown.append(self._table(entries[start:end]))
            else:
                shown.append(self._line(entries[start]))
            start = end
        return tuple(shown)

    def _line(self, entry: _Entry) -> Shown:
        block = entry.block
        if block is None:
            return Gap()
        segments = self._segments(entry.range)
        if block.kind == "heading" and entry.section:
            # h1 is the document's title
            return Line("heading", segments, min(len(entry.section.path) + 1, 6), entry.section.id)
        if block.kind == "footnote":
            return Line("footnote", segments, marker=self._marker(block))
        return Line(block.kind if block.kind in ("quote", "code") else "paragraph", segments)

    def _lists(self, entries: Sequence[_Entry]) -> Iterator[Shown]:
        """Yield the lists of a run of items; bulleted and numbered items make separate ones."""
        heads = [(head, rest, self._number(head)) for head, rest in nest(entries, lambda e: e.depth)]
        for (is_item, ordered), run in groupby(heads, key=lambda h: (h[0].kind == "item", h[2] is not None)):
            if is_item:
                yield List(ordered, tuple(self._item(*entry) for entry in run))
            else:
                for head, rest, _ in run:
                    yield from self.shown([head, *rest])

    def _item(self, head: _Entry, rest: Sequence[_Entry], number: int | None) -> Item:
        marker = self._marker(head.block) if head.block and number is None else ""
        return Item(self._segments(head.range), number, "" if marker in BULLETS else marker, self.shown(rest))

    def _table(self, entries: Sequence[_Entry]) -> Table:
        rows = tuple(self._row(entry) for entry in entries)
        return Table(rows, max(len(row.cells) for row in rows))

    def _row(self, entry: _Entry) -> Row:
        if entry.kind == "gap":
            return Row(((),), "gap")
        cells = cell_ranges(self._document.text, entry.range)
        segments = tuple(self._segments(cell) if cell[0] < cell[1] else () for cell in cells)
        return Row(segments, "header" if entry.kind == "header" else "row")

    def _number(self, entry: _Entry) -> int | None:
        """Return the number in an item's marker."""
        match = re.fullmatch(r"([0-9]{1,9})[.)]", self._marker(entry.block)) if entry.block else None
        return int(match[1]) if match else None

    def _marker(self, block: Block) -> str:
        """Return what stands before a block on its line."""
        line = self._document.text.rfind("\n", 0, block.start) + 1
        return self._document.text[line : block.start].strip()


class _Segmenter:
    """Splitter of ranges of a document into segments, at marks, anchors and page breaks."""

    def __init__(
        self,
        document: Document,
        marks: Sequence[Range],
        anchors: Mapping[int, Anchor],
        pages: Mapping[int, PageBreak],
    ) -> None:
        self._text = document.text
        self._marks = marks
        runs = mark_runs(document, marks)
        self._opening, self._closing = {start for start, _ in runs}, {end for _, end in runs}
        self._starts = [start for start, _ in marks]
        self._anchors, self._pages = anchors, pages
        self._edges = sorted({offset for mark in marks for offset in mark} | set(anchors) | set(pages))

    def segments(self, piece: Range) -> tuple[Segment, ...]:
        """Split a range. None of its segments is empty."""
        start, end = piece
        inner = self._edges[bisect_right(self._edges, start) : bisect_left(self._edges, end)]
        edges = [start, *inner, end]
        return tuple(self._segment(*pair) for pair in pairwise(edges))

    def _segment(self, start: int, end: int) -> Segment:
        text, anchor, page = self._text[start:end], self._anchors.get(start), self._pages.get(start)
        place = bisect_right(self._starts, start) - 1
        if place < 0 or self._marks[place][1] <= start:
            return Segment(text, anchor=anchor, page=page)
        opens, closes = start in self._opening, end in self._closing
        return Segment(text, True, opens, closes, anchor, page)


def _run_end(entries: Sequence[_Entry], start: int, goes_on: Callable[[_Entry], bool]) -> int:
    """Return where the run of entries that begins at `start` ends."""
    end = start + 1
    while end < len(entries) and goes_on(entries[end]):
        end += 1
    return end


def nest(entries: Sequence[T], depth: Callable[[T], int]) -> Iterator[tuple[T, Sequence[T]]]:
    """Yield each entry of the outermost level with the deeper entries that follow it."""
    start = 0
    while start < len(entries):
        end = start + 1
        while end < len(entries) and depth(entries[end]) > depth(entries[start]):
            end += 1
        yield entries[start], entries[start + 1 : end]
        start = end
