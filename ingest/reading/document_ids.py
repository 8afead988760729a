"""Ids of documents: each states its own, or has one made of its file's name, whatever order the files are read in."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Protocol

from pincite.ingestion.reading.compose import slug, unique_name

DIGEST_LENGTHS = (8, 16, 64)  # hexadecimal digits of a name's SHA-256: the first that tells all documents apart


class Named(Protocol):
    """Document with a name of its own, and that name without its ending, as people read it."""

    @property
    def name(self) -> str:
        """Name that no other document has."""

    @property
    def display_name(self) -> str:
        """Name as text, without its ending."""


def assign_ids(
    files: Mapping[int, tuple[Named, str | None]],
    held: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
) -> dict[int, str]:
    """Return the id of each file's document, by the number of the file. files: with the id that each document states.

    An id that is stated is kept. Otherwise it is the slug of the file's name; where several documents would have one
    slug, each of them has it with a digest of its file's name behind it, and none has the slug alone. So no document
    takes over the address of another that is renamed, removed or read later.

    held: ids that files have already, by their names: they keep them, unless they or others state another. taken: ids
    that no other file gets unless it states them.
    """
    ids = {number: stated for number, (_, stated) in files.items() if stated}
    stated_ids = {*ids.values()}
    for number, (file, stated) in files.items():
        if not stated and held and held.get(file.name, "") not in {"", *stated_ids}:
            ids[number] = held[file.name]
    slugs = {n: slug(file.display_name) or "document" for n, (file, _) in files.items() if n not in ids}
    taken = {*taken, *ids.values()}
    counts = Counter([*taken, *slugs.values()])
    ids |= {number: name for number, name in slugs.items() if counts[name] == 1}
    for length in DIGEST_LENGTHS:
        pending = {n: f"{name}-{_digest(files[n][0])[:length]}" for n, name in slugs.items() if n not in ids}
        counts = Counter([*taken, *ids.values(), *pending.values()])
        ids |= {number: name for number, name in pending.items() if counts[name] == 1}
    used = dict.fromkeys([*taken, *ids.values()], 1)  # all are distinct by now, but for an id that states a digest
    return ids | {n: unique_name(name, used) for n, name in pending.items() if n not in ids}


def _digest(file: Named) -> str:
    return hashlib.sha256(os.fsencode(file.name)).hexdigest()
