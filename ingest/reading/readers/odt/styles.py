"""Styles of an OpenDocument text: what a paragraph or span is by its style, and by those that this is based on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.style_roles import Role, role_of_style
from pincite.ingestion.reading.readers.package.xml_tree import descend

# "default" has one style, "paragraph": that of all text
Family = Literal["paragraph", "text", "default", "section", "table", "table-cell", "table-row"]
_T = TypeVar("_T")
MAX_BASES = 50  # styles, each based on the next
_ENCODED = re.compile("_([0-9a-f]{1,4})_")  # a character that no name may have, by its number
_PAGE_GROUNDS = ("style:page-layout-properties", "style:drawing-page-properties")
_BOLD_WEIGHTS = ("bold", "600", "700", "800", "900")


class Styles:
    """Styles by family and name. A style that is based on itself ends there; one that is missing has its name alone.

    Writers leave out styles that every program has by name, such as "Title".
    """

    def __init__(self, content: Element, styles: Element | None) -> None:
        """content, styles: the trees of the parts; of a flat file both are one."""
        named = descend(styles, "office:styles")
        automatic = content.find("office:automatic-styles")
        roots = [root for root in (named, automatic) if root is not None]
        self.list_styles = {e.get("name", ""): e for root in roots for e in root.findall("text:list-style")}
        self.outline = descend(named, "text:outline-style")
        self._styles = {
            (e.get("family", ""), e.get("name", "")): e for root in roots for e in root.findall("style:style")
        }
        defaults = [] if named is None else named.findall("style:default-style")
        paragraph_default = next((e for e in defaults if e.get("family") == "paragraph"), None)
        if paragraph_default is not None:
            self._styles["default", "paragraph"] = paragraph_default
        pages = descend(styles, "office:automatic-styles")
        self.draws_behind_text = any(_draws_behind_text(root) for root in (automatic, pages) if root is not None)
        self.language = None if paragraph_default is None else _language(paragraph_default)  # of text that states none
        self._answers: dict[tuple[str, Family, str], object] = {}

    def role(self, name: str) -> Role:
        """Return what a paragraph in this style is besides a heading."""
        return self._first("role", "paragraph", name, _role) or ""

    def is_hidden(self, family: Family, name: str) -> bool | None:
        """Return whether text in this style is hidden, None where nothing is said of it."""
        return self._first("hidden", family, name, _is_hidden)

    def text_colour(self, family: Family, name: str) -> str | None:
        """Return the colour of text in this style, "auto" where it is seen on anything; None where none is stated."""
        return self._first("colour", family, name, _text_colour)

    def text_property(self, attribute: str, family: Family, name: str) -> str | None:
        """Return an attribute that this style gives to text, None where none is stated."""
        return self._first(attribute, family, name, lambda style: _text_property(style, attribute))

    def background(self, family: Family, name: str) -> str | None:
        """Return the colour behind what has this style, "picture" for a picture; None where none is stated."""
        return self._first("background", family, name, lambda style: _background(style, family))

    def raised(self, family: Family, name: str) -> str:
        """Return "sup" or "sub" for text in a style that stands above or below the line, "" for other text."""
        return self._first("raised", family, name, _raised) or ""

    def is_bold(self, family: Family, name: str) -> bool | None:
        """Return whether text in this style is bold, or names a column; None where nothing is said of it."""
        return self._first("bold", family, name, _is_bold)

    def language_of(self, family: Family, name: str) -> str | None:
        """Return the language tag of text in this style, None where it states none."""
        return self._first("language", family, name, _language)

    def list_style(self, name: str) -> str | None:
        """Return the list style of paragraphs in this style: "" for those that are taken out of lists."""
        return self._first("list", "paragraph", name, lambda style: style.get("list-style-name"))

    def _first(self, question: str, family: Family, name: str, ask: Callable[[Element], _T | None]) -> _T | None:
        key = (question, family, name)
        if key not in self._answers:
            self._answers[key] = next(
                (answer for style in self._chain(family, name) if (answer := ask(style)) is not None), None
            )
        return self._answers[key]  # type: ignore[return-value]  # a question's answers are of one type

    def _chain(self, family: Family, name: str) -> Iterator[Element]:
        seen: set[str] = set()
        style = self._styles.get((family, name))
        while style is not None and name not in seen and len(seen) < MAX_BASES:
            seen.add(name)
            yield style
            name = style.get("parent-style-name", "")
            style = self._styles.get((family, name))
        if style is None and name:
            yield Element("style:style", {"name": name})


def _text_property(style: Element, name: str) -> str | None:
    properties = style.find("style:text-properties")
    return None if properties is None else properties.get(name)


def _shown_name(style: Element) -> str:
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), style.get("name", ""))


def _role(style: Element) -> Role | None:
    return role_of_style(_shown_name(style))


def _is_hidden(style: Element) -> bool | None:
    display = _text_property(style, "display")
    return None if display is None else display == "none"


def _text_colour(style: Element) -> str | None:
    effects = (_text_property(style, "text-outline") or "false", _text_property(style, "text-shadow") or "none")
    if _text_property(style, "use-window-font-color") == "true" or effects != ("false", "none"):
        return "auto"
    return _text_property(style, "color")


def _background(style: Element, family: Family) -> str | None:
    properties = style.find(f"style:{family}-properties")
    if properties is None:
        return None
    picture = properties.find("style:background-image")
    return "picture" if picture is not None and picture.get("href") else properties.get("background-color")


def _draws_behind_text(styles: Element) -> bool:
    """Return whether the styles of a part have pages with a ground of their own, or drawings behind the text."""
    pages = [properties for tag in _PAGE_GROUNDS for properties in styles.iter(tag)]
    grounds = (page.get("background-color", "transparent") for page in pages)
    drawings = (drawing.get("run-through") for drawing in styles.iter("style:graphic-properties"))
    pictures = (picture for page in pages for picture in page.iter("style:background-image"))
    is_plain = all(ground in ("transparent", "#ffffff") for ground in grounds)
    return not is_plain or "background" in drawings or any(picture.get("href") for picture in pictures)


def _raised(style: Element) -> str | None:
    position = (_text_property(style, "text-position") or "").split(" ")[0]
    if position in ("super", "sub"):
        return "sup" if position == "super" else "sub"
    match = re.fullmatch(r"(-?)([0-9.]+)%", position)
    return None if match is None else "" if not match[2].strip("0.") else "sub" if match[1] else "sup"


def _is_bold(style: Element) -> bool | None:
    if _shown_name(style).lower() == "table heading":
        return True
    weight = _text_property(style, "font-weight")
    return None if weight is None else weight in _BOLD_WEIGHTS


def _language(style: Element) -> str | None:
    language, country = _text_property(style, "language"), _text_property(style, "country")
    if not language:
        return None
    return f"{language}-{country}" if country and country != "none" else language
