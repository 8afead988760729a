"""Views of a document for pages: lines and lists, split into segments. Offsets come in, values go out.

Every segment's text is a slice of Document.text; templates print it and escape it. No HTML is written or read here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, TypeVar
from urllib.parse import quote as percent

from pincite.index.citation.cite import document_url, overlapping, passage_url, section_at
from pincite.index.types import Block, Citation, Document, Hit, Passage, Range, Section, Source
from pincite.service.also_in import Place, places

T = TypeVar("T")

MAX_LIST_LEVELS = 12  # readers write no more, but bundles of older versions may hold any number
MAX_MARKS = 50  # ranges in one address


class MarksError(ValueError):
    """Error for ranges that cannot be marked, with the reason for the reader."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A passage to link to."""

    id: str  # in its document
    url: str  # the reader page, the whole passage marked
    name: str  # in words: its number and its section


@dataclass(frozen=True, slots=True)
class Segment:
    """Run of text that is wholly inside one mark or outside all of them."""

    text: str
    marked: bool = False
    opens: bool = False  # holds the first word of its mark
    closes: bool = False  # holds the last word of its mark
    anchor: Anchor | None = None  # the passage whose links land here


@dataclass(frozen=True, slots=True)
class Line:
    """A heading or a paragraph."""

    kind: Literal["heading", "paragraph"]
    segments: tuple[Segment, ...]
    level: int = 0  # headings: 1 to 6, as in h1 to h6
    id: str | None = None  # headings: the section's


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list."""

    segments: tuple[Segment, ...]
    number: int | None  # as the document numbers it; None for a bullet
    lists: tuple[List, ...]  # nested in this item


@dataclass(frozen=True, slots=True)
class List:
    """Items of one level, all numbered or none."""

    ordered: bool
    items: tuple[Item, ...]
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Gap:
    """Words left out between two quoted pieces."""

    kind: Literal["gap"] = "gap"


Shown = Line | List | Gap


@dataclass(frozen=True, slots=True)
class Result:
    """A hit as a page shows it."""

    citation: Citation
    source: Source
    cite_url: str
    body: tuple[Shown, ...]
    also_in: tuple[Place, ...]  # the first other places with the same words
    more_places: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table of contents, with what stands under it."""

    section: Section
    entries: tuple[Entry, ...]


def results(hits: Iterable[Hit], document: Callable[[str], Document]) -> tuple[Result, ...]:
    """Return hits as a page shows them, their evidence marked."""
    pairs = ((hit, document(hit.citation.document)) for hit in hits)
    return tuple(
        Result(hit.citation, text.source, cite_url(hit.passage), quote(text, hit), *places(hit, " › "))
        for hit, text in pairs
    )


def cite_url(passage: Passage) -> str:
    """Return the address of the page with references to a passage."""
    return f"{document_url(passage.document)}/cite?passage={percent(passage.anchor, safe=':')}"


def quote(document: Document, hit: Hit) -> tuple[Shown, ...]:
    """Return a passage with its evidence marked, after its list's lead-in if that is in an earlier passage.

    An item without its lead-in could say the opposite of what the document says.
    """
    marks = [(e.start, e.end) for e in hit.evidence]
    passage = (hit.passage.start, hit.passage.end)
    before = {r for r in (hit.passage.lead_ins[0], *marks) if r and r[1] <= passage[0]}
    shown: list[Shown] = []
    end = 0
    for piece in [*sorted(before), passage]:
        if shown and _words_between(document, end, piece[0]):
            shown.append(Gap())
        shown += show(document, piece, clip(marks, piece))
        end = piece[1]
    return tuple(shown)


def article(document: Document, passages: Iterable[Passage], marks: Sequence[Range]) -> tuple[Shown, ...]:
    """Return the whole document. marks: as parse_marks gives them."""
    return show(document, (0, len(document.text)), marks, _anchors(document, passages, marks))


def show(
    document: Document, piece: Range, marks: Sequence[Range], anchors: Mapping[int, Anchor] | None = None
) -> tuple[Shown, ...]:
    """Return the blocks of a range of a document. marks: in order, without overlap; anchors: offset -> passage."""
    segmenter = _Segmenter(document, [m for m in (_trim(document, mark) for mark in marks) if m], anchors or {})
    sections = {s.start: s for s in overlapping(document.sections, piece)}
    clipped = ((b, (max(b.start, piece[0]), min(b.end, piece[1]))) for b in overlapping(document.blocks, piece))
    shown: list[Shown] = []
    for is_item, run in groupby(clipped, key=lambda pair: pair[0].kind == "item"):
        if is_item:
            shown += _lists(
                [(min(b.level, MAX_LIST_LEVELS), _number(document, b), segmenter.segments(r)) for b, r in run]
            )
        else:
            shown += [_line(b, segmenter.segments(r), sections.get(b.start)) for b, r in run]
    return tuple(shown)


def parse_marks(text: str, document: Document) -> tuple[Range, ...]:
    """Parse ranges written START-END,START-END; return them in order, those that overlap merged.

    Raises MarksError for any range that cannot be marked as asked: none is left out in silence.
    """
    pieces = text.split(",")
    if len(pieces) > MAX_MARKS:
        raise MarksError(f"There are {len(pieces):,} ranges; {MAX_MARKS} at most can be marked.")
    return _merge(sorted(_parse_mark(piece, document) for piece in pieces))


