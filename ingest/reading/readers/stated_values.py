"""Values that a document states of itself: ids, dates, addresses and language tags, checked alike for all formats."""

from __future__ import annotations

import re

from pincite.index.errors import ReadError
from pincite.index.metadata.dates import days_of
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS
from pincite.ingestion.reading.readers.language_tag import canonical_language_tag

_ID_PATTERN = re.compile(r"[^\W_][\w.-]{0,79}")
# A host, perhaps a port, then what RFC 3986 lets stand there, of any script: nothing that ends a line, a word or an
# attribute. Neither a user's name, which can look like the host.
_URL_PATTERN = re.compile(
    r"https?://(?:(?:[\w-]+\.)*[\w-]+\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][^\s\"<>\\^`{|}]*)?"
)


def validated(key: str, text: str, place: str) -> str:
    """Return the text if it is valid for the key, a language tag in its usual case, else raise ReadError."""
    quoted = repr(text[:80])
    if key == "language":
        return _language_tag(text, place)
    if key == "id" and not _ID_PATTERN.fullmatch(text):
        remedy = "use letters, digits, '-' and '.', 80 at most"
        raise ReadError(place, f"{quoted} cannot stand in an address", remedy, "invalid")
    if key == "title" and len(text) > MAX_HEADING_CHARACTERS:
        raise ReadError(
            place,
            f"has {len(text):,} characters; {MAX_HEADING_CHARACTERS:,} at most",
            "write a shorter title",
            "invalid",
        )
    if key == "reviewed" and not is_iso_date(text):
        raise ReadError(place, f"{quoted} is not a date", "write it as 2025-05-06, or 2025-05", "invalid")
    if key == "source_url" and not is_web_address(text):
        raise ReadError(
            place,
            f"{quoted} is not a web address",
            "begin it with http:// or https:// and a host; write a space as %20, a quotation mark as %22",
            "invalid",
        )
    return text


def is_web_address(text: str) -> bool:
    """Return whether a text is an address that a link may lead to."""
    return text.isprintable() and _URL_PATTERN.fullmatch(text) is not None


def _language_tag(text: str, place: str) -> str:
    tag = canonical_language_tag(text)
    if tag is None:
        raise ReadError(
            place,
            f"{text[:80]!r} is not a language tag",
            "write the two letters of the language, such as de, with the country where it matters: pt-BR",
            "invalid",
        )
    return tag


def is_iso_date(text: str) -> bool:
    """Return whether a text is a year, month or day as ISO 8601 writes them with hyphens."""
    return days_of(text) is not None
