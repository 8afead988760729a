"""Composition of a document from a draft: the one place where the canonical text and its offsets are made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pincite.index.types import Block, Document, Page, Section
from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.draft import Draft, Part


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading in force."""

    level: int
    text: str
    slug: str


def compose(draft: Draft, document_id: str, title: str) -> Document:
    """Lay the parts of a draft out as one text, and say where each stands in it.

    Blocks are parted by an empty line; a list follows the line that introduces it without one, and the rows of a table
    each other. Items and footnotes keep their marker in the text ("- ", "3. ", "[1] "), but a Block's range begins
    after it; a page of the source begins before it. A Draft holds nothing invisible, and neither does a title that was
    made of a file's name.
    """
    pieces: list[str] = []
    blocks: list[Block] = []
    pages: list[Page] = []
    offset = 0
    previous: Part | None = None
    for part in draft.parts:
        separator, marker = (_separator(previous, part), _prefix(part)) if part.text else ("", "")
        prefix = separator + marker
        start = offset + len(prefix)
        for page in part.pages:
            if not pages or (pages[-1].number, pages[-1].label) != (page.number, page.label):
                pages.append(replace(page, start=start + page.start if page.start else offset + len(separator)))
        offset = start + len(part.text)
        pieces += [prefix, part.text]
        blocks.append(Block(part.kind, start, offset, part.level))
        previous = part if part.text else previous
    text = "".join(pieces)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    title = one_line(title) or (document_id if title else "")  # a record of a collection may have none
    sections = tuple(split_sections(text, blocks))
    return Document(
        document_id,
        title,
        text,
        tuple(blocks),
        sections,
        draft.source,
        digest,
        draft.language,
        draft.tags,
        tuple(pages),
    )


def split_sections(text: str, blocks: Iterable[Block]) -> Iterator[Section]:
    """Cut a text at its headings. The sections tile it; text before the first heading has the empty path.

    What follows an empty heading stands under the headings that are left in force by it.
    """
    taken: dict[str, int] = {}
    open_headings: list[_Heading] = []
    start = 0
    for block in blocks:
        if block.kind != "heading":
            continue
        if block.start > start:
            yield _section(open_headings, start, block.start, taken)
        while open_headings and open_headings[-1].level >= block.level:
            open_headings.pop()
        if block.start < block.end:
            heading = text[block.start : block.end]
            open_headings.append(_Heading(block.level, heading, slug(heading) or "section"))
        start = block.start
    if text[start:]:
        yield _section(open_headings, start, len(text), taken)


def slug(text: str) -> str:
    """Make a short name for addresses: lower-case letters, digits and single hyphens, of any script."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower())
    return "-".join(words)[:80].strip("-")


def unique_name(name: str, taken: dict[str, int]) -> str:
    """Return `name`, or `name-2`, `name-3`, ... when it is taken; the choice is taken from then on.

    taken: each name with the last number tried for it, so that thousands of equal names cost no search.
    """
    choice = name
    while choice in taken:
        taken[name] += 1
        choice = f"{name}-{taken[name]}"
    taken[choice] = 1
    return choice


def _section(headings: list[_Heading], start: int, end: int, taken: dict[str, int]) -> Section:
    name = "--".join(heading.slug for heading in headings) or "preamble"
    return Section(unique_name(name, taken), tuple(heading.text for heading in headings), start, end)


def _separator(previous: Part | None, part: Part) -> str:
    if previous is None:
        return ""
    if part.kind == "item":
        goes_on = previous.kind == "item" or (previous.kind == "paragraph" and previous.text.endswith(":"))
    elif part.kind in ("row", "footnote"):
        goes_on = previous.kind == part.kind or (part.kind == "row" and previous.kind == "header")
    else:
        goes_on = False
    return "\n" if goes_on else "\n\n"


def _prefix(part: Part) -> str:
    """Return what stands before a block on its line: an indent, and the marker of an item or footnote."""
    if part.kind == "item":
        return f"{'  ' * (part.level - 1)}{part.marker} "
    if part.kind == "footnote":
        return f"{part.marker} "
    return "" if part.kind in ("heading", "code") else "  " * part.level
