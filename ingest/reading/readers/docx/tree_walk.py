"""Walk over the tree of a Word document as it is shown: wrappers opened, deletions and second versions left out."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

_WRAPPERS = ("w:customXml", "w:ins", "w:moveTo", "w:sdtContent", "w:smartTag")
_DELETED = ("w:del", "w:moveFrom")


def shown_children(element: Element) -> Iterator[Element]:
    """Yield the children of an element without wrappers round them, and none that tracked changes have deleted.

    A content control (`w:sdt`) is yielded as it is: what it holds may be no text.
    """
    for child in element:
        if child.tag in _WRAPPERS:
            yield from shown_children(child)
        elif child.tag == "mc:AlternateContent":
            version = shown_version(child)
            if version is not None:
                yield from shown_children(version)
        elif child.tag not in _DELETED:
            yield child


def deleted_pieces(root: Element) -> Iterator[Element]:
    """Yield what tracked changes have deleted, or moved away, that holds text."""
    for element in root.iter():
        if element.tag in _DELETED and any(inner.tag in ("w:t", "w:delText") for inner in element.iter()):
            yield element


def shown_version(alternatives: Element) -> Element | None:
    """Return the one of several versions of a thing that is shown: the first, which new programs understand."""
    choice = alternatives.find("mc:Choice")
    return alternatives.find("mc:Fallback") if choice is None else choice


def complete_fields(root: Element) -> set[Element]:
    """Return the marks of the fields that begin and end. One that never ends would hide all that follows."""
    found: set[Element] = set()
    open_fields: list[list[Element]] = []
    for mark in root.iter("w:fldChar"):
        kind = mark.get("fldCharType")
        if kind == "begin":
            open_fields.append([mark])
        elif open_fields:
            open_fields[-1].append(mark)
            if kind == "end":
                found.update(open_fields.pop())
    return found
