"""Files of a book to parts, in the order of reading. A note comes at the end of the section that refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.epub.notes import Notes, mark_of
from pincite.ingestion.reading.readers.html_parts import HEADINGS, PartsWalk
from pincite.ingestion.reading.readers.webpage.element_parts import parts_of
from pincite.ingestion.reading.readers.webpage.tree import Element


class Chapters:
    """Parts so far."""

    def __init__(self, notes: Notes, levels: Mapping[Element, int]) -> None:
        """levels: of headings in the book; others stand as they are written."""
        self.parts: list[Part] = []
        self._levels = levels
        self._notes = notes
        self._pending: list[tuple[str, Element]] = []  # notes that the section refers to

    def add(self, body: Element) -> None:
        """Add a file."""
        self.parts += self._walk(body, ends_sections=True)

    def end_sections(self) -> None:
        """End all sections: what follows stands under none of their headings."""
        self.parts += [*self._taken_notes(), Part("heading", "", 1)]

    def finish(self) -> None:
        """Add the notes that are left."""
        self._pending += self._notes.rest()
        self.parts += self._taken_notes()

    def _walk(self, root: Element, ends_sections: bool) -> list[Part]:
        levels: list[tuple[int, int]] = []  # of each heading: how many parts stand before it, and its level

        def write_element(walk: PartsWalk, element: Element) -> bool:
            if self._notes.is_reference(element):
                walk.write(mark_of(element))
                self._pending += self._notes.take(element)
                return True
            if ends_sections and element.tag in HEADINGS:
                walk.end_block()
                walk.parts += self._taken_notes()
                levels.append((len(walk.parts), self._levels.get(element, int(element.tag[1]))))
            return False

        parts = parts_of(root, write_element)
        for at, level in levels:
            if at < len(parts) and parts[at].kind == "heading":
                parts[at] = replace(parts[at], level=level)
        return parts

    def _taken_notes(self) -> Iterator[Part]:
        """Yield the notes that were referred to, and those that these refer to."""
        while self._pending:
            mark, note = self._pending.pop(0)
            parts = self._walk(note, ends_sections=False)
            texts = (f"{part.marker} {part.text}" if part.kind == "item" else part.text for part in parts)
            text = " ".join(" ".join(texts).split()).removeprefix("- ") if note.tag == "li" else " ".join(texts)
            yield Part("footnote", " ".join(text.split()), marker=mark)
