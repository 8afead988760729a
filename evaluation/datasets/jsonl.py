"""Files of one JSON object a line: every fault names the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pincite.index.errors import ReadError

FIELDS_REMEDY = "see the fields in docs/evaluation.md"


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the place (file:line) and text of every line that is not blank. Raises ReadError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), f"cannot be read: {error}", "give a UTF-8 file") from error
    # not splitlines(): JSON strings may hold U+2028 and its like as they are
    for n, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}:{n}", line.rstrip("\r")


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and object of every line that is not blank. Raises ReadError if a line is no JSON object."""
    for place, line in lines(path):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ReadError(place, f"is not JSON: {error}", "write one JSON object a line") from error
        if not isinstance(value, dict):
            raise ReadError(place, "is not a JSON object", "write one JSON object a line")
        yield place, value


def text_field(place: str, fields: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a field that must be text. Raises ReadError when it is missing without a default, or something else."""
    value = fields.get(name, default)
    if not isinstance(value, str):
        problem = f"has no {name!r}" if value is None else f"has a {name!r} that is not text: {str(value)[:40]!r}"
        raise ReadError(place, problem, FIELDS_REMEDY)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ReadError(place, f"has half a character in {name!r}: {error.reason}", "write it as UTF-8") from error
    return value


def id_field(place: str, fields: dict[str, Any], name: str, places: dict[str, str]) -> str:
    """Return an id, text or a whole number, and add it to `places` (id to place). Raises ReadError when it is there."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        fields = {name: str(value)}
    value = text_field(place, fields, name)
    if not value:
        raise ReadError(place, f"has an empty {name!r}", "give every line an id of its own")
    if value in places:
        raise ReadError(
            place, f"has the {name!r} {value!r}, as {places[value]} has", "give every line an id of its own"
        )
    places[value] = place
    return value
