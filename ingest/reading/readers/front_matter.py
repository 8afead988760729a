"""YAML front matter: one plain value a key. Aliases, merges, tags and deep nesting are refused, not followed."""

from __future__ import annotations

import datetime
import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from pincite.index.errors import ReadError
from pincite.index.system_errors import printable_path
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS

MAX_FRONT_MATTER_CHARACTERS = 65_536
MAX_YAML_DEPTH = 20  # levels; the composer goes down one level a call
SOURCE_FIELD_BY_KEY = {
    "publisher": "publisher",
    "source_title": "title",
    "source_url": "url",
    "reviewed": "reviewed",
    "licence": "licence",
    "note": "note",
}
_KNOWN_KEYS = ("id", "title", *SOURCE_FIELD_BY_KEY)
_ID_PATTERN = re.compile(r"[^\W_][\w.-]{0,79}")
# A host, perhaps a port, then what RFC 3986 lets stand there, of any script: nothing that ends a line, a word or an
# attribute. Neither a user's name, which can look like the host.
_URL_PATTERN = re.compile(
    r"https?://(?:(?:[\w-]+\.)*[\w-]+\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][^\s\"<>\\^`{|}]*)?"
)
_STRING_TAG = "tag:yaml.org,2002:str"
_MERGE_TAG = "tag:yaml.org,2002:merge"


def read_front_matter(content: str, name: str) -> dict[str, str]:
    """Return the text of the keys that pincite knows; others are left alone. Raises ReadError for what is not plain."""
    if len(content) > MAX_FRONT_MATTER_CHARACTERS:
        raise ReadError(
            f"{name}:2",
            f"the front matter has {len(content):,} characters; {MAX_FRONT_MATTER_CHARACTERS:,} at most",
            "move text below the second `---`; if there is no front matter, leave the first line empty",
        )
    try:
        node = _compose_yaml(content)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise ReadError(f"{name}:2", "the front matter is not a list of `key: value` lines", "write one key a line")
        value_nodes = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        places = {key: f"{name}, front matter, {key}" for key in value_nodes if key in _KNOWN_KEYS}
        values = {key: _value_text(value_nodes[key], place) for key, place in places.items()}
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:  # a number or a date may be none that Python has
        raise _yaml_error(error, name) from error
    return {key: _validated(key, value, places[key]) for key, value in values.items() if value is not None}


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


def _yaml_error(error: Exception, name: str) -> ReadError:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 2}" if mark else ""
    reason = getattr(error, "problem", None) or str(error)
    return ReadError(
        f"{name}{line}",
        f"the front matter is not YAML as pincite reads it: {printable_path(reason)}",
        "write `key: value` lines, quotation marks round values that hold ': ' or '#' or begin with a sign; "
        "if there is no front matter, leave the first line empty",
    )


def _value_text(node: yaml.Node, place: str) -> str | None:
    """Return the text of one value: a date as ISO 8601 writes it, a number as Python does."""
    value = SafeConstructor().construct_object(node) if isinstance(node, yaml.ScalarNode) else node
    if value is None:
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, str | int | float):
        raise ReadError(place, "is not one plain value", "write one line of text")
    return " ".join(str(value).split())


def _validated(key: str, text: str, place: str) -> str:
    """Return the text if it is valid for the key, else raise ReadError."""
    quoted = repr(text[:80])
    if key == "id" and not _ID_PATTERN.fullmatch(text):
        raise ReadError(place, f"{quoted} cannot stand in an address", "use letters, digits, '-' and '.', 80 at most")
    if key == "title" and len(text) > MAX_HEADING_CHARACTERS:
        raise ReadError(
            place, f"has {len(text):,} characters; {MAX_HEADING_CHARACTERS:,} at most", "write a shorter title"
        )
    if key == "reviewed" and not _is_date(text):
        raise ReadError(place, f"{quoted} is not a date", "write it as 2025-05-06, or 2025-05")
    if key == "source_url" and not (_URL_PATTERN.fullmatch(text) and text.isprintable()):
        raise ReadError(
            place,
            f"{quoted} is not a web address",
            "begin it with http:// or https:// and a host; write a space as %20, a quotation mark as %22",
        )
    return text


def _is_date(text: str) -> bool:
    """Return whether a text is a year, month or day as ISO 8601 writes them with hyphens."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        return False
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True
