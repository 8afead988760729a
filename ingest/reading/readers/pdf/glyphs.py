"""Page contents to chunks: pieces of words with their places. Graphics, scripts, links and forms do nothing.

Text that is drawn without ink (render mode 3, as below a scanned picture) is kept apart, and so are artifacts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject, StreamObject

from pincite.ingestion.reading.readers.pdf.fonts import Typeface
from pincite.ingestion.reading.readers.pdf.open_pdf import FORMAT_ERRORS

MAX_CHUNKS = 10_000  # of one page; the fullest page of a newspaper has a third of it
MAX_CONTENT_BYTES = 3_000_000  # of one page with the forms on it; pages of text have some 50 kB
MAX_FORM_DEPTH = 8
MIN_DOT, MAX_DOT, MAX_DOT_POINTS = 1.2, 7.0, 60  # width and height of drawn bullets, in points; points of their path
MIN_SIZE = 1.0  # points; nobody reads what is smaller
_WORD_GAP = 0.17  # ems between glyphs of one string that part words
_UNKNOWN = re.compile("[\ufffd\ue000-\uefff\U000f0000-\U0010ffff]")  # private codes, but those of symbol fonts
Matrix = tuple[float, float, float, float, float, float]
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
class _State:
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


def read_page(page: PageObject, number: int, faces: dict[int, Typeface | None]) -> PageText:
    """Read what a page shows. faces: fonts by the number of their object, kept over pages."""
    box = page.cropbox
    left, bottom, right, top = (float(v) for v in (box.left, box.bottom, box.right, box.top))
    base, width, height = _upright(int(page.rotation or 0) % 360, left, bottom, right, top)
    show = _Show(number, faces, PageText(width, height))
    contents = page.get_contents()
    if contents is not None:
        show.run(contents, page.get("/Resources"), base, 0)
    return show.page


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


def _upright(turn: int, left: float, bottom: float, right: float, top: float) -> tuple[Matrix, float, float]:
    """Return the matrix that turns a page as a viewer does, and the width and height that it then has."""
    width, height = right - left, top - bottom
    if turn == 90:
        return (0.0, -1.0, 1.0, 0.0, -bottom, right), height, width
    if turn == 180:
        return (-1.0, 0.0, 0.0, -1.0, right, top), width, height
    if turn == 270:
        return (0.0, 1.0, -1.0, 0.0, top, -left), height, width
    return (1.0, 0.0, 0.0, 1.0, -left, -bottom), width, height


def _continues(last: Chunk, chunk: Chunk) -> bool:
    """Return whether a chunk is the rest of the word that the last one began."""
    return (
        not chunk.is_spaced
        and abs(chunk.x0 - last.x1) < 0.05 * chunk.size
        and last.is_upright
        and (last.y, last.size, last.is_bold, last.is_fixed, last.is_upright, last.mark)
        == (chunk.y, chunk.size, chunk.is_bold, chunk.is_fixed, chunk.is_upright, chunk.mark)
    )


def _integer(value: Any) -> int:
    return int(value)


class _Show:
    """Runs the operators that show text."""

    def __init__(self, number: int, faces: dict[int, Typeface | None], page: PageText) -> None:
        self.page = page
        self._number = number
        self._faces = faces
        self._bytes = MAX_CONTENT_BYTES
        self._marks: list[tuple[bool, int | None]] = []  # of open marked contents: whether an artifact, and their mark
        self._tm = self._line = IDENTITY
        self._state = _State(IDENTITY)
        self._stack: list[_State] = []
        self._fonts: Mapping[str, Any] = {}
        self._space = False
        self._path: list[tuple[float, float]] = []  # points of the path that is being drawn, on the page

    def run(self, contents: ContentStream, resources: Any, ctm: Matrix, depth: int) -> None:
        """Run one stream of contents. Operators with operands that they cannot take do nothing."""
        self._bytes -= len(contents.get_data())
        if self._bytes < 0:
            self.page.is_cut = True
            return
        resources = resources.get_object() if resources is not None else {}
        kept = (self._state, self._stack, self._fonts, len(self._marks))
        self._state, self._stack = replace(self._state, ctm=ctm), []
        fonts = resources.get("/Font")
        self._fonts = fonts.get_object() if fonts is not None else {}
        for operands, operator in contents.operations:
            try:
                if operator == b"Do":
                    self._form(resources, operands, depth)
                else:
                    self._operate(operator, operands)
            except FORMAT_ERRORS:
                continue
        self._state, self._stack, self._fonts, marks = kept
        del self._marks[marks:]

    def _form(self, resources: Any, operands: Sequence[Any], depth: int) -> None:
        form = resources["/XObject"].get_object()[operands[0]].get_object()
        if depth >= MAX_FORM_DEPTH or not isinstance(form, StreamObject) or form.get("/Subtype") != "/Form":
            return
        matrix = tuple(float(v) for v in form.get("/Matrix", IDENTITY))
        kept = self._tm, self._line
        contents = ContentStream(form, form.indirect_reference.pdf if form.indirect_reference else None)
        ctm = multiply(matrix, self._state.ctm)  # type: ignore[arg-type]
        self.run(contents, form.get("/Resources", resources), ctm, depth + 1)
        self._tm, self._line = kept

    def _operate(self, operator: bytes, operands: Sequence[Any]) -> None:
        match operator:
            case b"Tj":
                self._show([operands[0]])
            case b"TJ":
                self._show(operands[0])
            case b"'":
                self._move(0.0, -self._state.leading)
                self._show([operands[0]])
            case b'"':
                self._state = replace(self._state, word_spacing=float(operands[0]), spacing=float(operands[1]))
                self._move(0.0, -self._state.leading)
                self._show([operands[2]])
            case b"BT":
                self._tm = self._line = IDENTITY
            case b"Td":
                self._move(float(operands[0]), float(operands[1]))
            case b"TD":
                self._state = replace(self._state, leading=-float(operands[1]))
                self._move(float(operands[0]), float(operands[1]))
            case b"T*":
                self._move(0.0, -self._state.leading)
            case b"Tm":
                a, b, c, d, e, f = (float(v) for v in operands)
                self._tm = self._line = (a, b, c, d, e, f)
            case b"Tf":
                self._state = replace(self._state, face=self._face(operands[0]), size=float(operands[1]))
            case b"m" | b"l" | b"c" | b"v" | b"y" | b"re":
                self._draw(operator, [float(v) for v in operands])
            case b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"n":
                self._paint(operator != b"n")
            case b"q":
                self._stack.append(self._state)
            case b"Q":
                self._state = self._stack.pop() if self._stack else self._state
            case b"cm":
                a, b, c, d, e, f = (float(v) for v in operands)
                self._state = replace(self._state, ctm=multiply((a, b, c, d, e, f), self._state.ctm))
            case b"BDC" | b"BMC":
                self._open_mark(operands)
            case b"EMC":
                if self._marks:
                    self._marks.pop()
            case _:
                self._set(operator, operands)

    def _set(self, operator: bytes, operands: Sequence[Any]) -> None:
        names = {b"Tc": "spacing", b"Tw": "word_spacing", b"TL": "leading", b"Ts": "rise"}
        if operator in names:
            changes: dict[str, Any] = {names[operator]: float(operands[0])}
            self._state = replace(self._state, **changes)
        elif operator == b"Tz":
            self._state = replace(self._state, scale=float(operands[0]) / 100)
        elif operator == b"Tr":
            self._state = replace(self._state, mode=int(operands[0]))

    def _open_mark(self, operands: Sequence[Any]) -> None:
        is_artifact, mark = self._marks[-1] if self._marks else (False, None)
        if len(operands) > 1 and isinstance(operands[1], DictionaryObject) and "/MCID" in operands[1]:
            mark = _integer(operands[1]["/MCID"])
        self._marks.append((is_artifact or operands[0] == "/Artifact", mark))

    def _draw(self, operator: bytes, numbers: Sequence[float]) -> None:
        """Keep the points of a path."""
        if operator == b"re":
            x, y, width, height = numbers
            numbers = (x, y, x + width, y + height)
        a, b, c, d, e, f = self._state.ctm
        for x, y in zip(numbers[::2], numbers[1::2], strict=False):
            self._path.append((a * x + c * y + e, b * x + d * y + f))

    def _paint(self, is_inked: bool) -> None:
        """End a path. One the size of a bullet is kept."""
        path, self._path = self._path, []
        if not is_inked or not 2 <= len(path) <= MAX_DOT_POINTS:
            return
        xs, ys = [x for x, _ in path], [y for _, y in path]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        if MIN_DOT < width < MAX_DOT and MIN_DOT < height < MAX_DOT:
            mark = self._marks[-1][1] if self._marks else None
            dot = Chunk("•", self._number, min(xs), max(xs), min(ys), height, False, False, True, True, mark)
            self.page.dots.append(dot)

    def _move(self, x: float, y: float) -> None:
        self._tm = self._line = multiply((1.0, 0.0, 0.0, 1.0, x, y), self._line)

    def _face(self, name: str) -> Typeface | None:
        resource = self._fonts.get(name)
        if resource is None:
            return None
        found = resource.get_object()
        reference = getattr(found, "indirect_reference", None)
        key = reference.idnum if reference else id(found)
        if key not in self._faces:
            try:
                self._faces[key] = Typeface.of(found)
            except FORMAT_ERRORS:
                self._faces[key] = None
        return self._faces[key]

    def _show(self, pieces: Sequence[Any]) -> None:
        """Show strings, and the shifts between them, in thousandths of an em."""
        state = self._state
        if state.face is None:
            self.page.unknown += sum(len(piece) for piece in pieces if isinstance(piece, str | bytes))
            return
        word = ""
        start = self._tm
        for piece in pieces:
            if isinstance(piece, int | float):
                shift = -float(piece) / 1000 * state.size * state.scale
                if shift > _WORD_GAP * state.size * state.scale:
                    self._end_word(word, start)
                    word, self._space = "", self._space or bool(shift > 0.5 * state.size)
                self._tm = multiply((1.0, 0.0, 0.0, 1.0, shift, 0.0), self._tm)
                continue
            data = piece if isinstance(piece, bytes) else piece.original_bytes
            for text, width, is_code_32 in state.face.glyphs(data):
                if text.isspace() or not text:
                    self._end_word(word, start)
                    word, self._space = "", self._space or bool(text)
                else:
                    if not word:
                        start = self._tm
                    word += text
                advance = width * state.size + state.spacing + (state.word_spacing if is_code_32 else 0.0)
                self._tm = multiply((1.0, 0.0, 0.0, 1.0, advance * state.scale, 0.0), self._tm)
        self._end_word(word, start)

    def _end_word(self, word: str, start: Matrix) -> None:
        """Keep a piece of a word that was shown from `start` to here."""
        if not word:
            return
        state = self._state
        rise = (1.0, 0.0, 0.0, 1.0, 0.0, state.rise)
        first = multiply(rise, multiply(start, state.ctm))
        last = multiply(rise, multiply(self._tm, state.ctm))
        size = abs(state.size) * math.hypot(first[2], first[3])
        if state.mode in (3, 7) or size < MIN_SIZE or not self._is_on_page(first, last):
            self.page.unseen += len(word)
            return
        if not (state.face and state.face.is_known) or _UNKNOWN.search(word):
            self.page.unknown += len(word)
            self._space = True
            return
        is_artifact, mark = self._marks[-1] if self._marks else (False, None)
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
            mark,
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
