"""Blocks of a document to parts, as they come: items nested, lines of code joined, notes after their section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from pincite.index.types import BlockKind
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Part, row_of_cells
from pincite.ingestion.reading.readers.html_parts import code_text
from pincite.ingestion.reading.readers.package.list_numbers import ItemNumber
from pincite.ingestion.reading.readers.package.style_roles import Role
from pincite.ingestion.reading.readers.package.table_cells import Cell, merged_headers, row_texts

_CHECK_BOXES = "☐☑☒"  # a paragraph that begins with one is an item of a list to tick


class PartsBuilder:
    """Parts so far. A note comes at the end of the section that refers to it."""

    def __init__(
        self, take_notes: Callable[[], Iterator[tuple[str, Element]]], read_blocks: Callable[[Element], None]
    ) -> None:
        """take_notes: gives mark and content of the notes referred to since the last call.

        read_blocks: reads what a cell or a note holds, and adds it here.
        """
        self.parts: list[Part] = []
        self.titles: list[Part] = []  # headings in the style of the document's title
        self.is_nested = False  # in a cell or note, where a heading governs nothing
        self._take_notes = take_notes
        self._read_blocks = read_blocks
        self._item_level = 0  # of the item that a paragraph may stand in
        self._open_items: list[ItemNumber] = []  # that an item may stand in, outermost first
        self._code: list[str] = []  # lines in a row

    def add_text(
        self, text: str, heading: int | None, role: Role, number: ItemNumber | None, stays_in_item: bool = False
    ) -> None:
        """Add a paragraph.

        heading: its level from 1, None for what is none; number: of an item or a heading; stays_in_item: whether it
        belongs to the open item, if there is one, whatever its role.
        """
        if role == "code":
            self._code.append(text)
            return
        self.end_code()
        if not text.strip():
            pass
        elif (heading or role == "title") and not self.is_nested:
            self._add_heading(text, heading, number)
        elif number is not None and number.marker and not heading:
            self.parts.append(Part("item", text, self._nesting(number), number.marker))
        elif text[0] in _CHECK_BOXES:
            self._item_level = 1
            self.parts.append(Part("item", text, 1))
        else:
            if role != "continuation" and not stays_in_item:
                self._item_level = 0
            kind: BlockKind = "quote" if role == "quote" else "paragraph"
            self.parts.append(Part(kind, _numbered(text, number), self._item_level))

    def add_table(self, rows: Sequence[Sequence[Cell]], header_count: int) -> None:
        """Add the rows of a table, of which the first ones name the columns, as one header."""
        self.end_list()
        above: dict[int, str] = {}
        names: list[list[str]] = []
        for at, cells in enumerate(rows):
            texts = row_texts(cells, above, at < header_count, self._cell_text)
            if at < header_count:
                names.append(texts)
                if len(names) == header_count:
                    self._add_row("header", merged_headers(names))
            elif len(cells) == 1:
                self.parts += [Part("paragraph", text) for text in texts if text]
            else:
                self._add_row("row", texts)

    def end_list(self) -> None:
        """Let what follows stand in no item. A list may go on after it all the same."""
        self._item_level = 0

    def resume_item(self, level: int) -> None:
        """Let what follows stand in the open item at a level of its list, after lists within that item."""
        while self._open_items and self._open_items[-1].level > level:
            self._open_items.pop()
        self._item_level = len(self._open_items)

    def _nesting(self, number: ItemNumber) -> int:
        """Return the level of an item among those that are there; a list goes on after other paragraphs."""
        if self._item_level == 0 and self._open_items and self._open_items[-1].list_id != number.list_id:
            self._open_items.clear()
        while self._open_items and self._open_items[-1].level >= number.level:
            self._open_items.pop()
        self._open_items.append(number)
        self._item_level = len(self._open_items)
        return self._item_level

    def _add_heading(self, text: str, heading: int | None, number: ItemNumber | None) -> None:
        self._item_level = 0
        self._open_items.clear()
        previous = self.parts[-1] if self.parts else None
        is_short = previous is not None and len(previous.text) <= MAX_HEADING_CHARACTERS
        if heading is None and is_short and self.titles and previous is self.titles[-1]:  # a title of two lines
            self.titles[-1] = self.parts[-1] = replace(previous, text=f"{previous.text} {text}")
            return
        self.end_section()
        self.parts.append(Part("heading", _numbered(text, number), heading or 1))
        if heading is None:
            self.titles.append(self.parts[-1])

    def end_code(self) -> None:
        """Make one part of the lines of code before this."""
        lines, self._code = self._code, []
        text = code_text("\n".join(lines))
        if text:
            self.parts.append(Part("code", text, self._item_level))

    def _add_row(self, kind: BlockKind, texts: list[str]) -> None:
        if any(texts):
            self.parts.append(Part(kind, row_of_cells(texts)))

    def _cell_text(self, container: Element) -> str:
        """Return all that a cell or note holds as one line; items keep their numbers."""
        outer = self.parts, self.is_nested, self._item_level, self._open_items
        self.parts, self.is_nested, self._item_level, self._open_items = [], True, 0, []
        self._read_blocks(container)
        texts = (f"{part.marker} {part.text}" if part.kind == "item" else part.text for part in self.parts)
        text = " ".join(" ".join(texts).split())
        self.parts, self.is_nested, self._item_level, self._open_items = outer
        return text

    def end_section(self) -> None:
        """Add the notes that the section refers to."""
        for mark, note in self._take_notes():
            self.parts.append(Part("footnote", self._cell_text(note), marker=mark))


def _numbered(text: str, number: ItemNumber | None) -> str:
    """Return the text of a heading with its number, as it is printed."""
    return text if number is None or number.marker in ("", "-") else f"{number.marker} {text}"
