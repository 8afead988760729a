"""Pages of the source that words of a document stand on. A document without pages has none."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from pincite.index.types import Document, Evidence, Page, PageRange, Range


def page_at(document: Document, offset: int) -> Page | None:
    """Return the page in force at an offset: the last that begins there or before it."""
    place = bisect_right(document.pages, offset, key=lambda p: p.start) - 1
    return document.pages[place] if place >= 0 else None


def page_range(document: Document, start: int, end: int) -> PageRange | None:
    """Return the pages of a range of the text, those in force at its start and at its last character among them."""
    return pages_of(document, [(start, end)])


def pages_of(document: Document, ranges: Iterable[Range]) -> PageRange | None:
    """Return the pages of ranges of the text, in the order of the pages; None where no page begins before their end."""
    labels: dict[int, str] = {}
    for start, end in ranges:
        first = max(0, bisect_right(document.pages, start, key=lambda p: p.start) - 1)
        last = bisect_left(document.pages, max(end, start + 1), key=lambda p: p.start)
        labels |= {page.number: page.label for page in document.pages[first:last]}
    if not labels:
        return None
    numbers = sorted(labels)
    runs: list[Range] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    text = ", ".join(labels[a] if a == b else f"{labels[a]}-{labels[b]}" for a, b in runs)
    return PageRange(text, labels[numbers[0]], labels[numbers[-1]], numbers[0])


def evidence_at(document: Document, start: int, end: int) -> Evidence:
    """Quote a range of a document."""
    return Evidence(start, end, document.text[start:end], page_range(document, start, end))
