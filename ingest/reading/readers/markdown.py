"""Markdown (CommonMark, tables, YAML or TOML front matter) to a draft. Markup goes; every word stays."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token

from pincite.index.types import Source
from pincite.ingestion.reading.decode import decode_utf8
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, Draft, Part
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.commonmark import parse_blocks
from pincite.ingestion.reading.readers.front_matter import SOURCE_FIELD_BY_KEY, split_front_matter


def read_markdown(data: bytes, name: str) -> Draft:
    """Read one Markdown file. A single level-1 heading that opens it is the title, not a section.

    Raises ReadError for text that is not UTF-8, for front matter that cannot be understood, and for more blocks or
    markup than can be read in a minute.
    """
    text, invisible_count = decode_utf8(data, name)
    head = split_front_matter(text, name)
    front_matter = head.values
    blocks = parse_blocks(bound_lines(head.body, name), name)
    tokens = blocks.tokens
    parts = [Part(p.kind, text, p.level, p.marker) for p in _parts(tokens) if (text := " ".join(p.text.split()))]
    title = front_matter.get("title")
    if _opens_with_title(parts):
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
    )


def _opens_with_title(parts: list[Part]) -> bool:
    top_headings = [p for p in parts if p.kind == "heading" and p.level == 1]
    return len(top_headings) == 1 and parts[0] is top_headings[0] and len(parts[0].text) <= MAX_HEADING_CHARACTERS


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
        elif token.type in ("inline", "fence", "code_block", "html_block"):
            if row is not None:
                row.append(token.content)
            elif level:
                yield Part("heading", token.content, level)
            elif marker is not None:
                yield Part("item", token.content, len(lists), marker)
                marker = None
            else:
                yield from (Part("paragraph", line) for line in token.content.split("\n\n"))


def _next_marker(numbered: bool, number: int) -> tuple[str, tuple[bool, int]]:
    return (f"{number}." if numbered else "-"), (numbered, number + 1)
