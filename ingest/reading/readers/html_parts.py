"""One walk from elements to parts, for raw HTML in Markdown and for whole pages: what a browser shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pincite.index.citation.cells import cell_ranges
from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.html_table import Row, Table
from pincite.ingestion.reading.readers.inline_text import InlineText

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary table "
    "tbody td tfoot th thead title tr ul".split()
)
_LISTS = ("ul", "ol", "menu", "dir", "dl")
_ROW_GROUPS = ("thead", "tbody", "tfoot")


class PartsWalk:
    """Makes parts of elements that open and close, and of text. The terms of a definition list are items."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._text = InlineText()
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets; outermost first
        self._have_items: list[bool] = []  # whether each open list has begun an item
        self._marker: str | None = None  # set between an item's opening and its first text
        self._heading = 0
        self._quotes = 0
        self._tables: list[Table] = []  # open tables, outermost first
        self._outside = Table(0)  # of rows that stand in no table
        self._rows: list[Row] = []  # open table rows, outermost first

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Open an element. Tags and attributes come by their names in lower case."""
        if tag in BLOCKS:
            self.end_block()
        if tag in HEADINGS:
            self._heading = int(tag[1])
        elif tag in _LISTS:
            self._lists.append(_number(attributes.get("start")) if tag == "ol" else None)
            self._have_items.append(False)
        elif tag == "li":
            self._marker = self._next_marker(attributes.get("value"))
            self._have_items[-1:] = [True] if self._lists else []
        elif tag == "dt" and self._lists:
            self._marker = "-"
            self._have_items[-1] = True
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "table":
            self._tables.append(Table(sum(self._have_items)))
        elif tag in _ROW_GROUPS:
            self._end_rows(len(self._tables))
            self._add_rows(self._table_of(len(self._tables)).start_group(tag))
        elif tag == "tr":
            self._end_rows(len(self._tables))
            self._rows.append(Row(len(self._tables)))
        elif tag in ("td", "th") and self._rows:
            self._table_of(self._rows[-1].depth).start_cell(self._rows[-1], tag, attributes)
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
            self._have_items.pop()
            self._marker = None
        elif tag in ("li", "dt"):
            self._marker = None
        elif tag == "blockquote" and self._quotes:
            self._quotes -= 1
        elif tag == "tr":
            self._end_rows(len(self._tables))
        elif tag == "table" and self._tables:
            self._end_rows(len(self._tables))
            self._add_rows(self._tables.pop().end())
        else:
            self._text.end(tag)

    def write(self, text: str) -> None:
        """Add text to the open block."""
        self._text.write(text)

    def finish(self) -> None:
        """End the last block, and rows that nothing closed."""
        self.end_block()
        self._end_rows(0)
        for table in (*reversed(self._tables), self._outside):
            self._add_rows(table.end())

    def end_block(self) -> None:
        """Make a part, or a piece of a cell, of the text since the last block."""
        text = self._text
        self._text = InlineText()
        body = text.text()
        if not body.strip():
            return
        if self._rows:
            self._rows[-1].add(" ".join(body.split()))
            return
        self._add_rows(self._table_of(len(self._tables)).end())
        if text.keeps_lines:
            self.parts.append(Part("code", code_text(body), sum(self._have_items)))
        elif self._heading:
            self.parts.append(Part("heading", body, self._heading))
            self._heading = 0
        elif self._marker is not None:
            self.parts.append(Part("item", body, max(1, len(self._lists)), self._marker))
            self._marker = None
        else:
            self.parts.append(Part("quote" if self._quotes else "paragraph", body, sum(self._have_items)))

    def _end_rows(self, depth: int) -> None:
        """End the open rows of the tables from a depth on; a table within a cell is text of the cell."""
        while self._rows and self._rows[-1].depth >= depth:
            row = self._rows.pop()
            self._add_rows(self._table_of(row.depth).end_row(row))

    def _add_rows(self, parts: Iterable[Part]) -> None:
        """Add what a table makes of its rows: parts, or text of the cell that the table stands in."""
        for part in parts:
            if self._rows:
                self._rows[-1].add(_without_separators(part.text))
            else:
                self.parts.append(part)

    def _table_of(self, depth: int) -> Table:
        return self._tables[depth - 1] if depth else self._outside

    def _next_marker(self, value: str | None) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "-"
        number = _number(value, number)
        self._lists[-1] = number + 1
        return f"{number}."


def code_text(text: str) -> str:
    """Return code without what all of its lines are indented by, space at line ends or round it, and more than one
    empty line in a row.
    """
    lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line[indent:] for line in lines)).strip()


def _number(text: str | None, default: int = 1) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else default


def _without_separators(row: str) -> str:
    """Return the text of a row's cells as text of one."""
    return " ".join(row[start:end] for start, end in cell_ranges(row, (0, len(row))) if start < end)
