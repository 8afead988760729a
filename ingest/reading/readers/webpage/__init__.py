"""Reader of web pages (HTML, XHTML): bytes in, a Draft of the main text out, notes on all that was left out.

decode -> parse within bounds -> metadata -> main text -> parts -> title
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pincite.index.types import Source
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Draft, Part, WebOrigin
from pincite.ingestion.reading.notes import left_out_note
from pincite.ingestion.reading.readers.hidden.hidden_words import hidden_words_note
from pincite.ingestion.reading.readers.webpage.element_parts import parts_of
from pincite.ingestion.reading.readers.webpage.encoding import decode_html
from pincite.ingestion.reading.readers.webpage.furniture import KINDS
from pincite.ingestion.reading.readers.webpage.main_text import LeftOut, choose_main_text
from pincite.ingestion.reading.readers.webpage.metadata import Metadata, canonical_address, read_metadata
from pincite.ingestion.reading.readers.webpage.tree import Element, parse_page
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line, last_review_date

_WORD = re.compile(r"\w+")


def read_webpage(data: bytes, name: str, origin: WebOrigin | None = None) -> Draft:
    """Read one page. origin: of a page that was fetched. Raises ReadError for a page beyond the bounds of guard.py."""
    html, invisible_count, notes = decode_html(data, origin.charset if origin else None)
    page = parse_page(html, name)
    metadata = read_metadata(page, html)
    url = canonical_address(page, origin.url) if origin else metadata.url
    title = _find_title(page.body, metadata)
    root, left_out = choose_main_text(page.body, f"{title or ''} {metadata.description}")
    parts = _without_title(parts_of(root), title)
    if not any(part.kind != "heading" for part in parts):  # links and labels are all that it holds
        left_out, parts = [], _without_title(parts_of(parse_page(html, name).body), title)
    if title and not parts:
        parts, title = [*parts, Part("paragraph", title)], None  # a title alone is the whole text
    reviewed = metadata.reviewed or _review_date([*(p.text for p in parts), *(piece.text for piece in left_out)])
    return Draft(
        tuple(parts),
        title,
        source=Source(publisher=metadata.publisher, url=url, reviewed=reviewed),
        notes=(*notes, *_notes(left_out), *hidden_words_note(page.hidden_word_count)),
        invisible_count=invisible_count,
        language=metadata.language,
    )


def _find_title(body: Element, metadata: Metadata) -> str | None:
    """Return the heading of the first level that the page's stated titles say, or else the first of these."""
    headings = [
        text
        for e in body.walk()
        if e.tag == "h1" and 0 < len(text := e.beginning(MAX_HEADING_CHARACTERS)) <= MAX_HEADING_CHARACTERS
    ]
    stated = _words(" ".join(metadata.titles))
    if headings:
        best = max(headings, key=lambda text: len(_words(text) & stated) / len(_words(text) or {""}))
        if len(headings) == 1 or _words(best) & stated:
            return best
    return next(iter(metadata.titles), headings[0] if headings else None)


def _without_title(parts: Sequence[Part], title: str | None) -> list[Part]:
    """Return the parts without the heading that is the title, where no other heading stands before it."""
    for i, part in enumerate(parts):
        if part.kind == "heading" and part.text:
            is_title = bool(title) and part.text.casefold() == (title or "").casefold()
            return [*parts[:i], *parts[i + 1 :]] if is_title else [*parts]
    return [*parts]


def _review_date(texts: Iterable[str]) -> str | None:
    """Return the date of a line that does nothing but date the review of the page."""
    found = last_review_date([text for text in texts if is_date_line(text)], today=date.today())
    return found.iso if found else None


def _notes(left_out: Iterable[LeftOut]) -> Iterator[str]:
    """Yield a note on each kind of what was left out, first those that are likeliest to be text of the page."""
    by_kind: dict[str, list[str]] = {}
    for piece in left_out:
        by_kind.setdefault(piece.kind, []).append(piece.text)
    for kind in sorted(by_kind, key=KINDS.index):
        yield left_out_note(kind, len(by_kind[kind]), by_kind[kind])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


__all__ = ["read_webpage"]
