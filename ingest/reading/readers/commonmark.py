"""CommonMark and tables, by markdown-it, within bounds: what it may cost is known before it is done.

Beyond a bound a block is taken as it is, markup and all, and counted; or the document is refused, where that would be
most of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import MAX_LIST_DEPTH
from pincite.ingestion.reading.readers.html_in_markdown import visible_text

MAX_PARSED_BLOCK_CHARACTERS = 20_000  # characters; longer blocks are taken as they are, markup and all
MAX_TOKENS = 600_000  # some 450 bytes each; a paragraph is three, a list item five, a table cell three
MAX_MARKUP = 2_000_000  # characters that may begin or end markup: some 10 microseconds each
_MAX_NESTING = 2 * MAX_LIST_DEPTH + 1  # levels of nesting: a list is two, a quotation one; here nothing is looked into
_MAX_INLINE_NESTING = 20  # markdown-it's own: beyond it brackets are text
_MARKUP_CHARACTER = re.compile(r"[*_`<&!\\\[]")
_SPLIT_REMEDY = "split it into several documents"


@dataclass(frozen=True, slots=True)
class ParsedBlocks:
    """The block tokens of a document. The content of those that hold text is the text itself, without markup."""

    tokens: list[Token]
    unparsed_count: int  # blocks that were taken with their markup


def parse_blocks(text: str, name: str) -> ParsedBlocks:
    """Parse Markdown. Raises ReadError when it has more blocks, or more markup, than can be read in a minute."""
    parser = _Parser(name)
    return ParsedBlocks(parser.parse(text), parser.unparsed_count)


class _Parser(MarkdownIt):
    """Parses one document, and counts."""

    def __init__(self, name: str) -> None:
        super().__init__("commonmark")
        self.enable("table")
        self.block.ruler.before("table", "too_deep", self._take_deep_lines)
        self.core.ruler.at("block", self._parse_block_tokens)
        self.core.ruler.at("inline", self._strip_markup)
        self._name = name
        self._markup_count = 0
        self.unparsed_count = 0

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
        for token in state.tokens:
            if token.type == "html_block":
                token.content = self._visible_html(token.content)
            elif token.type == "inline" and token.children is not None:  # None: the lines stand too deep
                if len(token.content) > MAX_PARSED_BLOCK_CHARACTERS:
                    self.unparsed_count += _MARKUP_CHARACTER.search(token.content) is not None
                else:
                    token.content = "".join(self._visible_pieces(token.content, state))
                token.children = None  # of a large document these alone would be gigabytes

    def _visible_pieces(self, content: str, state: StateCore) -> Iterator[str]:
        """Yield the text of a block, piece by piece. An image's text is its description."""
        self._count_markup(sum(1 for _ in self.inline.terminator_re.finditer(content)))
        for token in self.inline.parse(content, self, state.env, []):
            if token.type in ("softbreak", "hardbreak"):
                yield " "
            elif token.type == "html_inline":
                yield self._visible_html(token.content)
            else:
                yield token.content

    def _visible_html(self, html: str) -> str:
        self._count_markup(html.count("<"))
        text, is_complete = visible_text(html)
        self.unparsed_count += not is_complete
        return text

    def _count_markup(self, markup: int) -> None:
        self._markup_count += markup
        if self._markup_count > MAX_MARKUP:
            raise ReadError(
                self._name, f"holds more markup than can be read: {MAX_MARKUP:,} signs at most", _SPLIT_REMEDY
            )


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
            )
        super().append(token)
