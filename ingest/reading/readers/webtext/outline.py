"""Tell what each unit is: heading, paragraph or item. In doubt a line is text, no heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pincite.index.types import BlockKind
from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.webtext.blocks import TextBlock
from pincite.ingestion.reading.readers.webtext.lines import (
    count_words,
    is_bare,
    is_heading_shaped,
    is_lead_in,
    is_question,
    starts_lowercase,
    strip_edit_link,
    topic_words,
)
from pincite.ingestion.reading.readers.webtext.lists import list_end, stands_out
from pincite.ingestion.reading.readers.webtext.word_lists import DEMONSTRATIVES

BlockKinds = list[BlockKind]
_SECTION_NUMBER = re.compile(r"\d{1,2}((?:\.\d{1,2}){0,4})\.? ")


def outline(blocks: Sequence[TextBlock], title: str | None, blank_lines_matter: bool) -> list[Part]:
    """Units to parts, in order. blank_lines_matter: blank lines separate blocks in this text."""
    kinds = _block_kinds(blocks, topic_words(title or ""), blank_lines_matter)
    levels = _heading_levels(blocks, kinds, topic_words(title or ""))
    depths = _item_depths(blocks)
    return [
        _part(block, kind, levels[i] or depths[i]) for i, (block, kind) in enumerate(zip(blocks, kinds, strict=True))
    ]


def _part(block: TextBlock, kind: BlockKind, level: int) -> Part:
    numbered = block.marker not in (None, "-")
    if kind == "heading":
        text = strip_edit_link(block.text)
        return Part("heading", f"{block.marker} {text}" if numbered else text, level)
    if kind == "item":
        return Part("item", block.text, level, block.marker or "-")
    return Part("paragraph", block.text)


def _block_kinds(blocks: Sequence[TextBlock], topic: set[str], blank_lines_matter: bool) -> BlockKinds:
    kinds: BlockKinds = []
    runs = _find_bare_runs(blocks)
    while len(kinds) < len(blocks):
        i = len(kinds)
        block = blocks[i]
        if block.level:
            kinds.append("heading")
        elif block.marker:
            kinds.append("heading" if _is_numbered_heading(blocks, i) else "item")
        elif block.is_row:
            kinds.append("paragraph")
        elif is_lead_in(block.text):
            kinds.append("item" if block.in_lowercase_list else "paragraph")
            kinds += ["item"] * (list_end(blocks, i + 1, topic) - i - 1)
        elif is_bare(block.text):
            kinds += _kinds_of_run(blocks, i, kinds, topic, blank_lines_matter, runs)
        else:
            kinds.append("paragraph")
    return kinds


def _is_numbered_heading(blocks: Sequence[TextBlock], i: int) -> bool:
    """Return whether a short numbered line has unnumbered prose under it, and no number right before it."""
    block = blocks[i]
    if block.marker in (None, "-") or not is_heading_shaped(block.text) or i + 1 == len(blocks):
        return False
    after = blocks[i + 1]
    stands_free = i == 0 or not blocks[i - 1].marker
    if _SECTION_NUMBER.match(after.text) and after.text.startswith(block.marker.rstrip(".)") + "."):
        return True  # "2. Rent" over "2.1 How to pay"
    if after.marker:  # items of another kind
        return stands_free and block.marker[-2:-1].isdigit() != after.marker[-2:-1].isdigit()
    return stands_free and not after.level and (after.is_row or not is_bare(after.text))


@dataclass(frozen=True, slots=True)
class _BareRuns:
    """Facts about every run of bare lines, found in one pass: a page may be one run, or a hundred thousand."""

    ends: Sequence[int]  # for each unit: after the last one of its run
    blank_counts: Sequence[int]  # for each unit: how many up to it have a blank line before them
    has_known_heading: bool  # some heading is known beforehand


def _find_bare_runs(blocks: Sequence[TextBlock]) -> _BareRuns:
    ends = list(range(len(blocks)))
    end = len(blocks)
    for i in range(len(blocks) - 1, -1, -1):
        if not is_bare(blocks[i].text) or blocks[i].level or blocks[i].marker or blocks[i].is_row:
            end = i
        ends[i] = end
    return _BareRuns(ends, list(accumulate(unit.blank_before for unit in blocks)), any(block.level for block in blocks))


def _kinds_of_run(
    blocks: Sequence[TextBlock],
    start: int,
    before: BlockKinds,
    topic: set[str],
    blank_lines_matter: bool,
    runs: _BareRuns,
) -> BlockKinds:
    """Classify bare lines in a row: a heading over prose, or a heading over items, or items alone."""
    end = runs.ends[start]
    under_heading = bool(before) and before[-1] == "heading"
    set_off, inner = runs.blank_counts[end - 1] - runs.blank_counts[start], end - start - 1
    if blank_lines_matter and set_off and not (inner > 2 and set_off == inner):  # four lines all apart are a loose list
        end = next(i for i in range(start + 1, end) if blocks[i].blank_before)
        return _kinds_of_block(blocks, start, end, under_heading)
    followed = end < len(blocks) and not blocks[end].level
    if end - start == 2 and followed and blocks[end].is_row:  # cells, under a heading where the second has a figure
        has_heading = blocks[start + 1].text[:1].isdigit() and _may_be_heading(blocks, start)
        return ["heading" if has_heading else "item", "item"]
    mixed = blank_lines_matter and set_off < inner
    return _kinds_of_lines(blocks, start, end, under_heading, followed, topic, mixed, runs.has_known_heading)


def _kinds_of_block(blocks: Sequence[TextBlock], start: int, end: int, under_heading: bool) -> BlockKinds:
    """Classify bare lines that a blank line sets off from the bare lines after them."""
    if end - start == 1:
        set_off = blocks[start].blank_before or start == 0
        return ["heading" if set_off and _may_be_heading(blocks, start) else "paragraph"]
    kinds: BlockKinds = ["item"] * (end - start)
    if not under_heading and end - start > 2 and _may_be_heading(blocks, start):
        kinds[0] = "heading"
    return kinds


def _kinds_of_lines(
    blocks: Sequence[TextBlock],
    start: int,
    end: int,
    under_heading: bool,
    followed: bool,
    topic: set[str],
    blank_lines_matter: bool,
    has_known_heading: bool,
) -> BlockKinds:
    """Classify the lines of a run; before prose it ends in a heading if it is short or its last line stands out."""
    size = end - start
    run = blocks[start:end]
    if size == 1:
        set_apart = not blank_lines_matter or run[0].blank_before or start == 0
        return ["heading" if followed and set_apart and _may_be_heading(blocks, start) else "paragraph"]
    if size == 2 and followed and not (blank_lines_matter and start > 0 and not run[0].blank_before):
        pair: BlockKinds = ["heading" if _may_be_heading(blocks, i) else "item" for i in (start, start + 1)]
        if "item" not in pair or run[1].is_value:
            return pair
        return ["paragraph", pair[1] if pair[1] == "heading" else "paragraph"]
    if size == 2 and not followed and not under_heading:
        return ["paragraph"] * 2
    kinds: BlockKinds = ["item"] * size
    if end < len(blocks) and _opens_run(blocks, start, end, under_heading, topic) and (followed or size > 2):
        kinds[0] = "heading"
    if blank_lines_matter and followed and blocks[end].blank_before and not run[-1].blank_before:
        return kinds  # a heading stands apart here, and these lines are one block
    if followed and _heads_prose(blocks, end) and not has_known_heading:
        kinds[-1] = "heading"  # no contents list knows the headings, and no lead-in made this a list
    elif (followed and blocks[end].marker and _may_be_heading(blocks, end - 1)) or (
        followed and stands_out(blocks, end - 1, run[1:-1] if kinds[0] == "heading" else run[:-1], topic)
    ):  # marked items and bare ones do not mix
        kinds[-1] = "heading"
    return kinds


def _heads_prose(blocks: Sequence[TextBlock], end: int) -> bool:
    """Return whether a short line stands right before a whole sentence or a lead-in."""
    line, prose = blocks[end - 1], blocks[end]
    if (
        prose.marker
        or prose.is_row
        or count_words(prose.text) < 4
        or prose.text[:20].split(" ", 1)[0].casefold() in DEMONSTRATIVES
    ):
        return False
    return _may_be_heading(blocks, end - 1) and count_words(line.text) <= 8


def _opens_run(blocks: Sequence[TextBlock], start: int, end: int, under_heading: bool, topic: set[str]) -> bool:
    """Return whether the first line of a long run heads it: not right below a heading that says as much."""
    if not _may_be_heading(blocks, start):
        return False
    named = bool(topic_words(blocks[start].text) & topic) or is_question(blocks[start].text)
    over_clauses = end - start > 2 and all(starts_lowercase(block.text) for block in blocks[start + 1 : start + 3])
    return not under_heading or named or over_clauses


def _may_be_heading(blocks: Sequence[TextBlock], i: int) -> bool:
    """Return whether a line is shaped like a heading, and neither a figure nor the name of one.

    With a blank line before it and prose after it, it may begin with a small letter.
    """
    block, after = blocks[i], blocks[i + 1] if i + 1 < len(blocks) else None
    if len(block.lines) > 1 or block.is_value or (after is not None and after.is_value and not after.blank_before):
        return False
    text = strip_edit_link(block.text)
    if block.blank_before and after is not None and not is_bare(after.text) and not after.marker and text[:1].islower():
        text = text[0].upper() + text[1:]
    return is_heading_shaped(text)


def _heading_levels(blocks: Sequence[TextBlock], kinds: BlockKinds, topic: set[str]) -> list[int]:
    """Levels of headings, 0 for other blocks: as the contents list says, else one below it, else by numbering."""
    known = [i for i, unit in enumerate(blocks) if unit.level]
    capitals = _has_capitals_level(blocks, kinds)
    numbered = all(
        _SECTION_NUMBER.match(f"{blocks[i].marker} {blocks[i].text}") for i in known
    )  # so the others are below
    levels, current = [0] * len(blocks), 0
    for i, block in enumerate(blocks):
        if kinds[i] != "heading":
            continue
        if block.level:
            levels[i] = current = block.level
        elif current and (numbered or not (i > known[-1] and _ends_the_page(block, topic))):
            levels[i] = current + 1
        else:
            levels[i] = _own_level(block, capitals) if not known else 1
            current = 0 if known and i > known[-1] else current
    return levels


def _ends_the_page(block: TextBlock, topic: set[str]) -> bool:
    """After the last heading of the contents list: neither a question nor about the topic, so it stands alone."""
    return bool(topic) and not is_question(block.text) and not topic_words(block.text) & topic


def _has_capitals_level(blocks: Sequence[TextBlock], kinds: BlockKinds) -> bool:
    """Return whether some headings are all capitals, starting with the first, and some are not."""
    all_capitals = [block.text.isupper() for block, kind in zip(blocks, kinds, strict=True) if kind == "heading"]
    return bool(all_capitals) and all_capitals[0] and not all(all_capitals)


def _own_level(block: TextBlock, capitals: bool) -> int:
    number = _SECTION_NUMBER.match(f"{block.marker} {block.text}" if block.marker else block.text)
    if number:
        return number[1].count(".") + 1
    return 2 if capitals and not block.text.isupper() else 1


def _item_depths(blocks: Sequence[TextBlock]) -> list[int]:
    """Nesting by how far a marked line is set in; items without a mark lie side by side."""
    depths: list[int] = []
    open_indents: list[int] = []
    for block in blocks:
        if not block.marker:
            depths.append(1)
            open_indents = []
            continue
        indent = block.lines[0].indent
        while open_indents and open_indents[-1] >= indent:
            open_indents.pop()
        open_indents.append(indent)
        depths.append(len(open_indents))
    return depths
