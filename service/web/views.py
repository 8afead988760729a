"""Views of a document for pages: hits, the whole document, its outline, and the marks in an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote as percent

from pincite.index.citation.cite import document_url, passage_url, section_at
from pincite.index.citation.embedded_text import carried_lead_ins
from pincite.index.types import Citation, Document, Hit, Passage, Range, Section, Source
from pincite.service.also_in import Place, places
from pincite.service.presentation import ranges_to_quote
from pincite.service.web.blocks import Anchor, Shown, nest, show, trim

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

MAX_MARKS = 50  # ranges in one address


class MarksError(ValueError):
    """Error for ranges that cannot be marked, with the reason for the reader."""


@dataclass(frozen=True, slots=True)
class Result:
    """A hit as a page shows it."""

    citation: Citation
    source: Source
    titled: bool  # named with its document, of which there are others
    url: str  # the reader page, from which a link leads back
    cite_url: str
    body: tuple[Shown, ...]
    also_in: tuple[Place, ...]  # the first other places with the same words
    more_places: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table of contents, with what stands under it."""

    section: Section
    entries: tuple[Entry, ...]


def results(hits: Iterable[Hit], bundle: Bundle, link: Callable[[str], str] = str) -> tuple[Result, ...]:
    """Return hits as a page shows them, the evidence of the first marked. link: gives an address its way back."""
    return tuple(_result(hit, bundle, link) for hit in hits)


def _result(hit: Hit, bundle: Bundle, link: Callable[[str], str]) -> Result:
    document = bundle.document(hit.citation.document)
    also_in, more_places = places(hit, " › ")
    return Result(
        citation=hit.citation,
        source=document.source,
        titled=bundle.document_count > 1,
        url=link(hit.citation.url),
        cite_url=link(cite_url(hit.passage)),
        body=quote(document, hit, marked=hit.rank == 1),
        also_in=tuple(place._replace(url=link(place.url)) for place in also_in),
        more_places=more_places,
    )


def cite_url(passage: Passage) -> str:
    """Return the address of the page with references to a passage."""
    return f"{document_url(passage.document)}/cite?passage={percent(passage.anchor, safe=':')}"


def quote(document: Document, hit: Hit, marked: bool = True) -> tuple[Shown, ...]:
    """Return a passage with its evidence marked, after the lead-ins that stand in an earlier passage."""
    marks = [(e.start, e.end) for e in hit.evidence if marked]
    pieces = ranges_to_quote(hit)
    return show(document, pieces, [mark for piece in pieces for mark in clip(marks, piece)])


def passage_blocks(document: Document, passage: Passage) -> tuple[Shown, ...]:
    """Return a passage without marks, after the lead-ins that stand in an earlier passage."""
    return show(document, [*carried_lead_ins(passage), (passage.start, passage.end)], ())


def article(document: Document, passages: Iterable[Passage], marks: Sequence[Range]) -> tuple[Shown, ...]:
    """Return the whole document. marks: as parse_marks gives them."""
    return show(document, [(0, len(document.text))], marks, _anchors(document, passages, marks))


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


def _anchor(document: Document, passage: Passage) -> Anchor:
    heading = section_at(document, passage.start).path[-1:] or (document.title,)
    return Anchor(passage.anchor, passage_url(document, passage), f"{passage.position} of {heading[0]}")
