"""Numbers and letters of lists, as Word shows them, worked out in the order of the paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.docx.styles import NumberingReference, Styles, child_value, is_on
from pincite.ingestion.reading.readers.package.list_numbers import MAX_MARKER_CHARACTERS, ItemNumber, format_number

MAX_LEVELS = 9  # of a list of Word


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list."""

    format: str  # "decimal", "lowerLetter", ...
    text: str  # with "%1" for the number of the first level, "%2" for that of the second, ...
    start: int
    restarts_after: int | None  # the level, from 1, that makes it begin again; 0: none; None: any above it
    is_legal: bool  # all numbers in digits
    style_id: str | None  # of the paragraphs that stand at this level


class Numbering:
    """Lists of a document, and how far each has been counted."""

    def __init__(self, numbering: Element | None, styles: Styles) -> None:
        """numbering: the tree of the part, None where a document has no lists."""
        self._styles = styles
        root = numbering if numbering is not None else Element("w:numbering")
        self._abstracts = {a.get("abstractNumId", ""): a for a in root.findall("w:abstractNum")}
        self._lists = {n.get("numId", ""): n for n in root.findall("w:num")}
        self._levels: dict[str, tuple[str, Mapping[int, Level]]] = {}
        self._starts: dict[str, Mapping[str | None, str | None]] = {}  # a list's own, by level
        self._counts: dict[str, dict[int, int]] = {}  # by abstract list, then level
        self._begun: set[tuple[str, int]] = set()  # lists and levels whose own start was used

    def next(self, stated: NumberingReference | None, style_id: str) -> ItemNumber | None:
        """Count a paragraph and return its number; None for one that is in no list.

        stated: what the paragraph itself says, which goes before what its style says.
        """
        place = self._place(stated, style_id)
        if place is None:
            return None
        list_id, at = place
        abstract_id, levels = self._list(list_id)
        if at not in levels:
            return None
        counts = self._count(list_id, abstract_id, levels, at)
        return ItemNumber(_marker(levels, counts, at), at + 1, list_id)

    def _place(self, stated: NumberingReference | None, style_id: str) -> tuple[str, int] | None:
        """Return list and level of a paragraph."""
        from_style = self._styles.numbering(style_id)
        list_id = stated.list_id if stated and stated.list_id else from_style[1].list_id if from_style else None
        if not list_id or list_id == "0":  # 0 takes a paragraph out of the list of its style
            return None
        if stated and stated.level is not None:
            return list_id, stated.level
        if from_style is None:
            return list_id, 0
        levels = self._list(list_id)[1]
        linked = (at for at, level in levels.items() if level.style_id in (style_id, from_style[0]))
        return list_id, next(linked, from_style[1].level or 0)

    def _list(self, list_id: str) -> tuple[str, Mapping[int, Level]]:
        """Return the abstract list of a list, and its levels."""
        if list_id not in self._levels:
            numbered = self._lists.get(list_id)
            abstract_id = child_value(numbered, "w:abstractNumId") or ""
            abstract = self._abstracts.get(abstract_id)
            link = child_value(abstract, "w:numStyleLink")
            linked = self._styles.numbering(link) if link else None
            if linked and linked[1].list_id in self._lists:
                abstract_id = child_value(self._lists[linked[1].list_id or ""], "w:abstractNumId") or ""
                abstract = self._abstracts.get(abstract_id)
            elements = [] if abstract is None else abstract.findall("w:lvl")
            elements += (
                []
                if numbered is None
                else [level for override in numbered.findall("w:lvlOverride") for level in override.findall("w:lvl")]
            )
            levels = {at: _level(e) for e in elements if (at := _number(e.get("ilvl"), -1)) in range(MAX_LEVELS)}
            self._levels[list_id] = (abstract_id, levels)
        return self._levels[list_id]

    def _count(self, list_id: str, abstract_id: str, levels: Mapping[int, Level], at: int) -> Mapping[int, int]:
        counts = self._counts.setdefault(abstract_id, {})
        start = self._start_override(list_id, at)
        if start is not None and (list_id, at) not in self._begun:
            counts[at] = start
        else:
            counts[at] = counts[at] + 1 if at in counts else levels[at].start
        self._begun.add((list_id, at))
        for below in [b for b in counts if b > at and b in levels]:
            limit = levels[below].restarts_after
            if limit is None or at < limit:
                del counts[below]
        return counts

    def _start_override(self, list_id: str, at: int) -> int | None:
        if list_id not in self._starts:
            numbered = self._lists.get(list_id)
            overrides = [] if numbered is None else numbered.findall("w:lvlOverride")
            self._starts[list_id] = {o.get("ilvl"): child_value(o, "w:startOverride") for o in overrides}
        value = self._starts[list_id].get(str(at))
        return None if value is None else _number(value, 1)


def _marker(levels: Mapping[int, Level], counts: Mapping[int, int], at: int) -> str:
    level = levels[at]
    if level.format == "bullet":
        return "-"

    def number(match: re.Match[str]) -> str:
        shown = int(match[1]) - 1
        if shown not in levels:
            return ""
        shown_format = "decimal" if level.is_legal else levels[shown].format
        return format_number(counts.get(shown, levels[shown].start), shown_format)

    return one_line(re.sub("%([1-9])", number, level.text))


def _level(element: Element) -> Level:
    restart = child_value(element, "w:lvlRestart")
    return Level(
        child_value(element, "w:numFmt") or "decimal",
        (child_value(element, "w:lvlText") or "")[:MAX_MARKER_CHARACTERS],
        _number(child_value(element, "w:start"), 0),
        None if restart is None else _number(restart, 0),
        bool(is_on(element, "w:isLgl")),
        child_value(element, "w:pStyle"),
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else default
