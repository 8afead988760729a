"""Notes of a book: elements that a reference leads to, taken out of their places to stand where they are referred to.

A reference says that it is one (EPUB 3), or it is a short mark within a text that leads to words with a link back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.epub.package_document import resolve
from pincite.ingestion.reading.readers.epub.xhtml import headings, kinds
from pincite.ingestion.reading.readers.html_parts import BLOCKS
from pincite.ingestion.reading.readers.webpage.tree import Element

MAX_MARK_CHARACTERS = 20
MAX_DEPTH = 200  # elements that a reference may stand in
_NOTE_TAGS = frozenset("aside dd div li p section".split())
_MARK = re.compile(r"[\[(]?(?:[0-9]{1,4}|[a-z]{1,2}|[ivxlc]{1,6}|[*†‡§¶]{1,4})[\])]?", re.IGNORECASE)
_BRACKETS = "[](){}. \u00a0"


class Notes:
    """Notes by the references that lead to them. A mark is what the reference shows, in brackets."""

    def __init__(self, bodies: Mapping[str, Element]) -> None:
        """Find the notes, and take them out of the files. bodies: of the files, by path."""
        self._by_place: dict[tuple[str, str], Element] = {}
        self._back: dict[Element, set[tuple[str, str]]] = {}  # by note: where its links lead
        self._has_heading: dict[Element, bool] = {}  # by what may be a note
        self._found: dict[Element, Element | None] = {}  # by target of a link: the note there
        links: list[tuple[Element, str]] = []
        for path, body in bodies.items():
            for element in body.walk():
                if element.get("id"):
                    self._by_place.setdefault((path.lower(), element.get("id")), element)
                if element.tag == "a" and element.get("href"):
                    links.append((element, path))
        self._notes: dict[Element, Element] = {}  # by reference
        self._marks: dict[Element, str] = {}  # by note: that of the first reference
        for reference, path in links:
            is_stated = "noteref" in kinds(reference)
            if not is_stated and not _may_refer(reference):
                continue
            place, fragment = resolve(path, reference.get("href"))
            note = self._note(self._by_place.get((place.lower(), fragment)))
            if note is None or _is_within(reference, note):
                continue
            if is_stated or self._leads_back(note, place, reference, path):
                self._notes[reference] = note
                self._marks.setdefault(note, mark_of(reference))
        for parent in dict.fromkeys(note.parent for note in self._marks):
            if parent is not None:
                parent.children = [
                    child for child in parent.children if isinstance(child, str) or child not in self._marks
                ]

    def is_reference(self, element: Element) -> bool:
        """Return whether an element is a reference to a note."""
        return element in self._notes

    def take(self, reference: Element) -> Iterator[tuple[str, Element]]:
        """Yield mark and note of a reference, once for each note."""
        note = self._notes[reference]
        mark = self._marks.pop(note, None)
        if mark is not None:
            yield mark, _without_mark(note, mark)

    def rest(self) -> Iterator[tuple[str, Element]]:
        """Yield the notes that were not taken, since what refers to them is no text."""
        while self._marks:
            note = next(iter(self._marks))
            mark = self._marks.pop(note)
            yield mark, _without_mark(note, mark)

    def _note(self, target: Element | None) -> Element | None:
        """Return the note that a target is or opens; None for a place of the text."""
        if target is None:
            return None
        if target not in self._found:
            note = _nearest(target, _NOTE_TAGS)
            if note is not None and note not in self._has_heading:
                self._has_heading[note] = next(headings(note), None) is not None
            is_text = note is None or note.parent is None or self._has_heading[note]
            self._found[target] = None if is_text else note
        return self._found[target]

    def _leads_back(self, note: Element, place: str, reference: Element, path: str) -> bool:
        """Return whether a note has words of its own, and a link to the place that refers to it."""
        if note not in self._back:
            links = (e.get("href") for e in note.walk() if e.tag == "a" and e.get("href"))
            self._back[note] = {(to.lower(), fragment) for to, fragment in (resolve(place, link) for link in links)}
        near = (element for element in (reference, reference.parent, *reference.elements) if element is not None)
        is_linked = any((path.lower(), e.get("id")) in self._back[note] for e in near if e.get("id"))
        return is_linked and len(note.beginning(MAX_MARK_CHARACTERS)) > MAX_MARK_CHARACTERS // 2


def mark_of(reference: Element) -> str:
    """Return the mark that a reference shows, in brackets."""
    return f"[{one_line(reference.text()).strip(_BRACKETS)[:MAX_MARK_CHARACTERS] or '*'}]"


def _may_refer(reference: Element) -> bool:
    """Return whether a link that does not say what it is looks like a reference: a short mark within a text."""
    text = reference.beginning(MAX_MARK_CHARACTERS)
    block = _nearest(reference.parent, BLOCKS)
    return bool(_MARK.fullmatch(text)) and block is not None and not _opens(reference, block)


def _nearest(element: Element | None, tags: frozenset[str]) -> Element | None:
    """Return the first of an element and those around it that has one of the tags."""
    for _ in range(MAX_DEPTH):
        if element is None or element.tag in tags:
            return element
        element = element.parent
    return None


def _opens(reference: Element, block: Element) -> bool:
    """Return whether no words stand before a reference in its block, as in a note that leads back to the text."""
    pending: list[Element | str] = [block]
    for _ in range(MAX_DEPTH):
        node = pending.pop() if pending else reference
        if node is reference:
            return True
        if isinstance(node, Element):
            pending += reversed(node.children[:MAX_DEPTH])
        elif node.strip(f"{_BRACKETS}\t\n"):
            return False
    return True


def _is_within(element: Element, outer: Element) -> bool:
    """Return whether an element stands within another one; True for one that stands deeper than any reference."""
    inner: Element | None = element
    for _ in range(MAX_DEPTH):
        if inner is None or inner is outer:
            return inner is outer
        inner = inner.parent
    return True


def _without_mark(note: Element, mark: str) -> Element:
    """Take out links back to the text, and the mark that a note opens with."""
    shown = mark.strip("[]")
    for element in [*note.walk()]:
        if element.tag == "a" and element.parent is not None:
            text = element.text()
            if "backlink" in kinds(element) or text.strip(_BRACKETS) == shown or not re.search(r"\w", text):
                element.children.clear()
    opening = re.compile(rf"\s*[\[(]?(?:{re.escape(shown)})?[\])]?[.:]?\s+")
    pending = _places_in(note)
    while pending:
        element, at = pending.pop()
        child = element.children[at]
        if isinstance(child, Element):
            pending += _places_in(child)
        elif child.strip():
            found = opening.match(child)
            element.children[at] = child[found.end() :] if found else child
            break
    return note


def _places_in(element: Element) -> list[tuple[Element, int]]:
    """Return an element with the place of each of its children, the last one first."""
    return [(element, at) for at in reversed(range(len(element.children)))]
