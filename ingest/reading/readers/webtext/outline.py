"""Tell what each unit is: heading, paragraph or item. In doubt a line is text, no heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pincite.index.types import BlockKind
from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.webtext.blocks import Unit
from pincite.ingestion.reading.readers.webtext.lines import (
    content_words,
    count_words,
    is_bare,
    is_heading_shaped,
    is_lead_in,
    is_question,
    starts_low,
    without_edit,
)
from pincite.ingestion.reading.readers.webtext.lists import list_end, stands_out
from pincite.ingestion.reading.readers.webtext.word_lists import POINTING_BACK

Kinds = list[BlockKind]
_DEPTH = re.compile(r"\d{1,2}((?:\.\d{1,2}){0,4})\.? ")


def outline(units: Sequence[Unit], title: str | None, gaps: bool) -> list[Part]:
    """Units to parts, in order. gaps: blank lines separate blocks in this text."""
    kinds = _kinds(units, content_words(title or ""), gaps)
    levels = _heading_levels(units, kinds, content_words(title or ""))
    depths = _item_depths(units)
    return [_part(unit, kind, levels[i] or depths[i]) for i, (unit, kind) in enumerate(zip(units, kinds, strict=True))]


def _part(unit: Unit, kind: BlockKind, level: int) -> Part:
    numbered = unit.marker not in (None, "-")
    if kind == "heading":
        text = without_edit(unit.text)
        return Part("heading", f"{unit.marker} {text}" if numbered else text, level)
    if kind == "item":
        return Part("item", unit.text, level, unit.marker or "-")
    return Part("paragraph", unit.text)


def _kinds(units: Sequence[Unit], topic: set[str], gaps: bool) -> Kinds:
    kinds: Kinds = []
    runs = _find_runs(units)
    while len(kinds) < len(units):
        i = len(kinds)
        unit = units[i]
        if unit.level:
            kinds.append("heading")
        elif unit.marker:
            kinds.append("heading" if _is_numbered_heading(units, i) else "item")
        elif is_lead_in(unit.text):
            kinds.append("item" if unit.low_list else "paragraph")
            kinds += ["item"] * (list_end(units, i + 1, topic) - i - 1)
        elif is_bare(unit.text):
            kinds += _kinds_of_run(units, i, kinds, topic, gaps, runs)
        else:
            kinds.append("paragraph")
    return kinds


def _is_numbered_heading(units: Sequence[Unit], i: int) -> bool:
    """Return whether a short numbered line has unnumbered prose under it, and no number right before it."""
    unit = units[i]
    if unit.marker in (None, "-") or not is_heading_shaped(unit.text) or i + 1 == len(units):
        return False
    after = units[i + 1]
    stands_free = i == 0 or not units[i - 1].marker
    if _DEPTH.match(after.text) and after.text.startswith(unit.marker.rstrip(".)") + "."):
        return True  # "2. Rent" over "2.1 How to pay"
    return stands_free and not after.marker and not after.level and not is_bare(after.text)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Facts about every run of bare lines, found in one pass: a page may be one run, or a hundred thousand."""

    ends: Sequence[int]  # for each unit: after the last one of its run
    gaps: Sequence[int]  # for each unit: how many up to it have a blank line before them
    headed: bool  # some heading is known beforehand


def _find_runs(units: Sequence[Unit]) -> _Runs:
    ends = list(range(len(units)))
    end = len(units)
    for i in range(len(units) - 1, -1, -1):
        if not is_bare(units[i].text) or units[i].level or units[i].marker:
            end = i
        ends[i] = end
    return _Runs(ends, list(accumulate(unit.gap for unit in units)), any(unit.level for unit in units))


def _kinds_of_run(units: Sequence[Unit], start: int, before: Kinds, topic: set[str], gaps: bool, runs: _Runs) -> Kinds:
    """Bare lines in a row: a heading over prose, or a heading over items, or items alone."""
    end = runs.ends[start]
    under_heading = bool(before) and before[-1] == "heading"
    set_off, inner = runs.gaps[end - 1] - runs.gaps[start], end - start - 1
    if gaps and set_off and not (inner > 2 and set_off == inner):  # four lines all apart are a loose list
        end = next(i for i in range(start + 1, end) if units[i].gap)
        return _kinds_of_block(units, start, end, under_heading)
    followed = end < len(units) and not units[end].level
    mixed = gaps and set_off < inner
    return _kinds_of_lines(units, start, end, under_heading, followed, topic, mixed, runs.headed)


def _kinds_of_block(units: Sequence[Unit], start: int, end: int, under_heading: bool) -> Kinds:
    """Bare lines that a blank line sets off from the bare lines after them."""
    if end - start == 1:
        set_off = units[start].gap or start == 0
        return ["heading" if set_off and _may_head(units[start]) else "paragraph"]
    kinds: Kinds = ["item"] * (end - start)
    if not under_heading and end - start > 2 and _may_head(units[start]):
        kinds[0] = "heading"
    return kinds


