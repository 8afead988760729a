"""Contents of a book, from its navigation document or NCX, and the levels of headings by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from pincite.ingestion.reading.readers.epub.package_document import resolve
from pincite.ingestion.reading.readers.epub.xhtml import headings, kinds
from pincite.ingestion.reading.readers.html_parts import BLOCKS, HEADINGS
from pincite.ingestion.reading.readers.webpage.tree import Element

_NEAR = 30  # elements after the place that an entry leads to, among which its heading is
_NO_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the contents."""

    depth: int  # from 1
    label: str
    path: str  # of the file that it leads to
    fragment: str  # id of the element there, "" for the file as a whole


def navigation_entries(body: Element, path: str) -> Iterator[Entry]:
    """Yield the entries of a navigation document. path: of that document."""
    navs = [element for element in body.walk() if element.tag == "nav"]
    toc = next((nav for nav in navs if "toc" in kinds(nav)), None)
    pending: list[tuple[Element, int]] = [] if toc is None else [(toc, 0)]
    while pending:
        element, depth = pending.pop()
        if element.tag == "a" and element.get("href") and depth:
            yield Entry(depth, element.text(), *resolve(path, element.get("href")))
        depth += element.tag == "ol"
        pending += reversed([(child, depth) for child in element.elements])


def ncx_entries(root: ElementTree.Element, path: str, depth: int = 0) -> Iterator[Entry]:
    """Yield the entries of an NCX, or of a part of one. path: of that file."""
    for child in root:
        if child.tag == "ncx:navPoint":
            label, content = child.find("ncx:navLabel"), child.find("ncx:content")
            if label is not None and content is not None:
                text = " ".join("".join(label.itertext()).split())
                yield Entry(depth + 1, text, *resolve(path, content.get("src", "")))
            yield from ncx_entries(child, path, depth + 1)
        elif child.tag == "ncx:navMap":
            yield from ncx_entries(child, path, depth)


def heading_shifts(bodies: Mapping[str, Element], entries: Sequence[Entry]) -> Mapping[str, int]:
    """Return by how many levels the headings of each file stand deeper in the book than the file says.

    A file whose first heading stands higher than its entry in the contents is lowered by the difference; one without
    an entry goes on with the file before it if its first heading stands deeper than that of that file. In a file
    without headings, the words that an entry names become one; where there are none such, the entry itself.
    """
    by_path: dict[str, list[Entry]] = {}
    for entry in entries:
        by_path.setdefault(entry.path.lower(), []).append(entry)
    shifts: dict[str, int] = {}
    before_level, before_shift = 0, 0
    for path, body in bodies.items():
        own = by_path.get(path.lower(), [])
        first = next(headings(body), None)
        if first is None and own:
            _make_headings(body, own)
            first = next(headings(body), None)
        if first is None:
            shifts[path] = 0
            continue
        level = int(first.tag[1])
        if own:
            named = next((entry for entry in own if _words(entry.label) == _words(first.text())), own[0])
            before_level, before_shift = level, max(0, named.depth - level)
        elif level <= before_level:
            before_level, before_shift = 0, 0
        shifts[path] = before_shift
    return shifts


def _make_headings(body: Element, entries: Sequence[Entry]) -> None:
    order = [*body.walk()]
    by_id = {element.get("id"): at for at, element in reversed([*enumerate(order)]) if element.get("id")}
    for number, entry in enumerate(entries):
        at = by_id.get(entry.fragment, 0)
        near = [*_around(order[at]), *order[at : at + _NEAR]]
        tag = HEADINGS[min(entry.depth, len(HEADINGS)) - 1]
        named = next((element for element in near if _is_named(element, entry.label)), None)
        if named is not None:
            named.tag = tag
        elif number == 0 and entry.label and body.beginning(0):
            body.children.insert(0, Element(tag, {}, body, [entry.label]))


def _around(element: Element) -> Iterator[Element]:
    """Yield the nearest elements that an element stands in, up to the first block."""
    for _ in range(_NEAR):
        if element.parent is None or element.tag in BLOCKS:
            return
        element = element.parent
        yield element


def _is_named(element: Element, label: str) -> bool:
    is_block = element.tag in BLOCKS and element.tag not in ("body", "li", "td", "th", "tr", "table")
    text = element.beginning(len(label) + 20) if is_block else ""
    return bool(_words(text)) and _words(text) == _words(label)


def _words(text: str) -> str:
    return _NO_WORDS.sub("", text).casefold()
