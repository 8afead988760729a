"""The elements of a page that are seen, as a tree of plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pincite.ingestion.reading.readers.webpage.guard import check_bounds

_UNSEEN_TAGS = frozenset(
    """
    script style template head noscript svg canvas iframe object embed audio video map datalist select option textarea
    input dialog noframes noembed
    """.split()
)
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
)
_BUTTON_HOLDERS = frozenset("h1 h2 h3 h4 h5 h6 dt summary".split())
_MAX_SIGN_NODES = 50
_SIGNS = ("#", "¶", "§", "🔗", "⚓")
_UNSEEN_CLASSES = frozenset("visually-hidden visuallyhidden sr-only screen-reader-text screen-reader-only".split())


@dataclass(slots=True, eq=False)
class Element:
    """One element with what it holds, in reading order."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    @property
    def elements(self) -> Iterator[Element]:
        """The elements right within it."""
        return (child for child in self.children if isinstance(child, Element))

    def get(self, name: str) -> str:
        """Return an attribute's value; "" where it has none."""
        return self.attributes.get(name) or ""

    def walk(self) -> Iterator[Element]:
        """Yield it and all elements within it, in reading order."""
        pending = [self]
        while pending:
            element = pending.pop()
            yield element
            pending += reversed([*element.elements])

    def text(self) -> str:
        """Return all text, white space folded."""
        return " ".join(" ".join(self.strings()).split())

    def beginning(self, characters: int) -> str:
        """Return its text, white space folded; of a longer one the beginning, which has more characters than that."""
        pieces = []
        length = 0
        for piece in self.strings():
            folded = " ".join(piece.split())
            pieces.append(piece)
            length += len(folded)
            if length > characters:
                break
        return " ".join("".join(pieces).split())

    def strings(self) -> Iterator[str]:
        """Yield its pieces of text, in reading order."""
        pending: list[Element | str] = [self]
        while pending:
            node = pending.pop()
            if isinstance(node, str):
                yield node
            else:
                pending += reversed(node.children)


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page: what is seen of its body, and the elements of its head."""

    body: Element
    head: tuple[Element, ...]  # title, meta, link and the scripts that hold JSON-LD, wherever they stand
    language: str | None
    hidden_word_count: int


def parse_page(html: str, name: str) -> Page:
    """Parse HTML as browsers do. Raises ReadError for a page beyond the bounds of guard.py."""
    check_bounds(html, name)
    parser = LexborHTMLParser(html)
    head: list[Element] = []
    for node in parser.css("title, meta, link, script[type='application/ld+json']"):
        if node.tag != "title" or not head or head[0].tag != "title":
            head.append(Element(node.tag or "", dict(node.attributes), None, [node.text(deep=True) or ""]))
    root = parser.root
    language = None
    if root is not None:
        language = root.attributes.get("lang") or root.attributes.get("xml:lang")
    body = Element("body", {})
    hidden = 0
    if parser.body is not None:
        body = Element("body", dict(parser.body.attributes))
        hidden = _copy_children(parser.body, body)
    return Page(body, tuple(head), language, hidden)


def _copy_children(node: LexborNode, element: Element) -> int:
    """Copy what is seen within a node. Returns how many words are hidden."""
    hidden_words = 0
    pending: list[tuple[LexborNode | None, Element]] = [(node.child, element)]
    while pending:
        current, parent = pending.pop()
        while current is not None:
            tag = current.tag or ""
            if tag == "-text":
                parent.children.append(current.text_content or "")
            elif tag[:1] != "-" and tag not in _UNSEEN_TAGS:
                child = Element(tag, dict(current.attributes) if current.attributes else {}, parent)
                if tag == "button" and parent.tag not in _BUTTON_HOLDERS:
                    pass
                elif is_hidden(child):
                    hidden_words += len((current.text(deep=True, separator=" ") or "").split())
                elif not _is_sign(child, current):
                    parent.children.append(child)
                    if current.child is not None:
                        pending.append((current.next, parent))
                        current, parent = current.child, child
                        continue
            current = current.next
    return hidden_words


def _is_sign(element: Element, node: LexborNode) -> bool:
    """Return whether an element is a drawing in letters: an icon that is hidden from readers, a heading's permalink."""
    if element.get("aria-hidden") == "true":
        text = _first_text(node)
        return text is not None and not any(map(str.isalnum, text))
    return element.tag == "a" and element.get("href").startswith("#") and _first_text(node) in _SIGNS


def _first_text(node: LexborNode) -> str | None:
    """Return the text of a node that holds little; None for any other."""
    nodes = [node.child]
    text = ""
    for _ in range(_MAX_SIGN_NODES):
        if not nodes:
            return text.strip()
        current = nodes.pop()
        if current is not None:
            nodes += (current.next, current.child)
            text += (current.text_content or "")[:_MAX_SIGN_NODES] if current.tag == "-text" else ""
    return None


def is_hidden(element: Element) -> bool:
    """Return whether a browser shows nothing of an element, by its attributes."""
    attributes = element.attributes
    if not attributes:
        return False
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if "style" in attributes and _UNSEEN_STYLE.search(element.get("style").lower()):
        return True
    return not _UNSEEN_CLASSES.isdisjoint(element.get("class").lower().split())