def _kinds_of_lines(
    units: Sequence[Unit],
    start: int,
    end: int,
    under_heading: bool,
    followed: bool,
    topic: set[str],
    gaps: bool,
    headed: bool,
) -> Kinds:
    """Classify the lines of a run; before prose it ends in a heading if it is short or its last line stands out."""
    size = end - start
    run = units[start:end]
    if size == 1:
        set_apart = not gaps or run[0].gap or start == 0
        return ["heading" if followed and set_apart and _may_head(run[0]) else "paragraph"]
    if size == 2 and followed and not (gaps and start > 0 and not run[0].gap):
        pair: Kinds = ["heading" if _may_head(u) else "item" for u in run]
        return ["paragraph", "heading"] if pair == ["item", "heading"] else pair
    if size == 2 and not followed and not under_heading:
        return ["paragraph"] * 2
    kinds: Kinds = ["item"] * size
    if end < len(units) and _opens_run(units, start, end, under_heading, topic) and (followed or size > 2):
        kinds[0] = "heading"
    if followed and _heads_prose(units, end) and not headed:
        kinds[-1] = "heading"  # no contents list knows the headings, and no lead-in made this a list
    elif (followed and units[end].marker and _may_head(run[-1])) or (
        followed and stands_out(units, end - 1, run[1:-1] if kinds[0] == "heading" else run[:-1], topic)
    ):  # marked items and bare ones do not mix
        kinds[-1] = "heading"
    return kinds


def _heads_prose(units: Sequence[Unit], end: int) -> bool:
    """Return whether a short line stands right before a whole sentence or a lead-in."""
    line, prose = units[end - 1], units[end]
    if prose.marker or count_words(prose.text) < 4 or prose.text[:20].split(" ", 1)[0].casefold() in POINTING_BACK:
        return False
    return _may_head(line) and count_words(line.text) <= 8


def _opens_run(units: Sequence[Unit], start: int, end: int, under_heading: bool, topic: set[str]) -> bool:
    """Return whether the first line of a long run heads it: not right below a heading that says as much."""
    if not _may_head(units[start]) or len(units[start].lines) > 1:
        return False
    named = bool(content_words(units[start].text) & topic) or is_question(units[start].text)
    over_clauses = end - start > 2 and all(starts_low(unit.text) for unit in units[start + 1 : start + 3])
    return not under_heading or named or over_clauses


def _may_head(unit: Unit) -> bool:
    return is_heading_shaped(unit.text) and len(unit.lines) == 1


def _heading_levels(units: Sequence[Unit], kinds: Kinds, topic: set[str]) -> list[int]:
    """Levels of headings, 0 for other units: as the contents list says, else one below it, else by numbering."""
    known = [i for i, unit in enumerate(units) if unit.level]
    capitals = _capitals_lead(units, kinds)
    numbered = all(_DEPTH.match(f"{units[i].marker} {units[i].text}") for i in known)  # so the others are below
    levels, current = [0] * len(units), 0
    for i, unit in enumerate(units):
        if kinds[i] != "heading":
            continue
        if unit.level:
            levels[i] = current = unit.level
        elif current and (numbered or not (i > known[-1] and _ends_the_page(unit, topic))):
            levels[i] = current + 1
        else:
            levels[i] = _own_level(unit, capitals) if not known else 1
            current = 0 if known and i > known[-1] else current
    return levels


def _ends_the_page(unit: Unit, topic: set[str]) -> bool:
    """After the last heading of the contents list: neither a question nor about the topic, so it stands alone."""
    return bool(topic) and not is_question(unit.text) and not content_words(unit.text) & topic


def _capitals_lead(units: Sequence[Unit], kinds: Kinds) -> bool:
    """Return whether some headings are all capitals, starting with the first, and some are not."""
    loud = [unit.text.isupper() for unit, kind in zip(units, kinds, strict=True) if kind == "heading"]
    return bool(loud) and loud[0] and not all(loud)


def _own_level(unit: Unit, capitals: bool) -> int:
    number = _DEPTH.match(f"{unit.marker} {unit.text}" if unit.marker else unit.text)
    if number:
        return number[1].count(".") + 1
    return 2 if capitals and not unit.text.isupper() else 1


def _item_depths(units: Sequence[Unit]) -> list[int]:
    """Nesting by how far a marked line is set in; items without a mark lie side by side."""
    depths: list[int] = []
    open_indents: list[int] = []
    for unit in units:
        if not unit.marker:
            depths.append(1)
            open_indents = []
            continue
        indent = unit.lines[0].indent
        while open_indents and open_indents[-1] >= indent:
            open_indents.pop()
        open_indents.append(indent)
        depths.append(len(open_indents))
    return depths
