"""Body of a Word document to parts, in the order of reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from xml.etree.ElementTree import Element

from pincite.index.types import BlockKind
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Part, row_of_cells
from pincite.ingestion.reading.readers.docx.note_marks import NoteMarks
from pincite.ingestion.reading.readers.docx.numbering import ItemNumber, Numbering
from pincite.ingestion.reading.readers.docx.paragraphs import ParagraphReader, ParagraphText
from pincite.ingestion.reading.readers.docx.styles import (
    BODY_LEVEL,
    Role,
    Styles,
    is_on,
    numbering_reference,
    outline_level,
)
from pincite.ingestion.reading.readers.docx.tables import Cell, header_count, merged_headers, row_texts, table_rows
from pincite.ingestion.reading.readers.docx.tree_walk import shown_children
from pincite.ingestion.reading.readers.html_parts import code_text
from pincite.ingestion.reading.readers.inline_text import InlineText
from pincite.ingestion.reading.readers.package.xml_tree import descend

_CHECK_BOXES = "☐☑☒"  # a paragraph that begins with one is an item of a list to tick


class Body:
    """Walk over the blocks of a document that makes parts of them.

    A note comes at the end of the section that refers to it, a text box after the paragraph that it hangs on.
    """

    def __init__(self, root: Element, styles: Styles, numbering: Numbering, marks: NoteMarks) -> None:
        self.left_out: Counter[str] = Counter()  # what is no text, by what it is
        self.titles: list[Part] = []  # headings in the style of the document's title
        self._parts: list[Part] = []
        self._styles = styles
        self._numbering = numbering
        self._marks = marks
        self._root = root
        self._paragraphs = ParagraphReader(root, styles, marks, self.left_out)
        self._open: ParagraphText | None = None  # whose mark was deleted: the next paragraph goes on with it
        self._item_level = 0  # of the item that a paragraph may stand in
        self._open_items: list[ItemNumber] = []  # that an item may stand in, outermost first
        self._code: list[str] = []  # lines in a row
        self._is_nested = False  # in a cell or note, where a heading governs nothing

    @property
    def languages(self) -> Counter[str]:
        """Characters by the language that is stated of them, "" for none."""
        return self._paragraphs.languages

    def parts(self) -> list[Part]:
        """Return the parts of the document."""
        body = self._root.find("w:body")
        if body is not None:
            self._blocks(body)
        self._end_section()
        return self._parts

    def _blocks(self, container: Element) -> None:
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
        self._end_code()

    def _end_paragraph(self, read: ParagraphText, properties: Element | None, style_id: str, role: Role) -> None:
        mark = None if properties is None else properties.find("w:rPr")
        text = read.text()
        number = None
        if text or not is_on(mark, "w:vanish"):
            number = self._numbering.next(numbering_reference(properties), style_id)
        self._add_text(text, self._heading_level(properties, style_id), role, number)
        for box in read.boxes:
            self._blocks(box)

    def _heading_level(self, properties: Element | None, style_id: str) -> int | None:
        stated = outline_level(properties)
        if stated is None:
            return self._styles.heading_level(style_id)
        return None if stated == BODY_LEVEL else stated + 1

    def _add_text(self, text: str, heading: int | None, role: Role, number: ItemNumber | None) -> None:
        if role == "code":
            self._code.append(text)
            return
        self._end_code()
        if not text.strip():
            pass
        elif (heading or role == "title") and not self._is_nested:
            self._add_heading(text, heading, number)
        elif number is not None and number.marker and not heading:
            self._parts.append(Part("item", text, self._nesting(number), number.marker))
        elif text[0] in _CHECK_BOXES:
            self._item_level = 1
            self._parts.append(Part("item", text, 1))
        else:
            if role != "continuation":
                self._item_level = 0
            kind: BlockKind = "quote" if role == "quote" else "paragraph"
            self._parts.append(Part(kind, _numbered(text, number), self._item_level))

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
        previous = self._parts[-1] if self._parts else None
        is_short = previous is not None and len(previous.text) <= MAX_HEADING_CHARACTERS
        if heading is None and is_short and self.titles and previous is self.titles[-1]:  # a title of two lines
            self.titles[-1] = self._parts[-1] = replace(previous, text=f"{previous.text} {text}")
            return
        self._end_section()
        self._parts.append(Part("heading", _numbered(text, number), heading or 1))
        if heading is None:
            self.titles.append(self._parts[-1])

    def _end_code(self) -> None:
        """Make one part of the lines of code before this."""
        lines, self._code = self._code, []
        text = code_text("\n".join(lines))
        if text:
            self._parts.append(Part("code", text, self._item_level))

    def _table(self, table: Element) -> None:
        self._end_open()
        rows = [*table_rows(table)]
        self._item_level = 0
        if all(len(cells) == 1 for _, cells in rows) or self._holds_headings(rows):  # a frame, or a layout
            for _, cells in rows:
                for cell in cells:
                    self._blocks(cell.element)
            return
        headers = header_count(table, rows, self._styles)
        above: dict[int, str] = {}
        names: list[list[str]] = []
        for at, (_, cells) in enumerate(rows):
            texts = row_texts(cells, above, at < headers, self._cell_text)
            if at < headers:
                names.append(texts)
                if len(names) == headers:
                    self._add_row("header", merged_headers(names))
            elif len(cells) == 1:
                self._parts += [Part("paragraph", text) for text in texts if text]
            else:
                self._add_row("row", texts)

    def _add_row(self, kind: BlockKind, texts: list[str]) -> None:
        if any(texts):
            self._parts.append(Part(kind, row_of_cells(texts)))

    def _holds_headings(self, rows: list[tuple[Element, list[Cell]]]) -> bool:
        """Return whether a table lays sections out side by side."""
        paragraphs = (p for row, _ in rows for p in row.iter("w:p"))
        properties = ((p, p.find("w:pPr")) for p in paragraphs)
        return not self._is_nested and any(
            self._heading_level(of, self._styles.paragraph_style(of)) and any(p.iter("w:t")) for p, of in properties
        )

    def _cell_text(self, container: Element) -> str:
        """Return all that a cell or note holds as one line; items keep their numbers."""
        outer = self._parts, self._is_nested, self._item_level, self._open_items
        self._parts, self._is_nested, self._item_level, self._open_items = [], True, 0, []
        self._blocks(container)
        texts = (f"{part.marker} {part.text}" if part.kind == "item" else part.text for part in self._parts)
        text = " ".join(" ".join(texts).split())
        self._parts, self._is_nested, self._item_level, self._open_items = outer
        return text

    def _end_section(self) -> None:
        """Add the notes that the section refers to."""
        for mark, note in self._marks.take():
            self._parts.append(Part("footnote", self._cell_text(note), marker=mark))


def _numbered(text: str, number: ItemNumber | None) -> str:
    """Return the text of a heading with its number, as it is printed."""
    return text if number is None or number.marker in ("", "-") else f"{number.marker} {text}"
