"""Footnotes and endnotes of a Word document: their marks, in the order of the references, and their contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.package.list_numbers import format_number

NoteKind = Literal["footnote", "endnote"]


class NoteMarks:
    """Notes by kind and id, each referred to once. A mark is the number as Word shows it, in brackets."""

    def __init__(self, parts: Mapping[str, Element | None], formats: Mapping[str, str]) -> None:
        """parts: the trees of the notes by kind; formats: how each kind is numbered, as lists are."""
        self._notes = {
            (kind, note.get("id")): note
            for kind, part in parts.items()
            if part is not None
            for note in part.findall(f"w:{kind}")
            if note.get("type", "normal") == "normal"
        }
        self._formats = formats
        self._counts = dict.fromkeys(parts, 0)
        self._pending: list[tuple[str, Element]] = []

    def refer(self, kind: str, note_id: str | None, own_mark: str = "") -> str:
        """Take note of a reference. Returns the mark, "" where there is no such note.

        own_mark: of the writer's own, which is not counted.
        """
        note = self._notes.pop((kind, note_id), None)
        if note is None:
            return ""
        shown = one_line(own_mark)
        if not shown:
            self._counts[kind] += 1
            shown = format_number(self._counts[kind], self._formats.get(kind, "decimal"))
        mark = f"[{shown}]"
        self._pending.append((mark, note))
        return mark

    def take(self) -> Iterator[tuple[str, Element]]:
        """Yield mark and content of each note that was referred to since the last call."""
        pending, self._pending = self._pending, []
        yield from pending
