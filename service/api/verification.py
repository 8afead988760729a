"""Verification for services that check what they cite: locate a quote, verify a citation. Replies go out."""

from __future__ import annotations

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite_quote
from pincite.index.citation_check import verify_citation
from pincite.index.quote_search import QuoteMatch, QuoteSearchResult, locate
from pincite.index.types import Passage
from pincite.service.api import responses, serialize
from pincite.service.api.requests import Cited


def located(bundle: Bundle, quote: str, documents: list[str] | None) -> responses.Located:
    """Return whether and where the documents hold a quote."""
    return _located(bundle, locate(bundle, quote, documents))


def verified(bundle: Bundle, cited: Cited) -> responses.Verified:
    """Return whether a citation still holds against the documents that are served now."""
    c = cited
    result = verify_citation(bundle, c.document, c.start, c.end, c.quote, c.sha256, c.path, c.page)
    nearest = _located(bundle, result.located)
    return {
        "status": result.status,
        "fields": result.fields,
        "similarity": nearest["similarity"],
        "citations": nearest["citations"],
        "differences": nearest["differences"],
        "index": nearest["index"],
    }


def _located(bundle: Bundle, result: QuoteSearchResult) -> responses.Located:
    citations = [cite_quote(m.document, _passages_near(bundle, m), m.evidence) for m in result.matches]
    return serialize.located(result, citations, bundle.id)


def _passages_near(bundle: Bundle, match: QuoteMatch) -> list[Passage]:
    """Return the passages of the section that a match is in; of the document, if that section has only a heading."""
    name = match.document.id
    return bundle.passages_of(name, {match.section.id}) or bundle.passages_of(name)
