"""Properties of a Word document: title, author, dates, language, and where it comes from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pincite.index.errors import ReadError
from pincite.index.types import Source
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS
from pincite.ingestion.reading.readers.front_matter import KNOWN_KEYS, SOURCE_FIELD_BY_KEY, TAGS_KEY, validated
from pincite.ingestion.reading.readers.language_tag import canonical_language_tag
from pincite.ingestion.reading.tags import checked_tags

_SCRIPT_NAME = "python-docx"  # leaves its own name and language in what it makes
_MIN_LANGUAGE_SHARE = 0.5  # of the characters of a document
# Names of accounts and programs, which Word takes for authors.
_NO_AUTHORS = frozenset(
    ["", "admin", "administrator", "author", "microsoft office user", "owner", "user", "windows user", _SCRIPT_NAME]
)
_UNNAMED = re.compile(r"(?:microsoft word - |document\d*$|untitled|word document$|powerpoint)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Properties:
    """Statements of a document about itself; None where it makes none."""

    title: str | None
    id: str | None
    language: str | None  # a tag of BCP 47
    source: Source
    tags: tuple[str, ...]
    left_out: tuple[str, ...]  # notes on what is not taken
    is_of_script: bool  # made by python-docx from its own template


def read_properties(name: str, core: Element | None, extended: Element | None, custom: Element | None) -> Properties:
    """Read the three parts that hold properties, each None where there is none.

    The publisher is the organisation, or else the author; the day of the last change is a note, since it is no day of
    review. Custom properties named like the keys of front matter go before both, and are held to the same rules.
    name: of the file. Raises ReadError for a custom property whose value cannot be understood.
    """
    own = _custom_values(custom, name)
    author = _text(core, "dc:creator")
    is_of_script = _SCRIPT_NAME in (author or "", *(_text(core, "dc:description") or "").split())
    author = None if (author or "").casefold() in _NO_AUTHORS else author
    organisation = _text(extended, "x:Company")
    changed = re.match(r"\d{4}-\d\d-\d\d", _text(core, "dcterms:modified") or "")
    title = _text(core, "dc:title") or ""
    said = [f"Author: {author}"] if author and organisation else []
    said += [f"Last changed: {changed[0]}"] if changed and not is_of_script else []
    values: dict[str, str | None] = {"publisher": organisation or author, "note": "; ".join(said) or None}
    values |= {field: own[key] for key, field in SOURCE_FIELD_BY_KEY.items() if key in own}
    language = own.get("language") or canonical_language_tag(_text(core, "dc:language") or "")
    return Properties(
        own.get("title") or (None if _UNNAMED.match(title) or len(title) > MAX_HEADING_CHARACTERS else title or None),
        own.get("id"),
        language,
        Source(**values),
        *_tags(core, own, name, is_of_script),
        is_of_script,
    )


def main_language(characters: Counter[str], default: str | None) -> str | None:
    """Return the language of most of a text. None where none is stated of half of it.

    characters: how many by the tag that is stated of them, "" for none; default: of these.
    """
    counts: Counter[str] = Counter()
    for tag, count in characters.items():
        counts[canonical_language_tag(tag or default or "") or ""] += count
    tag, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return tag if tag and count >= _MIN_LANGUAGE_SHARE * counts.total() else None


def _custom_values(custom: Element | None, name: str) -> Mapping[str, str]:
    """Return the values of the properties that are named like keys of front matter; those of the tags unchecked."""
    properties = [] if custom is None else custom.findall("x:property")
    texts = {p.get("name", "").lower(): "".join(p.itertext()).strip() for p in properties}
    return {
        key: text if key == TAGS_KEY else validated(key, text, f"{name}, property {key}")
        for key, text in texts.items()
        if text and key in (*KNOWN_KEYS, TAGS_KEY)
    }


def _tags(
    core: Element | None, own: Mapping[str, str], name: str, is_of_script: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tags of the custom property, or else the keywords, which Word's own form calls tags; and notes.

    Keywords are no reason to refuse a document: they are left out where they are too many or too long for tags.
    """
    if TAGS_KEY in own:
        return checked_tags([own[TAGS_KEY]], f"{name}, property {TAGS_KEY}"), ()
    keywords = None if is_of_script else _text(core, "x:keywords")
    try:
        return checked_tags([(keywords or "").replace(";", ",")], f"{name}, property keywords"), ()
    except ReadError as error:
        return (), (f"left out: the keywords of its properties: {error.problem}",)


def _text(element: Element | None, name: str) -> str | None:
    child = None if element is None else element.find(name)
    return None if child is None else " ".join("".join(child.itertext()).split()) or None
