"""Text fragments: the part of an address that has a browser go to words on a page and mark them.

The syntax is the WICG's, `#:~:text=[prefix-,]start[,end][,-suffix]`. A browser goes to the first match on the page,
whatever stands before it in the address, so that a fragment is of use only when the first match is the one meant.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, product
from operator import itemgetter
from urllib.parse import quote as percent

from pincite.index.citation.cells import cell_ranges
from pincite.index.types import Block, Document, Range

MAX_EXACT_WORDS = 12  # words that are named in full; of longer runs the first and the last RANGE_WORDS are
RANGE_WORDS = 5
MAX_CONTEXT_WORDS = 10  # words of context at most, before and after
CONTEXT_GAPS = ("", " ", "\n")  # what may stand between a match and its context: another block, too


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words to look for; `end` is where a long run ends, and None for a run named in full."""

    start: str
    end: str | None = None
    prefix: str | None = None
    suffix: str | None = None

    def __str__(self) -> str:
        parts = (
            f"{_percent_encode(self.prefix)}-" if self.prefix else None,
            _percent_encode(self.start),
            _percent_encode(self.end) if self.end else None,
            f"-{_percent_encode(self.suffix)}" if self.suffix else None,
        )
        return ":~:text=" + ",".join(part for part in parts if part)


def shortest_fragment(document: Document, target: Range) -> Fragment | None:
    """Return the shortest fragment whose first match in the document is `target`; None if none of those tried matches.

    target: a sentence, list item or table row; what goes beyond its block, or its first cell, is not named.
    """
    page = _page_text(document)
    block_number = page.block_number(target[0])
    if block_number is None:
        return None
    target = target[0], min(target[1], page.blocks[block_number][1])
    if not page.has_word_boundaries(block_number, target):  # a browser marks whole words alone
        return None
    return next(
        (
            f
            for f in _trial_fragments(document.text, page.blocks, block_number, target)
            if page.first_match(f) == target
        ),
        None,
    )


def _trial_fragments(text: str, blocks: Sequence[Range], block_number: int, target: Range) -> Iterator[Fragment]:
    """Yield fragments to try, the shortest first: without context, then with more and more words before, then after."""
    target_text = text[target[0] : target[1]]
    words = target_text.split()
    start, end = (
        (target_text, None)
        if len(words) <= MAX_EXACT_WORDS
        else (_first_words(words, RANGE_WORDS), _last_words(words, RANGE_WORDS))
    )
    before = text[blocks[block_number][0] : target[0]].split() or _block_words(
        text, blocks[max(0, block_number - 1) : block_number]
    )
    after = text[target[1] : blocks[block_number][1]].split() or _block_words(
        text, blocks[block_number + 1 : block_number + 2]
    )
    yield Fragment(start, end)
    for count in range(1, MAX_CONTEXT_WORDS + 1):
        yield Fragment(start, end, prefix=_last_words(before, count) or None)
    for count in range(1, MAX_CONTEXT_WORDS + 1):
        yield Fragment(start, end, _last_words(before, MAX_CONTEXT_WORDS) or None, _first_words(after, count) or None)


