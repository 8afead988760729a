"""Visibility of text in a Word document: its colour against what is behind it, its size, and boxes off the page.

What is behind text may be a picture, a shape or a pattern: its colour is then None, and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.docx.styles import Styles, child_value, is_on
from pincite.ingestion.reading.readers.hidden.colours import MIN_POINTS, WHITE, Colour, hex_colour, is_seen
from pincite.ingestion.reading.readers.package.xml_tree import descend

_HIGHLIGHTS = {
    name: hex_colour(value)
    for name, value in {
        "black": "000", "blue": "00f", "cyan": "0ff", "darkBlue": "000080", "darkCyan": "008080",
        "darkGray": "808080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000",
        "darkYellow": "808000", "green": "0f0", "lightGray": "c0c0c0", "magenta": "f0f", "red": "f00", "white": "fff",
        "yellow": "ff0",
    }.items()
}  # fmt: skip
# What shows letters of any colour: outlines, shadows, and fills of Word's newer effects.
_EFFECTS = ("w:outline", "w:shadow", "w:emboss", "w:imprint")
_NEW_EFFECTS = ("x:textOutline", "x:textFill", "x:glow", "x:shadow", "x:reflection")
_PAGE_POINTS = (612.0, 792.0)  # of a document that states none
_POINTS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, "": 0.75}
_LENGTH = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)(pt|in|cm|mm|px|)")
_EMU = 12_700  # in a point


class Visibility:
    """Colour behind the text that is being read, and whether the text is seen on it."""

    def __init__(self, styles: Styles, root: Element, margins: Iterable[Element]) -> None:
        """root: of the document; margins: of its headers and footers, which may draw behind the text."""
        self._styles = styles
        trees = (root, *margins)
        is_plain = root.find("w:background") is None and not any(map(_draws_behind_text, trees))
        self._page = WHITE if is_plain else None
        self._behind: Colour | None = self._page
        sizes = [*map(_page_points, root.iter("w:pgSz"))] or [_PAGE_POINTS]
        self._size = max(width for width, _ in sizes), max(height for _, height in sizes)

    @contextmanager
    def within(self, container: Element) -> Iterator[None]:
        """Take what is behind the text in a table, cell, text box or note, until its end."""
        outer = self._behind
        match container.tag:
            case "w:tbl":
                self._behind = self._behind_table(container)
            case "w:tc":
                self._behind = _shaded(descend(container, "w:tcPr", "w:shd"), outer)
            case "w:txbxContent":  # the fill of a shape is not read
                self._behind = None
            case "w:footnote" | "w:endnote":
                self._behind = self._page
        yield
        self._behind = outer

    def is_seen(self, run: Element | None, run_style: str, paragraph: Element | None, paragraph_style: str) -> bool:
        """Return whether the text of a run is seen. run, paragraph: their properties."""
        size = child_value(self._first("w:sz", run, run_style, paragraph_style))
        if size and re.fullmatch("[0-9]{1,4}", size) and int(size) / 2 < MIN_POINTS:
            return False
        colour = hex_colour(child_value(self._first("w:color", run, run_style, paragraph_style)))
        if colour is None or _has_effects(run):
            return True
        shading = None if paragraph is None else paragraph.find("w:shd")
        if shading is None:
            shading = self._styles.paragraph_shading(paragraph_style)
        behind = _shaded(shading, self._behind)
        behind = _shaded(self._first("w:shd", run, run_style, paragraph_style), behind)
        highlight = child_value(self._first("w:highlight", run, run_style, paragraph_style))
        return is_seen(colour, _HIGHLIGHTS.get(highlight or "", behind))

    def is_off_page(self, shape: Element) -> bool:
        """Return whether a drawing is put wholly off the page. Where it is put from is on the page."""
        if shape.tag == "wp:anchor":
            extent = shape.find("wp:extent")
            sizes = (0.0, 0.0) if extent is None else (_emu(extent.get("cx")) or 0.0, _emu(extent.get("cy")) or 0.0)
            places = (shape.find("wp:positionH"), shape.find("wp:positionV"))
            offsets = [None if p is None else _emu(p.findtext("wp:posOffset")) for p in places]
            origins = [p is not None and p.get("relativeFrom") == "page" for p in places]
        else:
            stated = dict(part.split(":", 1) for part in shape.get("style", "").split(";") if ":" in part)
            sizes = (_points(stated.get("width")) or 0.0, _points(stated.get("height")) or 0.0)
            offsets = [_points(stated.get("margin-left")), _points(stated.get("margin-top"))]
            origins = [False, False]
        return any(
            offset is not None and (offset >= page or offset + size <= (0 if is_of_page else -page))
            for offset, size, page, is_of_page in zip(offsets, sizes, self._size, origins, strict=True)
        )

    def _first(self, name: str, run: Element | None, run_style: str, paragraph_style: str) -> Element | None:
        """Return a property of a run: its own, or that of its style, its paragraph's, or all text."""
        own = None if run is None else run.find(name)
        return own if own is not None else self._styles.text_property(name, run_style, paragraph_style)

    def _behind_table(self, table: Element) -> Colour | None:
        shading = descend(table, "w:tblPr", "w:shd")
        if shading is None and self._styles.shades_cells(child_value(table, "w:tblPr", "w:tblStyle") or ""):
            return None
        return _shaded(shading, self._behind)


def _shaded(shading: Element | None, behind: Colour | None) -> Colour | None:
    """Return the colour that shading gives to what is behind text; None for a pattern."""
    pattern = "nil" if shading is None else shading.get("val", "clear")
    if shading is None or pattern in ("clear", "nil"):
        is_stated = shading is not None and (shading.get("fill", "auto") != "auto" or shading.get("themeFill"))
        return hex_colour(shading.get("fill")) if shading is not None and is_stated else behind
    return hex_colour(shading.get("color")) if pattern == "solid" else None


def _has_effects(run: Element | None) -> bool:
    if run is None:
        return False
    return any(is_on(run, name) for name in _EFFECTS) or any(run.find(name) is not None for name in _NEW_EFFECTS)


def _draws_behind_text(tree: Element) -> bool:
    if any(anchor.get("behindDoc") in ("1", "true", "on") for anchor in tree.iter("wp:anchor")):
        return True
    fallbacks = {picture for fallback in tree.iter("mc:Fallback") for picture in fallback.iter("w:pict")}
    return any(picture not in fallbacks for picture in tree.iter("w:pict"))


def _page_points(size: Element) -> tuple[float, float]:
    width, height = (size.get(name, "") for name in ("w", "h"))
    if not (re.fullmatch("[0-9]{1,6}", width) and re.fullmatch("[0-9]{1,6}", height)):
        return _PAGE_POINTS
    return int(width) / 20, int(height) / 20


def _emu(text: str | None) -> float | None:
    return int(text) / _EMU if text and re.fullmatch("-?[0-9]{1,12}", text.strip()) else None


def _points(text: str | None) -> float | None:
    match = _LENGTH.fullmatch((text or "").strip().lower())
    return float(match[1]) * _POINTS[match[2]] if match else None
