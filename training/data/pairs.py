"""Training pairs, and their file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pincite.index.types import Range


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage, and whether the one answers the other."""

    question: str
    passage: str
    answers: bool
    marks: tuple[Range, ...] | None  # ranges of `passage` that answer; None if they are not known
    source: str  # the collection
    kind: str  # "own" if it answers; else why not: article, near, section, phrase, mistaken, far
    target: float | None = None  # the probability to learn, with a teacher's share in it; None: that of `answers`


def digest(question: str, passage: str) -> int:
    """Digest a pair to 64 bits, by which its score is found again."""
    return int.from_bytes(blake2b(f"{question}\0{passage}".encode(), digest_size=8).digest(), "little")


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write one JSON object a line. Returns the number of pairs."""
    lines = [json.dumps(_fields(p), ensure_ascii=False) for p in pairs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def read_pairs(path: Path) -> list[Pair]:
    """Read what write_pairs wrote."""
    with path.open(encoding="utf-8") as lines:
        return [_pair(json.loads(line)) for line in lines]


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Read the objects of a JSON-lines file of a public collection."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _fields(pair: Pair) -> dict[str, Any]:
    fields = asdict(pair)
    if pair.target is None:
        del fields["target"]
    return fields


def _pair(fields: dict[str, Any]) -> Pair:
    marks = fields.pop("marks")
    return Pair(**fields, marks=None if marks is None else tuple((s, e) for s, e in marks))
