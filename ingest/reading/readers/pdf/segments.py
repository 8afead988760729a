"""Chunks of one page to segments in reading order: columns are found by the white between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pincite.ingestion.reading.readers.pdf.decoration import lines_of
from pincite.ingestion.reading.readers.pdf.page_text import Chunk

COLUMN_GAP = 1.1  # ems between two segments of one base line
MIN_COLUMN_LINES = 4  # on each side of a gutter
MIN_COLUMN_FILL = 0.55  # how much of a column's width its lines take; less is a table
MIN_COLUMN_LETTERS = 30  # of a line on the average; columns of short lines next to long ones are prose all the same
MIN_CELL_LETTERS = 15  # fewer on the average are cells
MIN_COLUMN_WIDTH = 60  # points
SPARSE = 0.6  # of the width that the lines above show
GUTTER = 0.8  # ems of white, at least
JUSTIFIED, JUSTIFIED_GAP = 0.4, 4.0  # share of lines that reach both edges, and the gap in ems that parts these
EVEN_GAPS = 2.2  # times the least gap of its line, at least, that a gap between segments is: justified lines are even
MAX_TAIL_LINES = 25  # of what stands below two columns, and is looked at
MAX_CUTS = 6  # of a page, one in another


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words on one base line without a wide gap."""

    chunks: tuple[Chunk, ...]
    x0: float
    x1: float
    y: float
    size: float  # the greatest that most of it has


Row = list[Segment]
_Line = list[Chunk]


def read_rows(chunks: Sequence[Chunk]) -> list[list[Row]]:
    """Return the regions of a page in reading order, each as rows from its top; a row has one segment or more."""
    return [_rows(region) for region in _cut(lines_of(chunks), 0)]


def _rows(lines: list[_Line]) -> list[Row]:
    """Return the rows of a region. Lines that reach both edges of justified text have no cells."""
    left, right = min(line[0].x0 for line in lines), max(line[-1].x1 for line in lines)
    justified = [line[-1].x1 > right - 2.0 and line[0].x0 < left + 2.0 for line in lines]
    is_justified = len(lines) > 5 and sum(justified) > JUSTIFIED * len(lines)
    gap = JUSTIFIED_GAP if is_justified else COLUMN_GAP
    return [_segments(line, gap if is_full else COLUMN_GAP) for line, is_full in zip(lines, justified, strict=True)]


def _cut(lines: list[_Line], depth: int) -> list[list[_Line]]:
    """Cut lines at the gutter along which most lines of prose stand, and what is above, next to and below it again."""
    best = (0, 0, 0.0)
    if depth < MAX_CUTS and len(lines) >= MIN_COLUMN_LINES:
        for gutter in _gutters(lines):
            first, last = _longest_run(lines, gutter)
            if last - first > best[1] - best[0] and _are_columns(lines[first:last], gutter):
                best = (first, last, gutter)
    first, last, gutter = best
    if last == first:
        return [lines] if lines else []
    left = [[c for c in line if c.x0 < gutter] for line in lines[first:last]]
    right = [[c for c in line if c.x0 >= gutter] for line in lines[first:last]]
    regions = _cut(lines[:first], depth + 1)
    for side in (left, right):
        regions += _cut([line for line in side if line], depth + 1)
    return regions + _cut(lines[last:], depth + 1)


def _gutters(lines: list[_Line]) -> list[float]:
    """Return the places, in points, where words begin on many lines after some white, or at a line's own beginning."""
    left = min(line[0].x0 for line in lines)
    counts: dict[int, int] = {}
    for line in lines:
        for number, chunk in enumerate(line):
            is_after_white = number == 0 or chunk.x0 - line[number - 1].x1 > GUTTER * chunk.size
            if is_after_white and chunk.x0 > left + MIN_COLUMN_WIDTH:
                counts[round(chunk.x0)] = counts.get(round(chunk.x0), 0) + 1
    common = sorted(counts, key=lambda x: -counts[x])[:8]
    return [x - 1.5 for x in common if counts[x] >= MIN_COLUMN_LINES - 1]


