"""Lead-ins: what a sentence, item, row or piece of code cannot be read without.

Of a list item the line that introduces its list, and the items that it is nested in; of what else stands in an item,
that item too; of a table row the column names; of code the line that introduces it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pincite.index.types import Block, Range

MAX_LEAD_INS = 4  # of one block: the nearest


class LeadIns:
    """Lead-ins of the blocks of one section, asked for in the order of the text."""

    def __init__(self, text: str) -> None:
        """Begin a section. text: of the document."""
        self._text = text
        # what introduces a list outside of items, in items of level 1, ...
        self._by_depth: list[tuple[Range, ...]] = [()]
        self._header: tuple[Range, ...] = ()

    def of(self, block: Block) -> tuple[Range, ...]:
        """Return the lead-ins of the next block, outermost first."""
        depth = block.level if block.kind == "item" else block.level + 1
        own = self._header if block.kind == "row" else ()
        if block.kind in ("paragraph", "quote", "footnote") and not block.level:
            return own
        return (*(r for ranges in self._by_depth[:depth] for r in ranges), *own)[-MAX_LEAD_INS:]

    def add(self, block: Block, sentences: Sequence[Range]) -> None:
        """Take note of a block and its sentences: it may introduce what follows."""
        last = tuple(sentences[-1:])
        self._header = last if block.kind == "header" else self._header if block.kind == "row" else ()
        if block.kind == "item":
            self._introduce(block.level, last)
        elif block.kind in ("paragraph", "quote"):
            introduces = self._text[block.start : block.end].endswith(":")
            before = self._by_depth[block.level][:1] if 0 < block.level < len(self._by_depth) else ()
            self._introduce(block.level, before + (last if introduces else ()))
        elif not block.level and block.kind not in ("header", "row"):
            self._by_depth = [()]

    def _introduce(self, level: int, ranges: tuple[Range, ...]) -> None:
        """Let ranges introduce what stands in items of a level, and forget what introduced deeper lists."""
        del self._by_depth[level:]
        self._by_depth += [()] * (level - len(self._by_depth)) + [ranges]
