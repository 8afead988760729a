"""Citations, and the law they keep: document.text[start:end] == quote, under the headings in force at start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote as percent

from pincite.index.citation.pages import evidence_at, page_at, page_range
from pincite.index.citation.text_fragment import shortest_fragment
from pincite.index.types import Block, Citation, Document, Evidence, Passage, Range, Section

P = TypeVar("P", Block, Section)

DIGEST_PREFIX_LENGTH = 12  # of the text's SHA-256, in a reader address


def cite(document: Document, passage: Passage, evidence: Sequence[Evidence]) -> Citation:
    """Cite a passage, its link marking the evidence on the reader page."""
    section = section_at(document, passage.start)
    return Citation(
        document=document.id,
        title=document.title,
        path=section.path,
        start=passage.start,
        end=passage.end,
        quote=document.text[passage.start : passage.end],
        sha256=document.sha256,
        url=reader_url(document, passage, evidence),
        source_url=_source_url(document, passage, evidence),
        publisher=document.source.publisher,
        based_on=document.source.based_on,
        language=document.language,
        page=page_range(document, passage.start, passage.end),
    )


def cite_passage(document: Document, passage: Passage) -> Citation:
    """Cite a passage, its link marking the whole of it."""
    return cite(document, passage, [_whole(document, passage)])


def cite_quote(document: Document, passages: Sequence[Passage], words: Evidence) -> Citation:
    """Cite any words of a document. passages: of the document or of their section, in the order of the text."""
    position = bisect_right(passages, words.start, key=lambda p: p.start) - 1
    citation = cite(document, passages[max(0, position)], [words])
    path = section_at(document, words.start).path
    page = page_range(document, words.start, words.end)
    return replace(citation, path=path, start=words.start, end=words.end, quote=words.quote, page=page)


def section_at(document: Document, start: int) -> Section:
    """Return the section that holds the code point at `start`."""
    return document.sections[bisect_right(document.sections, start, key=lambda s: s.start) - 1]


def overlapping(parts: Sequence[P], span: Range) -> Sequence[P]:
    """Return the blocks or sections that overlap a range. parts: in the order of the text, without overlap."""
    start, end = span
    return parts[bisect_right(parts, start, key=lambda p: p.end) : bisect_left(parts, end, key=lambda p: p.start)]


def document_url(document_id: str) -> str:
    """Return the address of a document's reader page, by the document's id."""
    return f"/documents/{percent(document_id, safe='')}"


def passage_url(document: Document, passage: Passage) -> str:
    """Return the address of the reader page with the whole passage marked."""
    return reader_url(document, passage, [_whole(document, passage)])


def reader_url(document: Document, passage: Passage, evidence: Sequence[Evidence]) -> str:
    """Return the address of the reader page with the evidence marked and the passage in view.

    It carries the first digits of the text's digest: offsets into another text would mark other words.
    """
    marks = ",".join(f"{e.start}-{e.end}" for e in evidence)
    query = f"?mark={marks}&text={document.sha256[:DIGEST_PREFIX_LENGTH]}" if marks else ""
    return f"{document_url(document.id)}{query}#{percent(passage.anchor, safe=':-')}"


def _whole(document: Document, passage: Passage) -> Evidence:
    return evidence_at(document, passage.start, passage.end)


def _source_url(document: Document, passage: Passage, evidence: Sequence[Evidence]) -> str | None:
    """Return the publisher's page, at the first sentence of the evidence if a text fragment leads to it alone.

    A source with pages is opened at the page of that sentence, or of the passage (RFC 8118). A page that the words are
    based on has other words, so that no fragment leads to them.
    """
    if document.source.url is None:
        return None
    page = page_at(document, evidence[0].start if evidence else passage.start)
    if page and not document.source.based_on and "#" not in document.source.url:
        return f"{document.source.url}#page={page.number}"
    if not evidence or document.source.based_on or "#" in document.source.url:
        return document.source.url
    text_fragment = shortest_fragment(document, (evidence[0].start, evidence[0].end))
    return f"{document.source.url}#{text_fragment}" if text_fragment else document.source.url
