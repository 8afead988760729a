"""Tables of HTML by columns: a cell that goes over several rows is in each of them, a header of several rows is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pincite.index.types import BlockKind
from pincite.ingestion.reading.draft import Part, row_of_cells

MAX_COLUMNS = 63  # that are counted; as in the reader of Word documents
MAX_HEADER_ROWS = 5  # that are made one header
MAX_REPEATED_CHARACTERS = 300  # of a cell, in each of the rows and columns that it goes over but the first
MAX_REPEATED_IN_TABLE = 100_000  # characters; from then on the columns stay empty
_MAX_ROWS = 65_534  # that a cell goes over, as browsers have it; 0 stands for all


@dataclass(slots=True)
class _Cell:
    column: int  # from 0
    columns: int  # that it goes over
    rows: int  # that it goes over, its own and those below
    text: str = ""


@dataclass(slots=True)
class Row:
    """One row while it is open. depth: of its table among tables that stand in each other."""

    depth: int
    cells: list[_Cell] = field(default_factory=list)
    is_header: bool = True  # until a cell is no `th`

    def add(self, text: str) -> None:
        """Add text to the open cell; text outside of cells makes one."""
        if not self.cells:
            self.cells.append(_Cell(0, 1, 1))
            self.is_header = False
        self.cells[-1].text = f"{self.cells[-1].text} {text}".strip()

    def text(self) -> str:
        """Return all text of the row."""
        return " ".join(filter(None, (cell.text for cell in self.cells)))


class Table:
    """One table while it is open: its rows become parts. level: of the item that it stands in, or 0."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._above: list[_Cell] = []  # cells that go through the next row, by column
        self._deferred: tuple[Row, list[_Cell]] | None = None  # a row that the next one has all of, with what was above
        self._headers: list[list[str]] = []  # rows of names that may be one header
        self._are_one_header = False
        self._in_head = False
        self._has_columns = False
        self._repeated_characters = 0

    def start_cell(self, row: Row, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Open a cell of a row, in the first column that no cell from above goes through."""
        column = row.cells[-1].column + row.cells[-1].columns if row.cells else 0
        for cell in self._above:
            if cell.column <= column < cell.column + cell.columns:
                column = cell.column + cell.columns
        columns = min(max(1, _count(attributes.get("colspan"))), max(1, MAX_COLUMNS - column))
        row.cells.append(_Cell(column, columns, _count(attributes.get("rowspan")) or _MAX_ROWS))
        row.is_header &= tag == "th"

    def end_row(self, row: Row) -> Iterator[Part]:
        """Yield the parts that the end of a row makes known.

        Where all cells of a row go on in the next one, as of a row that holds the name of a group alone, it is none.
        """
        if not row.text():
            yield from self._end_deferred()
        elif self._is_repeated(row):
            self._deferred = row, self._above
        else:
            self._deferred = None
            yield from self._parts(row)
        going_on = (c for c in (*self._above, *row.cells) if c.rows > 1 and c.column < MAX_COLUMNS)
        self._above = [replace(c, rows=c.rows - 1) for c in sorted(going_on, key=lambda c: c.column)]

    def start_group(self, tag: str) -> Iterator[Part]:
        """Begin a `thead`, `tbody` or `tfoot`, which no cell goes into from above."""
        yield from self._end_deferred()
        self._above = []
        self._in_head = tag == "thead"

    def end(self) -> Iterator[Part]:
        """Yield what is left when the table ends, or something in it that is no row begins."""
        yield from self._end_deferred()
        headers, self._headers = self._headers, []
        yield from (self._part("header", texts) for texts in headers)

    def _is_repeated(self, row: Row) -> bool:
        return self._may_repeat() and all(
            c.rows > 1 and c.column < MAX_COLUMNS and len(c.text) <= MAX_REPEATED_CHARACTERS
            for c in (*self._above, *row.cells)
        )

    def _may_repeat(self) -> bool:
        return self._repeated_characters < MAX_REPEATED_IN_TABLE

    def _end_deferred(self) -> Iterator[Part]:
        if self._deferred:
            going_on = self._above
            (row, self._above), self._deferred = self._deferred, None
            yield from self._parts(row)
            self._above = going_on

    def _parts(self, row: Row) -> Iterator[Part]:
        if self._is_line(row):
            yield from self._end_header()
            yield Part("paragraph", row.text(), self._level)
            return
        self._has_columns = True
        texts = self._texts(row)
        if row.is_header and len(self._headers) < MAX_HEADER_ROWS:
            self._headers.append(texts)
            self._are_one_header |= self._in_head or any(c.columns > 1 or c.rows > 1 for c in row.cells)
            return
        yield from self._end_header()
        yield self._part("header" if row.is_header else "row", texts)

    def _is_line(self, row: Row) -> bool:
        """Return whether a row is one cell that is no part of columns: a layout, or a text across the table."""
        if len(row.cells) > 1 or self._above:
            return False
        return not self._has_columns or row.cells[0].columns == 1 or len(row.text()) > MAX_REPEATED_CHARACTERS

    def _texts(self, row: Row) -> list[str]:
        """Return the text of each column. A name over several columns is in each, another cell in its first alone."""
        texts: list[str] = []
        own = {id(cell) for cell in row.cells}
        above = self._above if self._may_repeat() else []
        for cell in sorted((*above, *row.cells), key=lambda c: c.column):
            texts += [""] * (min(cell.column, MAX_COLUMNS) - len(texts))
            texts.append(cell.text if id(cell) in own else self._repeat(cell.text))
            repeats = row.is_header and self._may_repeat()
            texts += [self._repeat(cell.text) if repeats else "" for _ in range(cell.columns - 1)]
        return texts

    def _repeat(self, text: str) -> str:
        self._repeated_characters += len(text[:MAX_REPEATED_CHARACTERS])
        return text[:MAX_REPEATED_CHARACTERS]

    def _end_header(self) -> Iterator[Part]:
        """Yield the header of the rows of names so far, or a header for each."""
        headers, self._headers = self._headers, []
        if self._are_one_header and len(headers) > 1:
            columns = (
                [row[at] for row in headers if at < len(row) and row[at]] for at in range(max(map(len, headers)))
            )
            headers = [[" ".join(dict.fromkeys(column)) for column in columns]]
        self._are_one_header = False
        yield from (self._part("header", texts) for texts in headers)

    def _part(self, kind: BlockKind, texts: list[str]) -> Part:
        return Part(kind, row_of_cells(texts), self._level)


def _count(text: str | None) -> int:
    return min(int(text), _MAX_ROWS) if text and re.fullmatch("[0-9]{1,9}", text) else 1
