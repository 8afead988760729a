"""Verification of citations: whether the documents still say what is cited, and where the quote stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import section_at
from pincite.index.citation.pages import page_range
from pincite.index.quote_search import QuoteMatch, QuoteSearchResult, locate
from pincite.index.types import Document

MOVED_TO: dict[str, Literal["moved", "changed", "gone"]] = {"exact": "moved", "near": "changed", "absent": "gone"}


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking one citation.

    status: `holds` (quote, place, path and page are as cited), `moved` (the quote stands elsewhere), `changed` (the
    nearest words, the headings or the page differ) or `gone`. fields: for each checked field of the citation, whether
    it still holds.
    """

    status: Literal["holds", "moved", "changed", "gone"]
    fields: dict[str, bool]
    located: QuoteSearchResult


def verify_citation(
    bundle: Bundle,
    document: str,
    start: int,
    end: int,
    quote: str,
    sha256: str,
    path: Sequence[str] | None = None,
    page: str | None = None,
) -> Verification:
    """Check a citation against the documents of a bundle; without a `path` or `page`, that is not checked."""
    cited = _document(bundle, document)
    fields = {"document": cited is not None, "sha256": cited is not None and cited.sha256 == sha256}
    fields["quote"] = cited is not None and start < end and cited.text[start:end] == quote
    if path is not None:
        inside = cited is not None and start < len(cited.text)
        fields["path"] = inside and cited is not None and section_at(cited, start).path == tuple(path)
    if page is not None:
        fields["page"] = cited is not None and str(page_range(cited, start, end)) == page
    if cited and fields["quote"]:
        exact = QuoteSearchResult("exact", (QuoteMatch(cited, start, end),), 1.0, ())
        is_in_place = fields.get("path", True) and fields.get("page", True)
        return Verification("holds" if is_in_place else "changed", fields, exact)
    found = locate(bundle, quote, [document] if cited else None)
    if found.status == "absent" and cited:
        found = locate(bundle, quote)
    return Verification(MOVED_TO[found.status], fields, found)


def _document(bundle: Bundle, name: str) -> Document | None:
    try:
        return bundle.document(name)
    except KeyError:
        return None
