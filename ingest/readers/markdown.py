"""Markdown (CommonMark, tables, YAML front matter) to a draft. Markup goes; every word stays."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from index.errors import ReadError
from index.vocabulary import Source
from ingest.decode import decode
from ingest.draft import Draft, Part

_SOURCE_KEYS = {
    "publisher": "publisher",
    "source_title": "title",
    "source_url": "url",
    "reviewed": "reviewed",
    "licence": "licence",
    "note": "note",
}
LONGEST_BLOCK = 20_000  # characters; longer blocks are taken as they are, markup and all
_ID = re.compile(r"[^\W_][\w.-]{0,79}")


def read_markdown(data: bytes, name: str) -> Draft:
    """Read one Markdown file. A single level-1 heading that opens it is the title, not a section.

    Raises ReadError for text that is not UTF-8 and for front matter that cannot be understood.
    """
    text, unseen = decode(data, name)
    tokens = _parser().parse(text)
    front = _front_matter(tokens, name)
    parts = [Part(p.kind, _fold(p.text), p.level, p.marker) for p in _parts(tokens) if _fold(p.text)]
    title = front.get("title")
    if _opens_with_title(parts):
        title = title or parts[0].text
        parts = parts[1:]
    source = Source(**{field: front.get(key) for key, field in _SOURCE_KEYS.items()})
    return Draft(tuple(parts), title, front.get("id"), source, unseen=unseen)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    parser.core.ruler.at("inline", _inline_markup)
    return parser


def _inline_markup(state: StateCore) -> None:
    """Find emphasis, links and code in each block, but not in one so long that hostile brackets take minutes."""
    for token in state.tokens:
        if token.type == "inline" and token.children is not None:
            if len(token.content) > LONGEST_BLOCK:
                token.children.append(Token("text", "", 0, content=token.content))
            else:
                state.md.inline.parse(token.content, state.md, state.env, token.children)


def _opens_with_title(parts: list[Part]) -> bool:
    tops = [p for p in parts if p.kind == "heading" and p.level == 1]
    return len(tops) == 1 and parts[0] is tops[0]


def _front_matter(tokens: list[Token], name: str) -> dict[str, str]:
    """Front matter as text values. Keys that pincite does not use are left alone."""
    if not tokens or tokens[0].type != "front_matter":
        return {}
    try:
        front = yaml.safe_load(tokens[0].content) or {}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 2}" if mark else ""
        reason = getattr(error, "problem", None) or str(error)
        raise ReadError(
            f"{name}{line}",
            f"the front matter is not YAML: {reason}",
            "put quotation marks round values that hold ': ' or '#'; if it is none, leave the first line empty",
        ) from error
    if not isinstance(front, dict):
        raise ReadError(f"{name}:2", "the front matter is not a list of `key: value` lines", "write one key a line")
    known = {"id", "title", *_SOURCE_KEYS}
    return {key: _plain(key, value, name) for key, value in front.items() if key in known and value is not None}


def _plain(key: str, value: Any, name: str) -> str:
    place = f"{name}, front matter, {key}"
    if isinstance(value, datetime.date | str | int | float):
        text = _fold(value.isoformat() if isinstance(value, datetime.date) else str(value))
    else:
        raise ReadError(place, "is not one plain value", "write one line of text")
    if key == "id" and not _ID.fullmatch(text):
        raise ReadError(place, f"{text!r} cannot stand in an address", "use letters, digits, '-' and '.', 80 at most")
    if key == "reviewed" and not _is_date(text):
        raise ReadError(place, f"{text!r} is not a date", "write it as 2025-05-06, or 2025-05")
    if key == "source_url" and not re.match(r"https?://[^\s/]+", text):
        raise ReadError(place, f"{text!r} is not a web address", "begin it with http:// or https://")
    return text


def _is_date(text: str) -> bool:
    """A year, a month of one, or a day of one, as ISO 8601 writes them with hyphens."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        return False
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _parts(tokens: list[Token]) -> Iterator[Part]:
    """Block tokens to parts. A list item's first text is the item; what follows inside it are paragraphs."""
    lists: list[tuple[bool, int]] = []  # (numbered, next number), outermost first
    marker: str | None = None  # set between an item's opening and its first text
    level = 0
    row: list[str] | None = None  # the cells of a table row, while it is open
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield Part("paragraph", " | ".join(row))
            row = None
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append((token.type == "ordered_list_open", int(token.attrGet("start") or 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            marker, lists[-1] = _next_marker(*lists[-1])
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif (text := _text(token)) is not None:
            if row is not None:
                row.append(text)
            elif level:
                yield Part("heading", text, level)
            elif marker is not None:
                yield Part("item", text, len(lists), marker)
                marker = None
            else:
                yield from (Part("paragraph", line) for line in text.split("\n\n"))


def _next_marker(numbered: bool, number: int) -> tuple[str, tuple[bool, int]]:
    return (f"{number}." if numbered else "-"), (numbered, number + 1)


def _text(token: Token) -> str | None:
    if token.type == "inline":
        return "".join(_inline(child) for child in token.children or [])
    if token.type in ("fence", "code_block"):
        return token.content
    if token.type == "html_block":
        return _visible(token.content)
    return None


def _inline(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "html_inline":
        return _visible(token.content)
    return token.content  # text and code; an image's content is its description


def _visible(html: str) -> str:
    """The words of raw HTML that a reader of the page would see: no tags, comments, scripts or styles."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.words)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in ("script", "style", "template")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("script", "style", "template") and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)


def _fold(text: str) -> str:
    return " ".join(text.split())
