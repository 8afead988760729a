"""Notes of a draft: what was lost and what was left out, each in one shape, so that a report can order and shorten it.

lost: page 3, broken
left out: comments (2): “First!”; “Me too.”
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pincite.ingestion.report import LEFT_OUT, LOST, QUOTED


def lost_note(what: str, count: int = 0, texts: Iterable[str] = ()) -> str:
    """Return a note on text of the document that could not be read: what it is, how often, where."""
    return _note(LOST, what, count, texts)


def left_out_note(what: str, count: int = 0, texts: Iterable[str] = ()) -> str:
    """Return a note on what was left out as no part of the text: what it is, how often, each text in full and once."""
    return _note(LEFT_OUT, what, count, texts)


def counted_notes(counts: Counter[str]) -> Iterator[str]:
    """Yield a note on each kind of thing that was counted and left out."""
    for what, count in sorted(counts.items()):
        if count:
            yield left_out_note(what, count)


def quoted_note(what: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a note that has each of the texts left out; nothing where all are empty."""
    if distinct := [*filter(None, texts)]:
        yield left_out_note(what, texts=distinct)


def _note(kind: str, what: str, count: int, texts: Iterable[str]) -> str:
    counted = f"{what} ({count:,})" if count else what
    quoted = "; ".join(f"“{text}”" for text in dict.fromkeys(texts))
    return f"{kind}{counted}{QUOTED}{quoted[1:]}" if quoted else f"{kind}{counted}"
