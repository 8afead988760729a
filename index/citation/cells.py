"""Cells of a table row, as ranges of the document's text."""

from __future__ import annotations

from pincite.index.types import Range

CELL_SEPARATOR = " | "


def cell_ranges(text: str, row: Range) -> list[Range]:
    """Return the range of each cell of a row, in order; that of an empty cell is empty.

    >>> cell_ranges("| b | c d |", (0, 11))
    [(0, 0), (2, 3), (6, 9), (11, 11)]
    """
    at, end = row
    ranges: list[Range] = []
    if text.startswith("| ", at, end):
        ranges.append((at, at))
        at += 2
    while (separator := text.find(CELL_SEPARATOR, at, end)) >= 0:
        ranges.append((at, separator))
        at = separator + len(CELL_SEPARATOR)
    if text.endswith(" |", at, end):
        return [*ranges, (at, end - 2), (end, end)]
    return [*ranges, (at, end)]
