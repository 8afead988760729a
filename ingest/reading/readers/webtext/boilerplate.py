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
from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    count_words,
    ends_sentence,
    is_bare,
    is_heading_shaped,
    is_lead_in,
    is_prose_at,
    is_question,
    is_symbols_only,
    may_start_block,
    starts_lowercase,
)
from pincite.ingestion.reading.readers.webtext.word_lists import BOILERPLATE_LINES

Positions = Mapping[str, Sequence[int]]


def find_boilerplate(
    lines: Sequence[Line], contents_lines: frozenset[int], levels: Mapping[int, int], body: range
) -> set[int]:
    """Numbers of the lines that are furniture. body: from the headline to the last prose."""
    keys = [line.comparison_key for line in lines]
    positions = _repeated_lines(lines, keys, contents_lines, levels)
    boilerplate = {i for i, line in enumerate(lines) if _is_label(lines, i, positions) and i not in levels}
    boilerplate |= {
        i for line_numbers in positions.values() if _is_interruption(line_numbers, lines, levels) for i in line_numbers
    }
    boilerplate |= {i for at in positions.values() if _heads_nothing(at, lines, contents_lines, levels) for i in at}
    boilerplate |= _repeated_blocks(lines, keys, positions, body, boilerplate)
    boilerplate |= _boilerplate_in_most_places(positions, boilerplate)
    boilerplate |= _adjacent_to_boilerplate(positions, boilerplate | contents_lines)
    boilerplate |= _insertions(lines, keys, boilerplate)
    boilerplate |= _menus(lines, keys, boilerplate, levels)
    boilerplate |= _after_text_ends(lines, keys, boilerplate, levels)
    return boilerplate | {
        i
        for i in range(1, len(lines))
        if i not in boilerplate and _announces_boilerplate(lines, i, boilerplate, levels)
    }


def _after_text_ends(
    lines: Sequence[Line], keys: Sequence[str], boilerplate: set[int], levels: Mapping[int, int]
) -> set[int]:
    """Bare lines that follow a label of every site after the page's last sentence, where no list is open."""
    end = len(lines)
    while end > 0 and is_bare(lines[end - 1].text) and not lines[end - 1].marker and end - 1 not in levels:
        end -= 1
    if end == 0 or not ends_sentence(lines[end - 1].text):
        return set()
    label = next((i for i in range(end, len(lines)) if i in boilerplate and keys[i] in BOILERPLATE_LINES), len(lines))
    return set(range(label, len(lines)))


def _repeated_lines(
    lines: Sequence[Line], keys: Sequence[str], contents_lines: frozenset[int], levels: Mapping[int, int]
) -> Positions:
    """Lines that occur more than once as if whole: begun afresh, outside the contents list and its headings."""
    positions: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        if i not in contents_lines and i not in levels and may_start_block(line.text) and not line.marker:
            positions[keys[i]].append(i)
    return {key: line_numbers for key, line_numbers in positions.items() if len(line_numbers) > 1 and key}


def _is_label(lines: Sequence[Line], i: int, positions: Positions) -> bool:
    """Return whether a line is a label every site has and no heading of prose, or a lone separator."""
    line = lines[i]
    after = lines[i + 1] if i + 1 < len(lines) else None
    if line.text.casefold() in BOILERPLATE_LINES:
        heads = after is not None and is_prose_at(lines, i + 1) and line.comparison_key not in positions
        return not heads and not _stands_in_list(lines, i)
    return (
        is_symbols_only(line.text)
        and line.text[0] in "/|>›»→•·<‹«"
        and (after is None or not starts_lowercase(after.text))
    )


def _stands_in_list(lines: Sequence[Line], i: int) -> bool:
    return bool(lines[i].marker) or (i > 0 and is_lead_in(lines[i - 1].text))


