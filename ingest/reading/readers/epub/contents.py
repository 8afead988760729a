"""Contents of a book, from its navigation document or NCX, and the levels of headings by them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from pincite.ingestion.reading.readers.epub.package_document import resolve
from pincite.ingestion.reading.readers.epub.xhtml import headings, kinds
from pincite.ingestion.reading.readers.html_parts import BLOCKS, HEADINGS
from pincite.ingestion.reading.readers.webpage.tree import Element

_NEAR = 30  # elements after the place that an entry leads to, among which its heading is
_MIN_CONTENTS_LINES = 10
_MIN_CONTENTS_SHARE = 0.5  # of the words of a page of contents are in its lines
_MAX_LINE_PIECES = 50  # elements and texts of a line
_LETTER = re.compile(r"[^\W\d_]")
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


def take_out_contents(body: Element, path: str, paths: Container[str], is_stated: bool) -> int:
    """Take the lines of contents out of a file that is a page of them, and return their number; 0 for any other file.

    Such a line is a link to another file of the book and no other word: an index has its terms outside its links.
    path: of the file; paths: of all files, in lower case; is_stated: whether the book says that it is such a page.
    """
    lines: dict[Element, int] = {}  # how many words each has
    for element in body.walk():
        if element.tag == "a" and element.get("href"):
            place = resolve(path, element.get("href"))[0].lower()
            line = _line_of(element) if place != path.lower() and place in paths else None
            if line is not None:
                lines[line] = len(element.text().split())
    is_mostly_lines = sum(lines.values()) >= _MIN_CONTENTS_SHARE * len(body.text().split())
    if not is_stated and not (len(lines) >= _MIN_CONTENTS_LINES and is_mostly_lines):
        return 0
    for line in lines:
        line.children = [child for child in line.elements if child.tag in BLOCKS]
        line.tag = "div" if line.tag in HEADINGS else line.tag
    return len(lines)


def _line_of(link: Element) -> Element | None:
    """Return the block that a link stands in, alone but for figures and signs; None where other words are with it."""
    element = link
    while element.parent is not None and element.tag not in BLOCKS:
        pieces = element.parent.children
        if len(pieces) > _MAX_LINE_PIECES or any(_has_letters(child) for child in pieces if child is not element):
            return None
        element = element.parent
    return element if element.tag in BLOCKS else None


def _has_letters(node: Element | str) -> bool:
    """Return whether an inline element or a text has letters; a block is a line of its own."""
    if isinstance(node, str):
        return bool(_LETTER.search(node))
    return node.tag not in BLOCKS and any(_LETTER.search(text) for text in node.strings())


def heading_levels(bodies: Mapping[str, Element], entries: Sequence[Entry]) -> Mapping[Element, int]:
    """Return the level in the book of each heading of the files that have a heading with words.

    A file whose first heading stands higher than its entry in the contents is lowered by the difference; one without
    an entry goes on with the file before it if its first heading stands deeper than that of that file. Within a file a
    heading that has an entry is lowered to it, with the headings below it. Contents raise none. Words that an entry
    leads to and names become a heading; in a file without headings the first entry does where there are none such.
    """
    by_path: dict[str, list[Entry]] = {}
    for entry in entries:
        by_path.setdefault(entry.path.lower(), []).append(entry)
    levels: dict[Element, int] = {}
    before_level, before_shift = 0, 0
    for path, body in bodies.items():
        own = by_path.get(path.lower(), [])
        first = next(headings(body), None)
        made = _make_headings(body, own, is_bare=first is None)
        first = first or next(headings(body), None)
        if first is None:
            continue
        level = _written_level(first)
        if own:
            named = next((entry for entry in own if _words(entry.label) == _words(first.text())), own[0])
            before_level, before_shift = level, max(0, named.depth - level)
        elif level <= before_level:
            before_level, before_shift = 0, 0
        levels |= _levels_in_file((e for e in body.walk() if e.tag in HEADINGS), own, made, before_shift)
    return levels


def _levels_in_file(
    found: Iterable[Element], own: Sequence[Entry], made: Mapping[Element, int], shift: int
) -> Iterator[tuple[Element, int]]:
    """Yield the headings of a file, each with its level.

    made: depths of entries, by the headings made of them, which stand below the one before that was written as one.
    shift: by how many levels the file as a whole is lowered.
    """
    depths: dict[str, list[int]] = {}
    for entry in reversed(own):
        depths.setdefault(_words(entry.label), []).append(entry.depth)
    lowered_level, lowered_shift = 0, shift  # of the last heading that its own entry lowers
    above = 0  # level in the book of the last heading that was written as one
    for heading in found:
        if heading in made:
            yield heading, max(made[heading], above + 1)
            continue
        level, words = _written_level(heading), _words(heading.text())
        if words and depths.get(words):
            lowered_level, lowered_shift = level, max(shift, depths[words].pop() - level)
        elif level < lowered_level:
            lowered_level, lowered_shift = 0, shift
        above = level + lowered_shift
        yield heading, above


def _written_level(heading: Element) -> int:
    return int(heading.tag[1])


def _make_headings(body: Element, entries: Sequence[Entry], is_bare: bool) -> Mapping[Element, int]:
    """Make headings of what entries lead to and name. is_bare: the file has none. Returns the depths of their entries.

    In a bare file the first entry is a heading itself, if it names nothing there.
    """
    if not entries:
        return {}
    order = [*body.walk()]
    by_id = {element.get("id"): at for at, element in reversed([*enumerate(order)]) if element.get("id")}
    written = {_words(heading.text()) for heading in headings(body)}
    made: dict[Element, int] = {}
    for number, entry in enumerate(entries):
        if _words(entry.label) in written:
            continue
        at = by_id.get(entry.fragment, 0 if is_bare else None)
        near = [] if at is None else [*_around(order[at]), *order[at : at + _NEAR]]
        named = next((element for element in near if _is_named(element, entry.label)), None)
        if named is None and is_bare and number == 0 and entry.label and body.beginning(0):
            named = Element("", {}, body, [entry.label])
            body.children.insert(0, named)
        if named is not None and named.tag not in HEADINGS:
            named.tag = HEADINGS[min(entry.depth, len(HEADINGS)) - 1]
            made[named] = entry.depth
    return made


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
