"""Tables of an OpenDocument text: their rows with cells in columns, and which rows name the columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.odt.styles import Styles
from pincite.ingestion.reading.readers.package.table_cells import MAX_COLUMNS, MAX_HEADER_ROWS, Cell

MAX_SPAN = 1_000_000  # rows that a cell goes down over
_GROUPS = ("table:table-rows", "table:table-row-group")


def table_rows(table: Element, hide: Callable[[Element], None]) -> tuple[list[list[Cell]], int]:
    """Return the rows of a table that are shown, and how many at the top are marked to name the columns.

    hide: is given each row that is hidden.
    """
    rows: list[list[Cell]] = []
    marked = 0
    covering: dict[int, tuple[int, int]] = {}  # by column: how many rows below the cell goes down, and its columns
    for row, is_header in _rows(table, False):
        if row.get("visibility") in ("collapse", "filter"):
            hide(row)
            continue
        cells = _cells(row, covering)
        if cells:
            marked += is_header and marked == len(rows) and marked < MAX_HEADER_ROWS
            rows.append(cells)
    return rows, marked


def header_count(rows: Sequence[Sequence[Cell]], marked: int, styles: Styles) -> int:
    """Return how many rows at the top name the columns: those marked so, or a first one that is bold alone."""
    if marked:
        return marked if marked < len(rows) else 1
    if len(rows) < 2 or len(rows[0]) < 2:
        return 0
    return int(_is_bold(rows[0], styles) and not _is_bold(rows[1], styles))


def _rows(table: Element, is_header: bool) -> Iterator[tuple[Element, bool]]:
    for child in table:
        if child.tag == "table:table-row":
            yield child, is_header
        elif child.tag == "table:table-header-rows":
            yield from _rows(child, True)
        elif child.tag in _GROUPS:
            yield from _rows(child, is_header)


def _cells(row: Element, covering: dict[int, tuple[int, int]]) -> list[Cell]:
    """Return the cells of a row. One that a cell above goes down over is that cell once more."""
    cells: list[Cell] = []
    column = 0
    for element in row:
        if element.tag not in ("table:table-cell", "table:covered-table-cell"):
            continue
        rows_below, span = covering.get(column, (0, 1))
        if element.tag == "table:covered-table-cell" and rows_below:
            cells.append(Cell(element, column, span, True))
            covering[column] = (rows_below - 1, span)
        elif element.tag == "table:table-cell":
            span = max(1, _count(element.get("number-columns-spanned"), MAX_COLUMNS))
            covering[column] = (_count(element.get("number-rows-spanned"), MAX_SPAN) - 1, span)
            cells.append(Cell(element, column, span, False))
        column += max(1, _count(element.get("number-columns-repeated"), MAX_COLUMNS))
    return cells


def _is_bold(cells: Sequence[Cell], styles: Styles) -> bool:
    """Return whether all text of a row is bold."""
    texts = [text for cell in cells for p in cell.element.iter("text:p") for text in _texts(p, styles, None)]
    return bool(texts) and all(texts)


def _texts(element: Element, styles: Styles, outer: bool | None) -> Iterator[bool]:
    """Yield for each piece of text within an element whether it is bold."""
    family = "paragraph" if element.tag == "text:p" else "text"
    own = styles.is_bold(family, element.get("style-name", ""))  # type: ignore[arg-type]
    is_bold = outer if own is None else own
    if (element.text or "").strip():
        yield bool(is_bold)
    for child in element:
        yield from _texts(child, styles, is_bold)
        if (child.tail or "").strip():
            yield bool(is_bold)


def _count(text: str | None, limit: int) -> int:
    return min(int(text), limit) if text and re.fullmatch("[0-9]{1,9}", text) else 1
