"""Properties of a document, by the same rules in all formats: title, author, dates, language, source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pincite.index.errors import ReadError
from pincite.index.types import Source
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS
from pincite.ingestion.reading.readers.front_matter import KNOWN_KEYS, SOURCE_FIELD_BY_KEY, TAGS_KEY
from pincite.ingestion.reading.readers.language_tag import canonical_language_tag
from pincite.ingestion.reading.readers.stated_values import validated
from pincite.ingestion.reading.tags import checked_tags

_MIN_LANGUAGE_SHARE = 0.5  # of the characters of a document
# Names of accounts and programs, which are taken for authors.
_NO_AUTHORS = frozenset(
    """
    admin|administrator|author|calibre|microsoft office user|owner|python-docx|unknown|unknown author|user|windows user
    """.strip().split("|")
)
_UNNAMED = re.compile(
    r"(?:microsoft word - |document\d*$|untitled|unknown title$|word document$|powerpoint)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Properties:
    """Statements of a document about itself; None where it makes none."""

    title: str | None
    id: str | None
    language: str | None  # a tag of BCP 47
    source: Source
    tags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # notes on what is not taken


def state_properties(
    title: str,
    language: str,
    authors: str,
    organisation: str | None,
    dates: Mapping[str, str],
    own: Mapping[str, str],
    keywords: str = "",
    place: str = "",
) -> Properties:
    """Return the properties of a document.

    The publisher is the organisation, or else the authors. A date is a note, since it is no day of review.
    dates: moments of ISO 8601 by what happened then. own: values by the keys of front matter, which go before all else.
    keywords: what stands for tags where `own` has none. place: the file, named where tags are at fault. Raises
    ReadError for tags in `own` that are too many or too long.
    """
    named = None if authors.casefold() in _NO_AUTHORS else authors or None
    said = [f"Author: {named}"] if named and organisation else []
    days = {what: re.match(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(?![0-9])", moment) for what, moment in dates.items()}
    said += [f"{what}: {day[0]}" for what, day in days.items() if day]
    values: dict[str, str | None] = {"publisher": organisation or named, "note": "; ".join(said) or None}
    values |= {field: own[key] for key, field in SOURCE_FIELD_BY_KEY.items() if key in own}
    is_no_title = _UNNAMED.match(title) or len(title) > MAX_HEADING_CHARACTERS
    return Properties(
        own.get("title") or (None if is_no_title else title or None),
        own.get("id"),
        own.get("language") or canonical_language_tag(language),
        Source(**values),
        *_tags(own, keywords, place),
    )


def _tags(own: Mapping[str, str], keywords: str, place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tags of the custom property, or else the keywords, and notes.

    Keywords are no reason to refuse a document: they are left out where they are too many or too long for tags.
    """
    if TAGS_KEY in own:
        return checked_tags([own[TAGS_KEY]], f"{place}, property {TAGS_KEY}"), ()
    try:
        return checked_tags([keywords.replace(";", ",")], f"{place}, property keywords"), ()
    except ReadError as error:
        return (), (f"left out: the keywords of its properties: {error.problem}",)


def custom_values(texts: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Return the values of custom properties that are named like the keys of front matter; of the tags, unchecked.

    name: of the file. Raises ReadError for a value that cannot be understood.
    """
    return {
        key: text if key == TAGS_KEY else validated(key, text, f"{name}, property {key}")
        for key, text in texts.items()
        if text and key in (*KNOWN_KEYS, TAGS_KEY)
    }


def main_language(characters: Counter[str], default: str | None) -> str | None:
    """Return the language of most of a text. None where none is stated of half of it.

    characters: how many by the tag that is stated of them, "" for none; default: of these.
    """
    counts: Counter[str] = Counter()
    for tag, count in characters.items():
        counts[canonical_language_tag(tag or default or "") or ""] += count
    tag, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return tag if tag and count >= _MIN_LANGUAGE_SHARE * counts.total() else None


def text_of(element: Element | None, name: str) -> str:
    """Return the text of a child as one line, "" where there is none."""
    child = None if element is None else element.find(name)
    return "" if child is None else " ".join("".join(child.itertext()).split())
