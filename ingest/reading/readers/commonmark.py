"""CommonMark, tables and footnotes, by markdown-it, within bounds: what it may cost is known before it is done.

Beyond a bound a block is taken as it is, markup and all, and counted; or the document is refused, where that would be
most of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import MAX_LIST_DEPTH
from pincite.ingestion.reading.readers.html import read_html
from pincite.ingestion.reading.readers.inline_text import InlineText

MAX_PARSED_BLOCK_CHARACTERS = 20_000  # characters; longer blocks are taken as they are, markup and all
MAX_TOKENS = 600_000  # some 450 bytes each; a paragraph is three, a list item five, a table cell three
MAX_MARKUP = 2_000_000  # characters that may begin or end markup: some 10 microseconds each
_MAX_NESTING = 2 * MAX_LIST_DEPTH + 1  # levels of nesting: a list is two, a quotation one; here nothing is looked into
_MAX_INLINE_NESTING = 20  # markdown-it's own: beyond it brackets are text
MAX_MARK_DIGITS = 3  # of a number that may be the mark of a note
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_HEADING_ATTRIBUTES = re.compile(r"\s*\{:?\s*(?:[#.][^{}]*|[\w-]+=[^{}]*)\}\s*$")  # {#id .class}, {: #id }
_PERMALINKS = ("#", "¶", "§", "🔗", "⚓", "")
_NUMBER_IN_BRACKETS = re.compile(r"(?<![\]\\!])\[([0-9]{1,3})\](?![(\[:])")
_MARK = re.compile(r"\[\^?[0-9]+\]")
_MARKUP_CHARACTER = re.compile(r"[*_`<&!\\\[]")
_SPLIT_REMEDY = "split it into several documents"


@dataclass(frozen=True, slots=True)
class ParsedBlocks:
    """The block tokens of a document.

    The content of those that hold text is the text itself, without markup; meta["parts"] has the parts of raw HTML, and
    meta["marks"] the marks of the footnotes that a text refers to, such as "[1]".
    """

    tokens: list[Token]
    unparsed_count: int  # blocks that were taken with their markup
    footnote_marks: dict[str, str]  # of footnotes that are referred to, by label
    addresses: dict[str, str]  # what other marks link to


def parse_blocks(text: str, name: str) -> ParsedBlocks:
    """Parse Markdown. Raises ReadError when it has more blocks, or more markup, than can be read in a minute."""
    parser = _Parser(name)
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    labels = env.get("footnotes", {}).get("refs", {})
    marks = {label.removeprefix(":"): _footnote_mark(number, env) for label, number in labels.items() if number >= 0}
    return ParsedBlocks(tokens, parser.unparsed_count, marks, parser.addresses)


def _footnote_mark(number: int, env: Mapping[str, Any]) -> str:
    """Return the mark of a footnote by its place among them, from 0; other than that of a number that is a link."""
    return f"[^{number + 1}]" if str(number + 1) in env.get("references", {}) else f"[{number + 1}]"


class _Parser(MarkdownIt):
    """Parses one document, and counts."""

    def __init__(self, name: str) -> None:
        super().__init__("commonmark")
        self.enable("table").use(footnote_plugin, inline=False, move_to_end=False)
        self.block.ruler.before("table", "too_deep", self._take_deep_lines)
        self.core.ruler.at("block", self._parse_block_tokens)
        self.core.ruler.at("inline", self._strip_markup)
        self._name = name
        self._markup_count = 0
        self.unparsed_count = 0
        self.addresses: dict[str, str] = {}

    def _parse_block_tokens(self, state: StateCore) -> None:
        self.options["maxNesting"] = (
            _MAX_NESTING + 2
        )  # beyond its own bound markdown-it drops text; it never gets there
        state.tokens = _BoundedTokens(self._name)
        self.block.parse(state.src, self, state.env, state.tokens)
        self.options["maxNesting"] = _MAX_INLINE_NESTING

    def _take_deep_lines(self, state: StateBlock, start: int, end: int, silent: bool) -> bool:
        """Take the lines up to an empty one as a paragraph where they stand too deep."""
        if state.level < _MAX_NESTING:
            return False
        line = start + 1
        while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
            line += 1
        state.line = line
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content = state.getLines(start, line, state.blkIndent, False).strip()
        state.push("paragraph_close", "p", -1)
        self.unparsed_count += 1
        return True

    def _strip_markup(self, state: StateCore) -> None:
        previous: Token | None = None
        for token in state.tokens:
            if token.type == "html_block":
                self._count_markup(token.content.count("<"))
                parts, is_complete = read_html(token.content)
                self.unparsed_count += not is_complete
                token.meta["parts"] = parts
            elif token.type == "inline" and token.children is not None:  # None: the lines stand too deep
                if len(token.content) > MAX_PARSED_BLOCK_CHARACTERS:
                    self.unparsed_count += _MARKUP_CHARACTER.search(token.content) is not None
                else:
                    in_heading = previous is not None and previous.type == "heading_open"
                    self._strip_inline_markup(token, state, in_heading)
                token.children = None  # of a large document these alone would be gigabytes
            previous = token

    def _strip_inline_markup(self, token: Token, state: StateCore, in_heading: bool) -> None:
        """Replace a block's content by its text, and note the footnotes that it refers to."""
        content = _HEADING_ATTRIBUTES.sub("", token.content) if in_heading else token.content
        content = _NUMBER_IN_BRACKETS.sub(partial(self._keep_brackets, state), content)
        self._count_markup(sum(1 for _ in self.inline.terminator_re.finditer(content)))
        children = self.inline.parse(content, self, state.env, [])
        visible = _VisibleText(in_heading, state.env)
        for child in children:
            visible.add(child)
        token.content = visible.text.text()
        self.addresses |= visible.addresses
        marks = [m for m in _MARK.findall(token.content) if m in self.addresses or m in visible.footnotes]
        if marks:
            token.meta["marks"] = marks

    def _keep_brackets(self, state: StateCore, match: re.Match[str]) -> str:
        """Keep the brackets of a number that is a link by reference: without them it would read as a figure."""
        reference = state.env.get("references", {}).get(match[1])
        if reference is None:
            return match[0]
        self.addresses[match[0]] = " ".join(filter(None, (reference["href"], reference["title"])))
        return f"\\[{match[1]}\\]"

    def _count_markup(self, markup: int) -> None:
        self._markup_count += markup
        if self._markup_count > MAX_MARKUP:
            raise ReadError(
                self._name,
                f"holds more markup than can be read: {MAX_MARKUP:,} signs at most",
                _SPLIT_REMEDY,
                "too_complex",
            )


