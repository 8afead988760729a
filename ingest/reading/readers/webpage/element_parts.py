"""Elements of a page or a chapter to parts, without recursion: markup may be nested as deep as its bounds allow."""

from __future__ import annotations

from collections.abc import Callable

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.html_parts import PartsWalk
from pincite.ingestion.reading.readers.webpage.tree import Element

WriteElement = Callable[[PartsWalk, Element], bool]  # writes an element in its own way, or returns False


def parts_of(root: Element, write_element: WriteElement | None = None) -> list[Part]:
    """Return the parts of an element and all within it. write_element: asked first, of each element."""
    walk = PartsWalk()
    pending: list[Element | str | tuple[str]] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            walk.write(node)
        elif isinstance(node, tuple):
            walk.end(node[0])
        elif write_element is None or not write_element(walk, node):
            walk.start(node.tag, node.attributes)
            pending.append((node.tag,))
            pending += reversed(node.children)
    walk.finish()
    return walk.parts
