"""Visibility of text in a page, by attributes and by styles that stand in attributes: style sheets are not read.

Colours are known where no style sheet may change them: in a page without one, and right within an element whose
attribute states both. Links have colours of their own. A colour that is not known is None, and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pincite.ingestion.reading.readers.hidden.colours import BLACK, MIN_POINTS, WHITE, Colour, hex_colour, is_seen

MAX_STYLE_CHARACTERS = 2_000  # of one attribute
_UNSEEN_CLASSES = frozenset("visually-hidden visuallyhidden sr-only screen-reader-text screen-reader-only".split())
_NAMES = {
    "white": "fff", "black": "000", "red": "f00", "blue": "00f", "green": "008000", "yellow": "ff0", "gray": "808080",
    "grey": "808080", "silver": "c0c0c0", "navy": "000080", "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5",
}  # fmt: skip
_CLEAR = re.compile(r"transparent|rgba\([^)]*,\s*0(?:\.0*)?\)")
_RGB = re.compile(r"rgba?\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*(?:,\s*1(?:\.0*)?\s*)?\)")
_LENGTH = re.compile(r"(-?[0-9]{0,6}(?:\.[0-9]{1,6})?)(px|pt|em|rem|%|)")
_POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, "": 0.75}  # in text of the usual size
_FAR = 600.0  # points; text that is put so far before its place is put off the page
_ZERO = re.compile(r"0(?:\.0*)?(?:px|%|)")
_CLIPPED = re.compile(r"rect\(\s*(0|1px)(?:px)?(?:[\s,]+(?:0|1px)(?:px)?){3}\s*\)")
_CLIPPED_PATH = re.compile(r"inset\(\s*(?:50|100)%\s*\)|circle\(\s*0[^)]*\)")


@dataclass(frozen=True, slots=True)
class Look:
    """Look of text, as the attributes of the elements around it state it."""

    colour: Colour | None
    behind: Colour | None
    has_sheets: bool  # whether the page has style sheets
    is_gone: bool = False  # hidden with all that it holds
    is_unseen: bool = False  # hidden until an element within shows it
    is_small: bool = False

    @classmethod
    def of_page(cls, has_sheets: bool) -> Look:
        """Return the look of a page: black on white unless a style sheet may say otherwise."""
        return cls(None, None, True) if has_sheets else cls(BLACK, WHITE, False)

    @property
    def is_seen(self) -> bool:
        """Whether a reader sees the text."""
        return not (self.is_gone or self.is_unseen or self.is_small) and is_seen(self.colour, self.behind)

    def within(self, tag: str, attributes: Mapping[str, str | None]) -> Look:
        """Return the look of text within an element."""
        if self.is_gone:
            return self
        style = _style(attributes)
        if _is_gone(attributes, style):
            return replace(self, is_gone=True)
        colour = None if self.has_sheets or tag == "a" else self.colour
        behind = None if self.has_sheets else self.behind
        if not (style or "bgcolor" in attributes or "background" in attributes or tag in ("font", "body")):
            is_same = colour is self.colour and behind is self.behind
            return self if is_same else replace(self, colour=colour, behind=behind)
        if "background" in attributes:  # a picture
            behind = None
        ground = style.get("background-color") or style.get("background") or attributes.get("bgcolor") or ""
        ink = style.get("color") or attributes.get("color" if tag == "font" else "text" if tag == "body" else "") or ""
        if ground and not _CLEAR.fullmatch(ground):
            behind = _colour(ground)
        if ink:
            colour = behind if _CLEAR.fullmatch(ink) else _colour(ink)
        size, shown = _points(style.get("font-size")), style.get("visibility")
        return replace(
            self,
            colour=colour,
            behind=behind,
            is_unseen=self.is_unseen if shown is None else shown in ("hidden", "collapse"),
            is_small=self.is_small if size is None else size < MIN_POINTS,
        )


def _style(attributes: Mapping[str, str | None]) -> dict[str, str]:
    stated = attributes.get("style")
    if not stated:
        return {}
    stated = stated[:MAX_STYLE_CHARACTERS].lower().replace("!important", "")
    parts = (part.split(":", 1) for part in stated.split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in parts}


def _is_gone(attributes: Mapping[str, str | None], style: Mapping[str, str]) -> bool:
    """Return whether a browser shows nothing of an element, whatever stands within it."""
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if not _UNSEEN_CLASSES.isdisjoint((attributes.get("class") or "").lower().split()):
        return True
    return bool(style) and (
        style.get("display") == "none" or bool(_ZERO.fullmatch(style.get("opacity", ""))) or _is_put_away(style)
    )


def _is_put_away(style: Mapping[str, str]) -> bool:
    """Return whether an element is put off the page, or has no room to be seen in."""
    places = ["text-indent", "margin-left", "margin-top"]
    if style.get("position") in ("absolute", "fixed"):
        places += ["left", "top", "right", "bottom"]
        if _CLIPPED.fullmatch(style.get("clip", "")):
            return True
    if any((points := _points(style.get(place))) is not None and points <= -_FAR for place in places):
        return True
    if _CLIPPED_PATH.fullmatch(style.get("clip-path", "")) or style.get("transform") == "scale(0)":
        return True
    sizes = (_points(style.get("width")), _points(style.get("height")))
    return style.get("overflow") in ("hidden", "clip") and all(size is not None and size <= 0.75 for size in sizes)


def _points(text: str | None) -> float | None:
    match = _LENGTH.fullmatch(text or "")
    if match is None or not match[1].strip("-"):
        return None
    return float(match[1]) * _POINTS[match[2]]


def _colour(text: str) -> Colour | None:
    """Return the colour of a value of CSS that is nothing but a colour; None for pictures and what is not known."""
    text = text.strip().lower()
    match = _RGB.fullmatch(text)
    if match is not None:
        red, green, blue = (min(255, int(value)) / 255 for value in match.groups())
        return red, green, blue
    return hex_colour(_NAMES.get(text, text))
