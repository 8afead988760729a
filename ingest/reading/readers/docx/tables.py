"""Tables of a Word document: their cells in columns, merged ones repeated, and which rows name the columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.docx.styles import Styles, child_value, is_on
from pincite.ingestion.reading.readers.docx.tree_walk import shown_children
from pincite.ingestion.reading.readers.package.table_cells import MAX_COLUMNS, MAX_HEADER_ROWS, Cell
from pincite.ingestion.reading.readers.package.xml_tree import descend

_FIRST_ROW_LOOK = 0x0020  # the bit of a table's look that sets the first row apart


def table_rows(table: Element, hide: Callable[[Element], None]) -> Iterator[tuple[Element, list[Cell]]]:
    """Yield the rows of a table that are shown, each with its cells. hide: is given each row that is hidden."""
    for row in _held(table, "w:tr"):
        properties = row.find("w:trPr")
        if properties is not None and properties.find("w:del") is not None:
            continue
        if is_on(properties, "w:hidden"):
            hide(row)
            continue
        column = _count(child_value(properties, "w:gridBefore"), 0)
        cells: list[Cell] = []
        for cell in _held(row, "w:tc"):
            merged = None if (of := cell.find("w:tcPr")) is None else of.find("w:vMerge")
            span = max(1, _count(child_value(cell, "w:tcPr", "w:gridSpan"), 1))
            is_continued = merged is not None and merged.get("val", "continue") == "continue"
            cells.append(Cell(cell, column, span, is_continued))
            column += span
        if cells:
            yield row, cells


def header_count(table: Element, rows: Sequence[tuple[Element, list[Cell]]], styles: Styles) -> int:
    """Return how many rows at the top name the columns: those marked so, or a first one that is set apart."""
    marked = 0
    while marked < min(len(rows), MAX_HEADER_ROWS) and is_on(rows[marked][0].find("w:trPr"), "w:tblHeader"):
        marked += 1
    if marked:
        return marked if marked < len(rows) else 1
    if len(rows) < 2 or len(rows[0][1]) < 2:
        return 0
    style_id = child_value(table, "w:tblPr", "w:tblStyle") or ""
    is_styled = _sets_first_row_apart(table) and styles.marks_first_row(style_id)
    return int(is_styled or (_is_bold(rows[0][0]) and not _is_bold(rows[1][0])))


def _held(element: Element, tag: str) -> Iterator[Element]:
    for child in shown_children(element):
        if child.tag == tag:
            yield child
        elif child.tag == "w:sdt" and (content := child.find("w:sdtContent")) is not None:
            yield from _held(content, tag)


def _sets_first_row_apart(table: Element) -> bool:
    look = descend(table, "w:tblPr", "w:tblLook")
    if look is None:
        return False
    stated = look.get("firstRow")
    if stated is not None:
        return stated in ("1", "true", "on")
    return bool(re.fullmatch("[0-9A-Fa-f]{4}", look.get("val", "")) and int(look.get("val", ""), 16) & _FIRST_ROW_LOOK)


def _is_bold(row: Element) -> bool:
    runs = [run for run in row.iter("w:r") if "".join(t.text or "" for t in run.findall("w:t")).strip()]
    return bool(runs) and all(is_on(run.find("w:rPr"), "w:b") for run in runs)


def _count(text: str | None, default: int) -> int:
    return min(int(text), MAX_COLUMNS) if text and re.fullmatch("[0-9]{1,4}", text) else default
