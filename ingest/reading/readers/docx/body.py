"""Body of a Word document to parts, in the order of reading."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.docx.note_marks import NoteMarks
from pincite.ingestion.reading.readers.docx.numbering import Numbering
from pincite.ingestion.reading.readers.docx.paragraphs import ParagraphReader, ParagraphText
from pincite.ingestion.reading.readers.docx.styles import (
    BODY_LEVEL,
    Styles,
    is_on,
    numbering_reference,
    outline_level,
)
from pincite.ingestion.reading.readers.docx.tables import header_count, table_rows
from pincite.ingestion.reading.readers.docx.tree_walk import deleted_pieces, shown_children
from pincite.ingestion.reading.readers.docx.visibility import Visibility
from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.inline_text import InlineText
from pincite.ingestion.reading.readers.package.parts_builder import PartsBuilder
from pincite.ingestion.reading.readers.package.style_roles import Role
from pincite.ingestion.reading.readers.package.table_cells import Cell
from pincite.ingestion.reading.readers.package.xml_tree import descend


class Body:
    """Walk over the blocks of a document that makes parts of them.

    A note comes at the end of the section that refers to it, a text box after the paragraph that it hangs on.
    """

    def __init__(
        self, root: Element, styles: Styles, numbering: Numbering, marks: NoteMarks, visibility: Visibility
    ) -> None:
        self.left_out: Counter[str] = Counter()  # what is no text, by what it is
        self.hidden = HiddenWords()
        self._builder = PartsBuilder(marks.take, self._blocks)
        self._styles = styles
        self._numbering = numbering
        self._visibility = visibility
        self._root = root
        self._paragraphs = ParagraphReader(root, styles, marks, visibility, self.left_out, self.hidden)
        self._open: ParagraphText | None = None  # whose mark was deleted: the next paragraph goes on with it

    @property
    def titles(self) -> list[Part]:
        """Headings in the style of the document's title."""
        return self._builder.titles

    @property
    def languages(self) -> Counter[str]:
        """Characters by the language that is stated of them, "" for none."""
        return self._paragraphs.languages

    def parts(self) -> list[Part]:
        """Return the parts of the document."""
        body = self._root.find("w:body")
        if body is not None:
            self.left_out["pieces of deleted text"] += sum(1 for _ in deleted_pieces(body))
            self._blocks(body)
        self._builder.end_section()
        return self._builder.parts

    def _blocks(self, container: Element) -> None:
        with self._visibility.within(container):
            self._add_blocks(container)

    def _add_blocks(self, container: Element) -> None:
        for child in shown_children(container):
            match child.tag:
                case "w:p":
                    self._paragraph(child)
                case "w:tbl":
                    self._table(child)
                case "w:sdt":
                    self._content_control(child)
                case "m:oMathPara" | "m:oMath" | "w:r" | "w:hyperlink":  # where a paragraph belongs
                    wrapper = Element("w:p")
                    wrapper.append(child)
                    self._paragraph(wrapper)
                case "w:altChunk":
                    self.left_out["documents within the document"] += 1
        self._end_open()

    def _content_control(self, control: Element) -> None:
        properties = control.find("w:sdtPr")
        gallery = descend(properties, "w:docPartObj", "w:docPartGallery")
        content = control.find("w:sdtContent")
        if content is None:
            return
        if gallery is not None and gallery.get("val") == "Table of Contents":
            self.left_out["lines of a table of contents"] += sum(1 for _ in content.iter("w:p"))
        elif is_on(properties, "w:showingPlcHdr"):
            self.left_out["prompts of fields that are not filled in"] += 1
        else:
            self._blocks(content)

    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find("w:pPr")
        style_id = self._styles.paragraph_style(properties)
        role = self._styles.role(style_id)
        if role == "contents":
            self.left_out["lines of a table of contents"] += 1
            return
        read = self._open or ParagraphText(InlineText(keeps_lines=role == "code"))
        self._open = None
        self._paragraphs.add(paragraph, read, style_id)
        mark = None if properties is None else properties.find("w:rPr")
        if mark is not None and (mark.find("w:del") is not None or mark.find("w:moveFrom") is not None):
            self._open = read
            return
        self._end_paragraph(read, properties, style_id, role)

    def _end_open(self) -> None:
        """End what a paragraph or a line of code before this would go on with."""
        read, self._open = self._open, None
        if read is not None:
            self._end_paragraph(read, None, "", "")
        self._builder.end_code()

    def _end_paragraph(self, read: ParagraphText, properties: Element | None, style_id: str, role: Role) -> None:
        mark = None if properties is None else properties.find("w:rPr")
        text = read.text()
        number = None
        if text or not is_on(mark, "w:vanish"):
            number = self._numbering.next(numbering_reference(properties), style_id)
        self._builder.add_text(text, self._heading_level(properties, style_id), role, number)
        for box in read.boxes:
            self._blocks(box)

    def _heading_level(self, properties: Element | None, style_id: str) -> int | None:
        stated = outline_level(properties)
        if stated is None:
            return self._styles.heading_level(style_id)
        return None if stated == BODY_LEVEL else stated + 1

    def _table(self, table: Element) -> None:
        self._end_open()
        rows = [*table_rows(table, self._paragraphs.hide_all)]
        with self._visibility.within(table):
            self._add_rows(table, rows)

    def _add_rows(self, table: Element, rows: list[tuple[Element, list[Cell]]]) -> None:
        if all(len(cells) == 1 for _, cells in rows) or self._holds_headings(rows):  # a frame, or a layout
            self._builder.end_list()
            for _, cells in rows:
                for cell in cells:
                    self._blocks(cell.element)
            return
        headers = header_count(table, rows, self._styles)
        self._builder.add_table([cells for _, cells in rows], headers)

    def _holds_headings(self, rows: list[tuple[Element, list[Cell]]]) -> bool:
        """Return whether a table lays sections out side by side."""
        paragraphs = (p for row, _ in rows for p in row.iter("w:p"))
        properties = ((p, p.find("w:pPr")) for p in paragraphs)
        return not self._builder.is_nested and any(
            self._heading_level(of, self._styles.paragraph_style(of)) and any(p.iter("w:t")) for p, of in properties
        )
