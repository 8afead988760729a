"""Styles of an OpenDocument text: what a paragraph or span is by its style, and by those that this is based on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.style_roles import Role, role_of_style
from pincite.ingestion.reading.readers.package.xml_tree import descend

Family = Literal["paragraph", "text"]
_T = TypeVar("_T")
MAX_BASES = 50  # styles, each based on the next
_ENCODED = re.compile("_([0-9a-f]{1,4})_")  # a character that no name may have, by its number
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
        self.language = None if paragraph_default is None else _language(paragraph_default)  # of text that states none
        self._answers: dict[tuple[str, Family, str], object] = {}

    def role(self, name: str) -> Role:
        """Return what a paragraph in this style is besides a heading."""
        return self._first("role", "paragraph", name, _role) or ""

    def is_hidden(self, family: Family, name: str) -> bool | None:
        """Return whether text in this style is hidden, None where nothing is said of it."""
        return self._first("hidden", family, name, _is_hidden)

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
