"""Text of a page as chunks, pieces of words with their places, written string by string.

Text that nobody sees on the page (without ink, as below a scanned picture; in the colour of what is behind it; clipped
away) is counted, and artifacts are kept apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.pdf.fonts import Typeface
from pincite.ingestion.reading.readers.pdf.painting.areas import Painting
from pincite.ingestion.reading.readers.pdf.painting.paint import BLACK_PAINT, Paint, bounding_box
from pincite.ingestion.reading.readers.pdf.painting.paths import Matrix

MIN_SIZE = 1.0  # points; a viewer enlarges what is small, and small pages such as logos have letters of 1.2
MAX_CHUNKS = 10_000  # of one page; the fullest page of a newspaper has a third of it
MIN_DOT, MAX_DOT, MAX_DOT_POINTS = 1.2, 7.0, 60  # width and height of drawn bullets, in points; points of their path
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
_WORD_GAP = 0.17  # ems between glyphs of one string that part words
_INKLESS = (3, 7)  # text rendering modes
_INKS = {1: ("stroke",), 2: ("fill", "stroke"), 5: ("stroke",), 6: ("fill", "stroke")}  # by mode; others fill letters
_UNKNOWN = re.compile("[\ufffd\ue000-\uefff\U000f0000-\U0010ffff]")  # private codes, but those of symbol fonts
Mark = tuple[bool, int | None]  # of marked content: whether it is an artifact, and its identifier
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a word on one baseline. x, y and size are in points, y upwards from the foot of the page."""

    text: str
    page: int  # from 0
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool
    is_fixed: bool
    is_spaced: bool  # whether a space was shown before it
    is_upright: bool
    mark: int | None  # the identifier of the marked content that it stands in


@dataclass
class PageText:
    """Text of one page, as its places show it."""

    width: float = 0.0
    height: float = 0.0
    chunks: list[Chunk] = field(default_factory=list)
    artifacts: list[Chunk] = field(default_factory=list)  # what the file itself calls decoration
    dots: list[Chunk] = field(default_factory=list)  # drawn shapes of a bullet's size
    unknown: int = 0  # characters of which the file does not say what they are
    ligatures: int = 0  # that were written as letters
    hidden: HiddenWords = field(default_factory=HiddenWords)
    is_cut: bool = False  # whether more is drawn on it than is read


@dataclass(frozen=True, slots=True)
class GraphicsState:
    """Graphics state that q saves and Q restores."""

    ctm: Matrix
    face: Typeface | None = None
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0
    paint: Paint = BLACK_PAINT


