"""Files of one JSON object a line: every fault names the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pincite.index.errors import ReadError

FIELDS = "see the fields in docs/evaluation.md"


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """(place, line) of every line that is not blank, the place being file:line. Raises ReadError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), f"cannot be read: {error}", "give a UTF-8 file") from error
    # not splitlines(): JSON strings may hold U+2028 and its like as they are
    for n, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}:{n}", line.rstrip("\r")


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, object) of every line that is not blank. Raises ReadError where a line is no JSON object."""
    for place, line in lines(path):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ReadError(place, f"is not JSON: {error}", "write one JSON object a line") from error
        if not isinstance(found, dict):
            raise ReadError(place, "is not a JSON object", "write one JSON object a line")
        yield place, found


def text_field(place: str, fields: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a field that must be text. Raises ReadError when it is missing without a default, or something else."""
    found = fields.get(name, default)
    if not isinstance(found, str):
        problem = f"has no {name!r}" if found is None else f"has a {name!r} that is not text: {str(found)[:40]!r}"
        raise ReadError(place, problem, FIELDS)
    try:
        found.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ReadError(place, f"has half a character in {name!r}: {error.reason}", "write it as UTF-8") from error
    return found


def id_field(place: str, fields: dict[str, Any], name: str, taken: dict[str, str]) -> str:
    """Return an id, text or a whole number, and add it to `taken` (id to place). Raises ReadError when it is there."""
    found = fields.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        fields = {name: str(found)}
    value = text_field(place, fields, name)
    if not value:
        raise ReadError(place, f"has an empty {name!r}", "give every line an id of its own")
    if value in taken:
        raise ReadError(place, f"has the {name!r} {value!r}, as {taken[value]} has", "give every line an id of its own")
    taken[value] = place
    return value