class _VisibleText:
    """The text of a block's inline tokens. An image's text is its description."""

    def __init__(self, in_heading: bool, env: Mapping[str, Any]) -> None:
        self.text = InlineText()
        self.footnotes: set[str] = set()  # their marks
        self.addresses: dict[str, str] = {}
        self._env = env
        self._in_heading = in_heading
        self._link: tuple[str, InlineText] | None = None  # the address of the open link, and what stands before it

    def add(self, token: Token) -> None:
        """Add what is seen of a token."""
        if token.type in ("softbreak", "hardbreak"):
            self.text.write(" ")
        elif token.type == "html_inline":
            if tag := _TAG.match(token.content):
                (self.text.end if tag[1] else self.text.start)(tag[2].lower())
        elif token.type == "footnote_ref":
            mark = _footnote_mark(token.meta["id"], self._env)
            self.footnotes.add(mark)
            self.text.write(mark)
        elif token.type == "image":
            for child in token.children or ():
                self.add(child)
        elif token.type == "link_open":
            self._link = str(token.attrGet("href") or ""), self.text
            self.text = InlineText()
        elif token.type == "link_close" and self._link:
            self._end_link(*self._link)
            self._link = None
        else:
            self.text.write(token.content)

    def _end_link(self, address: str, before: InlineText) -> None:
        """Write a link's words. A number that would run into a word is the mark of a note; a permalink has none."""
        words = self.text.text()
        self.text = before
        if self._in_heading and words in _PERMALINKS and address.startswith("#"):
            return
        if words.isdecimal() and len(words) <= MAX_MARK_DIGITS and before.ends_with_word():
            words = f"[{words}]"
            self.addresses[words] = address
        before.write(words)


class _BoundedTokens(list[Token]):
    """A list that does not grow beyond what memory is for."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def append(self, token: Token) -> None:
        if len(self) >= MAX_TOKENS:
            raise ReadError(
                self._name,
                f"has too many headings, paragraphs, list items and table cells: some {MAX_TOKENS // 3:,} at most",
                _SPLIT_REMEDY,
                "too_complex",
            )
        super().append(token)
