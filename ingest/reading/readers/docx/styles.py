"""Styles of a Word document: what a paragraph or a run is by its style, and by those that this one is based on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.style_roles import Role, role_of_style
from pincite.ingestion.reading.readers.package.xml_tree import descend

_T = TypeVar("_T")
MAX_BASES = 50  # styles, each based on the next; Word has about ten
BODY_LEVEL = 9  # the outline level of what is no heading, counted from 0
_HEADING_NAME = re.compile("heading ([1-9])")


@dataclass(frozen=True, slots=True)
class NumberingReference:
    """The list that a paragraph belongs to, as written: either part may be left to a style."""

    list_id: str | None
    level: int | None  # from 0


def child_value(element: Element | None, *path: str) -> str | None:
    """Return the `val` of the element that a path of names leads to, None where there is none."""
    found = descend(element, *path)
    return None if found is None else found.get("val")


def is_on(properties: Element | None, name: str) -> bool | None:
    """Return whether a property is switched on, None where nothing is said of it."""
    return is_switched_on(None if properties is None else properties.find(name))


def is_switched_on(element: Element | None) -> bool | None:
    """Return whether the element of a property switches it on, None where there is none."""
    return None if element is None else element.get("val", "1").lower() not in ("0", "false", "off", "none")


def outline_level(properties: Element | None) -> int | None:
    """Return the outline level that paragraph properties state, from 0; BODY_LEVEL is none."""
    value = child_value(properties, "w:outlineLvl")
    return int(value) if value and re.fullmatch("[0-9]", value) else None


def numbering_reference(properties: Element | None) -> NumberingReference | None:
    """Return the list that paragraph properties state."""
    numbering = None if properties is None else properties.find("w:numPr")
    if numbering is None:
        return None
    level = child_value(numbering, "w:ilvl")
    return NumberingReference(
        child_value(numbering, "w:numId"), int(level) if level and re.fullmatch("[0-8]", level) else None
    )


class Styles:
    """Styles by id. A style that is based on itself, or on one that is missing, ends there."""

    def __init__(self, styles: Element | None) -> None:
        """styles: the tree of the part, None where a document has none."""
        found = [] if styles is None else styles.findall("w:style")
        self._styles = {style.get("styleId", ""): style for style in found}
        self._default = next(
            (
                style.get("styleId")
                for style in found
                if style.get("type") == "paragraph" and style.get("default") in ("1", "true", "on")
            ),
            None,
        )
        self._levels: dict[str, int | None] = {}
        self._text_properties: dict[tuple[str, str], Element | None] = {}
        self._shadings: dict[str, Element | None] = {}
        self._shades_cells: dict[str, bool] = {}
        self._raised: dict[str, str | None] = {}
        self._defaults = descend(styles, "w:docDefaults", "w:rPrDefault", "w:rPr")
        self.language = child_value(self._defaults, "w:lang")  # of text that states none

    def paragraph_style(self, properties: Element | None) -> str:
        """Return the id of a paragraph's style, "" where there is none."""
        return child_value(properties, "w:pStyle") or self._default or ""

    def heading_level(self, style_id: str) -> int | None:
        """Return the level of headings in this style, from 1; None for what is no heading.

        A style says so by its outline level or its name, which Word writes in English in every language.
        """
        if style_id not in self._levels:
            self._levels[style_id] = self._first(style_id, _stated_level)
        level = self._levels[style_id]
        return None if level is None or level == BODY_LEVEL else level + 1

    def role(self, style_id: str) -> Role:
        """Return what a paragraph in this style is besides a heading."""
        return self._first(style_id, _stated_role) or ""

    def numbering(self, style_id: str) -> tuple[str, NumberingReference] | None:
        """Return the list of a style, with the id of the style that states it."""
        return self._first(
            style_id, lambda s: (s.get("styleId", ""), r) if (r := numbering_reference(s.find("w:pPr"))) else None
        )

    def is_hidden(self, run_style: str, paragraph_style: str) -> bool:
        """Return whether text in these styles is hidden: one that hides within another that does shows it."""
        styles = (self._own_text_property("w:vanish", style_id) for style_id in (run_style, paragraph_style))
        return [is_switched_on(vanish) for vanish in styles].count(True) == 1

    def text_property(self, name: str, run_style: str, paragraph_style: str) -> Element | None:
        """Return a property of text: that of the run's style, or of the paragraph's, or of all text."""
        for style_id in (run_style, paragraph_style):
            found = self._own_text_property(name, style_id)
            if found is not None:
                return found
        return None if self._defaults is None else self._defaults.find(name)

    def paragraph_shading(self, style_id: str) -> Element | None:
        """Return the shading behind paragraphs in this style."""
        if style_id not in self._shadings:
            self._shadings[style_id] = self._first(style_id, lambda s: descend(s, "w:pPr", "w:shd"))
        return self._shadings[style_id]

    def shades_cells(self, style_id: str) -> bool:
        """Return whether a table style may put a colour behind text."""
        if style_id not in self._shades_cells:
            shadings = (next(style.iter("w:shd"), None) for style in self._chain(style_id))
            self._shades_cells[style_id] = any(shading is not None for shading in shadings)
        return self._shades_cells[style_id]

    def raised(self, style_id: str) -> str | None:
        """Return the vertical place of text in this style, such as "superscript"."""
        if style_id not in self._raised:
            self._raised[style_id] = self._first(style_id, lambda s: child_value(s.find("w:rPr"), "w:vertAlign"))
        return self._raised[style_id]

    def marks_first_row(self, style_id: str) -> bool:
        """Return whether a table style sets the first row apart."""
        return any(
            part.get("type") == "firstRow" and len(part) > 0
            for style in self._chain(style_id)
            for part in style.findall("w:tblStylePr")
        )

    def _own_text_property(self, name: str, style_id: str) -> Element | None:
        key = (name, style_id)
        if key not in self._text_properties:
            self._text_properties[key] = self._first(style_id, lambda s: descend(s, "w:rPr", name))
        return self._text_properties[key]

    def _first(self, style_id: str, ask: Callable[[Element], _T | None]) -> _T | None:
        return next((answer for style in self._chain(style_id) if (answer := ask(style)) is not None), None)

    def _chain(self, style_id: str) -> Iterator[Element]:
        seen: set[str] = set()
        style = self._styles.get(style_id)
        while style is not None and style.get("styleId", "") not in seen and len(seen) < MAX_BASES:
            seen.add(style.get("styleId", ""))
            yield style
            style = self._styles.get(child_value(style, "w:basedOn") or "")


def _stated_level(style: Element) -> int | None:
    level = outline_level(style.find("w:pPr"))
    match = _HEADING_NAME.fullmatch((child_value(style, "w:name") or "").lower())
    return level if level is not None else int(match[1]) - 1 if match else None


def _stated_role(style: Element) -> Role | None:
    return role_of_style(child_value(style, "w:name") or "")
