"""Citations in JSON, as pincite gives them, read and checked for their members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pincite.index.errors import CorpusError

MEMBERS = {"document": str, "start": int, "end": int, "quote": str}  # that a citation must have
MAX_DEPTH = 20  # levels of arrays and objects that are looked into


@dataclass(frozen=True, slots=True)
class OldCitation:
    """Members of a citation that are checked."""

    document: str
    start: int
    end: int
    quote: str
    sha256: str
    path: tuple[str, ...] | None


def read_citations(data: bytes, name: str) -> list[OldCitation]:
    """Return the citations in JSON: of one citation, of a list of them, or of a reply of POST /v1/query.

    name: the file, for errors. Raises CorpusError where the bytes are no JSON or hold no citation.
    """
    remedy = "give one citation as JSON, or a whole reply of POST /v1/query or `pincite ask --json`"
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CorpusError(name, "is no JSON", remedy) from error
    found = list(dict.fromkeys(_citations(value, MAX_DEPTH)))
    if not found:
        raise CorpusError(name, f"holds no citation, which has {', '.join(MEMBERS)}", remedy)
    return found


def _citations(value: Any, depth: int) -> Iterator[OldCitation]:
    """Yield the citations in a value, wherever they stand, in their order."""
    if not depth or not isinstance(value, dict | list):
        return
    if isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in MEMBERS.items()):
        path = value.get("path")
        yield OldCitation(
            value["document"],
            value["start"],
            value["end"],
            value["quote"],
            str(value.get("sha256", "")),
            tuple(map(str, path)) if isinstance(path, list) else None,
        )
        return
    for part in value.values() if isinstance(value, dict) else value:
        yield from _citations(part, depth - 1)
