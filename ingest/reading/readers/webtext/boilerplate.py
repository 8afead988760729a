"""Furniture: lines that a page repeats around and inside its text. Lines come in, their numbers go out.

Repetition alone proves nothing: lists repeat their items and sections their sub-headings. A line is furniture
when it also stands where neither a heading nor an item can stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pincite.ingestion.reading.readers.webtext.blocks import is_open
from pincite.ingestion.reading.readers.webtext.contents import repeated_windows
from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    count_words,
    is_bare,
    is_closed,
    is_heading_shaped,
    is_lead_in,
    is_prose_at,
    is_question,
    is_symbols,
    starts_fresh,
    starts_low,
)
from pincite.ingestion.reading.readers.webtext.word_lists import FURNITURE

Places = Mapping[str, Sequence[int]]


def find_furniture(lines: Sequence[Line], listed: frozenset[int], levels: Mapping[int, int], body: range) -> set[int]:
    """Numbers of the lines that are furniture. body: from the headline to the last prose."""
    keys = [line.key for line in lines]
    places = _repeated_places(lines, keys, listed, levels)
    found = {i for i, line in enumerate(lines) if _is_label(lines, i) and i not in levels}
    found |= {i for at in places.values() if _is_interruption(at, lines, levels) for i in at}
    found |= {i for at in places.values() if _heads_nothing(at, lines, listed, levels) for i in at}
    found |= _blocks(lines, keys, places, body, found)
    found |= _mostly(places, found)
    found |= _beside(places, found | listed)
    found |= _insertions(lines, keys, found)
    found |= _menus(lines, keys, found, levels)
    found |= _after_text_ends(lines, keys, found, levels)
    return found | {i for i in range(1, len(lines)) if i not in found and _announces(lines, i, found, levels)}


def _after_text_ends(
    lines: Sequence[Line], keys: Sequence[str], found: set[int], levels: Mapping[int, int]
) -> set[int]:
    """Bare lines that follow a label of every site after the page's last sentence, where no list is open."""
    end = len(lines)
    while end > 0 and is_bare(lines[end - 1].text) and not lines[end - 1].marker and end - 1 not in levels:
        end -= 1
    if end == 0 or not is_closed(lines[end - 1].text):
        return set()
    label = next((i for i in range(end, len(lines)) if i in found and keys[i] in FURNITURE), len(lines))
    return set(range(label, len(lines)))


def _repeated_places(
    lines: Sequence[Line], keys: Sequence[str], listed: frozenset[int], levels: Mapping[int, int]
) -> Places:
    """Lines that occur more than once as if whole: begun afresh, outside the contents list and its headings."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        if i not in listed and i not in levels and starts_fresh(line.text) and not line.marker:
            places[keys[i]].append(i)
    return {key: at for key, at in places.items() if len(at) > 1 and key}


def _is_label(lines: Sequence[Line], i: int) -> bool:
    """Return whether a line is a label every site has, or a lone separator between two whole lines."""
    line = lines[i]
    if line.text.casefold() in FURNITURE:
        return not _stands_in_list(lines, i)
    after = lines[i + 1] if i + 1 < len(lines) else None
    return is_symbols(line.text) and line.text[0] in "/|>›»→•·<‹«" and (after is None or not starts_low(after.text))


def _stands_in_list(lines: Sequence[Line], i: int) -> bool:
    return bool(lines[i].marker) or (i > 0 and is_lead_in(lines[i - 1].text))


def _is_interruption(at: Sequence[int], lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Return whether a repeated line stands alone between paragraphs, and elsewhere where no heading could."""
    if len(at) < 2 or not is_bare(lines[at[0]].text) or count_words(lines[at[0]].text) > 12:
        return False
    alone = any(_stands_alone(lines, i) for i in at)
    odd = any(_cannot_be_heading(lines, i, levels) for i in at) or _nothing_between(at, lines, levels)
    after_lead_in = len(at) > 2 and any(i and is_lead_in(lines[i - 1].text) for i in at)
    return (odd and (alone or len(at) > 2)) or (alone and after_lead_in)


def _stands_alone(lines: Sequence[Line], i: int) -> bool:
    """Between a closed sentence and a new paragraph, where no item of a list can be."""
    return 0 < i < len(lines) - 1 and is_closed(lines[i - 1].text) and is_prose_at(lines, i + 1)


def _cannot_be_heading(lines: Sequence[Line], i: int, levels: Mapping[int, int]) -> bool:
    """Return whether a line repeats itself at once or splits a sentence."""
    before, after = lines[i - 1].text if i else "", lines[i + 1].text if i + 1 < len(lines) else ""
    if after.casefold() == lines[i].text.casefold():
        return True
    broken = bool(before) and not is_closed(before) and not is_lead_in(before) and starts_low(after)
    return broken and (is_open(before) or count_words(before) > 6) and i - 1 not in levels


