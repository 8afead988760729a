"""Views of a document for pages: hits, the whole document, its outline, and the marks in an address."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote as percent

from pincite.index.citation.cells import cell_ranges
from pincite.index.citation.cite import DIGEST_PREFIX_LENGTH, document_url, passage_url, section_at
from pincite.index.citation.embedded_text import carried_lead_ins
from pincite.index.types import Citation, Document, Hit, Passage, Range, Section, Source
from pincite.service.also_in import Place, places
from pincite.service.presentation import ranges_to_quote
from pincite.service.suggestion_match import fold_words
from pincite.service.web.blocks import Anchor, PageBreak, Shown, nest, show, trim
from pincite.service.web.citing.passage_reference import refer
from pincite.service.web.citing.references import plain
from pincite.service.web.shelf.document_names import distinct_names

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

MAX_EMPTY_BLOCKS = 20  # blocks without a word that are looked past
MAX_MARKS = 50  # ranges in one address


class MarksError(ValueError):
    """Error for ranges that cannot be marked, with the reason for the reader."""


@dataclass(frozen=True, slots=True)
class Result:
    """A hit as a page shows it."""

    rank: int  # 1-based, as among the hits
    name: str  # of the document; empty if it is the only one, or if the place says the same
    place: str  # the headings, without one that repeats the title
    citation: Citation
    source: Source
    url: str  # the reader page, from which a link leads back
    cite_url: str
    copied: str  # the marked sentences with their place, source and address, for the clipboard; empty without marks
    body: tuple[Shown, ...]
    also_in: tuple[Place, ...]  # the first other places with the same words
    more_places: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table of contents, with what stands under it."""

    section: Section
    entries: tuple[Entry, ...]


def results(
    hits: Sequence[Hit], bundle: Bundle, link: Callable[[str], str], base: str, cited: date
) -> tuple[Result, ...]:
    """Return hits as a page shows them, the evidence of the first marked.

    link: gives an address its way back; base: the address of the service; cited: the day, for what is copied.
    """
    texts = {hit.citation.document: bundle.document(hit.citation.document) for hit in hits}
    names = distinct_names([(name, text.title) for name, text in texts.items()], bundle.document)
    titled = bundle.document_count > 1
    shown = []
    for hit in hits:
        document, name = texts[hit.citation.document], names[hit.citation.document] if titled else ""
        marks = marks_of(hit)
        copied = plain(refer(document, hit.passage, marks, base, cited)) if marks else ""
        shown.append(_result(hit, document, name, copied, link))
    return tuple(shown)


def _result(hit: Hit, document: Document, name: str, copied: str, link: Callable[[str], str]) -> Result:
    place = place_in(document.title, hit.citation.path)
    also_in, more_places = places(hit, " › ")
    return Result(
        rank=hit.rank,
        name=name if place else "",
        place=place or name or document.title,
        citation=hit.citation,
        source=document.source,
        url=link(hit.citation.url),
        cite_url=link(cite_url(document, hit.passage, marks_of(hit))),
        copied=copied,
        body=quote(document, hit),
        also_in=tuple(place._replace(url=link(place.url)) for place in also_in),
        more_places=more_places,
    )


def marks_of(hit: Hit) -> list[Range]:
    """Return what a page marks of a hit: of the first its evidence, since others seldom answer."""
    return [(e.start, e.end) for e in hit.evidence] if hit.rank == 1 else []


def place_in(title: str, path: Sequence[str]) -> str:
    """Return the headings of a place, outermost first, without a first one that says the same as the title."""
    repeats = path and fold_words(path[0]) == fold_words(title)
    return " › ".join(path[1:] if repeats else path)


