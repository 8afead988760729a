"""The elements of a page that are seen, as a tree of plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.webpage.guard import check_bounds
from pincite.ingestion.reading.readers.webpage.visibility import Look

_UNSEEN_TAGS = frozenset(
    """
    script style template head noscript svg canvas iframe object embed audio video map datalist select option textarea
    input dialog noframes noembed
    """.split()
)
_LETTER_TAGS = frozenset("a abbr b bdi bdo cite code em font i mark q s small span strong sub sup u".split())
_BUTTON_HOLDERS = frozenset("h1 h2 h3 h4 h5 h6 dt summary".split())
_MAX_SIGN_NODES = 50
_SIGNS = ("#", "¶", "§", "🔗", "⚓")


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
    hidden = HiddenWords()
    if parser.body is not None:
        body = Element("body", dict(parser.body.attributes))
        look = Look.of_page(bool(parser.css("style, link[rel~='stylesheet' i]")))
        _copy_children(parser.body, body, look.within("body", body.attributes), hidden)
    return Page(body, tuple(head), language, hidden.count)


def _copy_children(node: LexborNode, element: Element, look: Look, hidden: HiddenWords) -> None:
    """Copy what is seen within a node. look: of its text; hidden: where to count the words that are hidden."""
    pending: list[tuple[LexborNode | None, Element, Look]] = [(node.child, element, look)]
    while pending:
        current, parent, look = pending.pop()
        while current is not None:
            tag = current.tag or ""
            if tag == "-text":
                if look.is_seen:
                    parent.children.append(current.text_content or "")
                else:
                    hidden.add(current.text_content)
            elif tag[:1] != "-" and tag not in _UNSEEN_TAGS:
                child = Element(tag, dict(current.attributes) if current.attributes else {}, parent)
                if tag == "button" and parent.tag not in _BUTTON_HOLDERS:
                    pass
                elif not _is_sign(child, current):
                    inner = look.within(tag, child.attributes)
                    if not inner.is_gone:
                        parent.children.append(child)
                    if tag not in _LETTER_TAGS or inner.is_seen:
                        hidden.end_word()
                    if current.child is not None:
                        pending.append((current.next, parent, look))
                        current, parent, look = current.child, child, inner
                        continue
            current = current.next


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
