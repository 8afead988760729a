"""Locate a quote and verify a citation, for services that check what they cite. Values come in, JSON goes out."""

from __future__ import annotations

from typing import Any

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite_quote
from pincite.index.citation_check import verify_citation
from pincite.index.quote_search import QuoteMatch, QuoteSearchResult, locate
from pincite.index.types import Passage
from pincite.service.api import serialize
from pincite.service.api.requests import Cited


def located(bundle: Bundle, quote: str, documents: list[str] | None) -> dict[str, Any]:
    """Return whether and where the documents hold a quote."""
    return _reply(bundle, locate(bundle, quote, documents))


def verified(bundle: Bundle, cited: Cited) -> dict[str, Any]:
    """Return whether a citation still holds against the documents that are served now."""
    found = verify_citation(bundle, cited.document, cited.start, cited.end, cited.quote, cited.sha256, cited.path)
    reply = {"status": found.status, "fields": found.fields} | _reply(bundle, found.located)
    return reply | {"status": found.status}


def _reply(bundle: Bundle, found: QuoteSearchResult) -> dict[str, Any]:
    cited = [cite_quote(p.document, _near(bundle, p), p.evidence) for p in found.matches]
    return serialize.located(found, cited, bundle.id)


def _near(bundle: Bundle, place: QuoteMatch) -> list[Passage]:
    """Return the passages of the section that a place is in; of the document, if that section has only a heading."""
    name = place.document.id
    return bundle.passages_of(name, {place.section.id}) or bundle.passages_of(name)
