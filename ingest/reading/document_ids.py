"""Ids of documents: each states its own, or has one made of its file's name, whatever order the files are read in."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping

from pincite.ingestion.reading.compose import slug, unique_name
from pincite.ingestion.reading.source_document import SourceDocument

DIGEST_LENGTHS = (8, 16, 64)  # hexadecimal digits of a name's SHA-256: the first that tells all documents apart


def assign_ids(files: Mapping[int, tuple[SourceDocument, str | None]]) -> dict[int, str]:
    """Return the id of each file's document, by the number of the file. files: with the id that each document states.

    An id that is stated is kept. Otherwise it is the slug of the file's name; where several documents would have one
    slug, each of them has it with a digest of its file's name behind it, and none has the slug alone. So no document
    takes over the address of another that is renamed, removed or read later.
    """
    ids = {number: stated for number, (_, stated) in files.items() if stated}
    slugs = {n: slug(file.display_name) or "document" for n, (file, stated) in files.items() if not stated}
    counts = Counter([*ids.values(), *slugs.values()])
    ids |= {number: name for number, name in slugs.items() if counts[name] == 1}
    for length in DIGEST_LENGTHS:
        pending = {n: f"{name}-{_digest(files[n][0])[:length]}" for n, name in slugs.items() if n not in ids}
        counts = Counter([*ids.values(), *pending.values()])
        ids |= {number: name for number, name in pending.items() if counts[name] == 1}
    taken = dict.fromkeys(ids.values(), 1)  # all are distinct by now, but for an id that states a digest
    return ids | {n: unique_name(name, taken) for n, name in pending.items() if n not in ids}


def _digest(file: SourceDocument) -> str:
    return hashlib.sha256(os.fsencode(file.name)).hexdigest()
