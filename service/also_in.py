"""Other places of the words of a hit, named for readers."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from pincite.index.types import Citation, Hit

MAX_NAMED = 3  # places that a reader is shown


class Place(NamedTuple):
    """A place with the same words."""

    name: str  # title and headings, with the document's id where another place has the same ones
    url: str
    language: str | None  # of the name


def places(hit: Hit, separator: str = " > ") -> tuple[tuple[Place, ...], int]:
    """Return the first other places of a hit's words, MAX_NAMED at most, and how many more there are."""
    named = hit.also_in[:MAX_NAMED]
    counts = Counter(_name(citation, separator) for citation in (hit.citation, *named))
    return tuple(_place(citation, separator, counts) for citation in named), hit.also_in_count - len(named)


def _place(citation: Citation, separator: str, counts: Counter[str]) -> Place:
    name = _name(citation, separator)
    return Place(f"{name} ({citation.document})" if counts[name] > 1 else name, citation.url, citation.language)


def _name(citation: Citation, separator: str) -> str:
    return separator.join((citation.title, *citation.path))
