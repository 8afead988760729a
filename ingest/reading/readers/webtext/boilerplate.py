"""Furniture: lines that a page repeats around and inside its text. Lines come in, their numbers go out.

Repetition alone proves nothing: lists repeat their items and sections their sub-headings. A line is furniture
when it also stands where neither a heading nor an item can stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pincite.ingestion.reading.readers.webtext.blocks import is_unfinished
from pincite.ingestion.reading.readers.webtext.contents import repeated_ngrams
from pincite.ingestion.reading.readers.webtext.figures import is_figures_row, is_value
from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    count_words,
    ends_sentence,
    is_bare,
    is_lead_in,
    is_prose_at,
    is_question,
    may_start_block,
    starts_lowercase,
)

Positions = Mapping[str, Sequence[int]]


def find_boilerplate(
    lines: Sequence[Line], contents_lines: frozenset[int], levels: Mapping[int, int], body: range
) -> set[int]:
    """Find the numbers of the lines that are furniture. body: from the headline to the last prose."""
    keys = [line.comparison_key for line in lines]
    positions = _repeated_lines(lines, keys, contents_lines, levels)
    boilerplate = {i for places in positions.values() if _is_interruption(places, lines, levels) for i in places}
    boilerplate |= _repeated_blocks(lines, keys, positions, body, boilerplate)
    return boilerplate | _insertions(lines, keys, boilerplate)


def _repeated_lines(
    lines: Sequence[Line], keys: Sequence[str], contents_lines: frozenset[int], levels: Mapping[int, int]
) -> Positions:
    """Lines that occur more than once as if whole: begun afresh, outside the contents list and its headings."""
    positions: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        text = i not in contents_lines and i not in levels and may_start_block(line.text) and not line.marker
        if text and not (line.is_row or is_value(line.text) or is_figures_row(line.text)):
            positions[keys[i]].append(i)
    return {key: line_numbers for key, line_numbers in positions.items() if len(line_numbers) > 1 and key}


def _is_interruption(line_numbers: Sequence[int], lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Return whether a repeated line stands alone between paragraphs, and elsewhere where no heading could."""
    if (
        len(line_numbers) < 2
        or not is_bare(lines[line_numbers[0]].text)
        or count_words(lines[line_numbers[0]].text) > 12
    ):
        return False
    alone = any(_stands_alone(lines, i) for i in line_numbers)
    doubled = any(a + 1 == b for a, b in pairwise(line_numbers))
    breaks = any(_breaks_sentence(lines, i, levels) for i in line_numbers)
    after_lead_in = len(line_numbers) > 2 and any(i and is_lead_in(lines[i - 1].text) for i in line_numbers)
    odd = breaks or doubled or after_lead_in
    return (alone and odd) or (breaks and doubled)  # a name that is a link also breaks its sentence


def _stands_alone(lines: Sequence[Line], i: int) -> bool:
    """Between a closed sentence and a new paragraph, where no item of a list can be."""
    return 0 < i < len(lines) - 1 and _is_sentence(lines[i - 1].text) and is_prose_at(lines, i + 1)


def _is_sentence(text: str) -> bool:
    return ends_sentence(text) and not is_question(text)


def _breaks_sentence(lines: Sequence[Line], i: int, levels: Mapping[int, int]) -> bool:
    """Return whether a sentence goes on after a line that is no part of it."""
    before, after = lines[i - 1].text if i else "", lines[i + 1].text if i + 1 < len(lines) else ""
    broken = bool(before) and not ends_sentence(before) and not is_lead_in(before) and starts_lowercase(after)
    return broken and (is_unfinished(before) or count_words(before) > 6) and i - 1 not in levels


def _repeated_blocks(
    lines: Sequence[Line], keys: Sequence[str], positions: Positions, body: range, boilerplate: set[int]
) -> set[int]:
    """Find blocks of lines that return together, where one of them also stands outside the body or is furniture."""
    together = repeated_ngrams(keys, 2, 3) | repeated_ngrams(keys, 3, 2)
    repeated = {i for line_numbers in positions.values() for i in line_numbers}
    block: list[int] = []
    blocks: list[list[int]] = []
    for i in range(len(lines) + 1):
        if i in repeated and i in together:
            block.append(i)
        elif block:
            blocks.append(block)
            block = []
    outside = {keys[i] for block in blocks for i in block if i not in body or i in boilerplate}
    known = [block for block in blocks if any(keys[i] in outside for i in block)]
    return {i for block in known if not _is_introduced_list(block, lines) for i in block}


def _is_introduced_list(block: Sequence[int], lines: Sequence[Line]) -> bool:
    return block[0] > 0 and is_lead_in(lines[block[0] - 1].text)


def _insertions(lines: Sequence[Line], keys: Sequence[str], boilerplate: set[int]) -> set[int]:
    """Find a sentence or two inserted into a block whose first line twice stands without them elsewhere."""
    neighbours = Counter((keys[i], keys[i + 1]) for i in boilerplate if i + 1 in boilerplate)
    added: set[int] = set()
    for stop in boilerplate:
        for head in (stop - 2, stop - 3):
            if head >= 0 and boilerplate.isdisjoint(range(head + 1, stop)):
                inside = sum(count_words(line.text) for line in lines[head + 1 : stop])
                if keys[head] != keys[stop] and neighbours[keys[head], keys[stop]] > 1 and inside <= 60:
                    added.update(range(head, stop))
    return added
