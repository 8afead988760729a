"""Differences between two states of one document, section by section."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Indel

from pincite.index.types import Document, Section
from pincite.ingestion.chunking.sentences import split_sentences

MIN_SIMILARITY = 0.6  # of the words of two sections under different headings, from which one is the other, edited
MAX_COMPARED_PAIRS = 10_000  # pairs of sections under different headings whose words are compared

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionChange:
    """One section that differs. `moved`: the same words at another place, or under another heading."""

    kind: Literal["added", "gone", "changed", "moved"]
    path: Path  # headings now; of `gone`, before
    path_before: Path | None = None  # headings before, if they were others
    words_before: int = 0  # without the heading
    words_now: int = 0
    sentences: tuple[str, ...] = ()  # of `changed`: those that went ("- ...") and those that came ("+ ...")


@dataclass(frozen=True, slots=True)
class _Body:
    """A section without its heading."""

    section: Section
    text: str

    @property
    def words(self) -> list[str]:
        return self.text.split()


KeyOf = Callable[[_Body], object]  # what two sections have in common if they are one; nothing pairs a false key


def compare_sections(before: Document, now: Document) -> list[SectionChange]:
    """Return the sections in which two states of a document differ: in the order of the text now, gone ones last.

    A section is known again by its words and its headings, then by its words, then by its headings, then by words that
    are much the same. White space makes no difference. A section without words of its own is one if its headings are.
    """
    old, new = _bodies(before), _bodies(now)
    pairs = _pair_equal(old, new, lambda body: (body.section.path, tuple(body.words)))
    displaced = {*pairs} - _in_order(pairs)
    pairs |= _pair_equal(old, new, lambda body: tuple(body.words), pairs)
    pairs |= _pair_equal(old, new, lambda body: body.section.path, pairs)
    pairs |= _pair_similar(old, new, pairs)
    changes = [
        change
        for n, body in enumerate(new)
        if (change := _change(old[pairs[n]] if n in pairs else None, body, n in displaced))
    ]
    gone = (body for o, body in enumerate(old) if o not in {*pairs.values()})
    return [*changes, *(SectionChange("gone", body.section.path, None, len(body.words), 0) for body in gone)]


def _bodies(document: Document) -> list[_Body]:
    bodies = []
    for section in document.sections:
        text = document.text[section.start : section.end]
        heading = section.path[-1] if section.path else ""
        bodies.append(_Body(section, text.removeprefix(heading)))
    return bodies


def _pair_equal(
    old: Sequence[_Body], new: Sequence[_Body], key_of: KeyOf, paired: dict[int, int] | None = None
) -> dict[int, int]:
    """Pair the sections that are not `paired` and have one key, in their order: old numbers by new ones."""
    paired = paired or {}
    taken = {*paired.values()}
    numbers: defaultdict[object, list[int]] = defaultdict(list)
    for o in reversed(range(len(old))):
        if o not in taken and (key := key_of(old[o])):
            numbers[key].append(o)
    unpaired = (n for n in range(len(new)) if n not in paired)
    return {n: numbers[key].pop() for n in unpaired if numbers.get(key := key_of(new[n]))}


def _pair_similar(old: Sequence[_Body], new: Sequence[_Body], paired: dict[int, int]) -> dict[int, int]:
    """Pair sections whose words are much the same, the most similar first; none where there are too many."""
    old_numbers = [o for o in range(len(old)) if o not in {*paired.values()} and old[o].words]
    new_numbers = [n for n in range(len(new)) if n not in paired and new[n].words]
    if len(old_numbers) * len(new_numbers) > MAX_COMPARED_PAIRS:
        return {}
    scored = sorted(
        (-Indel.normalized_similarity(old[o].words, new[n].words), n, o) for o in old_numbers for n in new_numbers
    )
    pairs: dict[int, int] = {}
    for distance, n, o in scored:
        if -distance >= MIN_SIMILARITY and n not in pairs and o not in pairs.values():
            pairs[n] = o
    return pairs


def _in_order(pairs: dict[int, int]) -> set[int]:
    """Return the most of the new numbers whose old ones stand in the same order: the others have moved.

    This is a longest increasing subsequence, by patience sorting.
    """
    tails: list[int] = []  # the least old number that ends a subsequence of each length
    ends: list[int] = []  # the new number that it belongs to
    previous: dict[int, int | None] = {}
    for n, o in sorted(pairs.items()):
        length = bisect_left(tails, o)
        previous[n] = ends[length - 1] if length else None
        tails[length:] = [o]
        ends[length:] = [n]
    found: set[int] = set()
    n_or_none = ends[-1] if ends else None
    while n_or_none is not None:
        found.add(n_or_none)
        n_or_none = previous[n_or_none]
    return found


def _change(old: _Body | None, new: _Body, is_displaced: bool) -> SectionChange | None:
    """Return how a section differs from the one that it was; None if it does not."""
    if old is None:
        return SectionChange("added", new.section.path, None, 0, len(new.words))
    path_before = old.section.path if old.section.path != new.section.path else None
    counts = len(old.words), len(new.words)
    if old.words != new.words:
        return SectionChange("changed", new.section.path, path_before, *counts, tuple(_changed_sentences(old, new)))
    return SectionChange("moved", new.section.path, path_before, *counts) if path_before or is_displaced else None


def _changed_sentences(old: _Body, new: _Body) -> Iterator[str]:
    """Yield the sentences that went and that came, in their order."""
    for line in difflib.unified_diff(_sentences(old.text), _sentences(new.text), n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield f"{line[0]} {line[1:]}"


def _sentences(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if line.strip())
    return [" ".join(line[start:end].split()) for line in lines for start, end in split_sentences(line)]
