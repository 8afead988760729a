"""Names of documents in lists and links: their titles, and their publisher or id as well where titles are equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from pincite.index.types import Document

MAX_COMPARED = 6  # documents of one title whose publishers are compared; with more, ids separate them


def distinct_names(
    entries: Iterable[tuple[str, str]], document: Callable[[str], Document], shown: Collection[str] | None = None
) -> dict[str, str]:
    """Return the name of each document by its id, no two alike.

    entries: (id, title) of all that a name must differ from; shown: the ids of those to name, None for all.
    """
    by_title = defaultdict(list)
    for name, title in entries:
        by_title[_fold(title)].append((name, title))
    names: dict[str, str] = {}
    for group in by_title.values():
        wanted = [(name, title) for name, title in group if shown is None or name in shown]
        if wanted:
            suffixes = _suffixes([name for name, _ in group], document)
            names |= {name: title + suffixes[name] for name, title in wanted}
    return names


def _suffixes(ids: list[str], document: Callable[[str], Document]) -> dict[str, str]:
    """Return what separates documents with one title: nothing for one, their publishers if all differ, or their ids."""
    if len(ids) == 1:
        return {ids[0]: ""}
    publishers = [document(name).source.publisher for name in ids] if len(ids) <= MAX_COMPARED else []
    differ = all(publishers) and len({_fold(p or "") for p in publishers}) == len(ids)
    return {name: f" ({label})" for name, label in zip(ids, publishers if differ else ids, strict=True)}


def _fold(title: str) -> str:
    return " ".join(title.casefold().split())
