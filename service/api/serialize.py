"""Serialisation of the core's values as the replies that responses.py declares.

The query endpoint and `pincite ask --json` give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote as percent

from pincite.index.citation.cite import cite_passage, document_url
from pincite.index.citation.pages import evidence_at
from pincite.index.quote_search import QuoteSearchResult
from pincite.index.types import Citation, Document, Evidence, Hit, PageRange, Passage, Section, Source
from pincite.service.api import responses
from pincite.service.presentation import Presentation, joined_quote

SELECTOR_CONTEXT = 32  # code points before and after a quote, which separate it from equal ones


def to_json(presentation: Presentation, document: Callable[[str], Document], offset: int = 0) -> responses.Answer:
    """Serialise an answer in the wire format of docs/design.md. Fields may join it; these keep their names.

    offset: hits to leave out, the best first.
    """
    answer, best = presentation.answer, presentation.best
    return {
        "question": answer.question,
        "language": presentation.language,
        "searched": answer.searched,
        "corrections": [{"typed": c.typed, "searched": c.searched} for c in answer.corrections],
        "did_you_mean": answer.did_you_mean,
        "status": answer.status,
        "answer": _best(best, document(best.citation.document)) if best else None,
        "unmatched_terms": list(answer.unmatched_terms),
        "unmatched_filters": list(answer.unmatched_filters),
        "confidence": round(answer.confidence, 4),
        "index": answer.index,
        "took_ms": round(answer.took_ms, 1),
        "hits": [_hit(hit, document(hit.citation.document)) for hit in answer.hits[offset:]],
        "care": presentation.care,
    }


def _best(hit: Hit, document: Document) -> responses.Best:
    return {
        "quote": joined_quote(document, hit.evidence),
        "evidence": [_quoted(e) for e in hit.evidence],
        "citation": citation(hit.citation),
    }


def _hit(hit: Hit, document: Document) -> responses.Hit:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "scores": {name: round(score, 6) for name, score in hit.scores.items()},
        "passage": hit.passage.id,
        "text": hit.citation.quote,
        "evidence": [_quoted(e) for e in hit.evidence],
        "citation": citation(hit.citation),
        "also_in": [citation(other) for other in hit.also_in],
        "also_in_count": hit.also_in_count,
        "selectors": selectors(document, hit.citation.start, hit.citation.end),
    }


def _quoted(words: Evidence) -> responses.Quoted:
    return {"start": words.start, "end": words.end, "quote": words.quote, "page": _page(words.page)}


def _page(page: PageRange | None) -> str | None:
    return str(page) if page else None


def citation(citation: Citation) -> responses.Citation:
    """Serialise a citation."""
    return {
        "document": citation.document,
        "title": citation.title,
        "path": list(citation.path),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "sha256": citation.sha256,
        "url": citation.url,
        "source_url": citation.source_url,
        "publisher": citation.publisher,
        "based_on": citation.based_on,
        "language": citation.language,
        "page": _page(citation.page),
    }


def selectors(document: Document, start: int, end: int) -> list[responses.TextQuote | responses.TextPosition]:
    """Return the W3C Web Annotation selectors of a range of a document, in code points."""
    text = document.text
    quote: responses.TextQuote = {
        "type": "TextQuoteSelector",
        "exact": text[start:end],
        "prefix": text[max(0, start - SELECTOR_CONTEXT) : start],
        "suffix": text[end : end + SELECTOR_CONTEXT],
    }
    return [quote, {"type": "TextPositionSelector", "start": start, "end": end}]


def document(document: Document) -> responses.Document:
    """Serialise a document with its text and outline."""
    return {
        **entry(document.id, document.title),
        "sha256": document.sha256,
        "language": document.language,
        "tags": list(document.tags),
        "source": _source(document.source),
        "sections": [_section_entry(section) for section in document.sections],
        "text": document.text,
        "pages": [{"start": p.start, "number": p.number, "label": p.label} for p in document.pages],
    }


def _source(source: Source) -> responses.Source:
    return {
        "publisher": source.publisher,
        "based_on": source.based_on,
        "title": source.title,
        "url": source.url,
        "reviewed": source.reviewed,
        "licence": source.licence,
        "note": source.note,
    }


def entry(document_id: str, title: str) -> responses.DocumentEntry:
    """Serialise a document's entry in a list."""
    return {"id": document_id, "title": title, "url": document_url(document_id)}


def section(document: Document, section: Section, passages: list[Passage]) -> responses.Section:
    """Serialise a section with its text and passages."""
    return {
        **_section_entry(section),
        "document": document.id,
        "text": document.text[section.start : section.end],
        "url": f"{document_url(document.id)}#{percent(section.id, safe=':-')}",
        "passages": [passage(document, p) for p in passages],
    }


def passage(document: Document, passage: Passage) -> responses.Passage:
    """Serialise a passage, its sentences and its citation."""
    return {
        "id": passage.id,
        "section": passage.section,
        "position": passage.position,
        "sentences": [_quoted(evidence_at(document, *sentence)) for sentence in passage.sentences],
        "citation": citation(cite_passage(document, passage)),
        "selectors": selectors(document, passage.start, passage.end),
    }


def located(result: QuoteSearchResult, citations: Sequence[Citation], index: str) -> responses.Located:
    """Serialise the search for a quote. citations: of its matches."""
    return {
        "status": result.status,
        "similarity": round(result.similarity, 4),
        "citations": [citation(c) for c in citations],
        "differences": [{"quote": d.quote, "text": d.text} for d in result.differences],
        "index": index,
    }


def _section_entry(section: Section) -> responses.SectionEntry:
    return {"id": section.id, "path": list(section.path), "start": section.start, "end": section.end}
