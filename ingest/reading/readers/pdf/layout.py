"""Parts of a PDF without tags: headings by size and weight, items by bullets, paragraphs over columns and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pincite.ingestion.reading.draft import Part, row_of_cells
from pincite.ingestion.reading.readers.pdf.blocks import Block, read_blocks
from pincite.ingestion.reading.readers.pdf.page_text import Chunk, PageText
from pincite.ingestion.reading.readers.pdf.segments import read_rows
from pincite.ingestion.reading.readers.pdf.words import join_chunks, join_lines

MAX_HEADING_LINES = 4
MAX_HEADING_WORDS = 40
HEADING_SIZE = 1.08  # times the size of most of the text
_Style = tuple[float, bool]


def read_layout(pages: Sequence[PageText]) -> list[Part]:
    """Return the parts that the layout of the pages shows, page marks in their texts."""
    blocks: list[Block] = []
    for page in pages:
        for region in read_rows([*page.chunks, *_bullets(page)]):
            left = min(segment.x0 for row in region for segment in row)
            for block in read_blocks(region):
                block.x0 -= left  # so that a list goes on in the next column
                if blocks and _goes_on(blocks[-1], block):
                    blocks[-1].chunks += block.chunks
                    blocks[-1].lines += block.lines
                    blocks[-1].is_full = block.is_full
                else:
                    blocks.append(block)
    body = _body_size(blocks)
    levels = _levels(blocks, body)
    return list(_parts(blocks, body, levels))


def _bullets(page: PageText) -> Iterator[Chunk]:
    """Yield the drawn dots that stand before a line of text, at most three ems from it, with nothing to their left."""
    for dot in page.dots:
        line = [c for c in page.chunks if -0.1 * c.size < dot.y - c.y and dot.y + dot.size - c.y < 0.8 * c.size]
        after = [c for c in line if 0 < c.x0 - dot.x1 < 3 * c.size]
        if after and not any(-3 * c.size < c.x0 - dot.x0 <= 0 for c in line):
            yield dot


def _parts(blocks: Sequence[Block], body: float, levels: dict[_Style, int]) -> Iterator[Part]:
    indents: list[float] = []  # of the open lists, outermost first
    for block in blocks:
        if block.kind == "item":
            while indents and block.x0 < indents[-1] - 3:
                indents.pop()
            if not indents or block.x0 > indents[-1] + 3:
                indents.append(block.x0)
            yield Part("item", block.marked_text(), len(indents), block.marker)
            continue
        if block.kind == "table":
            indents = []
            yield from _table(block)
            continue
        if indents and block.x0 < indents[0] + 3:
            indents = []
        if _is_heading(block, body):
            indents = []
            yield Part("heading", block.marked_text(), levels[_style(block)])
        elif block.chunks and all(chunk.is_fixed for chunk in block.chunks):
            yield Part("code", join_lines(block.chunks), len(indents))
        else:
            yield Part("paragraph", block.marked_text(), len(indents))


def _table(block: Block) -> Iterator[Part]:
    bold_rows = [all(chunk.is_bold for cell in row for chunk in cell) for row in block.rows]
    for number, row in enumerate(block.rows):
        is_header = number == 0 and bold_rows[0] and not all(bold_rows)
        yield Part("header" if is_header else "row", row_of_cells(join_chunks(cell, page_marks=True) for cell in row))


def _goes_on(last: Block, block: Block) -> bool:
    """Return whether a block goes on in the next column or on the next page."""
    if last.kind == "table" or block.kind != "text" or abs(last.size - block.size) > 0.5 or not last.chunks:
        return False
    if last.is_bold != block.is_bold or not block.chunks:
        return False
    end, begin = last.chunks[-1].text, block.chunks[0].text
    is_apart = last.chunks[-1].page != block.chunks[0].page or block.chunks[0].y > last.chunks[-1].y
    goes_on = begin[:1].islower() or (last.is_full and last.lines > 1)
    return is_apart and goes_on and end[-1:] not in ".!?:"


def _body_size(blocks: Sequence[Block]) -> float:
    weights: Counter[float] = Counter()
    for block in blocks:
        for chunk in (*block.chunks, *(c for row in block.rows for cell in row for c in cell)):
            weights[round(chunk.size, 1)] += len(chunk.text)
    return max(weights, key=lambda size: (weights[size], size), default=10.0)


def _style(block: Block) -> _Style:
    return round(block.size * 2) / 2, block.is_bold


def _is_heading(block: Block, body: float) -> bool:
    if block.kind != "text" or block.lines > MAX_HEADING_LINES or not block.chunks:
        return False
    text = block.text()
    if len(text.split()) > MAX_HEADING_WORDS or not re.search(r"[^\W\d_]", text):
        return False
    if block.size >= HEADING_SIZE * body:
        return True
    return block.is_bold and block.size >= 0.95 * body and text[-1] not in ".:;,"


def _levels(blocks: Sequence[Block], body: float) -> dict[_Style, int]:
    """Return the level of each style of headings: the larger the higher, bold before plain."""
    styles = sorted({_style(b) for b in blocks if _is_heading(b, body)}, reverse=True)
    return {style: min(number, 6) for number, style in enumerate(styles, 1)}