def multiply(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that maps by m, then by n."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


class PageTextWriter:
    """Writer of the text of one page."""

    def __init__(self, number: int, page: PageText, unit: float = 1.0) -> None:
        """Begin a page. number: of the page, from 0; unit: of its places and sizes, in points."""
        self.page = page
        self.painting = Painting()
        self.is_off = False  # whether a layer that is switched off is drawn
        self.tm = IDENTITY  # the text matrix
        self._number = number
        self._min_size = MIN_SIZE / unit
        self._space = False
        self._hidden_end: tuple[float, float] | None = None  # where the last hidden piece of a word ends

    def show(self, pieces: Sequence[Any], state: GraphicsState, mark: Mark) -> None:
        """Write strings, and the shifts between them, in thousandths of an em; the text matrix moves on."""
        if state.face is None:
            self.page.unknown += sum(len(piece) for piece in pieces if isinstance(piece, str | bytes))
            return
        word = ""
        start = self.tm
        for piece in pieces:
            if isinstance(piece, int | float):
                shift = -float(piece) / 1000 * state.size * state.scale
                if shift > _WORD_GAP * state.size * state.scale:
                    self._end_word(word, start, state, mark)
                    word, self._space = "", self._space or bool(shift > 0.5 * state.size)
                self.tm = multiply((1.0, 0.0, 0.0, 1.0, shift, 0.0), self.tm)
                continue
            data = piece if isinstance(piece, bytes) else piece.original_bytes
            for text, width, is_code_32 in state.face.glyphs(data):
                if text.isspace() or not text:
                    self._end_word(word, start, state, mark)
                    word, self._space = "", self._space or bool(text)
                else:
                    if not word:
                        start = self.tm
                    word += text
                advance = width * state.size + state.spacing + (state.word_spacing if is_code_32 else 0.0)
                self.tm = multiply((1.0, 0.0, 0.0, 1.0, advance * state.scale, 0.0), self.tm)
        self._end_word(word, start, state, mark)

    def draw(self, path: Sequence[tuple[float, float]], mark: Mark) -> None:
        """Keep a path that is painted if it has the size of a bullet. path: its points on the page."""
        if not 2 <= len(path) <= MAX_DOT_POINTS:
            return
        xs, ys = [x for x, _ in path], [y for _, y in path]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        if MIN_DOT < width < MAX_DOT and MIN_DOT < height < MAX_DOT:
            dot = Chunk("•", self._number, min(xs), max(xs), min(ys), height, False, False, True, True, mark[1])
            self.page.dots.append(dot)

    def _end_word(self, word: str, start: Matrix, state: GraphicsState, mark: Mark) -> None:
        """Keep a piece of a word that was shown from `start` to here."""
        if not word:
            return
        rise = (1.0, 0.0, 0.0, 1.0, 0.0, state.rise)
        first = multiply(rise, multiply(start, state.ctm))
        last = multiply(rise, multiply(self.tm, state.ctm))
        size = abs(state.size) * math.hypot(first[2], first[3])
        if not self._is_seen(first, last, size, state):
            self._hide(word, first, last, abs(state.size * state.scale) * math.hypot(first[0], first[1]))
            return
        if not (state.face and state.face.is_known) or _UNKNOWN.search(word):
            self.page.unknown += len(word)
            self._space = True
            return
        self.page.ligatures += sum(map(word.count, LIGATURES))
        for ligature, letters in LIGATURES.items():
            word = word.replace(ligature, letters)
        is_artifact, identifier = mark
        chunk = Chunk(
            word,
            self._number,
            min(first[4], last[4]),
            max(first[4], last[4]),
            first[5],
            size,
            bool(state.face and state.face.is_bold) or state.mode == 2,
            bool(state.face and state.face.is_fixed),
            self._space,
            abs(first[1]) < 0.1 * abs(first[0]) and first[0] > 0,
            identifier,
        )
        self._space = False
        if len(self.page.chunks) >= MAX_CHUNKS:
            self.page.is_cut = True
            return
        chunks = self.page.artifacts if is_artifact else self.page.chunks
        if chunks and _continues(chunks[-1], chunk):
            begun = chunks.pop()
            chunk = replace(begun, text=begun.text + word, x1=chunk.x1)
        chunks.append(chunk)

    def _is_seen(self, first: Matrix, last: Matrix, size: float, state: GraphicsState) -> bool:
        width = abs(state.size * state.scale) * math.hypot(first[0], first[1])
        if self.is_off or state.mode in _INKLESS or min(size, width) < self._min_size:
            return False
        if not self._is_on_page(first, last):
            return False
        box = bounding_box([(m[4] + m[2] * up, m[5] + m[3] * up) for m in (first, last) for up in _extent(state.size)])
        inks = [getattr(state.paint, name) for name in _INKS.get(state.mode, ("fill",))]
        if state.face is not None and state.face.is_drawn:
            inks = [replace(ink, colour=None) for ink in inks]
        return any(self.painting.shows(box, state.paint, ink) for ink in inks)

    def _hide(self, word: str, first: Matrix, last: Matrix, em: float) -> None:
        """Count a piece of a word that is hidden. em: the width of an em."""
        x, y = self._hidden_end or (math.inf, math.inf)
        if math.hypot(first[4] - x, first[5] - y) > _WORD_GAP * em:
            self.page.hidden.end_word()
        self.page.hidden.add(word)
        self._hidden_end = last[4], last[5]

    def _is_on_page(self, first: Matrix, last: Matrix) -> bool:
        left, right = min(first[4], last[4]), max(first[4], last[4])
        return right > 0 and left < self.page.width and max(first[5], last[5]) >= 0 and first[5] < self.page.height


def _extent(size: float) -> tuple[float, float]:
    """Return how far letters go below and above their line."""
    return -0.2 * size, 0.7 * size


def _continues(last: Chunk, chunk: Chunk) -> bool:
    """Return whether a chunk is the rest of the word that the last one began."""
    return (
        not chunk.is_spaced
        and abs(chunk.x0 - last.x1) < 0.05 * chunk.size
        and last.is_upright
        and (last.y, last.size, last.is_bold, last.is_fixed, last.is_upright, last.mark)
        == (chunk.y, chunk.size, chunk.is_bold, chunk.is_fixed, chunk.is_upright, chunk.mark)
    )
