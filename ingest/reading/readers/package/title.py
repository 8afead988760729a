"""Title of a document among its parts."""

from __future__ import annotations

from collections.abc import Sequence

from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Part


def split_title(parts: list[Part], titles: Sequence[Part]) -> tuple[str | None, list[Part]]:
    """Return the title, and the parts without it where it opens them.

    titles: the headings in the style of a title; without one, a single level-1 heading that opens the document is it.
    """
    if titles:
        is_title = len(titles) == 1
    else:
        top = [part for part in parts if part.kind == "heading" and part.level == 1]
        is_title = len(top) == 1 and parts[0] is top[0]
        titles = top
    if not is_title or len(titles[0].text) > MAX_HEADING_CHARACTERS:
        return None, parts
    return titles[0].text, parts[1:] if parts[0] is titles[0] else parts
