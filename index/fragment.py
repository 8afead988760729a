"""Text fragments: the part of an address that has a browser go to words on a page and mark them.

The syntax is the WICG's, `#:~:text=[prefix-,]start[,end][,-suffix]`. A browser goes to the first match on the page,
whatever stands before it in the address, so that a fragment is of use only when the first match is the one meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote as percent

from index.vocabulary import Block, Document, Range

WHOLE = 12  # words that are named in full; of longer runs the first and the last ENDS are
ENDS = 5
CONTEXT = 10  # words of context at most, before and after


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words to look for; `end` is where a long run ends, and None for a run named in full."""

    start: str
    end: str | None = None
    prefix: str | None = None
    suffix: str | None = None

    def __str__(self) -> str:
        parts = (
            f"{_encode(self.prefix)}-" if self.prefix else None,
            _encode(self.start),
            _encode(self.end) if self.end else None,
            f"-{_encode(self.suffix)}" if self.suffix else None,
        )
        return ":~:text=" + ",".join(part for part in parts if part)


def fragment(document: Document, wanted: Range) -> Fragment | None:
    """The shortest fragment whose first match in the document is `wanted`; None where none of those tried is.

    wanted: a sentence or list item; what goes beyond its block is not named.
    """
    block = next((b for b in document.blocks if b.start <= wanted[0] < b.end), None)
    if block is None:
        return None
    end = min(wanted[1], block.end)
    page = _Page(document)
    return next((f for f in _tries(document, block, (wanted[0], end)) if page.first(f) == (wanted[0], end)), None)


def _tries(document: Document, block: Block, wanted: Range) -> Iterator[Fragment]:
    """Fragments to try, the shortest first: without context, then with more and more words before, then after."""
    text = document.text[wanted[0] : wanted[1]]
    named = text.split()
    start, end = (text, None) if len(named) <= WHOLE else (_head(text, ENDS), _tail(text, ENDS))
    before = document.text[block.start : wanted[0]].strip() or _block_beside(document, block, -1)
    after = document.text[wanted[1] : block.end].strip() or _block_beside(document, block, 1)
    yield Fragment(start, end)
    for words in range(1, CONTEXT + 1):
        yield Fragment(start, end, prefix=_tail(before, words) or None)
    for words in range(1, CONTEXT + 1):
        yield Fragment(start, end, _tail(before, CONTEXT) or None, _head(after, words) or None)


class _Page:
    """What a browser searches: the words of the blocks, in any case, with or without accents, spaced anyhow."""

    def __init__(self, document: Document) -> None:
        text = _fold_document(document.text)
        self._blocks = [(b.start, text[b.start : b.end]) for b in document.blocks]

    def first(self, wanted: Fragment) -> Range | None:
        """Where the first match stands; None where there is none, or it is not plain which one a browser takes."""
        opening = re.compile(f"(?=({_pattern(wanted.start)}))")
        for place, (offset, text) in enumerate(self._blocks):
            for match in opening.finditer(text):
                if wanted.prefix and not self._follows(place, match.start(), wanted.prefix):
                    continue
                end = match.end(1)
                if wanted.end:
                    closing = re.compile(_pattern(wanted.end)).search(text, end)
                    if closing is None:
                        return None
                    end = closing.end()
                if wanted.suffix and not self._precedes(place, end, wanted.suffix):
                    if wanted.end:
                        return None  # the browser would go on to a later end
                    continue
                return offset + match.start(), offset + end
        return None

    def _follows(self, place: int, at: int, prefix: str) -> bool:
        """Whether the prefix stands right before a match: in its block or, where that begins, in the one before."""
        before = self._blocks[place][1][:at]
        if not before.strip() and place:
            before = self._blocks[place - 1][1]
        return re.search(rf"{_pattern(prefix)}\s*$", before) is not None

    def _precedes(self, place: int, end: int, suffix: str) -> bool:
        """Whether the suffix stands right after a match: in its block or, where that ends, in the one after."""
        after = self._blocks[place][1][end:]
        if not after.strip() and place + 1 < len(self._blocks):
            after = self._blocks[place + 1][1]
        return re.match(rf"\s*{_pattern(suffix)}", after) is not None


def _block_beside(document: Document, block: Block, step: int) -> str:
    place = document.blocks.index(block) + step
    if not 0 <= place < len(document.blocks):
        return ""
    return document.text[document.blocks[place].start : document.blocks[place].end]


def _head(text: str, words: int) -> str:
    return " ".join(text.split()[:words])


def _tail(text: str, words: int) -> str:
    return " ".join(text.split()[-words:])


def _pattern(words: str) -> str:
    """Words as a browser matches them: whole ones."""
    folded = _fold(words)
    opens = r"(?<!\w)" if re.match(r"\w", folded) else ""
    closes = r"(?!\w)" if re.search(r"\w$", folded) else ""
    return opens + r"\s+".join(re.escape(word) for word in folded.split()) + closes


def _fold(text: str) -> str:
    """Lower-case base letters, one for each code point."""
    return "".join(unicodedata.normalize("NFD", c)[0].lower()[0] for c in text)


@lru_cache(maxsize=16)
def _fold_document(text: str) -> str:
    """A whole document folded: every hit of an answer needs its document's, and offsets stay what they are."""
    return _fold(text)


def _encode(words: str | None) -> str:
    # "-", "," and "&" have a meaning of their own in a text fragment
    return percent(words or "", safe="").replace("-", "%2D")
