"""Front matter: the head of a file between two `---` (YAML) or `+++` (TOML), taken off the text below it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from pincite.index.errors import ReadError
from pincite.ingestion.reading.notes import left_out_note
from pincite.ingestion.reading.readers.front_matter_values import (
    Entry,
    toml_entries,
    toml_list,
    toml_value,
    yaml_entries,
    yaml_list,
    yaml_value,
)
from pincite.ingestion.reading.readers.stated_values import validated
from pincite.ingestion.reading.tags import checked_tags

MAX_FRONT_MATTER_CHARACTERS = 65_536
SOURCE_FIELD_BY_KEY = {
    "publisher": "publisher",
    "based_on": "based_on",
    "source_title": "title",
    "source_url": "url",
    "reviewed": "reviewed",
    "licence": "licence",
    "note": "note",
}
KNOWN_KEYS = ("id", "title", "language", *SOURCE_FIELD_BY_KEY)  # of one plain value each
TAGS_KEY = "tags"  # of a list, or of one line with commas
# Keys of site generators and note takers: a head of such keys alone is no text.
_USUAL_KEYS = frozenset(
    """
    alias aliases author authors bibliography categories category comments created cssclass cssclasses date
    description draft image keywords lang lastmod layout modified nav_order output parent permalink
    published sidebar sidebar_label sidebar_position slug status subtitle summary tag tags template theme toc
    type updated url version weight
    """.split()
)
_KEY_PATTERN = re.compile(r"[A-Za-z_][\w.-]*")
_OPENING = re.compile(r"^(-{3,}|\+{3})[ \t]*\n", re.MULTILINE)
_CLOSING_BY_SIGN = {
    "-": re.compile(r"^(?:-{3,}|\.{3})[ \t]*$", re.MULTILINE),
    "+": re.compile(r"^\+{3}[ \t]*$", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values of the keys that pincite knows, and the text without its head."""

    values: dict[str, str]  # by key, without the tags
    body: str  # as many lines as the file has: those of the head are empty
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    """A block between two fences at the top of a file."""

    content: str
    entries: list[Entry]
    value: Callable[[Entry, str], str | None]
    list_value: Callable[[Entry, str], list[str]]
    end: int  # where the text below begins
    is_toml: bool


def split_front_matter(text: str, name: str) -> FrontMatter:
    """Take the front matter off a text. A block that has no key of front matter is text, and stays.

    Raises ReadError, with file, line and remedy, for a known key whose value cannot be understood.
    """
    head = _find_head(text)
    if head is None:
        return FrontMatter({}, text)
    known = [entry for entry in head.entries if entry.key in (*KNOWN_KEYS, TAGS_KEY)]
    body = "\n" * text.count("\n", 0, head.end) + text[head.end :]
    if known and len(head.content) > MAX_FRONT_MATTER_CHARACTERS:
        raise ReadError(
            f"{name}:{known[0].line}",
            f"the front matter has {len(head.content):,} characters; {MAX_FRONT_MATTER_CHARACTERS:,} at most",
            "move text below the second `---`; if this is text, write *** for the first line",
            "invalid",
        )
    if known:
        return FrontMatter(_values(known, head, name), body, (), _tags(known, head, name))
    if head.content.strip() and not _is_of_usual_keys(head):
        return FrontMatter({}, text)
    words = " ".join(head.content.split())
    return FrontMatter(
        {}, body, (left_out_note("front matter without a key that pincite uses", texts=[words]),) if words else ()
    )


def _find_head(text: str) -> _Head | None:
    """Return the block at the top of a text if it is fenced and its first line has a key, or if it is empty."""
    opening = _OPENING.match(text, len(text) - len(text.lstrip()))
    if opening is None:
        return None
    is_toml = opening[1][0] == "+"
    closing = _CLOSING_BY_SIGN[opening[1][0]].search(text, opening.end())
    if closing is None:
        return None
    content = text[opening.end() : closing.start()]
    first_line = text.count("\n", 0, opening.end()) + 1
    beginning = textwrap.dedent(content[:MAX_FRONT_MATTER_CHARACTERS])  # more is refused, or text
    entries = (toml_entries if is_toml else yaml_entries)(beginning, first_line)
    if content.strip() and not (entries and entries[0].key):
        return None
    read_values = (toml_value, toml_list) if is_toml else (yaml_value, yaml_list)
    return _Head(content, entries, *read_values, closing.end(), is_toml)


def _is_of_usual_keys(head: _Head) -> bool:
    """Return whether a head without a known key is one all the same: TOML, or keys that are common elsewhere."""
    keys = [entry.key for entry in head.entries]
    is_plain = all(_KEY_PATTERN.fullmatch(key) for key in keys) and "\n\n" not in head.content.strip()
    return len(head.content) <= MAX_FRONT_MATTER_CHARACTERS and (
        head.is_toml or (is_plain and not _USUAL_KEYS.isdisjoint(keys))
    )


def _values(entries: list[Entry], head: _Head, name: str) -> dict[str, str]:
    """Return the valid values by key; of two entries with one key the last counts."""
    values = {}
    for entry in entries:
        text = head.value(entry, name) if entry.key != TAGS_KEY else None
        if text is not None:
            values[entry.key] = validated(entry.key, text, f"{name}:{entry.line}, front matter, {entry.key}")
    return values


def _tags(entries: list[Entry], head: _Head, name: str) -> tuple[str, ...]:
    """Return the tags; of two entries of tags the last counts."""
    stated: tuple[str, ...] = ()
    for entry in entries:
        if entry.key == TAGS_KEY:
            stated = checked_tags(head.list_value(entry, name), f"{name}:{entry.line}, front matter, {TAGS_KEY}")
    return stated
