"""Chunks of one page to segments in reading order: columns are found by the white between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pincite.ingestion.reading.readers.pdf.decoration import lines_of
from pincite.ingestion.reading.readers.pdf.glyphs import Chunk

COLUMN_GAP = 1.1  # ems between two segments of one base line
MIN_COLUMN_LINES = 4  # on each side of a gutter
MIN_COLUMN_FILL = 0.55  # how much of a column's width its lines take; less is a table
MIN_COLUMN_LETTERS = 30  # of a line on the average; columns of short lines beside long ones are prose all the same
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


def read_rows(chunks: Sequence[Chunk]) -> list[list[Row]]:
    """Return the regions of a page in reading order, each as rows from its top; a row has one segment or more."""
    rows = [_segments(line) for line in lines_of(chunks)]
    return list(_cut(rows, 0))


def _cut(rows: list[Row], depth: int) -> list[list[Row]]:
    """Cut rows at the gutter along which most lines of prose stand, and what is above, beside and below it again."""
    best = (0, 0, 0.0)
    if depth < MAX_CUTS and len(rows) >= MIN_COLUMN_LINES:
        for gutter in _gutters(rows):
            first, last = _longest_run(rows, gutter)
            if last - first > best[1] - best[0] and _are_columns(rows[first:last], gutter):
                best = (first, last, gutter)
    first, last, gutter = best
    if last == first:
        return [rows] if rows else []
    left = [[s for s in row if s.x0 < gutter] for row in rows[first:last]]
    right = [[s for s in row if s.x0 >= gutter] for row in rows[first:last]]
    regions = _cut(rows[:first], depth + 1)
    for side in (left, right):
        regions += _cut([row for row in side if row], depth + 1)
    return regions + _cut(rows[last:], depth + 1)


def _gutters(rows: list[Row]) -> list[float]:
    """Return the places, in points, where many segments begin that have others to their left."""
    left = min(s.x0 for row in rows for s in row)
    counts: dict[int, int] = {}
    for row in rows:
        for segment in row:
            if segment.x0 > left + 60:
                counts[round(segment.x0)] = counts.get(round(segment.x0), 0) + 1
    common = sorted(counts, key=lambda x: -counts[x])[:8]
    return [x - 1.5 for x in common if counts[x] >= MIN_COLUMN_LINES - 1]


def _longest_run(rows: list[Row], gutter: float) -> tuple[int, int]:
    """Return the longest run of rows of which no segment crosses the gutter."""
    best = (0, 0)
    start = 0
    for number, row in enumerate(rows):
        if any(s.x0 < gutter < s.x1 for s in row):
            start = number + 1
        elif number + 1 - start > best[1] - best[0]:
            best = (start, number + 1)
    first, last = best
    while first < last and all(s.x0 < gutter for s in rows[first]) and _is_apart(rows[first], gutter):
        first += 1
    return first, last


def _is_apart(row: Row, gutter: float) -> bool:
    """Return whether a row is a centred line over both columns rather than one of the left column."""
    return row[-1].x1 > gutter


def _are_columns(rows: list[Row], gutter: float) -> bool:
    for side in ([s for row in rows for s in row if s.x0 < gutter], [s for row in rows for s in row if s.x0 >= gutter]):
        if len(side) < MIN_COLUMN_LINES:
            return False
        width = max(s.x1 for s in side) - min(s.x0 for s in side)
        fill = sum(s.x1 - s.x0 for s in side) / len(side)
        letters = sum(len(c.text) for s in side for c in s.chunks) / len(side)
        if width < 80 or (fill < MIN_COLUMN_FILL * width and letters < MIN_COLUMN_LETTERS):
            return False
    return True


def _segments(line: Sequence[Chunk]) -> Row:
    row: Row = []
    start = 0
    for number in range(1, len(line) + 1):
        gap = line[number].x0 - line[number - 1].x1 if number < len(line) else 1e9
        if number == len(line) or gap > COLUMN_GAP * max(line[number].size, line[number - 1].size):
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
