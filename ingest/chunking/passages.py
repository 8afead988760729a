"""Passages: whole sentences of one section; lists, tables and code kept with the line that introduces them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pincite.index.citation.lead_ins import LeadIns
from pincite.index.types import Block, Document, Passage, Range, Section
from pincite.ingestion.chunking.sentences import split_sentences

# A list item up to this many words is quoted whole ("Sporadic ALS. It occurs randomly."): its head says what the
# rest is about. A longer one is a paragraph with a bullet, and is cut into sentences.
MAX_WHOLE_ITEM_WORDS = 60
MAX_WHOLE_BLOCK_CHARACTERS = 2000  # table rows and code up to here are one unit; beyond, code is cut at line ends
MIN_HEADING_WORDS = 3  # words of a heading without text under it that is a passage: fewer say nothing by themselves


@dataclass(frozen=True, slots=True)
class _Segment:
    """A sentence, list item, table row or piece of code on its way into a passage."""

    range: Range
    word_count: int
    lead_ins: tuple[Range, ...]
    stays_with_previous: bool  # has lead-ins, or is introduced by the line before: stays with it where there is room
    starts_block: bool  # the first of a block


def split_document(document: Document, passage_words: int) -> list[Passage]:
    """Cut a document into passages, in the order of their ids, which is the order of rows.

    Documents in the order of `row_sort_key` and the passages of each in this order stand in the order of all ids.
    """
    sections = document.sections
    passages = [
        passage
        for section, after in zip(sections, [*sections[1:], None], strict=False)  # a document may have no section
        for passage in split_passages(document, section, passage_words) or _heading_passage(document, section, after)
    ]
    return sorted(passages, key=_passage_id)


def row_sort_key(document_id: str) -> str:
    """Return the key that sorts documents so that their passages stand in the order of passage ids."""
    return f"{document_id}#"


def split_passages(document: Document, section: Section, passage_words: int) -> list[Passage]:
    """Cut a section into passages of about `passage_words` words at most; a list may be half as long again.

    A sentence longer than that is a passage of its own. Every sentence of the section is in exactly one passage.
    """
    return [
        Passage(
            document.id,
            section.id,
            position,
            group[0].range[0],
            group[-1].range[1],
            tuple(u.range for u in group),
            tuple(u.lead_ins for u in group),
        )
        for position, group in enumerate(_fill_passages(_segments(document, section), passage_words), start=1)
    ]


def _heading_passage(document: Document, section: Section, following: Section | None) -> list[Passage]:
    """Return the heading of a section without text as its passage, if it may say something and heads no section."""
    if not section.path or (following is not None and following.path[: len(section.path)] == section.path):
        return []
    start, end = _heading_range(document, section)
    if _word_count(document.text[start:end]) < MIN_HEADING_WORDS:
        return []
    return [Passage(document.id, section.id, 1, start, end, ((start, end),), ((),))]


def _heading_range(document: Document, section: Section) -> Range:
    first = bisect_left(document.blocks, section.start, key=_block_start)
    block = next(block for block in document.blocks[first:] if block.kind == "heading")
    return block.start, block.end


def _segments(document: Document, section: Section) -> Iterator[_Segment]:
    introduced = False  # by the block just before
    first = bisect_left(document.blocks, section.start, key=_block_start)
    stop = bisect_left(document.blocks, section.end, key=_block_start)
    lead_ins = LeadIns(document.text)
    for block in document.blocks[first:stop]:
        if block.kind == "heading":
            continue
        ranges = _sentence_ranges(document.text, block)
        own = lead_ins.of(block)
        for i, (start, end) in enumerate(ranges):
            word_count = _word_count(document.text[start:end])
            yield _Segment((start, end), word_count, own, bool(own) or (introduced and i == 0), i == 0)
        lead_ins.add(block, ranges)
        introduced = block.kind != "item" and document.text[block.start : block.end].endswith(":")


def _word_count(text: str) -> int:
    """Count the words of a text; a script without spaces, or a long number, is measured by its bytes."""
    return max(len(text.split()), len(text.encode("utf-8")) // 8)


def _passage_id(passage: Passage) -> str:
    return passage.id


def _block_start(block: Block) -> int:
    return block.start


def _sentence_ranges(text: str, block: Block) -> list[Range]:
    """Return the units of a block: a table row, code or short item is one, of other blocks each sentence."""
    body = text[block.start : block.end]
    if block.kind == "item" and _word_count(body) <= MAX_WHOLE_ITEM_WORDS:
        return [(block.start, block.end)]
    if block.kind in ("row", "header", "code") and len(body) <= MAX_WHOLE_BLOCK_CHARACTERS:
        return [(block.start, block.end)]
    return _code_ranges(body, block.start) if block.kind == "code" else split_sentences(body, block.start)


def _code_ranges(code: str, start: int) -> list[Range]:
    """Cut code at line ends into pieces of MAX_WHOLE_BLOCK_CHARACTERS; of a longer line each sentence is a piece."""
    ranges: list[Range] = []
    at = start
    for line in code.split("\n"):
        stripped = line.strip()
        first = at + line.find(stripped)
        end = first + len(stripped)
        if len(stripped) > MAX_WHOLE_BLOCK_CHARACTERS:
            ranges += split_sentences(stripped, first)
        elif stripped and ranges and end - ranges[-1][0] <= MAX_WHOLE_BLOCK_CHARACTERS:
            ranges[-1] = ranges[-1][0], end
        elif stripped:
            ranges.append((first, end))
        at += len(line) + 1
    return ranges


def _fill_passages(segments: Iterable[_Segment], passage_words: int) -> Iterator[list[_Segment]]:
    """Fill passages in order. What belongs together moves to the next passage as one."""
    group: list[_Segment] = []
    group_words = 0
    for run in _cohesive_runs(segments, passage_words):
        if group and group_words + _total_words(run) > passage_words:
            yield group
            group, group_words = [], 0
        group += run
        group_words += _total_words(run)
    if group:
        yield group


def _cohesive_runs(segments: Iterable[_Segment], passage_words: int) -> Iterator[list[_Segment]]:
    """Yield units that stay together: a paragraph of `passage_words` words at most, or a list with its lead-in,
    half as long again.

    A longer paragraph comes sentence by sentence, a longer list is cut between items.
    """
    for block in _paragraph_groups(segments):
        max_words = passage_words + passage_words // 2 if block[-1].stays_with_previous else passage_words
        fits = _total_words(block) <= max_words
        run: list[_Segment] = []
        run_words = 0
        for segment in block:
            if run and not (fits or (segment.stays_with_previous and run_words + segment.word_count <= max_words)):
                yield run
                run, run_words = [], 0
            run.append(segment)
            run_words += segment.word_count
        yield run


def _paragraph_groups(segments: Iterable[_Segment]) -> Iterator[list[_Segment]]:
    """Yield units by paragraph; a list goes with the paragraph that introduces it."""
    block: list[_Segment] = []
    for segment in segments:
        if block and segment.starts_block and not segment.stays_with_previous:
            yield block
            block = []
        block.append(segment)
    if block:
        yield block


def _total_words(segments: list[_Segment]) -> int:
    return sum(segment.word_count for segment in segments)
