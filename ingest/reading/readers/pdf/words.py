"""Chunks to text: words, lines joined, raised and lowered figures, and hyphens at the ends of lines settled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pincite.index.types import Page
from pincite.ingestion.english_words import english_words
from pincite.ingestion.reading.readers.inline_text import InlineText
from pincite.ingestion.reading.readers.pdf.page_text import Chunk

MAX_BLANK_LINES = 3
WORD_GAP = 0.17  # ems; the narrowest space that TeX sets is .22
HYPHEN_END = "-\n"  # in a joined text: a hyphen at the end of a line, of which is not known yet what it is
_FIRST_PAGE_MARK = 0xE000  # and a page's number from 0 on it: private codes, which chunks hold none of
_PAGE_MARK = re.compile("[\ue000-\uefff]")
_JOINING_WORDS = frozenset("and or to und oder bis et ou y o".split())
_MENDED = re.compile(r"(?<![^\W\d_])(?<![^\W\d_]-)((?:[^\W\d_]+-)*)([^\W\d_]+)-\n([^\W\d_]+)")
_AT_LINE_END = re.compile(r"(?<![^\W\d_])[^\W\d_]+-\n[^\W\d_]*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def is_next_line(previous: Chunk, chunk: Chunk) -> bool:
    """Return whether a chunk stands on another line than the one before it. A raised figure stands on its own line."""
    size = max(previous.size, chunk.size)
    return previous.page != chunk.page or abs(previous.y - chunk.y) > 0.6 * size or chunk.x1 < previous.x0 - size


def join_chunks(chunks: Sequence[Chunk], page_marks: bool = False) -> str:
    """Join chunks in reading order to one text on one line. HYPHEN_END stands where a line ends in a hyphen.

    page_marks: put a mark, for take_pages(), before the first word of each page. A word that runs over the end of a
    page is of the page where it begins.
    """
    inline = InlineText(keeps_lines=True)
    main = _main_size(chunks)
    raised: str | None = None
    previous: Chunk | None = None
    base = chunks[0].y if chunks else 0.0
    text_end = ""
    marked_page: int | None = None
    for chunk in chunks:
        gap = ""
        if previous is not None:
            if is_next_line(previous, chunk):
                gap = "\n" if _ends_in_hyphen(text_end) and _may_end_word(chunk.text) else " "
                base = chunk.y
            elif chunk.is_spaced or chunk.x0 - previous.x1 > WORD_GAP * max(previous.size, chunk.size):
                gap = " "
        between = gap
        if page_marks and chunk.page != marked_page and (previous is None or gap == " "):
            between, marked_page = gap + _page_mark(chunk), chunk.page
        kind = _shift(chunk, base, main)
        if kind is None:
            base = chunk.y
        if kind != raised or (gap and raised):
            if raised:
                inline.end(raised)
            inline.write(between)
            between = ""
            if kind:
                inline.start(kind)
            raised = kind
        inline.write(between + chunk.text)
        text_end = chunk.text if gap else text_end[-1:] + chunk.text
        previous = chunk
    if raised:
        inline.end(raised)
    text = inline.text().replace("\u00ad\n", "").replace("\u2010\n", HYPHEN_END)
    text = re.sub(rf"({_PAGE_MARK.pattern})[^\S\n]+", r" \1", text)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"(?<!-)\n", " ", text)).strip()


def take_pages(text: str, labels: Sequence[str]) -> tuple[str, tuple[Page, ...]]:
    """Return a text without page marks, and the pages that begin in it, the first at 0. labels: of all pages."""
    before, *pieces = _PAGE_MARK.split(text)
    pages: list[Page] = []
    offset = len(before)
    for mark, piece in zip(_PAGE_MARK.findall(text), pieces, strict=True):
        number = ord(mark) - _FIRST_PAGE_MARK
        if not pages or pages[-1].number != number + 1:
            pages.append(Page(offset if pages else 0, number + 1, labels[number]))
        offset += len(piece)
    return before + "".join(pieces), tuple(pages)


def join_lines(chunks: Sequence[Chunk]) -> str:
    """Join chunks of code: each line on its own, indented as far as it stands from the leftmost; with page marks."""
    lines: list[list[Chunk]] = []
    for chunk in chunks:
        if lines and not is_next_line(lines[-1][-1], chunk):
            lines[-1].append(chunk)
        else:
            lines.append([chunk])
    left = min(line[0].x0 for line in lines)
    gaps = [above[0].y - line[0].y for above, line in pairwise(lines)]
    pitch = min((gap for gap in gaps if gap > 0), default=1.0)
    texts = []
    marked_page: int | None = None
    for line, gap in zip(lines, (0.0, *gaps), strict=True):
        texts += [""] * min(MAX_BLANK_LINES, max(0, round(gap / pitch) - 1))
        em = 0.6 * line[0].size or 1.0
        text, end = "", left
        for chunk in line:
            text += " " * min(200, max(int(chunk.is_spaced and bool(text)), round((chunk.x0 - end) / em)))
            if chunk.page != marked_page:
                text, marked_page = text + _page_mark(chunk), chunk.page
            text += chunk.text
            end = chunk.x1
        texts.append(text)
    return "\n".join(texts)


class HyphenMender:
    """Decides what the hyphens at the ends of lines are, by the words that the document writes within lines."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        for text in texts:
            for word in _WORD.findall(_AT_LINE_END.sub(" ", text)):
                self._words.add(word.casefold())
                self._words.update(word.casefold().split("-") if "-" in word else ())

    def mend(self, text: str) -> str:
        """Return the text with each hyphen at the end of a line kept, if it is one of a word, or taken out."""
        for _ in range(3 if HYPHEN_END in text else 0):  # a word may stand on several lines
            text = _MENDED.sub(self._choose, text)
        return text.replace(HYPHEN_END, "-")

    def _choose(self, match: re.Match[str]) -> str:
        before, first, second = match.groups()
        return before + self._choose_of(first, second, bool(before))

    def _choose_of(self, first: str, second: str, is_compound: bool) -> str:
        joined, apart = (first + second).casefold(), f"{first}-{second}".casefold()
        if joined in self._words:
            return first + second
        if apart in self._words or second[0].isupper():
            return f"{first}-{second}"
        is_long = is_compound or min(len(first), len(second)) > 2
        both_are_words = is_long and self._is_known(first) and self._is_known(second)
        return f"{first}-{second}" if both_are_words and not self._is_known(joined) else first + second

    def _is_known(self, word: str) -> bool:
        return word.casefold() in self._words or word.casefold() in english_words()


def _page_mark(chunk: Chunk) -> str:
    return chr(_FIRST_PAGE_MARK + chunk.page)


def _ends_in_hyphen(text: str) -> bool:
    return len(text) > 1 and text[-1] in "-\u2010\u00ad" and text[-2].isalnum()


def _may_end_word(text: str) -> bool:
    """Return whether what begins a line may be the rest of a word: not so in "short- and long-term"."""
    return text[:1].isalnum() and text not in _JOINING_WORDS


def _main_size(chunks: Sequence[Chunk]) -> float:
    weights: dict[float, int] = {}
    for chunk in chunks:
        weights[round(chunk.size, 1)] = weights.get(round(chunk.size, 1), 0) + len(chunk.text)
    return max(weights, key=lambda size: (weights[size], size), default=0.0)


def _shift(chunk: Chunk, base: float, main: float) -> str | None:
    """Return "sup" for what is raised above the base line and smaller, "sub" for what is lowered."""
    if chunk.size > 0.87 * main or len(chunk.text) > 8:
        return None
    if chunk.y - base > 0.12 * main:
        return "sup"
    return "sub" if base - chunk.y > 0.08 * main else None
