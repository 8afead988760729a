"""Numbers and letters of lists and headings of an OpenDocument text, counted in the order of the paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.odt.styles import Styles
from pincite.ingestion.reading.readers.package.list_numbers import MAX_MARKER_CHARACTERS, ItemNumber, format_number

MAX_LEVELS = 10  # of a list
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "": "none"}
_NUMBER_TAGS = ("text:list-level-style-number", "text:outline-level-style")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list style."""

    is_numbered: bool
    format: str = "none"
    before: str = ""
    after: str = ""
    shown_levels: int = 1  # this one and those above it
    start: int = 1


@dataclass(slots=True)
class ListCount:
    """How far a list has been counted, by level from 1."""

    list_id: str
    style: str
    counts: dict[int, int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)  # of lists within items before


class Lists:
    """Lists of a document. A list that goes on after other paragraphs has the count of the one that it continues."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._levels: dict[str, Mapping[int, Level]] = {}
        self._by_id: dict[str, ListCount] = {}
        self._last_by_style: dict[str, ListCount] = {}
        self._outline = ListCount("outline", "")
        self._outline_levels = {} if styles.outline is None else _levels(styles.outline)

    def open(self, element: Element, paragraph_style: str) -> ListCount:
        """Begin or continue a list that stands in no other one. paragraph_style: of its first paragraph."""
        style = element.get("style-name") or self._styles.list_style(paragraph_style) or ""
        own_id = element.get("id") or f"list {len(self._by_id)}"
        continued = self._by_id.get(element.get("continue-list", ""))
        if continued is None and element.get("continue-numbering") == "true":
            continued = self._last_by_style.get(style)
        count = continued or ListCount(own_id, style)
        self._by_id[own_id] = self._last_by_style[style] = count
        return count

    def open_numbered(self, paragraph: Element, style: str) -> ListCount:
        """Return the list that a numbered paragraph belongs to. style: of the paragraph within."""
        list_id = paragraph.get("list-id", "")
        own = paragraph.get("style-name") or self._styles.list_style(style) or ""
        return self._by_id.setdefault(f"numbered {list_id or own}", ListCount(list_id, own))

    def open_inner(self, element: Element, count: ListCount, level: int) -> None:
        """Begin a list within an item, at a level from 2; it may continue the one of an item before."""
        if element.get("continue-numbering") == "true" and level in count.ended:
            count.counts.setdefault(level, count.ended[level])

    def next(self, count: ListCount, style: str, level: int, start: str | None) -> ItemNumber:
        """Count an item and return its number. style: of the innermost list; start: where the count begins again."""
        levels = self._style_levels(style)
        _advance(count, levels, level, start)
        return ItemNumber(_marker(levels, count.counts, level), level, count.list_id)

    def next_heading(self, heading: Element, level: int) -> ItemNumber | None:
        """Count a heading that stands in no list. None where headings of its level have no numbers."""
        is_out = heading.get("is-list-header") == "true" or self._styles.list_style(heading.get("style-name", "")) == ""
        if is_out or level not in self._outline_levels:
            return None
        restart = heading.get("start-value", "1") if heading.get("restart-numbering") == "true" else None
        _advance(self._outline, self._outline_levels, level, restart)
        return ItemNumber(_marker(self._outline_levels, self._outline.counts, level), level, self._outline.list_id)

    def _style_levels(self, style: str) -> Mapping[int, Level]:
        if style not in self._levels:
            element = self._styles.list_styles.get(style)
            self._levels[style] = {} if element is None else _levels(element)
        return self._levels[style]


def _advance(count: ListCount, levels: Mapping[int, Level], level: int, start: str | None) -> None:
    counts = count.counts
    if start is not None:
        counts[level] = _number(start, 1)
    else:
        counts[level] = counts[level] + 1 if level in counts else levels.get(level, Level(False)).start
    for below in [at for at in counts if at > level]:
        count.ended[below] = counts.pop(below)


def _marker(levels: Mapping[int, Level], counts: Mapping[int, int], at: int) -> str:
    level = levels.get(at)
    if level is None or not level.is_numbered:
        return "-"
    numbers = (
        format_number(counts.get(shown, levels[shown].start), levels[shown].format)
        for shown in range(max(1, at - level.shown_levels + 1), at + 1)
        if shown in levels and levels[shown].is_numbered
    )
    shown_numbers = ".".join(filter(None, numbers))
    return one_line(f"{level.before}{shown_numbers}{level.after}") if shown_numbers else ""


def _levels(style: Element) -> Mapping[int, Level]:
    levels = {_number(e.get("level"), 0): _level(e) for e in style if e.get("level")}
    return {at: level for at, level in levels.items() if 0 < at <= MAX_LEVELS}


def _level(element: Element) -> Level:
    if element.tag not in _NUMBER_TAGS:
        return Level(False)
    return Level(
        True,
        _FORMATS.get(element.get("num-format", ""), "decimal"),
        element.get("num-prefix", "")[:MAX_MARKER_CHARACTERS],
        element.get("num-suffix", "")[:MAX_MARKER_CHARACTERS],
        _number(element.get("display-levels"), 1),
        _number(element.get("start-value"), 1),
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else default
