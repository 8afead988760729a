"""Body of an OpenDocument text to parts, in the order of reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.odt.lists import ListCount, Lists
from pincite.ingestion.reading.readers.odt.paragraphs import ParagraphReader
from pincite.ingestion.reading.readers.odt.styles import Styles
from pincite.ingestion.reading.readers.odt.tables import header_count, table_rows
from pincite.ingestion.reading.readers.odt.visibility import Visibility
from pincite.ingestion.reading.readers.package.list_numbers import ItemNumber
from pincite.ingestion.reading.readers.package.parts_builder import PartsBuilder
from pincite.ingestion.reading.readers.package.table_cells import Cell

_CONTENTS = (
    "text:table-of-content", "text:illustration-index", "text:table-index", "text:object-index", "text:user-index",
)  # fmt: skip
_OBJECTS = ("draw:object", "draw:object-ole", "draw:plugin", "draw:applet", "draw:floating-frame")


class Body:
    """Walk over the blocks of a document that makes parts of them.

    A note comes at the end of the section that refers to it, a text box after the paragraph that it hangs on.
    """

    def __init__(self, styles: Styles, formula_of: Callable[[Element], Element | None]) -> None:
        """formula_of: gives the tree of the formula that an object is, None for any other object."""
        self.left_out: Counter[str] = Counter()  # what is no text, by what it is
        self.hidden = HiddenWords()
        self._styles = styles
        self._lists = Lists(styles)
        self._visibility = Visibility(styles)
        self.paragraphs = ParagraphReader(styles, self._visibility, formula_of, self.left_out, self.hidden)
        self._builder = PartsBuilder(self.paragraphs.take_notes, self._blocks)

    @property
    def titles(self) -> list[Part]:
        """Headings in the style of the document's title."""
        return self._builder.titles

    def parts(self, text: Element) -> list[Part]:
        """Return the parts of the document."""
        self._blocks(text)
        self._builder.end_section()
        return self._builder.parts

    def _blocks(self, container: Element) -> None:
        with self._visibility.within(container):
            for child in container:
                self._block(child)
        self._builder.end_code()

    def _block(self, block: Element) -> None:
        match block.tag:
            case "text:p" | "text:h":
                self._paragraph(block, None)
            case "text:list":
                paragraph = next(block.iter("text:p"), None)
                style = "" if paragraph is None else paragraph.get("style-name", "")
                count = self._lists.open(block, style)
                self._list(block, count, count.style, 1)
            case "text:numbered-paragraph":
                self._numbered_paragraph(block)
            case "table:table":
                self._table(block)
            case "text:section" if _is_hidden_section(block):
                self.paragraphs.hide_all(block)
            case "text:tracked-changes":
                self.left_out["pieces of deleted text"] += sum(1 for _ in block.iter("text:deletion"))
            case "text:alphabetical-index":
                self.left_out["lines of an index"] += sum(1 for _ in block.iter("text:p"))
            case tag if tag in _CONTENTS:
                self.left_out["lines of a table of contents"] += sum(1 for _ in block.iter("text:p"))
            case "office:forms":
                pass
            case tag if tag.startswith("draw:"):
                self._drawing(block)
            case _:
                with self._visibility.within(block):
                    for child in block:
                        self._block(child)

    def _paragraph(self, paragraph: Element, number: ItemNumber | None, stays_in_item: bool = False) -> None:
        style = paragraph.get("style-name", "")
        role = self._styles.role(style)
        if role == "contents":
            self.left_out["lines of a table of contents"] += 1
            return
        read = self.paragraphs.read(paragraph, keeps_lines=role == "code")
        text = read.inline.text()
        if read.is_hidden:
            self.hidden.add(text)
            return
        heading = _level(paragraph.get("outline-level")) if paragraph.tag == "text:h" else None
        if heading and number is None and not stays_in_item:
            number = self._lists.next_heading(paragraph, heading)
        self._builder.add_text(text, heading, role, number, stays_in_item)
        for drawing in read.drawings:
            self._drawing(drawing)

    def _list(self, element: Element, count: ListCount, style: str, level: int) -> None:
        """Read a list. Its style is that of the list around it unless it has one of its own."""
        for item in element:
            has_marker = item.tag == "text:list-item"
            if has_marker or item.tag == "text:list-header":
                self._item(item, count, style, level, has_marker)

    def _item(self, item: Element, count: ListCount, style: str, level: int, has_marker: bool) -> None:
        for child in item:
            if child.tag == "text:list":
                self._lists.open_inner(child, count, level + 1)
                self._list(child, count, child.get("style-name") or style, level + 1)
                self._builder.resume_item(level)
            elif child.tag in ("text:p", "text:h") and has_marker:
                has_marker = False
                self._paragraph(child, self._lists.next(count, style, level, item.get("start-value")))
            elif child.tag in ("text:p", "text:h"):
                self._paragraph(child, None, stays_in_item=True)
            elif child.tag != "text:number":
                self._block(child)

    def _numbered_paragraph(self, block: Element) -> None:
        paragraph = next((child for child in block if child.tag in ("text:p", "text:h")), None)
        if paragraph is None:
            return
        count = self._lists.open_numbered(block, paragraph.get("style-name", ""))
        number = self._lists.next(count, count.style, _level(block.get("level")), block.get("start-value"))
        self._paragraph(paragraph, number)

    def _table(self, table: Element) -> None:
        self._builder.end_code()
        rows, marked = table_rows(table, self.paragraphs.hide_all)
        with self._visibility.within(table):
            self._add_rows(rows, marked)

    def _add_rows(self, rows: list[list[Cell]], marked: int) -> None:
        has_heading = not self._builder.is_nested and any(
            "".join(h.itertext()).strip() for cells in rows for cell in cells for h in cell.element.iter("text:h")
        )
        if all(len(cells) == 1 for cells in rows) or has_heading:  # a frame, or a layout
            self._builder.end_list()
            for cells in rows:
                for cell in cells:
                    self._blocks(cell.element)
            return
        self._builder.add_table(rows, header_count(rows, marked, self._styles))

    def _drawing(self, drawing: Element) -> None:
        """Read the text of a drawing. Of the versions of one thing in a frame, the first is shown."""
        with self._visibility.within(drawing):
            self._add_drawing(drawing)
        self._builder.end_code()

    def _add_drawing(self, drawing: Element) -> None:
        for child in drawing:
            if child.tag in ("text:p", "text:h", "text:list"):
                self._block(child)
            elif child.tag == "draw:text-box":
                self._blocks(child)
                return
            elif child.tag == "draw:image":
                self.left_out["pictures"] += 1
                return
            elif child.tag in _OBJECTS:
                self.left_out["charts and diagrams"] += 1
                return
            elif child.tag.startswith("draw:"):
                self._drawing(child)


def _is_hidden_section(section: Element) -> bool:
    display = section.get("display")
    return display == "none" or (display == "condition" and section.get("is-hidden") == "true")


def _level(text: str | None) -> int:
    return max(1, int(text)) if text and re.fullmatch("[0-9]{1,2}", text) else 1
