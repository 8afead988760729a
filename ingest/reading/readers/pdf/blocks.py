"""Rows of a region to blocks: paragraphs, items and tables, by gaps, indents, bullets and aligned cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Literal

from pincite.ingestion.reading.readers.pdf.page_text import Chunk
from pincite.ingestion.reading.readers.pdf.segments import Row, Segment
from pincite.ingestion.reading.readers.pdf.words import join_chunks

_BULLET = re.compile(r"[•‣⁃◦▪▫■□●○∙·\uf0b7\uf0a7\uf0d8\uf076\u25aa➢✓✔\x7f*–—-]|o(?= )")
_NUMBER = re.compile(r"(?:\(?(?:[0-9]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])")
FULL = 5.0  # ems at most between the end of a full line and the right edge of what stands around it
_SURE_BULLETS = "•‣◦▪▫■□●○\uf0b7"
MAX_CODE_GAP = 3.0  # ems between lines of code, blank ones among them
MAX_UNSURE_PITCH = 1.5  # ems, where no line is full
_ALIGNED = 4.0  # points by which cells of one column may differ


@dataclass
class Block:
    """Lines that stand together. A table has cells, by rows, instead of chunks."""

    kind: Literal["text", "item", "table"]
    chunks: list[Chunk] = field(default_factory=list)
    rows: list[list[list[Chunk]]] = field(default_factory=list)
    marker: str = "-"
    x0: float = 0.0
    size: float = 0.0
    lines: int = 1
    is_bold: bool = False
    is_full: bool = False  # whether its last line reaches the right edge

    def text(self) -> str:
        """Return its text; hyphens at the ends of lines are not settled yet."""
        return join_chunks(self.chunks)

    def marked_text(self) -> str:
        """Return its text with page marks."""
        return join_chunks(self.chunks, page_marks=True)


def read_blocks(rows: Sequence[Row]) -> Iterator[Block]:
    """Yield the blocks of one region."""
    pitch = _pitch(rows)
    text: list[Segment] = []
    number = 0
    while number < len(rows):
        last = _table_end(rows, number, pitch)
        if last - number >= 2:
            yield from _text_blocks(text, pitch)
            text = []
            yield _table(rows[number:last], pitch)
            number = last
        else:
            text.append(_merged(rows[number]))
            number += 1
    yield from _text_blocks(text, pitch)


def marker_of(segment: Segment) -> tuple[str, int] | None:
    """Return the marker that a line begins with and how many chunks it takes; None for no item."""
    first = segment.chunks[0]
    if len(segment.chunks) < 2:
        return None
    second = segment.chunks[1]
    if _BULLET.fullmatch(first.text) and second.x0 - first.x1 > 0.15 * segment.size:
        return "-", 1
    return (first.text, 1) if _NUMBER.fullmatch(first.text) and second.x0 > first.x1 else None


def is_code(row: Row) -> bool:
    """Return whether all of a row is set in a typeface of one width."""
    return all(chunk.is_fixed for segment in row for chunk in segment.chunks)


def _pitch(rows: Sequence[Row]) -> float:
    """Return the usual distance of base lines within a paragraph, in ems: of those where a full line goes on.

    Where no line is full, or few, most distances may be those between paragraphs of one line each.
    """
    right = max((row[-1].x1 for row in rows), default=0.0)
    gaps: list[float] = []
    after_full: list[float] = []
    for above, below in pairwise(rows):
        size = max(above[0].size, 1.0)
        gap = (above[0].y - below[0].y) / size
        if 0 < gap < 2.2:
            gaps.append(gap)
            if len(above) == len(below) == 1 and above[0].x1 > right - FULL * size:
                after_full.append(gap)
    if after_full:
        return median(after_full)
    return min(median(gaps), MAX_UNSURE_PITCH) if gaps else 1.2


def _merged(row: Row) -> Segment:
    if len(row) == 1:
        return row[0]
    chunks = tuple(chunk for segment in row for chunk in segment.chunks)
    main = max(row, key=lambda s: s.x1 - s.x0)
    return Segment(chunks, row[0].x0, row[-1].x1, main.y, main.size)


def _table_end(rows: Sequence[Row], start: int, pitch: float) -> int:
    """Return where the table that begins at `start` ends; `start` where none does."""
    if len(rows[start]) < 2 or is_code(rows[start]) or marker_of(_merged(rows[start])) is not None:
        return start
    lefts, rights = [s.x0 for s in rows[start]], [s.x1 for s in rows[start]]
    end = start + 1
    full = 1
    while end < len(rows):
        row = rows[end]
        aligned = sum(any(abs(s.x0 - x) < _ALIGNED for x in lefts) for s in row)
        if len(row) > 1 and row[-1].x0 - row[-2].x1 > 3 * row[-1].size:  # figures, set to the right
            aligned += any(abs(row[-1].x1 - x) < _ALIGNED for x in rights)
        gap = rows[end - 1][0].y - row[0].y
        if gap > 3.5 * row[0].size or (len(row) == 1 and (row[0].x0 < lefts[0] + _ALIGNED or not aligned)):
            break
        if len(row) >= 2:
            if aligned < 2:
                break
            full += 1
        end += 1
    return end if full >= 2 else start


def _table(rows: Sequence[Row], pitch: float) -> Block:
    lefts = [s.x0 for s in max(rows, key=len)]
    table = Block("table", x0=lefts[0], size=rows[0][0].size, lines=len(rows))
    previous_y = 0.0
    for row in rows:
        cells: list[list[Chunk]] = [[] for _ in lefts]
        for segment in row:
            centre = (segment.x0 + segment.x1) / 2
            column = min(
                range(len(lefts)), key=lambda i: min(abs(segment.x0 - lefts[i]), abs(centre - lefts[i]) + _ALIGNED)
            )
            cells[column] += segment.chunks
        goes_on = table.rows and not cells[0] and previous_y - row[0].y < 1.15 * pitch * row[0].size
        if goes_on:
            for cell, more in zip(table.rows[-1], cells, strict=True):
                cell += more
        else:
            table.rows.append(cells)
        previous_y = row[0].y
    table.is_bold = all(chunk.is_bold for cell in table.rows[0] for chunk in cell)
    return table


def _text_blocks(lines: Sequence[Segment], pitch: float) -> Iterator[Block]:
    block: Block | None = None
    previous: Segment | None = None
    right = max((line.x1 for line in lines), default=0.0)
    for line in lines:
        marker = None if is_code([line]) or _is_dash_of_prose(block, previous, line, right) else marker_of(line)
        if block is None or previous is None or _begins(block, previous, line, marker is not None, pitch, right):
            if block:
                yield block
            block = _new_block(line, marker, right)
        else:
            block.chunks += line.chunks
            block.lines += 1
            block.is_full = line.x1 > right - FULL * line.size
            block.is_bold = block.is_bold and _is_bold(line)
            if block.lines == 2 and block.kind == "text":
                block.x0 = min(block.x0, line.x0)
        previous = line
    if block:
        yield block


def _new_block(line: Segment, marker: tuple[str, int] | None, right: float) -> Block:
    skipped = marker[1] if marker else 0
    return Block(
        "item" if marker else "text",
        list(line.chunks[skipped:]),
        marker=marker[0] if marker else "-",
        x0=line.x0,
        size=line.size,
        is_bold=_is_bold(line),
        is_full=line.x1 > right - FULL * line.size,
    )


def _begins(block: Block, previous: Segment, line: Segment, has_marker: bool, pitch: float, right: float) -> bool:
    """Return whether a line begins another block."""
    size = max(previous.size, line.size)
    gap = previous.y - line.y
    if is_code([previous]) or is_code([line]):
        return not (is_code([previous]) and is_code([line]) and 0 < gap < MAX_CODE_GAP * size)
    if has_marker or gap > max(1.25 * pitch, pitch + 0.3) * size or gap < 0:
        return True
    has_size = any(abs(previous.size - chunk.size) <= 0.08 * size for chunk in line.chunks)
    if not has_size or (block.is_bold != _is_bold(line) and _is_edge(block, line)):
        return True
    if block.kind == "item":
        return line.x0 < block.x0 - 2.0 or (line.x0 < block.x0 + 2.0 and previous.x1 < right - 4 * size)
    is_indented = line.x0 > previous.x0 + 0.8 * size and line.x0 < previous.x0 + 4 * size
    return is_indented and block.lines > 1 and not _is_open(previous)


def _is_dash_of_prose(block: Block | None, previous: Segment | None, line: Segment, right: float) -> bool:
    """Return whether a dash or number begins a line since the one before is full: it stands where that begins."""
    if block is None or previous is None or not block.chunks or line.chunks[0].text in _SURE_BULLETS:
        return False
    begin = block.chunks[0].x0 if block.kind == "item" else block.x0
    return abs(line.x0 - begin) < 2.0 and previous.x1 > right - FULL * line.size and previous.x0 < begin + 2.0


def _is_edge(block: Block, line: Segment) -> bool:
    """Return whether all of a block or all of a line is bold, and so one of them a heading."""
    return block.is_bold or (_is_bold(line) and len(line.chunks) > 0)


def _is_open(line: Segment) -> bool:
    return line.chunks[-1].text[-1] not in '.!?:;)”"’'


def _is_bold(line: Segment) -> bool:
    return all(chunk.is_bold for chunk in line.chunks)
