"""Running headers and footers, and page numbers: lines at the edge of pages that come again on others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pincite.ingestion.reading.notes import left_out_note
from pincite.ingestion.reading.readers.pdf.page_text import Chunk, PageText
from pincite.ingestion.reading.readers.pdf.words import join_chunks

EDGE = 0.12  # of a page's height, at its head and at its foot
NUMBER_EDGE = 0.2  # for a page number that is its page's last line
EDGE_LINES = 3  # at the most, at each edge
_NUMBER = re.compile(
    r"(?i)[-–—|\s]*(?:page|seite|p\.)?\s*(?:[0-9]{1,4}|[ivxl]{1,7})(?:\s*(?:/|of|von|de)\s*[0-9]{1,4})?[-–—|\s]*"
)


def find_decoration(pages: Sequence[PageText]) -> tuple[set[int], list[str]]:
    """Return the chunks, by their id(), of running headers, footers and page numbers, and one text of each kind.

    A line is one when it stands at an edge of its page, and with its figures taken as one stands at the same height on
    another page as well, on a fifth of the pages at least.
    """
    places: dict[tuple[str, int], list[tuple[int, list[Chunk]]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for line in _edge_lines(page):
            text = join_chunks(line)
            shape = "#" if _NUMBER.fullmatch(text) else re.sub(r"\d+", "#", text)
            places[shape, round(line[0].y / 6)].append((number, line))
    decoration: set[int] = set()
    texts: list[str] = []
    for (_, _), lines in places.items():
        count = len({number for number, _ in lines})
        is_single = len(pages) == 1 and _is_number_of(lines[0][1], 0)
        if not is_single and (count < 2 or count < 0.2 * len(pages)):
            continue
        texts.append(join_chunks(lines[0][1]))
        decoration.update(id(chunk) for _, line in lines for chunk in line)
    return decoration, texts


def lines_of(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    """Group chunks by their base lines, from the top of the page; each from left to right.

    Raised and lowered figures stand on the line that they touch.
    """
    lines: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda c: (-c.y, c.x0)):
        if lines and abs(lines[-1][0].y - chunk.y) < 0.35 * max(lines[-1][0].size, chunk.size):
            lines[-1].append(chunk)
        else:
            lines.append([chunk])
    joined: list[list[Chunk]] = []
    for line in lines:
        if joined and (_hangs_on(joined[-1], line) or _hangs_on(line, joined[-1])):
            joined[-1] += line
        else:
            joined.append(line)
    return [sorted(line, key=lambda c: c.x0) for line in joined]


def _hangs_on(small: Sequence[Chunk], large: Sequence[Chunk]) -> bool:
    """Return whether each chunk of one line is a figure that is raised or lowered next to a chunk of another one."""
    largest = max(other.size for other in large)
    if any(chunk.size >= 0.87 * largest for chunk in small):
        return False
    return all(
        any(
            chunk.size < 0.87 * other.size
            and abs(chunk.y - other.y) < 0.6 * other.size
            and -0.1 * other.size < chunk.x0 - other.x1 < 0.5 * other.size
            for other in large
        )
        or any(
            chunk.size < 0.87 * other.size
            and 0 <= chunk.y - other.y < 0.6 * other.size
            and -0.1 * other.size < other.x0 - chunk.x1 < 0.5 * other.size
            for other in large
        )
        or any(
            chunk is not other and other.size == chunk.size and abs(chunk.x0 - other.x1) < chunk.size for other in small
        )
        for chunk in small
    ) and any(chunk.size < 0.87 * other.size for chunk in small for other in large)


def decoration_notes(texts: Iterable[str]) -> list[str]:
    """Return notes on the running lines that were left out, each of them once, and on page numbers."""
    distinct = [*dict.fromkeys(texts)]
    running = [text for text in distinct if not _NUMBER.fullmatch(text)]
    notes = [left_out_note("running headers and footers", texts=running)] if running else []
    return [*notes, left_out_note("page numbers")] if len(running) < len(distinct) else notes


def _edge_lines(page: PageText) -> list[list[Chunk]]:
    lines = lines_of(chunk for chunk in page.chunks if chunk.is_upright)
    head = [line for line in lines[:EDGE_LINES] if line[0].y > (1 - EDGE) * page.height]
    foot = [line for line in lines[-EDGE_LINES:] if line[0].y < EDGE * page.height and line not in head]
    if not foot and lines and _is_number_of(lines[-1], lines[-1][0].page):
        foot = [line for line in lines[-1:] if line[0].y < NUMBER_EDGE * page.height]
    return head + foot


def _is_number_of(line: Sequence[Chunk], page: int) -> bool:
    """Return whether a line is the number of its page, or with roman figures and cover pages near it."""
    match = re.search(r"[0-9]+", text := join_chunks(line))
    return bool(_NUMBER.fullmatch(text)) and (match is None or abs(int(match[0]) - page - 1) < 30)
