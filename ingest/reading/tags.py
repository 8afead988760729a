"""Tags of a document, as its author states them: words to find documents by, which are no part of the text."""

from __future__ import annotations

from collections.abc import Iterable

from pincite.index.errors import ReadError
from pincite.index.metadata.metadata_filter import fold_name

MAX_TAGS = 50  # of one document
MAX_TAG_CHARACTERS = 80  # code points


def unique_tags(entries: Iterable[str]) -> tuple[str, ...]:
    """Return the tags of a list as written, white space folded; of those that differ in case alone the first.

    An entry may hold several, with commas between them: a tag has none.

    >>> unique_tags(["Tides, harbour", "  night   work", "TIDES", ""])
    ('Tides', 'harbour', 'night work')
    """
    tags: dict[str, str] = {}
    for entry in entries:
        for tag in entry.split(","):
            if folded := fold_name(tag):
                tags.setdefault(folded, " ".join(tag.split()))
    return tuple(tags.values())


def checked_tags(entries: Iterable[str], place: str) -> tuple[str, ...]:
    """Return the tags of a list as unique_tags() does. Raises ReadError for too many or too long ones."""
    tags = unique_tags(entries)
    if len(tags) > MAX_TAGS:
        raise ReadError(
            place, f"has {len(tags):,} tags; {MAX_TAGS} at most", "keep those that people search by", "invalid"
        )
    longest = max(tags, key=len, default="")
    if len(longest) > MAX_TAG_CHARACTERS:
        problem = f"the tag {longest[:40]!r} ... has {len(longest):,} characters; {MAX_TAG_CHARACTERS} at most"
        raise ReadError(place, problem, "write a shorter tag, and commas between tags", "invalid")
    return tags