class _PageText:
    """A document as a browser searches it: a line a block or table cell, without regard to case and accents."""

    def __init__(self, document: Document) -> None:
        self.blocks = [piece for block in document.blocks for piece in _pieces(document.text, block)]
        self._text = "\n".join(_fold(document.text[start:end]) for start, end in self.blocks)
        self._line_starts = [0, *accumulate(end - start + 1 for start, end in self.blocks[:-1])]  # where each begins

    def block_number(self, offset: int) -> int | None:
        """Return which block holds an offset of the document."""
        block_at = bisect_right(self.blocks, offset, key=itemgetter(0)) - 1
        return block_at if block_at >= 0 and offset < self.blocks[block_at][1] else None

    def has_word_boundaries(self, block_number: int, target: Range) -> bool:
        """Return whether a range of a block begins and ends at word boundaries."""
        shift = self._line_starts[block_number] - self.blocks[block_number][0]
        return self._on_word_boundaries(target[0] + shift, target[1] + shift)

    def first_match(self, fragment: Fragment) -> Range | None:
        """Return the range of the first match in the document; None if browsers could take different ones."""
        prefix, start, end, suffix = map(_search_form, (fragment.prefix, fragment.start, fragment.end, fragment.suffix))
        parts = [part for part in (prefix, start, "" if end else suffix) if part]
        matches_by_gaps = (self._match_parts(parts, gaps) for gaps in product(CONTEXT_GAPS, repeat=len(parts) - 1))
        matches = [ranges[1 if prefix else 0] for ranges in matches_by_gaps if ranges]
        if not matches:
            return None
        match_start, match_end = min(matches)
        if end:
            line_end = self._text.find("\n", match_end)
            end_start = next(
                self._whole_word_matches(end, match_end, line_end if line_end >= 0 else len(self._text)), None
            )
            if end_start is None:
                return None
            match_end = end_start + len(end)
            if suffix and not any(self._follows(match_end, gap, suffix) for gap in CONTEXT_GAPS):
                return None  # the browser would go on to a later end
        block_number = bisect_right(self._line_starts, match_start) - 1
        shift = self.blocks[block_number][0] - self._line_starts[block_number]
        return match_start + shift, match_end + shift

    def _match_parts(self, parts: Sequence[str], gaps: Sequence[str]) -> list[Range] | None:
        """Find the first place where parts follow each other with these gaps. Returns the range of each part."""
        lengths = [len(part) for part in parts]
        begins = [0, *accumulate(length + len(gap) for length, gap in zip(lengths, gaps, strict=False))]
        for at in self._whole_word_matches("".join(chain.from_iterable(zip(parts, (*gaps, ""), strict=True)))):
            ranges = [(at + begin, at + begin + length) for begin, length in zip(begins, lengths, strict=True)]
            if all(self._on_word_boundaries(*part_range) for part_range in ranges):
                return ranges
        return None

    def _whole_word_matches(self, words: str, begin: int = 0, end: int | None = None) -> Iterator[int]:
        """Yield the offsets where words stand that are not part of longer words."""
        at = self._text.find(words, begin, end)
        while at >= 0:
            if self._on_word_boundaries(at, at + len(words)):
                yield at
            at = self._text.find(words, at + 1, end)

    def _follows(self, at: int, gap: str, words: str) -> bool:
        begin = at + len(gap)
        return self._text.startswith(gap + words, at) and self._on_word_boundaries(begin, begin + len(words))

    def _on_word_boundaries(self, start: int, end: int) -> bool:
        """Return whether a range ends at word boundaries on both sides."""
        return not (
            _is_inside_word(self._text[max(0, start - 1) : start + 1]) or _is_inside_word(self._text[end - 1 : end + 1])
        )


def _pieces(text: str, block: Block) -> list[Range]:
    """Return what a browser searches as one: each cell of a row, of other kinds the block."""
    if block.kind in ("header", "row"):
        return [cell for cell in cell_ranges(text, (block.start, block.end)) if cell[0] < cell[1]]
    return [(block.start, block.end)] if block.start < block.end else []


@lru_cache(maxsize=16)
def _page_text(document: Document) -> _PageText:
    """Return the searchable page of a document, cached: every hit of an answer needs it."""
    return _PageText(document)


def _is_inside_word(pair: str) -> bool:
    return len(pair) == 2 and all(c.isalnum() or c == "_" for c in pair)


def _block_words(text: str, blocks: Sequence[Range]) -> list[str]:
    return [word for start, end in blocks for word in text[start:end].split()]


def _first_words(words: Sequence[str], count: int) -> str:
    return " ".join(words[:count])


def _last_words(words: Sequence[str], count: int) -> str:
    return " ".join(words[-count:])


def _search_form(words: str | None) -> str:
    """Words as a page is searched for them."""
    return " ".join(_fold(words or "").split())


def _fold(text: str) -> str:
    """Lower-case base letters, one code point for each."""
    return text.lower() if text.isascii() else text.translate(_FOLD_TABLE)


class _FoldTable(dict[int, str]):
    """A table from code points to their folded form, filled on first use."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = unicodedata.normalize("NFD", chr(code))[0].lower()[0]
        return folded


_FOLD_TABLE = _FoldTable()


def _percent_encode(words: str | None) -> str:
    # "-", "," and "&" have a meaning of their own in a text fragment
    return percent(words or "", safe="").replace("-", "%2D")
