"""Visibility of text in an OpenDocument text: its display, its colour against what is behind it, its size.

What is behind text may be a picture, a shape or a row's own style: its colour is then None, and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.hidden.colours import MIN_POINTS, WHITE, Colour, hex_colour, is_seen
from pincite.ingestion.reading.readers.odt.styles import Family, Styles

_SIZE = re.compile("([0-9]{1,6}(?:[.][0-9]{1,6})?)(pt|%)")
_USUAL_POINTS = 12.0  # of text whose size is stated as a share


@dataclass(frozen=True, slots=True)
class Look:
    """Look of a piece of text, as it is stated of it or of what is around it."""

    is_hidden: bool
    colour: str  # "" where none is stated
    behind: Colour | None
    points: float

    @property
    def is_seen(self) -> bool:
        """Whether a reader sees the text."""
        is_large = self.points >= MIN_POINTS
        return not self.is_hidden and is_large and is_seen(hex_colour(self.colour), self.behind)


class Visibility:
    """Colour behind the text that is being read, and the look of the text."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._page = None if styles.draws_behind_text else WHITE
        self._behind: Colour | None = self._page

    @contextmanager
    def within(self, container: Element) -> Iterator[None]:
        """Take what is behind the text in a table, cell, section, drawing or note, until its end."""
        outer = self._behind
        match container.tag:
            case "table:table":
                self._behind = self._behind_table(container)
            case "table:table-cell" | "table:covered-table-cell":
                self._behind = self._shaded("table-cell", container.get("style-name", ""), outer)
            case "text:section":
                self._behind = self._shaded("section", container.get("style-name", ""), outer)
            case "text:note-body":
                self._behind = self._page
            case tag if tag.startswith("draw:"):
                self._behind = None
        yield
        self._behind = outer

    def of_paragraph(self, style: str) -> Look:
        """Return the look of text in a paragraph of this style."""
        plain = Look(False, "", self._shaded("paragraph", style, self._behind), _USUAL_POINTS)
        return self._within_style(self._within_style(plain, "default", "paragraph"), "paragraph", style)

    def of_span(self, style: str, outer: Look) -> Look:
        """Return the look of text in a span of this style."""
        return self._within_style(outer, "text", style)

    def _within_style(self, outer: Look, family: Family, style: str) -> Look:
        is_hidden = self._styles.is_hidden(family, style)
        behind = self._styles.text_property("background-color", family, style) or ""
        return Look(
            outer.is_hidden if is_hidden is None else is_hidden,
            self._styles.text_colour(family, style) or outer.colour,
            hex_colour(behind) if behind not in ("", "transparent") else outer.behind,
            _points(self._styles.text_property("font-size", family, style)) or outer.points,
        )

    def _shaded(self, family: Family, style: str, behind: Colour | None) -> Colour | None:
        stated = self._styles.background(family, style)
        return behind if stated in (None, "transparent") else hex_colour(stated)

    def _behind_table(self, table: Element) -> Colour | None:
        rows = [row for row in table.iter("table:table-row") if row.get("style-name")]
        is_styled = table.get("template-name") or any(e.get("default-cell-style-name") for e in table.iter())
        if is_styled or any(self._styles.background("table-row", row.get("style-name", "")) for row in rows):
            return None
        return self._shaded("table", table.get("style-name", ""), self._behind)


def _points(text: str | None) -> float | None:
    match = _SIZE.fullmatch(text or "")
    if match is None:
        return None
    return float(match[1]) if match[2] == "pt" else float(match[1]) * _USUAL_POINTS / 100