def _longest_run(lines: list[_Line], gutter: float) -> tuple[int, int]:
    """Return the longest run of lines of which no word crosses the gutter, without those that it parts like a space."""
    best = (0, 0)
    start = 0
    for number, line in enumerate(lines):
        if _crosses(line, gutter):
            start = number + 1
        elif number + 1 - start > best[1] - best[0]:
            best = (start, number + 1)
    first, last = best
    for number in range(max(first + MIN_COLUMN_LINES, last - MAX_TAIL_LINES), last):
        gap = lines[number - 1][0].y - lines[number][0].y
        tail = lines[number:last]
        head = lines[first:number]
        is_heading = len(tail) <= 2 and last < len(lines)  # of what stands below, across both columns
        is_apart = gap > 1.5 * max(c.size for c in lines[number]) and (is_heading or len(tail) > 2)
        if is_apart and _is_sparse(tail, head, gutter) and _are_columns(head, gutter):
            return first, number
    return best


def _crosses(line: _Line, gutter: float) -> bool:
    before = [c for c in line if c.x0 < gutter]
    after = [c for c in line if c.x0 >= gutter]
    if before and max(c.x1 for c in before) > gutter:
        return True
    return bool(before and after) and after[0].x0 - max(c.x1 for c in before) < GUTTER * after[0].size


def _ink(lines: list[_Line], gutter: float, is_left: bool) -> float:
    """Return the mean width, in points, of what lines show on one side of a gutter."""
    side = [part for line in lines if (part := [c for c in line if (c.x0 < gutter) == is_left])]
    return sum(c.x1 - c.x0 for part in side for c in part) / max(1, len(side))


def _is_sparse(tail: list[_Line], head: list[_Line], gutter: float) -> bool:
    """Return whether lines show much less on a side than those above them: cells of a table below two columns."""
    return any(_ink(tail, gutter, is_left) < SPARSE * _ink(head, gutter, is_left) for is_left in (True, False))


def _are_columns(lines: list[_Line], gutter: float) -> bool:
    """Return whether what stands on both sides of a gutter is prose: lines that fill their column."""
    for is_left in (True, False):
        side = [part for line in lines if (part := [c for c in line if (c.x0 < gutter) == is_left])]
        if len(side) < MIN_COLUMN_LINES:
            return False
        width = max(part[-1].x1 for part in side) - min(part[0].x0 for part in side)
        ink = sum(c.x1 - c.x0 + 0.25 * c.size for part in side for c in part) / len(side)
        letters = sum(len(c.text) for part in side for c in part) / len(side)
        is_prose = letters >= MIN_COLUMN_LETTERS or (ink >= MIN_COLUMN_FILL * width and letters >= MIN_CELL_LETTERS)
        if width < MIN_COLUMN_WIDTH or not is_prose:
            return False
    return True


def _segments(line: Sequence[Chunk], ems: float) -> Row:
    gaps = [b.x0 - a.x1 for a, b in pairwise(line) if b.x0 - a.x1 > 0.1 * b.size]
    even = EVEN_GAPS * min(gaps) if len(gaps) > 2 else 0.0
    row: Row = []
    start = 0
    for number in range(1, len(line) + 1):
        gap = line[number].x0 - line[number - 1].x1 if number < len(line) else 1e9
        if number == len(line) or gap > max(ems * max(line[number].size, line[number - 1].size), even):
            row.append(_segment(line[start:number]))
            start = number
    return row


def _segment(chunks: Sequence[Chunk]) -> Segment:
    weights: dict[float, int] = {}
    for chunk in chunks:
        weights[round(chunk.size, 1)] = weights.get(round(chunk.size, 1), 0) + len(chunk.text)
    size = max(weights, key=lambda s: (weights[s], s))
    base = next((c.y for c in chunks if round(c.size, 1) == size), chunks[0].y)
    return Segment(tuple(chunks), min(c.x0 for c in chunks), max(c.x1 for c in chunks), base, size)
