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

from pincite.index.types import Document, Range

MAX_EXACT_WORDS = 12  # words that are named in full; of longer runs the first and the last ENDS are
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
            f"{_encode(self.prefix)}-" if self.prefix else None,
            _encode(self.start),
            _encode(self.end) if self.end else None,
            f"-{_encode(self.suffix)}" if self.suffix else None,
        )
        return ":~:text=" + ",".join(part for part in parts if part)


def fragment(document: Document, wanted: Range) -> Fragment | None:
    """Return the shortest fragment whose first match in the document is `wanted`; None if none of those tried matches.

    wanted: a sentence or list item; what goes beyond its block is not named.
    """
    page = _page(document)
    place = page.place(wanted[0])
    if place is None:
        return None
    wanted = wanted[0], min(wanted[1], page.blocks[place][1])
    if not page.whole(place, wanted):  # a browser marks whole words alone
        return None
    return next((f for f in _tries(document.text, page.blocks, place, wanted) if page.first(f) == wanted), None)


def _tries(text: str, blocks: Sequence[Range], place: int, wanted: Range) -> Iterator[Fragment]:
    """Fragments to try, the shortest first: without context, then with more and more words before, then after."""
    named = text[wanted[0] : wanted[1]]
    words = named.split()
    start, end = (
        (named, None) if len(words) <= MAX_EXACT_WORDS else (_head(words, RANGE_WORDS), _tail(words, RANGE_WORDS))
    )
    before = text[blocks[place][0] : wanted[0]].split() or _words_of(text, blocks[max(0, place - 1) : place])
    after = text[wanted[1] : blocks[place][1]].split() or _words_of(text, blocks[place + 1 : place + 2])
    yield Fragment(start, end)
    for count in range(1, MAX_CONTEXT_WORDS + 1):
        yield Fragment(start, end, prefix=_tail(before, count) or None)
    for count in range(1, MAX_CONTEXT_WORDS + 1):
        yield Fragment(start, end, _tail(before, MAX_CONTEXT_WORDS) or None, _head(after, count) or None)


class _Page:
    """A document as a browser searches it: one line a block, without regard to case and accents."""

    def __init__(self, document: Document) -> None:
        self.blocks = [(b.start, b.end) for b in document.blocks]
        self._text = "\n".join(_fold(document.text[start:end]) for start, end in self.blocks)
        self._lines = [0, *accumulate(end - start + 1 for start, end in self.blocks[:-1])]  # where each begins

    def place(self, offset: int) -> int | None:
        """Return which block holds an offset of the document."""
        place = bisect_right(self.blocks, offset, key=itemgetter(0)) - 1
        return place if place >= 0 and offset < self.blocks[place][1] else None

    def whole(self, place: int, wanted: Range) -> bool:
        """Return whether a range of a block begins and ends at word boundaries."""
        moved = self._lines[place] - self.blocks[place][0]
        return self._whole(wanted[0] + moved, wanted[1] + moved)

    def first(self, wanted: Fragment) -> Range | None:
        """Return the range of the first match in the document; None if browsers could take different ones."""
        prefix, start, end, suffix = map(_searched, (wanted.prefix, wanted.start, wanted.end, wanted.suffix))
        parts = [part for part in (prefix, start, "" if end else suffix) if part]
        found = (self._beside(parts, gaps) for gaps in product(CONTEXT_GAPS, repeat=len(parts) - 1))
        matches = [ranges[1 if prefix else 0] for ranges in found if ranges]
        if not matches:
            return None
        at, stop = min(matches)
        if end:
            line = self._text.find("\n", stop)
            closing = next(self._each(end, stop, line if line >= 0 else len(self._text)), None)
            if closing is None:
                return None
            stop = closing + len(end)
            if suffix and not any(self._follows(stop, gap, suffix) for gap in CONTEXT_GAPS):
                return None  # the browser would go on to a later end
        place = bisect_right(self._lines, at) - 1
        moved = self.blocks[place][0] - self._lines[place]
        return at + moved, stop + moved

    def _beside(self, parts: Sequence[str], gaps: Sequence[str]) -> list[Range] | None:
        """Find the first place where parts follow each other with these gaps. Returns the range of each part."""
        lengths = [len(part) for part in parts]
        begins = [0, *accumulate(length + len(gap) for length, gap in zip(lengths, gaps, strict=False))]
        for at in self._each("".join(chain.from_iterable(zip(parts, (*gaps, ""), strict=True)))):
            ranges = [(at + begin, at + begin + length) for begin, length in zip(begins, lengths, strict=True)]
            if all(self._whole(*each) for each in ranges):
                return ranges
        return None

    def _each(self, words: str, begin: int = 0, end: int | None = None) -> Iterator[int]:
        """Yield the offsets where words stand that are not part of longer words."""
        at = self._text.find(words, begin, end)
        while at >= 0:
            if self._whole(at, at + len(words)):
                yield at
            at = self._text.find(words, at + 1, end)

    def _follows(self, at: int, gap: str, words: str) -> bool:
        begin = at + len(gap)
        return self._text.startswith(gap + words, at) and self._whole(begin, begin + len(words))

    def _whole(self, start: int, end: int) -> bool:
        """Return whether a range ends at word boundaries on both sides."""
        return not (_one_word(self._text[max(0, start - 1) : start + 1]) or _one_word(self._text[end - 1 : end + 1]))


@lru_cache(maxsize=16)
def _page(document: Document) -> _Page:
    """Return the searchable page of a document, cached: every hit of an answer needs it."""
    return _Page(document)


def _one_word(pair: str) -> bool:
    return len(pair) == 2 and all(c.isalnum() or c == "_" for c in pair)


def _words_of(text: str, blocks: Sequence[Range]) -> list[str]:
    return [word for start, end in blocks for word in text[start:end].split()]


def _head(words: Sequence[str], count: int) -> str:
    return " ".join(words[:count])


def _tail(words: Sequence[str], count: int) -> str:
    return " ".join(words[-count:])


def _searched(words: str | None) -> str:
    """Words as a page is searched for them."""
    return " ".join(_fold(words or "").split())


def _fold(text: str) -> str:
    """Lower-case base letters, one code point for each."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """A table from code points to their folded form, filled on first use."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = unicodedata.normalize("NFD", chr(code))[0].lower()[0]
        return folded


_FOLDED = _Folded()


def _encode(words: str | None) -> str:
    # "-", "," and "&" have a meaning of their own in a text fragment
    return percent(words or "", safe="").replace("-", "%2D")