def _heads_nothing(at: Sequence[int], lines: Sequence[Line], listed: frozenset[int], levels: Mapping[int, int]) -> bool:
    """Return whether a recurring line would head an empty section somewhere."""
    if not is_bare(lines[at[0]].text) or count_words(lines[at[0]].text) > 8:
        return False
    if any(i + 1 not in levels and i + 1 < len(lines) and _is_text(lines, i + 1) for i in at):
        return False
    known = [i for i in at if i + 1 in levels and _after_text(lines, i)]
    empty = {i for i in at if i > 0 and is_closed(lines[i - 1].text) and _is_heading_at(lines, i + 1)}
    idle = [
        i for i in at if i not in empty and not any(_is_text(lines, k) for k in range(i + 1, min(i + 3, len(lines))))
    ]
    return bool(known) or bool(empty and idle)


def _after_text(lines: Sequence[Line], i: int) -> bool:
    """After a sentence, or after one other line that stands after a sentence."""
    return any(i > k and is_closed(lines[i - 1 - k].text) and not is_question(lines[i - 1 - k].text) for k in (0, 1))


def _is_text(lines: Sequence[Line], i: int) -> bool:
    return bool(lines[i].marker) or is_lead_in(lines[i].text) or is_prose_at(lines, i)


def _is_heading_at(lines: Sequence[Line], i: int) -> bool:
    return (
        i + 1 < len(lines) and is_heading_shaped(lines[i].text) and not is_prose_at(lines, i) and _is_text(lines, i + 1)
    )


def _menus(lines: Sequence[Line], keys: Sequence[str], found: set[int], levels: Mapping[int, int]) -> set[int]:
    """Names in title case, introduced by nothing, in one run with a repeated block that is furniture already."""
    menus: set[int] = set()
    start = 0
    for i in range(len(lines) + 1):
        if i < len(lines) and i not in levels and (i in found or (is_bare(lines[i].text) and not lines[i].marker)):
            continue
        run = range(start, i)
        heads = i < len(lines) and is_closed(lines[i].text)
        rest = [k for k in (run[:-1] if heads else run) if k not in found]
        block = {keys[k] for k in run if k in found and keys[k] not in FURNITURE}
        after_text = start > 0 and is_closed(lines[start - 1].text)
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


def _announces(lines: Sequence[Line], i: int, found: set[int], levels: Mapping[int, int]) -> bool:
    """Return whether a word or two in capitals, between a sentence and boilerplate, announces the boilerplate."""
    text = lines[i].text
    loud = text.isupper() and len(text) > 3 and count_words(text) < 3
    return loud and i + 1 in found and i not in levels and is_closed(lines[i - 1].text) and i + 2 in levels


def _nothing_between(at: Sequence[int], lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Twice in a row with nothing but whole paragraphs between: no two sections have one name side by side."""
    for a, b in pairwise(at):
        between = range(a + 1, b)
        plain = 0 < len(between) < 12 and not any(k in levels or lines[k].marker for k in between)
        if plain and all(is_closed(lines[k].text) and count_words(lines[k].text) > 5 for k in between):
            return True
    return False


def _blocks(lines: Sequence[Line], keys: Sequence[str], places: Places, body: range, found: set[int]) -> set[int]:
    """Blocks of lines that return together: three times, or twice with one of them outside the body."""
    thrice = repeated_windows(keys, 2, 3) | repeated_windows(keys, 3, 3)
    twice = repeated_windows(keys, 3, 2)
    repeated = {i for at in places.values() for i in at}
    block: list[int] = []
    blocks: list[list[int]] = []
    for i in range(len(lines) + 1):
        if i in repeated and (i in thrice or i in twice):
            block.append(i)
        elif block:
            blocks.append(block)
            block = []
    outside = {keys[i] for block in blocks for i in block if i not in body or i in found}
    proven: set[int] = set()
    for block in blocks:
        if not _is_list(block, lines):
            touches = any(keys[i] in outside for i in block)
            proven |= {i for i in block if touches or (i in thrice and len(places[keys[i]]) > 2)}
    return proven


def _is_list(block: Sequence[int], lines: Sequence[Line]) -> bool:
    return block[0] > 0 and is_lead_in(lines[block[0] - 1].text)


def _mostly(places: Places, found: set[int]) -> set[int]:
    """Extend boilerplate to every place of a line that is boilerplate twice, and in most of its places."""
    return {
        i for at in places.values() if 2 * (known := len(found.intersection(at))) > len(at) and known > 1 for i in at
    }


def _beside(places: Places, found: set[int]) -> set[int]:
    """Extend boilerplate to repeated lines that stand next to it every time, from line to line."""
    known = set(found)
    for _ in range(4):  # a block is a few lines deep; the bound keeps hostile input linear
        size = len(known)
        for at in places.values():
            if all(i - 1 in known or i + 1 in known for i in at):
                known.update(at)
        if len(known) == size:
            break
    return known - found


def _insertions(lines: Sequence[Line], keys: Sequence[str], found: set[int]) -> set[int]:
    """Find a sentence or two inserted into a block whose first line twice stands without them elsewhere."""
    neighbours = Counter((keys[i], keys[i + 1]) for i in found if i + 1 in found)
    added: set[int] = set()
    for stop in found:
        for head in (stop - 2, stop - 3):
            if head >= 0 and found.isdisjoint(range(head + 1, stop)):
                inside = sum(count_words(line.text) for line in lines[head + 1 : stop])
                if keys[head] != keys[stop] and neighbours[keys[head], keys[stop]] > 1 and inside <= 60:
                    added.update(range(head, stop))
    return added
