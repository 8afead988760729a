"""Text of a page as chunks, pieces of words with their places, written string by string.

Text that is drawn without ink (render mode 3, as below a scanned picture) is counted, and artifacts are kept apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pincite.ingestion.reading.readers.pdf.fonts import Typeface

MAX_CHUNKS = 10_000  # of one page; the fullest page of a newspaper has a third of it
MIN_DOT, MAX_DOT, MAX_DOT_POINTS = 1.2, 7.0, 60  # width and height of drawn bullets, in points; points of their path
MIN_SIZE = 1.0  # points; nobody reads what is smaller
_WORD_GAP = 0.17  # ems between glyphs of one string that part words
_UNKNOWN = re.compile("[\ufffd\ue000-\uefff\U000f0000-\U0010ffff]")  # private codes, but those of symbol fonts
Matrix = tuple[float, float, float, float, float, float]
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
    unseen: int = 0  # characters drawn without ink, off the page or too small to read
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

    def __init__(self, number: int, page: PageText) -> None:
        """Begin a page. number: of the page, from 0."""
        self.page = page
        self.tm = IDENTITY  # the text matrix
        self._number = number
        self._space = False

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
        if state.mode in (3, 7) or size < MIN_SIZE or not self._is_on_page(first, last):
            self.page.unseen += len(word)
            return
        if not (state.face and state.face.is_known) or _UNKNOWN.search(word):
            self.page.unknown += len(word)
            self._space = True
            return
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

    def _is_on_page(self, first: Matrix, last: Matrix) -> bool:
        left, right = min(first[4], last[4]), max(first[4], last[4])
        return right > 0 and left < self.page.width and max(first[5], last[5]) >= 0 and first[5] < self.page.height


def _continues(last: Chunk, chunk: Chunk) -> bool:
    """Return whether a chunk is the rest of the word that the last one began."""
    return (
        not chunk.is_spaced
        and abs(chunk.x0 - last.x1) < 0.05 * chunk.size
        and last.is_upright
        and (last.y, last.size, last.is_bold, last.is_fixed, last.is_upright, last.mark)
        == (chunk.y, chunk.size, chunk.is_bold, chunk.is_fixed, chunk.is_upright, chunk.mark)
    )