def cite_url(document: Document, passage: Passage, marks: Sequence[Range] = ()) -> str:
    """Return the address of the page with references to a passage, or to what is marked in it.

    Marks are ranges of this very text, whose digest goes with them.
    """
    address = f"{document_url(document.id)}/cite?passage={percent(passage.anchor, safe=':')}"
    ranges = ",".join(f"{start}-{end}" for start, end in marks)
    return f"{address}&mark={ranges}&text={document.sha256[:DIGEST_PREFIX_LENGTH]}" if ranges else address


def quote(document: Document, hit: Hit) -> tuple[Shown, ...]:
    """Return a passage with its evidence marked, after the lead-ins that stand in an earlier passage."""
    marks, pieces = marks_of(hit), ranges_to_quote(hit)
    return show(document, pieces, [mark for piece in pieces for mark in clip(marks, piece)])


def passage_blocks(document: Document, passage: Passage, marks: Sequence[Range] = ()) -> tuple[Shown, ...]:
    """Return a passage, ranges of it marked, after the lead-ins that stand in an earlier passage."""
    pieces = [*carried_lead_ins(passage), (passage.start, passage.end)]
    return show(document, pieces, [mark for piece in pieces for mark in clip(marks, piece)])


def article(document: Document, passages: Iterable[Passage], marks: Sequence[Range]) -> tuple[Shown, ...]:
    """Return the whole document. marks: as parse_marks gives them."""
    anchors = _anchors(document, passages, marks)
    return show(document, [(0, len(document.text))], marks, anchors, _page_breaks(document))


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
    return tuple(Entry(head, outline(rest, depth)) for head, rest in nest(named, lambda s: len(s.path)))


def _parse_mark(piece: str, document: Document) -> Range:
    match = re.fullmatch(r"([0-9]{1,12})-([0-9]{1,12})", piece)
    if not match:
        raise MarksError("A range is written START-END in whole numbers, such as 120-184, with commas between ranges.")
    start, end = int(match[1]), int(match[2])
    if not start < end <= len(document.text):
        raise MarksError(f"The range {start}-{end} is not inside this document, which ends at {len(document.text)}.")
    if not trim(document, (start, end)):
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


def clip(marks: Iterable[Range], piece: Range) -> tuple[Range, ...]:
    """Clip ranges to a piece; return them in order, those that overlap merged."""
    clipped = ((max(s, piece[0]), min(e, piece[1])) for s, e in marks)
    return _merge(sorted(r for r in clipped if r[0] < r[1]))


def _anchors(document: Document, passages: Iterable[Passage], marks: Sequence[Range]) -> dict[int, Anchor]:
    """Return each passage's anchor by offset: its first marked word, or else its start."""
    anchors = {}
    for passage in passages:
        marked = clip(marks, (passage.start, passage.end))
        anchors[marked[0][0] if marked else passage.start] = _anchor(document, passage)
    return anchors


def _page_breaks(document: Document) -> dict[int, PageBreak]:
    """Return the starts of pages by the offset of their first words that are shown.

    Their ids begin with "page_", as those of no section and no passage do.
    """
    breaks: dict[int, PageBreak] = {}
    numbers: set[int] = set()
    for page in document.pages:
        name = f"page_{page.number}" if page.number not in numbers else None
        numbers.add(page.number)
        breaks[_first_words(document, page.start)] = PageBreak(page.label, name)
    return breaks


def _first_words(document: Document, offset: int) -> int:
    """Return where the first words at an offset or after it are shown: not at a marker, nor between cells of a row."""
    text, blocks = document.text, document.blocks
    first = bisect_right(blocks, offset, key=lambda b: b.end)
    for block in blocks[first : first + MAX_EMPTY_BLOCKS]:
        span = (block.start, block.end)
        for start, end in cell_ranges(text, span) if block.kind in ("header", "row") else [span]:
            if max(start, offset) < end:
                return max(start, offset)
    return offset


def _anchor(document: Document, passage: Passage) -> Anchor:
    heading = section_at(document, passage.start).path[-1:] or (document.title,)
    return Anchor(passage.anchor, passage_url(document, passage), f"{passage.position} of {heading[0]}")
