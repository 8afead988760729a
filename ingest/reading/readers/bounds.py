"""Bounds of a text, checked before any reader parses it, so that none takes minutes or gigabytes."""

from __future__ import annotations

import re

from pincite.index.errors import ReadError

MAX_LINES = 300_000  # that hold text; 20 MB wrapped at 66 characters. A reader takes some 300 bytes for each
CHECKED_FROM_LINES = 10_000  # below it a text stays as it is, and so do the numbers of its lines in messages
_BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
_BLANK_LINE_RUN = re.compile(r"\n{3,}")


def bound_lines(text: str, name: str) -> str:
    """Return the text, blank lines in a row as one where there are very many lines: no reader tells them apart.

    Raises ReadError for more lines of text than MAX_LINES.
    """
    if text.count("\n") < CHECKED_FROM_LINES:
        return text
    text = _BLANK_LINE_RUN.sub("\n\n", _BLANK_LINE.sub("", text))
    lines = text.count("\n") - text.count("\n\n")
    if lines > MAX_LINES:
        raise ReadError(
            name,
            f"has {lines:,} lines of text; {MAX_LINES:,} at most",
            "split it into several documents, or join lines",
            "too_large",
        )
    return text
