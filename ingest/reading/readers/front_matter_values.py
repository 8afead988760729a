"""Values of front matter as they are written: `key: value` of YAML, `key = value` of TOML, an entry at a time.

An entry is parsed when its value is asked for, so a key that nobody asks for can hold what it likes. Aliases, merges,
tags and deep nesting are refused, not followed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from pincite.index.errors import ReadError
from pincite.index.system_errors import printable_path

MAX_YAML_DEPTH = 20  # levels; the composer goes down one level a call
_YAML_NOTHING = ("", "~", "null")
_YAML_INDICATORS = "-?:,[]{}#&*!|>%@` \t"  # what no key begins with
_STRING_TAG = "tag:yaml.org,2002:str"
_MERGE_TAG = "tag:yaml.org,2002:merge"
_TOML_TABLE = re.compile(r"\[\[?[\w.\"' -]+\]\]?\s*(?:#.*)?")
_TOML_PLACE = re.compile(r"\s*\(at line (\d+), column \d+\)")
_TOML_LONG_QUOTES = ('"""', "'''")
_REMEDY_FOR_TEXT = "if this is text, write *** for the first line"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of front matter with its lines as they stand. `line` counts from 1 in the file."""

    key: str
    line: int
    text: str


def yaml_entries(content: str, first_line: int) -> list[Entry]:
    """Cut a YAML head into entries; what stands before the first one is an entry without a key."""
    return list(_entries(content, first_line, _yaml_keys))


def toml_entries(content: str, first_line: int) -> list[Entry]:
    """Cut a TOML head into entries, up to the first table; what stands before the first is an entry without a key."""
    return list(_entries(content, first_line, _toml_keys))


def yaml_value(entry: Entry, name: str) -> str | None:
    """Return the value of an entry as one line, as written, or None if it has none. Raises ReadError."""
    return _yaml_line(_yaml_node(entry, name), entry, name)


def yaml_list(entry: Entry, name: str) -> list[str]:
    """Return the values of a list as yaml_value() returns each; one plain value is a list of one. Raises ReadError."""
    node = _yaml_node(entry, name)
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return [line for each in nodes if (line := _yaml_line(each, entry, name))]


def _yaml_node(entry: Entry, name: str) -> yaml.Node | None:
    """Return the node of an entry's value; None where the entry is no key with a value."""
    try:
        node = _compose_yaml(entry.text)
    except (yaml.YAMLError, ValueError) as error:
        raise _yaml_error(error, entry, name) from error
    values = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else []
    return values[0] if len(values) == 1 else None


def _yaml_line(node: yaml.Node | None, entry: Entry, name: str) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        raise _not_plain(entry, name)
    if node.style is None and node.value in _YAML_NOTHING:
        return None
    return " ".join(node.value.split())


def toml_list(entry: Entry, name: str) -> list[str]:
    """Return the strings of a list; one plain value is a list of one. Raises ReadError."""
    value = _toml_parsed(entry, name)
    if not isinstance(value, list):
        return [toml_value(entry, name)]
    if not all(isinstance(each, str) for each in value):
        raise _not_plain(entry, name)
    return [" ".join(each.split()) for each in value]


def _toml_parsed(entry: Entry, name: str) -> Any:
    try:
        (value,) = tomllib.loads(entry.text).values()
    except (ValueError, RecursionError) as error:
        raise _toml_error(error, entry, name) from error
    return value


def toml_value(entry: Entry, name: str) -> str:
    """Return the value of an entry as one line: a string, or a number, date or truth value as written."""
    value = _toml_parsed(entry, name)
    if isinstance(value, dict | list):
        raise _not_plain(entry, name)
    written = value if isinstance(value, str) else entry.text.partition("=")[2].partition("#")[0]
    return " ".join(written.split())


def _entries(content: str, first_line: int, keys: Callable[[list[str]], Iterator[tuple[int, str]]]) -> Iterator[Entry]:
    """Yield the entries: each begins at a line that has a key, and goes on to the next."""
    lines = content.split("\n")
    starts = list(keys(lines))
    if not starts or starts[0][0] > 0:
        starts.insert(0, (0, ""))
    for (start, key), (end, _) in zip(starts, [*starts[1:], (len(lines), "")], strict=True):
        text = "\n".join(lines[start:end])
        if key or any(line.strip() and not line.startswith("#") for line in lines[start:end]):
            yield Entry(key, first_line + start, text)


def _yaml_keys(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that begins a key at the margin, with that key."""
    for number, line in enumerate(lines):
        key, colon, value = line.partition(":")
        if colon and line[0] not in _YAML_INDICATORS and (not value or value[0] in " \t"):
            yield number, key.strip(" \t\"'")


def _toml_keys(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that begins a key before the first table, with that key."""
    quotes = ""  # that a string of several lines is still open with
    for number, line in enumerate(lines):
        if not quotes:
            if _TOML_TABLE.fullmatch(line):
                yield number, "["
                return
            key, equals, _ = line.partition("=")
            if equals and re.fullmatch(r"\s*(?:[\w.-]+|\"[^\"]*\"|'[^']*')\s*", key):
                yield number, key.strip(" \t\"'")
        for kind in _TOML_LONG_QUOTES:
            if quotes in ("", kind) and line.count(kind) % 2:
                quotes = "" if quotes else kind


class _BoundedLoader(yaml.SafeLoader):
    """A loader whose work and depth are bounded by the length of the text."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        """Compose a node, but none that stands for another, says what to make of it, or lies too deep."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases (*) are not followed here", event)
        if getattr(event, "tag", None) not in (None, "!", _STRING_TAG):
            raise _refusal("tags (!) are not followed here", event)
        if self._depth == MAX_YAML_DEPTH:
            raise _refusal(f"it is nested more than {MAX_YAML_DEPTH} levels deep", event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and node.tag == _MERGE_TAG:
            raise _refusal("merge keys (<<) are not followed here", event)
        return node


def _compose_yaml(content: str) -> yaml.Node | None:
    loader = _BoundedLoader(content)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _refusal(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _yaml_error(error: Exception, entry: Entry, name: str) -> ReadError:
    mark = getattr(error, "problem_mark", None)
    last_line = entry.text.rstrip().count("\n")  # what is missing at the end is missed below it
    reason = getattr(error, "problem", None) or str(error)
    return ReadError(
        f"{name}:{entry.line + (min(mark.line, last_line) if mark else 0)}",
        f"the front matter is not YAML as pincite reads it: {printable_path(reason)}",
        "write `key: value` lines, quotation marks round values that hold ': ' or '#' or begin with a sign; "
        + _REMEDY_FOR_TEXT,
        "invalid",
    )


def _toml_error(error: Exception, entry: Entry, name: str) -> ReadError:
    reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
    place = _TOML_PLACE.search(reason)
    return ReadError(
        f"{name}:{entry.line + (int(place[1]) - 1 if place else 0)}",
        f"the front matter is not TOML: {printable_path(_TOML_PLACE.sub('', reason))}",
        'write `key = "value"` lines; ' + _REMEDY_FOR_TEXT,
        "invalid",
    )


def _not_plain(entry: Entry, name: str) -> ReadError:
    place = f"{name}:{entry.line}, front matter, {entry.key}"
    if entry.key == "tags":
        remedy = "write them on one line with commas between them, or one a line"
        return ReadError(place, "is no list of words", remedy, "invalid")
    return ReadError(place, "is not one plain value", "write one line of text", "invalid")
