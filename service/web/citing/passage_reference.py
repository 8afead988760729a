"""References to a passage or to sentences of it, whole and with what they cannot be read without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pincite.index.citation.cite import cite, cite_passage
from pincite.index.citation.embedded_text import lead_in_texts
from pincite.index.citation.pages import evidence_at, pages_of
from pincite.index.types import Document, Evidence, Passage, Range
from pincite.service.web.citing.references import Reference


def refer(document: Document, passage: Passage, marks: Sequence[Range], base: str, cited: date) -> Reference:
    """Make the reference to the sentences that are marked in a passage, or to the whole passage where none is.

    marks: ranges of the document's text; base: the address of the service; cited: the day of reading.
    """
    sentences = marked_sentences(document, passage, marks)
    citation = cite(document, passage, sentences) if sentences else cite_passage(document, passage)
    lead_ins = lead_in_texts(document, passage)
    page = pages_of(document, [(s.start, s.end) for s in sentences] or [(passage.start, passage.end)])
    return Reference(citation, document.source, base + citation.url, cited, lead_ins, sentences, page)


def marked_sentences(document: Document, passage: Passage, marks: Sequence[Range]) -> tuple[Evidence, ...]:
    """Return the sentences of a passage that ranges touch, whole, each with its lead-ins, in the order of the text.

    Neighbours are joined.
    """
    pieces = set()
    for sentence, lead_ins in zip(passage.sentences, passage.lead_ins, strict=True):
        if any(start < sentence[1] and sentence[0] < end for start, end in marks):
            pieces |= {sentence, *lead_ins}
    joined = _join_neighbours(document, passage, sorted(pieces))
    return tuple(evidence_at(document, start, end) for start, end in joined)


def _join_neighbours(document: Document, passage: Passage, pieces: Iterable[Range]) -> list[Range]:
    """Join ranges, in order, that overlap or follow one another."""
    joined: list[Range] = []
    for start, end in pieces:
        if joined and _nothing_between(document, passage, joined[-1][1], start):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _nothing_between(document: Document, passage: Passage, end: int, start: int) -> bool:
    """Return whether no sentence stands between two offsets; white space and markers of items may."""
    if end < passage.start:  # a lead-in, and sentences between it and the passage are not known here
        return not any(c.isalnum() for c in document.text[end:start])
    return not any(end <= s and e <= start for s, e in passage.sentences)
