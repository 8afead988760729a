"""Notes of a draft on what was left out: counted, or in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator


def counted_notes(left_out: Counter[str]) -> Iterator[str]:
    """Yield a note on each kind of thing that was counted."""
    for what, count in sorted(left_out.items()):
        if count:
            yield f"left out: {what} ({count:,})"


def quoted_note(what: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a note that has each of the texts in full, once; nothing where all are empty."""
    quoted = "; ".join(f"“{text}”" for text in dict.fromkeys(filter(None, texts)))
    if quoted:
        yield f"left out: {what}: {quoted}"
