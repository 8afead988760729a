"""The contents list: a run of short lines that return later, in order, as headings with text between them.

Knowing it settles two things at once: the run is no text, and the lines that return are headings of known level.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pincite.ingestion.reading.readers.webtext.lines import Line, count_words, is_bare, is_lead_in, may_start_block
from pincite.ingestion.reading.readers.webtext.word_lists import BOILERPLATE_LINES, CONTENTS_LABELS

_MAX_OCCURRENCES = 1000  # places of one line that are looked at; nothing that comes oftener is an entry
_LABEL_LINES = 4  # lines between the list's label and its first entry at the most
_HEAD_LINES = 600  # a contents list stands near the head; looking no further keeps hostile input cheap


@dataclass(frozen=True, slots=True)
class TableOfContents:
    """Line numbers that belong to the list, and the level of each heading it names, by line number."""

    line_numbers: frozenset[int] = frozenset()
    heading_levels: tuple[tuple[int, int], ...] = ()


def find_table_of_contents(lines: Sequence[Line]) -> TableOfContents:
    """Find the longest contents list of the page, or return an empty one."""
    keys = [line.comparison_key for line in lines]
    repeated = repeated_ngrams(keys, 3)
    positions = _positions_by_key(keys, repeated)
    matches = [_match_run(run, keys, positions, lines) for run in _entry_runs(lines, keys)]
    best = max(matches, key=lambda c: len(c.heading_levels), default=TableOfContents())
    if not best.heading_levels:
        return TableOfContents()
    named, headings = {keys[i] for i, _ in best.heading_levels}, {q for q, _ in best.heading_levels}
    # the same list may be printed again, next to the text or below it
    printed_again = {i for i in repeated if keys[i] in named and i not in headings}
    listed = best.line_numbers | printed_again
    labels = {i for i in range(min(len(keys), _HEAD_LINES)) if keys[i] in CONTENTS_LABELS and i + 1 in listed}
    return TableOfContents(listed | labels, best.heading_levels)


def repeated_ngrams(keys: Sequence[str], size: int, min_count: int = 2) -> set[int]:
    """Places covered by any run of `size` keys that occurs `min_count` times or more."""
    ngrams = [tuple(keys[i : i + size]) for i in range(len(keys) - size + 1)]
    counts = Counter(ngrams)
    return {i + d for i, w in enumerate(ngrams) if counts[w] >= min_count and len(set(w)) == size for d in range(size)}


def _positions_by_key(keys: Sequence[str], repeated: set[int]) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        if i not in repeated:
            positions[key].append(i)
    return positions


def _entry_runs(lines: Sequence[Line], keys: Sequence[str]) -> list[range]:
    """Runs of short bare lines near the head; a key that returns starts the next run."""
    runs: list[range] = []
    start, seen = 0, set()
    for i in range(min(len(lines), _HEAD_LINES) + 1):
        entry = i < min(len(lines), _HEAD_LINES) and _may_be_entry(lines[i])
        if entry and keys[i] not in seen:
            seen.add(keys[i])
            continue
        if i - start > 1:
            runs.append(range(start, i))
        start, seen = (i, {keys[i]}) if entry else (i + 1, set())
    return runs


def _may_be_entry(line: Line) -> bool:
    return count_words(line.text) <= 15 and is_bare(line.text) and may_start_block(line.text)


def _match_run(
    run: range, keys: Sequence[str], positions: dict[str, list[int]], lines: Sequence[Line]
) -> TableOfContents:
    """Read one run as a contents list; empty where too few of its lines return in order."""
    pairs = [
        (i, q)
        for i in run
        if len(keys[i]) > 1 and keys[i] not in BOILERPLATE_LINES
        for q in reversed(positions[keys[i]][:_MAX_OCCURRENCES])
        if q >= run.stop
    ]
    chain = _longest_increasing_subsequence(pairs)
    if not _is_contents(chain, run, keys, lines):
        return TableOfContents()
    first, last = chain[0][0], chain[-1][0]
    levels = tuple((q, _entry_level(i, chain, lines)) for i, q in chain)
    while last + 1 < len(keys) and keys[last + 1] in BOILERPLATE_LINES:  # "Print this page" right under the list
        last += 1
    label = next((i for i in range(max(0, first - _LABEL_LINES), first) if keys[i] in CONTENTS_LABELS), first)
    return TableOfContents(frozenset(range(label, last + 1)), levels)


def _is_contents(chain: Sequence[tuple[int, int]], run: range, keys: Sequence[str], lines: Sequence[Line]) -> bool:
    if len(chain) < 2:
        return False
    first, last = chain[0][0], chain[-1][0]
    labelled = _is_labelled(first, keys, lines)
    if not labelled and _follows_lead_in(first, lines):
        return False
    entries = [i for i in range(first, last + 1) if not keys[i].replace(".", "").isdigit()]
    apart = sum(b[1] - a[1] > 1 for a, b in pairwise(chain))
    dense = len(chain) >= 0.6 * len(entries) and 2 * apart >= len(chain) - 1
    return dense and apart > 0 and (len(chain) > 2 or labelled)


def _follows_lead_in(first: int, lines: Sequence[Line]) -> bool:
    """Return whether a sentence introduces the list: then it is text, though its items return as headings."""
    return first > 0 and is_lead_in(lines[first - 1].text)


def _is_labelled(first: int, keys: Sequence[str], lines: Sequence[Line]) -> bool:
    return any(keys[i] in CONTENTS_LABELS for i in range(max(0, first - _LABEL_LINES), first))


def _entry_level(i: int, chain: Sequence[tuple[int, int]], lines: Sequence[Line]) -> int:
    """Depth by the entry's own numbering, else by how far it is set in, else 1."""
    number = _entry_number(i, lines)
    if number:
        return number.count(".") + 1
    indents = sorted({lines[k].indent for k, _ in chain})
    return indents.index(lines[i].indent) + 1 if len(indents) < 5 else 1


def _entry_number(i: int, lines: Sequence[Line]) -> str:
    """ "2.1" of "2.1 Tests", or of a line before the entry that holds the number alone."""
    before = lines[i - 1].text if i else ""
    for text in (lines[i].marker or "", lines[i].text.split(" ", 1)[0], before):
        text = text.rstrip(".)")
        if text.replace(".", "").isdigit() and len(text) < 9:
            return text
    return ""


def _longest_increasing_subsequence(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain of (entry, place) rising in both; pairs come by entry, places falling within one."""
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for n, (_, q) in enumerate(pairs):
        at = bisect_left(tails, q)
        back.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [q]
        ends[at : at + 1] = [n]
    chain: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        chain.append(pairs[n])
        n = back[n]
    return chain[::-1]
