"""Page contents to chunks, operator by operator. Graphics, scripts, links and forms do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject, StreamObject

from pincite.ingestion.reading.readers.pdf.fonts import Typeface
from pincite.ingestion.reading.readers.pdf.open_pdf import FORMAT_ERRORS
from pincite.ingestion.reading.readers.pdf.page_text import (
    IDENTITY,
    GraphicsState,
    Mark,
    Matrix,
    PageText,
    PageTextWriter,
    multiply,
)

MAX_CONTENT_BYTES = 3_000_000  # of one page with the forms on it; pages of text have some 50 kB
MAX_FORM_DEPTH = 8


def read_page(page: PageObject, number: int, faces: dict[int, Typeface | None]) -> PageText:
    """Read what a page shows. faces: fonts by the number of their object, kept over pages."""
    box = page.cropbox
    left, bottom, right, top = (float(v) for v in (box.left, box.bottom, box.right, box.top))
    base, width, height = _upright(int(page.rotation or 0) % 360, left, bottom, right, top)
    page_text = PageText(width, height)
    contents = page.get_contents()
    if contents is not None:
        _Interpreter(PageTextWriter(number, page_text), faces).run(contents, page.get("/Resources"), base, 0)
    return page_text


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


def _integer(value: Any) -> int:
    return int(value)


class _Interpreter:
    """Interpreter of the operators that show text."""

    def __init__(self, writer: PageTextWriter, faces: dict[int, Typeface | None]) -> None:
        self._writer = writer
        self._faces = faces
        self._bytes = MAX_CONTENT_BYTES
        self._marks: list[Mark] = []  # of open marked contents
        self._line = IDENTITY  # the matrix at the start of the line
        self._state = GraphicsState(IDENTITY)
        self._stack: list[GraphicsState] = []
        self._fonts: Mapping[str, Any] = {}
        self._path: list[tuple[float, float]] = []  # points of the path that is being drawn, on the page

    def run(self, contents: ContentStream, resources: Any, ctm: Matrix, depth: int) -> None:
        """Run one stream of contents. Operators with operands that they cannot take do nothing."""
        self._bytes -= len(contents.get_data())
        if self._bytes < 0:
            self._writer.page.is_cut = True
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
        kept = self._writer.tm, self._line
        contents = ContentStream(form, form.indirect_reference.pdf if form.indirect_reference else None)
        ctm = multiply(matrix, self._state.ctm)  # type: ignore[arg-type]
        self.run(contents, form.get("/Resources", resources), ctm, depth + 1)
        self._writer.tm, self._line = kept

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
                self._writer.tm = self._line = IDENTITY
            case b"Td":
                self._move(float(operands[0]), float(operands[1]))
            case b"TD":
                self._state = replace(self._state, leading=-float(operands[1]))
                self._move(float(operands[0]), float(operands[1]))
            case b"T*":
                self._move(0.0, -self._state.leading)
            case b"Tm":
                a, b, c, d, e, f = (float(v) for v in operands)
                self._writer.tm = self._line = (a, b, c, d, e, f)
            case b"Tf":
                self._state = replace(self._state, face=self._face(operands[0]), size=float(operands[1]))
            case b"m" | b"l" | b"c" | b"v" | b"y" | b"re":
                self._draw(operator, [float(v) for v in operands])
            case b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"n":
                path, self._path = self._path, []
                if operator != b"n":
                    self._writer.draw(path, self._mark())
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
        is_artifact, mark = self._mark()
        if len(operands) > 1 and isinstance(operands[1], DictionaryObject) and "/MCID" in operands[1]:
            mark = _integer(operands[1]["/MCID"])
        self._marks.append((is_artifact or operands[0] == "/Artifact", mark))

    def _mark(self) -> Mark:
        return self._marks[-1] if self._marks else (False, None)

    def _show(self, pieces: Sequence[Any]) -> None:
        self._writer.show(pieces, self._state, self._mark())

    def _draw(self, operator: bytes, numbers: Sequence[float]) -> None:
        """Keep the points of a path."""
        if operator == b"re":
            x, y, width, height = numbers
            numbers = (x, y, x + width, y + height)
        a, b, c, d, e, f = self._state.ctm
        for x, y in zip(numbers[::2], numbers[1::2], strict=False):
            self._path.append((a * x + c * y + e, b * x + d * y + f))

    def _move(self, x: float, y: float) -> None:
        self._writer.tm = self._line = multiply((1.0, 0.0, 0.0, 1.0, x, y), self._line)

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
