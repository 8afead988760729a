"""XHTML of a book to a tree of what is seen, by the parser of web pages, within the same bounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from pincite.ingestion.reading.readers.html_parts import HEADINGS
from pincite.ingestion.reading.readers.package.refusals import EPUB
from pincite.ingestion.reading.readers.webpage.encoding import decode_html
from pincite.ingestion.reading.readers.webpage.tree import Element, parse_page

_CDATA = "<![CDATA["
_DEFINITIONS = re.compile(r"<!DOCTYPE[^>\[]{0,500}\[", re.IGNORECASE)
_TAG = re.compile(r"""<([A-Za-z][\w:.-]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_PREFIX = re.compile(r"""xmlns:(\w{1,40})\s{0,9}=\s{0,9}["']http://www\.w3\.org/1999/xhtml["']""")
_EMPTY_TAGS = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CONTENTS_KINDS = frozenset(("toc", "landmarks", "page-list", "loi", "lot", "loa", "lov"))


@dataclass(frozen=True, slots=True)
class Xhtml:
    """A parsed file, with what was noted of its bytes."""

    body: Element
    hidden_word_count: int
    invisible_count: int
    notes: tuple[str, ...]


def parse_xhtml(data: bytes, place: str) -> Xhtml:
    """Parse a file. place: its name in errors. Raises ReadError for one that defines entities, or breaks a bound.

    The parser is one of HTML, so what XML writes otherwise is written as HTML before: elements that close themselves,
    marked sections of text, prefixes of names.
    """
    text, invisible_count, notes = decode_html(data)
    if _DEFINITIONS.search(text):
        raise EPUB.refusal(place, "doctype")
    page = parse_page(_as_html(text), place)
    return Xhtml(page.body, page.hidden_word_count, invisible_count, notes)


def kinds(element: Element) -> frozenset[str]:
    """Return what an element is said to be: "noteref", "footnote", "pagebreak", ..."""
    if not element.attributes:
        return frozenset()
    roles = (role.removeprefix("doc-") for role in element.get("role").lower().split())
    return frozenset((*element.get("epub:type").lower().split(), *roles))


def leave_out(body: Element, left_out: Counter[str], covers: list[str]) -> None:
    """Take out what is no main text: contents, page numbers, covers; and count pictures.

    left_out: where to count; covers: where to add the words of covers.
    """
    pending = [body]
    while pending:
        element = pending.pop()
        its_kinds = kinds(element)
        if "pagebreak" in its_kinds:
            left_out["page numbers"] += bool(element.text())
            element.children.clear()
        elif "cover" in its_kinds:
            covers.append(element.text())
            left_out["pictures"] += sum(1 for inner in element.walk() if inner.tag == "img")
            element.children.clear()
        elif not its_kinds.isdisjoint(_CONTENTS_KINDS):
            left_out["lines of a table of contents"] += sum(1 for inner in element.walk() if inner.tag == "a")
            element.children.clear()
        left_out["pictures"] += element.tag == "img"
        pending += element.elements


def headings(body: Element) -> Iterator[Element]:
    """Yield the headings that have words, in reading order."""
    return (element for element in body.walk() if element.tag in HEADINGS and element.beginning(0))


def word_count_besides_headings(body: Element) -> int:
    """Count the words of a file that are in none of its headings."""
    return len(body.text().split()) - sum(len(heading.text().split()) for heading in headings(body))


def _as_html(text: str) -> str:
    if _CDATA in text:
        first, *others = text.split(_CDATA)
        text = first + "".join(_escaped(piece) for piece in others)
    for prefix in {match[1] for match in _PREFIX.finditer(text[:5_000])}:
        text = text.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</")
    return _TAG.sub(_opened_and_closed, text)


def _escaped(piece: str) -> str:
    """Return what follows the beginning of a marked section, with the section as plain text."""
    content, end, rest = piece.partition("]]>")
    return escape(content) + rest if end else _CDATA + piece


def _opened_and_closed(match: re.Match[str]) -> str:
    name, attributes = match[1], match[2]
    if not attributes.endswith("/") or name.lower() in _EMPTY_TAGS:
        return match[0]
    return f"<{name}{attributes[:-1]}></{name}>"
