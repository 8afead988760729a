"""One walk from elements to parts, for raw HTML in Markdown and for whole pages: what a browser shows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pincite.ingestion.reading.draft import Part, row_of_cells
from pincite.ingestion.reading.readers.inline_text import InlineText

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary table "
    "tbody td tfoot th thead title tr ul".split()
)
_LISTS = ("ul", "ol", "menu", "dir", "dl")


class PartsWalk:
    """Makes parts of elements that open and close, and of text. The terms of a definition list are items."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._text = InlineText()
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets; outermost first
        self._marker: str | None = None  # set between an item's opening and its first text
        self._heading = 0
        self._quotes = 0
        self._tables = 0
        self._rows: list[_Row] = []  # open table rows, outermost first

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Open an element. Tags and attributes come by their names in lower case."""
        if tag in BLOCKS:
            self.end_block()
        if tag in HEADINGS:
            self._heading = int(tag[1])
        elif tag in _LISTS:
            self._lists.append(_number(attributes.get("start")) if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker(attributes.get("value"))
        elif tag == "dt":
            self._marker = "-" if self._lists else None
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "table":
            self._tables += 1
        elif tag == "tr":
            self._end_rows(self._tables)
            self._rows.append(_Row(self._tables))
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].start_cell(tag)
        elif tag == "pre":
            self._text = InlineText(keeps_lines=True)
        else:
            self._text.start(tag)

    def end(self, tag: str) -> None:
        """Close an element."""
        if tag in BLOCKS:
            self.end_block()
        if tag in HEADINGS:
            if self._heading and not self._rows:  # without a word: a picture, or nothing
                self.parts.append(Part("heading", "", self._heading))
            self._heading = 0
        elif tag in _LISTS and self._lists:
            self._lists.pop()
            self._marker = None
        elif tag in ("li", "dt"):
            self._marker = None
        elif tag == "blockquote" and self._quotes:
            self._quotes -= 1
        elif tag == "tr":
            self._end_rows(self._tables)
        elif tag == "table" and self._tables:
            self._end_rows(self._tables)
            self._tables -= 1
        else:
            self._text.end(tag)

    def write(self, text: str) -> None:
        """Add text to the open block."""
        self._text.write(text)

    def finish(self) -> None:
        """End the last block, and rows that nothing closed."""
        self.end_block()
        self._end_rows(0)

    def end_block(self) -> None:
        """Make a part, or a piece of a cell, of the text since the last block."""
        text = self._text
        self._text = InlineText()
        body = text.text()
        if not body.strip():
            return
        if self._rows:
            self._rows[-1].add(" ".join(body.split()))
        elif text.keeps_lines:
            self.parts.append(Part("code", code_text(body), len(self._lists)))
        elif self._heading:
            self.parts.append(Part("heading", body, self._heading))
            self._heading = 0
        elif self._marker is not None:
            self.parts.append(Part("item", body, max(1, len(self._lists)), self._marker))
            self._marker = None
        else:
            self.parts.append(Part("quote" if self._quotes else "paragraph", body, len(self._lists)))

    def _end_rows(self, depth: int) -> None:
        """End the open rows of the tables from a depth on; a table within a cell is text of the cell."""
        while self._rows and self._rows[-1].depth >= depth:
            self._end_row(self._rows.pop())

    def _end_row(self, row: _Row) -> None:
        if self._rows:
            self._rows[-1].add(" ".join(filter(None, row.cells)))
        elif len(row.cells) == 1:  # a layout, or a cell across the table
            self.parts += [Part("paragraph", cell, len(self._lists)) for cell in row.cells if cell]
        elif any(row.cells):
            self.parts.append(Part("header" if row.is_header else "row", row_of_cells(row.cells), len(self._lists)))

    def _next_marker(self, value: str | None) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "-"
        number = _number(value, number)
        self._lists[-1] = number + 1
        return f"{number}."


class _Row:
    """Cells of a table row while it is open."""

    def __init__(self, depth: int) -> None:
        self.depth = depth  # of its table among tables
        self.cells: list[str] = []
        self.is_header = True  # until a cell is no `th`

    def start_cell(self, tag: str) -> None:
        """Open a cell."""
        self.cells.append("")
        self.is_header &= tag == "th"

    def add(self, text: str) -> None:
        """Add text to the open cell; text outside of cells makes one."""
        if not self.cells:
            self.start_cell("td")
        self.cells[-1] = f"{self.cells[-1]} {text}".strip()


def code_text(text: str) -> str:
    """Return code without what all of its lines are indented by, space at line ends or round it, and more than one
    empty line in a row.
    """
    lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line[indent:] for line in lines)).strip()


def _number(text: str | None, default: int = 1) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else default
