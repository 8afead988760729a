"""Cells of a table in columns: merged ones repeated, and several headers as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

MAX_COLUMNS = 63  # of a table; Word has no more
MAX_REPEATED_CHARACTERS = 300  # of a merged cell, in each of the rows and columns that it goes over but the first
MAX_HEADER_ROWS = 5  # those below are rows


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row."""

    element: Element
    column: int  # from 0
    span: int  # columns that it goes over
    is_continued: bool  # it is the lower part of the cell above


def row_texts(
    cells: Sequence[Cell], above: dict[int, str], is_header: bool, text_of: Callable[[Element], str]
) -> list[str]:
    """Return the text of a row, column by column.

    A cell that goes down over several rows is repeated in each. One that goes over several columns is repeated in a
    header and followed by empty ones elsewhere, so that the others keep their columns.
    above: the texts of the row before by column, which this one takes the place of.
    """
    texts: list[str] = []
    for cell in cells:
        text = text_of(cell.element)
        if cell.is_continued:
            text = text or above.get(cell.column, "")[:MAX_REPEATED_CHARACTERS]
        above[cell.column] = text
        texts += [""] * (min(cell.column, MAX_COLUMNS) - len(texts))
        texts.append(text)
        repeated = text[:MAX_REPEATED_CHARACTERS] if is_header else ""
        texts += [repeated] * (min(cell.span, MAX_COLUMNS - len(texts) + 1) - 1)
    return texts


def merged_headers(headers: Sequence[Sequence[str]]) -> list[str]:
    """Return one header of several, with the names of each column from the top, each once."""
    width = max(map(len, headers))
    columns = ([row[at] for row in headers if at < len(row) and row[at]] for at in range(width))
    return [" ".join(dict.fromkeys(column)) for column in columns]
