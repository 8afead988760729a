"""Filters by document and section. Names come in, rows go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle


class UnknownError(LookupError):
    """A name that is not in the index: which list it stood in, and where."""

    def __init__(self, field: str, place: int) -> None:
        super().__init__(field, place)
        self.field = field
        self.place = place


def rows(
    bundle: Bundle, documents: Sequence[str] | None = None, sections: Sequence[str] | None = None
) -> NDArray[np.int64] | None:
    """Return the rows of the passages that are in all given lists; None if no list is given. Raises UnknownError.

    A section, named document#section, stands for itself and those below it. Returns (w,) int64, rising, or None.
    """
    given = [("documents", documents, _of_document), ("sections", sections, _of_section)]
    held = [_held(bundle, field, names, find) for field, names, find in given if names is not None]
    return np.array(sorted(set.intersection(*held)), dtype=np.int64) if held else None


def _held(bundle: Bundle, field: str, names: Sequence[str], find: Callable[[Bundle, str], list[int]]) -> set[int]:
    found: set[int] = set()
    for place, name in enumerate(names):
        try:
            found.update(find(bundle, name))
        except KeyError:
            raise UnknownError(field, place) from None
    return found


def _of_document(bundle: Bundle, name: str) -> list[int]:
    bundle.document(name)
    return [int(row) for row in bundle.rows_of(name)]


def _of_section(bundle: Bundle, name: str) -> list[int]:
    document, _, wanted = name.partition("#")
    sections = bundle.document(document).sections
    path = next((s.path for s in sections if s.id == wanted), None)
    if path is None:
        raise KeyError(name)
    below = {s.id for s in sections if s.path[: len(path)] == path}
    return [int(row) for row in bundle.rows_of(document, below)]