def outline(sections: Sequence[Section], depth: int = 6) -> tuple[Entry, ...]:
    """Return the headings of a document as a table of contents, `depth` levels deep at most."""
    named = [s for s in sections if 0 < len(s.path) <= depth]
    return tuple(Entry(head, outline(rest, depth)) for head, rest in _nest(named, lambda s: len(s.path)))


def _parse_mark(piece: str, document: Document) -> Range:
    match = re.fullmatch(r"([0-9]{1,12})-([0-9]{1,12})", piece)
    if not match:
        raise MarksError("A range is written START-END in whole numbers, such as 120-184, with commas between ranges.")
    start, end = int(match[1]), int(match[2])
    if not start < end <= len(document.text):
        raise MarksError(f"The range {start}-{end} is not inside this document, which ends at {len(document.text)}.")
    if not _trim(document, (start, end)):
        raise MarksError(f"The range {start}-{end} holds no words of this document.")
    return start, end


def _merge(marks: Iterable[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for start, end in marks:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _trim(document: Document, mark: Range) -> Range | None:
    """Trim a mark to its first and last word, without list markers and space between blocks at its ends."""
    blocks = overlapping(document.blocks, mark)
    return (max(mark[0], blocks[0].start), min(mark[1], blocks[-1].end)) if blocks else None


def clip(marks: Iterable[Range], piece: Range) -> tuple[Range, ...]:
    """Clip ranges to a piece; return them in order, those that overlap merged."""
    clipped = ((max(s, piece[0]), min(e, piece[1])) for s, e in marks)
    return _merge(sorted(r for r in clipped if r[0] < r[1]))


def _words_between(document: Document, start: int, end: int) -> bool:
    return start < end and _trim(document, (start, end)) is not None


def _anchors(document: Document, passages: Iterable[Passage], marks: Sequence[Range]) -> dict[int, Anchor]:
    """Return each passage's anchor by offset: its first marked word, or else its start."""
    anchors = {}
    for passage in passages:
        marked = clip(marks, (passage.start, passage.end))
        anchors[marked[0][0] if marked else passage.start] = _anchor(document, passage)
    return anchors


def _anchor(document: Document, passage: Passage) -> Anchor:
    heading = section_at(document, passage.start).path[-1:] or (document.title,)
    return Anchor(passage.anchor, passage_url(document, passage), f"{passage.position} of {heading[0]}")


class _Segmenter:
    """Splitter of ranges of a document into segments, at marks and anchors."""

    def __init__(self, document: Document, marks: Sequence[Range], anchors: Mapping[int, Anchor]) -> None:
        self._text = document.text
        self._marks = marks
        self._starts = [start for start, _ in marks]
        self._anchors = anchors
        self._edges = sorted({offset for mark in marks for offset in mark} | set(anchors))

    def segments(self, piece: Range) -> tuple[Segment, ...]:
        start, end = piece
        inner = self._edges[bisect_right(self._edges, start) : bisect_left(self._edges, end)]
        edges = [start, *inner, end]
        return tuple(self._segment(*pair) for pair in pairwise(edges))

    def _segment(self, start: int, end: int) -> Segment:
        text, anchor = self._text[start:end], self._anchors.get(start)
        place = bisect_right(self._starts, start) - 1
        if place < 0 or self._marks[place][1] <= start:
            return Segment(text, anchor=anchor)
        first, last = self._marks[place]
        return Segment(text, True, start == first, end == last, anchor)


def _line(block: Block, segments: tuple[Segment, ...], section: Section | None) -> Line:
    if block.kind == "heading" and section:
        return Line("heading", segments, min(len(section.path) + 1, 6), section.id)  # h1 is the document's title
    return Line("paragraph", segments)


def _number(document: Document, block: Block) -> int | None:
    """Return the number in an item's marker, which stands in the text before the block."""
    line = document.text.rfind("\n", 0, block.start) + 1
    match = re.fullmatch(r"\s*([0-9]{1,9})[.)] ", document.text[line : block.start])
    return int(match[1]) if match else None


def _lists(items: Sequence[tuple[int, int | None, tuple[Segment, ...]]]) -> tuple[List, ...]:
    """Nest a run of (level, number, segments). Bulleted and numbered items make separate lists."""
    nested = [Item(head[2], head[1], _lists(rest)) for head, rest in _nest(items, lambda item: item[0])]
    runs = groupby(nested, key=lambda item: item.number is not None)
    return tuple(List(ordered, tuple(run)) for ordered, run in runs)


def _nest(entries: Sequence[T], level: Callable[[T], int]) -> Iterator[tuple[T, Sequence[T]]]:
    """Yield each entry of the outermost level with the deeper entries that follow it."""
    start = 0
    while start < len(entries):
        end = start + 1
        while end < len(entries) and level(entries[end]) > level(entries[start]):
            end += 1
        yield entries[start], entries[start + 1 : end]
        start = end