def _is_interruption(line_numbers: Sequence[int], lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Return whether a repeated line stands alone between paragraphs, and elsewhere where no heading could."""
    if (
        len(line_numbers) < 2
        or not is_bare(lines[line_numbers[0]].text)
        or count_words(lines[line_numbers[0]].text) > 12
    ):
        return False
    alone = any(_stands_alone(lines, i) for i in line_numbers)
    odd = any(_cannot_be_heading(lines, i, levels) for i in line_numbers) or _only_paragraphs_between(
        line_numbers, lines, levels
    )
    after_lead_in = len(line_numbers) > 2 and any(i and is_lead_in(lines[i - 1].text) for i in line_numbers)
    return (odd and (alone or len(line_numbers) > 2)) or (alone and after_lead_in)


def _stands_alone(lines: Sequence[Line], i: int) -> bool:
    """Between a closed sentence and a new paragraph, where no item of a list can be."""
    return 0 < i < len(lines) - 1 and ends_sentence(lines[i - 1].text) and is_prose_at(lines, i + 1)


def _cannot_be_heading(lines: Sequence[Line], i: int, levels: Mapping[int, int]) -> bool:
    """Return whether a line repeats itself at once or splits a sentence."""
    before, after = lines[i - 1].text if i else "", lines[i + 1].text if i + 1 < len(lines) else ""
    if after.casefold() == lines[i].text.casefold():
        return True
    broken = bool(before) and not ends_sentence(before) and not is_lead_in(before) and starts_lowercase(after)
    return broken and (is_unfinished(before) or count_words(before) > 6) and i - 1 not in levels


def _heads_nothing(
    line_numbers: Sequence[int], lines: Sequence[Line], contents_lines: frozenset[int], levels: Mapping[int, int]
) -> bool:
    """Return whether a recurring line would head an empty section somewhere."""
    if not is_bare(lines[line_numbers[0]].text) or count_words(lines[line_numbers[0]].text) > 8:
        return False
    if any(i + 1 not in levels and i + 1 < len(lines) and _is_text(lines, i + 1) for i in line_numbers):
        return False
    known = [i for i in line_numbers if i + 1 in levels and _after_text(lines, i)]
    empty = {i for i in line_numbers if i > 0 and ends_sentence(lines[i - 1].text) and _is_heading_at(lines, i + 1)}
    idle = [
        i
        for i in line_numbers
        if i not in empty and not any(_is_text(lines, k) for k in range(i + 1, min(i + 3, len(lines))))
    ]
    return bool(known) or bool(empty and idle)


def _after_text(lines: Sequence[Line], i: int) -> bool:
    """After a sentence, or after one other line that stands after a sentence."""
    return any(
        i > k and ends_sentence(lines[i - 1 - k].text) and not is_question(lines[i - 1 - k].text) for k in (0, 1)
    )


def _is_text(lines: Sequence[Line], i: int) -> bool:
    return bool(lines[i].marker) or is_lead_in(lines[i].text) or is_prose_at(lines, i)


def _is_heading_at(lines: Sequence[Line], i: int) -> bool:
    return (
        i + 1 < len(lines) and is_heading_shaped(lines[i].text) and not is_prose_at(lines, i) and _is_text(lines, i + 1)
    )


def _menus(lines: Sequence[Line], keys: Sequence[str], boilerplate: set[int], levels: Mapping[int, int]) -> set[int]:
    """Names in title case, introduced by nothing, in one run with a repeated block that is furniture already."""
    menus: set[int] = set()
    start = 0
    for i in range(len(lines) + 1):
        if (
            i < len(lines)
            and i not in levels
            and (i in boilerplate or (is_bare(lines[i].text) and not lines[i].marker))
        ):
            continue
        run = range(start, i)
        heads = i < len(lines) and ends_sentence(lines[i].text)
        rest = [k for k in (run[:-1] if heads else run) if k not in boilerplate]
        block = {keys[k] for k in run if k in boilerplate and keys[k] not in BOILERPLATE_LINES}
        after_text = start > 0 and ends_sentence(lines[start - 1].text)
        if after_text and len(block) > 1 and len(rest) > 1 and _are_names([lines[k] for k in rest]):
            menus.update(rest)
        start = i + 1
    return menus


def _are_names(lines: Sequence[Line]) -> bool:
    """Short lines without a figure, most of them with a capital on every longer word."""
    if any(count_words(line.text) > 5 or any(c.isdigit() for c in line.text) for line in lines):
        return False
    longer = [[w for w in line.text.split() if len(w) > 3] for line in lines]
    return sum(all(w[0].isupper() for w in words) for words in longer) >= 0.75 * len(lines)


def _announces_boilerplate(lines: Sequence[Line], i: int, boilerplate: set[int], levels: Mapping[int, int]) -> bool:
    """Return whether a word or two in capitals, between a sentence and boilerplate, announces the boilerplate."""
    text = lines[i].text
    loud = text.isupper() and len(text) > 3 and count_words(text) < 3
    return loud and i + 1 in boilerplate and i not in levels and ends_sentence(lines[i - 1].text) and i + 2 in levels


def _only_paragraphs_between(line_numbers: Sequence[int], lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Twice in a row with nothing but whole paragraphs between: no two sections have one name side by side."""
    for a, b in pairwise(line_numbers):
        between = range(a + 1, b)
        plain = 0 < len(between) < 12 and not any(k in levels or lines[k].marker for k in between)
        if plain and all(ends_sentence(lines[k].text) and count_words(lines[k].text) > 5 for k in between):
            return True
    return False


def _repeated_blocks(
    lines: Sequence[Line], keys: Sequence[str], positions: Positions, body: range, boilerplate: set[int]
) -> set[int]:
    """Blocks of lines that return together: three times, or twice with one of them outside the body."""
    thrice = repeated_ngrams(keys, 2, 3) | repeated_ngrams(keys, 3, 3)
    twice = repeated_ngrams(keys, 3, 2)
    repeated = {i for line_numbers in positions.values() for i in line_numbers}
    block: list[int] = []
    blocks: list[list[int]] = []
    for i in range(len(lines) + 1):
        if i in repeated and (i in thrice or i in twice):
            block.append(i)
        elif block:
            blocks.append(block)
            block = []
    outside = {keys[i] for block in blocks for i in block if i not in body or i in boilerplate}
    proven: set[int] = set()
    for block in blocks:
        if not _is_introduced_list(block, lines):
            touches = any(keys[i] in outside for i in block)
            proven |= {i for i in block if touches or (i in thrice and len(positions[keys[i]]) > 2)}
    return proven


def _is_introduced_list(block: Sequence[int], lines: Sequence[Line]) -> bool:
    return block[0] > 0 and is_lead_in(lines[block[0] - 1].text)


def _boilerplate_in_most_places(positions: Positions, boilerplate: set[int]) -> set[int]:
    """Extend boilerplate to every place of a line that is boilerplate twice, and in most of its places."""
    return {
        i
        for line_numbers in positions.values()
        if 2 * (known := len(boilerplate.intersection(line_numbers))) > len(line_numbers) and known > 1
        for i in line_numbers
    }


def _adjacent_to_boilerplate(positions: Positions, boilerplate: set[int]) -> set[int]:
    """Extend boilerplate to repeated lines that stand next to it every time, from line to line."""
    known = set(boilerplate)
    for _ in range(4):  # a block is a few lines deep; the bound keeps hostile input linear
        size = len(known)
        for line_numbers in positions.values():
            if all(i - 1 in known or i + 1 in known for i in line_numbers):
                known.update(line_numbers)
        if len(known) == size:
            break
    return known - boilerplate


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
