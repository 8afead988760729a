"""Passages: whole sentences of one section, lists kept with the line that introduces them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pincite.index.types import Block, Document, Passage, Range, Section
from pincite.ingestion.chunking.sentences import split_sentences

# A list item up to this many words is quoted whole ("Sporadic ALS. It occurs randomly."): its head says what the
# rest is about. A longer one is a paragraph with a bullet, and is cut into sentences.
ITEM_WORDS = 60


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or list item on its way into a passage."""

    range: Range
    words: int
    lead_in: Range | None  # for items
    joined: bool  # introduced by the line before it or before its list, and stays with that where there is room
    opens: bool  # the first of a block


def cut(document: Document, words: int) -> list[Passage]:
    """Cut a document into passages, in the order of their ids, which is the order of rows.

    Documents in the order of `row_order` and the passages of each in this order stand in the order of all ids.
    """
    return sorted((p for s in document.sections for p in split_passages(document, s, words)), key=_id)


def row_order(document_id: str) -> str:
    """Return the key that sorts documents so that their passages stand in the order of passage ids."""
    return f"{document_id}#"


def split_passages(document: Document, section: Section, words: int) -> Iterator[Passage]:
    """Cut a section into passages of about `words` words at most; a list may be half as long again.

    A sentence longer than that is a passage of its own. Every sentence of the section is in exactly one passage.
    """
    for position, group in enumerate(_pack(_units(document, section), words), start=1):
        yield Passage(
            document.id,
            section.id,
            position,
            group[0].range[0],
            group[-1].range[1],
            tuple(u.range for u in group),
            tuple(u.lead_in for u in group),
        )


def _units(document: Document, section: Section) -> Iterator[_Unit]:
    lead_in: Range | None = None  # what introduces the items that follow
    introduced = False  # by the block just before
    first = bisect_left(document.blocks, section.start, key=_start)
    after = bisect_left(document.blocks, section.end, key=_start)
    for block in document.blocks[first:after]:
        if block.kind == "heading":
            continue
        item = block.kind == "item"
        ranges = _ranges(document.text, block)
        for i, (start, end) in enumerate(ranges):
            size = _size(document.text[start:end])
            joined = (lead_in is not None) if item else (introduced and i == 0)
            yield _Unit((start, end), size, lead_in if item else None, joined, i == 0)
        introduced = not item and document.text[block.start : block.end].endswith(":")
        if not item:
            lead_in = ranges[-1] if introduced and ranges else None


def _size(text: str) -> int:
    """Count the words of a text; a script without spaces, or a long number, is measured by its bytes."""
    return max(len(text.split()), len(text.encode("utf-8")) // 8)


def _id(passage: Passage) -> str:
    return passage.id


def _start(block: Block) -> int:
    return block.start


def _ranges(text: str, block: Block) -> list[Range]:
    body = text[block.start : block.end]
    if block.kind == "item" and _size(body) <= ITEM_WORDS:
        return [(block.start, block.end)]
    return split_sentences(body, block.start)


def _pack(units: Iterable[_Unit], words: int) -> Iterator[list[_Unit]]:
    """Fill passages in order. What belongs together moves to the next passage as one."""
    group: list[_Unit] = []
    size = 0
    for run in _runs(units, words):
        if group and size + _words(run) > words:
            yield group
            group, size = [], 0
        group += run
        size += _words(run)
    if group:
        yield group


def _runs(units: Iterable[_Unit], words: int) -> Iterator[list[_Unit]]:
    """Units that stay together: a paragraph of `words` words at most, or a list with its lead-in, half as long again.

    A longer paragraph comes sentence by sentence, a longer list is cut between items.
    """
    for block in _blocks(units):
        longest = words + words // 2 if block[-1].joined else words
        whole = _words(block) <= longest
        run: list[_Unit] = []
        size = 0
        for unit in block:
            if run and not (whole or (unit.joined and size + unit.words <= longest)):
                yield run
                run, size = [], 0
            run.append(unit)
            size += unit.words
        yield run


def _blocks(units: Iterable[_Unit]) -> Iterator[list[_Unit]]:
    """Units by paragraph; a list goes with the paragraph that introduces it."""
    block: list[_Unit] = []
    for unit in units:
        if block and unit.opens and not unit.joined:
            yield block
            block = []
        block.append(unit)
    if block:
        yield block


def _words(units: list[_Unit]) -> int:
    return sum(unit.words for unit in units)
