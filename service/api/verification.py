"""Locate a quote and verify a citation, for services that check what they cite. Values come in, JSON goes out."""

from __future__ import annotations

from typing import Any

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite_words, section_at
from pincite.index.quote_search import Located, Place, locate
from pincite.index.types import Document, Passage
from pincite.service.api import serialize
from pincite.service.api.requests import Cited


def located(bundle: Bundle, quote: str, documents: list[str] | None) -> dict[str, Any]:
    """Whether and where the documents hold a quote."""
    return _reply(bundle, locate(bundle, quote, documents))


def verified(bundle: Bundle, cited: Cited) -> dict[str, Any]:
    """Whether a citation still holds against the documents that are served now."""
    document = _document(bundle, cited.document)
    fields = _fields(document, cited)
    if document and fields["quote"]:
        place = Place(document, cited.start, cited.end)
        found, status = Located("exact", (place,), 1.0, ()), "holds" if fields.get("path", True) else "changed"
    else:
        found = locate(bundle, cited.quote, [cited.document] if document else None)
        if found.status == "absent":
            found = locate(bundle, cited.quote)
        status = {"exact": "moved", "near": "changed", "absent": "gone"}[found.status]
    return {"status": status, "fields": fields} | _reply(bundle, found) | {"status": status}


def _fields(document: Document | None, cited: Cited) -> dict[str, bool]:
    """Of each field of a citation, whether the documents bear it out."""
    held = document is not None and cited.start < cited.end
    fields = {"document": document is not None, "sha256": document is not None and document.sha256 == cited.sha256}
    fields["quote"] = held and document is not None and document.text[cited.start : cited.end] == cited.quote
    if cited.path is not None:
        inside = document is not None and cited.start < len(document.text)
        fields["path"] = inside and list(section_at(document, cited.start).path) == cited.path  # type: ignore[arg-type]
    return fields


def _document(bundle: Bundle, name: str) -> Document | None:
    try:
        return bundle.document(name)
    except KeyError:
        return None


def _reply(bundle: Bundle, found: Located) -> dict[str, Any]:
    cited = [cite_words(p.document, _near(bundle, p), p.evidence) for p in found.places]
    return serialize.located(found, cited, bundle.id)


def _near(bundle: Bundle, place: Place) -> list[Passage]:
    """The passages of the section that a place is in; of the document, where that section has a heading alone."""
    name = place.document.id
    return bundle.passages_of(name, {place.section.id}) or bundle.passages_of(name)
