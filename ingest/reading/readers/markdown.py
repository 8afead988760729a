"""Markdown (CommonMark, tables, footnotes, front matter) to a draft. Markup goes; every word stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from pincite.index.types import BlockKind, Source
from pincite.ingestion.reading.decode import decode_utf8
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Draft, Part, row_of_cells
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.commonmark import ParsedBlocks, parse_blocks
from pincite.ingestion.reading.readers.footnotes import Footnotes
from pincite.ingestion.reading.readers.front_matter import SOURCE_FIELD_BY_KEY, split_front_matter
from pincite.ingestion.reading.readers.html_parts import code_text


def read_markdown(data: bytes, name: str) -> Draft:
    """Read one Markdown file. A single level-1 heading that opens it is the title, not a section.

    Where the front matter has a title, that heading goes only if it says no more. Raises ReadError for text that is not
    UTF-8, for front matter that cannot be understood, and for more blocks or markup than can be read in a minute.
    """
    text, invisible_count = decode_utf8(data, name)
    head = split_front_matter(text, name)
    front_matter = head.values
    blocks = parse_blocks(bound_lines(head.body, name), name)
    parts = list(_Walk(blocks).parts())
    title = front_matter.get("title")
    if _opens_with_title(parts) and not (title and _words(parts[0].text) - _words(title)):
        title = title or parts[0].text
        parts = parts[1:]
    source = Source(**{field: front_matter.get(key) for key, field in SOURCE_FIELD_BY_KEY.items()})
    unparsed_note = (
        f"{blocks.unparsed_count} blocks were taken as they are, markup and all: too long, too deep or without an end"
    )
    return Draft(
        tuple(parts),
        title,
        front_matter.get("id"),
        source,
        (*head.notes, *((unparsed_note,) if blocks.unparsed_count else ())),
        invisible_count,
        front_matter.get("language"),
        head.tags,
    )


def _opens_with_title(parts: Sequence[Part]) -> bool:
    top_headings = [p for p in parts if p.kind == "heading" and p.level == 1]
    return len(top_headings) == 1 and parts[0] is top_headings[0] and 0 < len(parts[0].text) <= MAX_HEADING_CHARACTERS


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


class _Walk:
    """Walk over block tokens that makes parts of them.

    A list item's first text is the item; what follows in it stands in it. Headings in items and quotations govern
    nothing. A footnote comes at the end of the section that refers to it; one that nothing refers to where it stands.
    """

    def __init__(self, blocks: ParsedBlocks) -> None:
        self._lists: list[tuple[bool, int]] = []  # (numbered, next number), outermost first
        self._marker: str | None = None  # set between an item's opening and its first text
        self._quotes = 0
        self._heading = 0
        self._cells: list[str] | None = None  # of a table row, while it is open
        self._in_header = False
        self._unused_mark = ""  # of a footnote that nothing refers to, until its first text
        self._section_marks: list[str] = []  # of the footnotes that the section refers to
        self._footnotes = Footnotes(blocks.tokens, blocks.footnote_marks, blocks.addresses)

    def parts(self) -> Iterator[Part]:
        """Yield the parts of the document."""
        for token in self._footnotes.body:
            if token.type == "heading_open" and not self._is_nested():
                yield from self._end_section()
            yield from self._parts_of(token)
        yield from self._end_section()

    def _parts_of(self, token: Token) -> Iterator[Part]:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._lists.append((token.type == "ordered_list_open", int(token.attrGet("start") or 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                numbered, number = self._lists[-1]
                self._marker, self._lists[-1] = f"{number}." if numbered else "-", (numbered, number + 1)
            case "list_item_close":
                self._marker = None
            case "blockquote_open" | "blockquote_close":
                self._quotes += token.nesting
            case "heading_open":
                self._heading = int(token.tag[1])
            case "heading_close":
                self._heading = 0
            case "thead_open" | "thead_close":
                self._in_header = token.nesting == 1
            case "tr_open":
                self._cells = []
            case "tr_close":
                yield from self._row()
            case "fence" | "code_block":
                yield from self._code(token.content)
            case "html_block":
                yield from self._html(token.meta["parts"])
            case "footnote_reference_open":  # nothing refers to it
                self._unused_mark = f"[{token.meta['label']}]"
            case "inline":
                yield from self._text(token)

    def _text(self, token: Token) -> Iterator[Part]:
        self._section_marks += token.meta.get("marks", ())
        text = " ".join(token.content.split())
        if self._cells is not None:
            self._cells.append(text)
        elif self._heading and not self._is_nested():
            yield Part("heading", text, self._heading)
        elif text:
            yield self._block(text)

    def _block(self, text: str) -> Part:
        """Make an item of the first text of an item, and a paragraph of any other."""
        if self._unused_mark:
            mark, self._unused_mark = self._unused_mark, ""
            return Part("footnote", text, marker=mark)
        if self._marker is not None:
            marker, self._marker = self._marker, None
            return Part("item", text, len(self._lists), marker)
        return Part("quote" if self._quotes else "paragraph", text, len(self._lists))

    def _row(self) -> Iterator[Part]:
        cells, self._cells = self._cells or [], None
        kind: BlockKind = "header" if self._in_header else "row"
        if any(cells):
            yield Part(kind, row_of_cells(cells), len(self._lists))

    def _code(self, content: str) -> Iterator[Part]:
        text = code_text(content)
        if text:
            yield Part("code", text, len(self._lists))

    def _html(self, parts: Sequence[Part]) -> Iterator[Part]:
        for part in parts:
            if part.kind == "heading" and not self._is_nested():
                yield from self._end_section()
                yield part
            elif part.kind in ("heading", "paragraph") and part.text:
                yield self._block(part.text)
            elif part.text:
                yield Part(part.kind, part.text, part.level + len(self._lists), part.marker)

    def _is_nested(self) -> bool:
        return bool(self._lists or self._quotes)

    def _end_section(self) -> Iterator[Part]:
        """Yield the footnotes that the section refers to, each once in the document."""
        marks, self._section_marks = self._section_marks, []
        for mark in marks:
            yield from self._footnotes.take(mark)
