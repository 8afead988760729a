"""Page contents to chunks, operator by operator. Graphics, scripts, links and forms do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject, StreamObject

from pincite.ingestion.reading.readers.pdf.fonts import Typeface
from pincite.ingestion.reading.readers.pdf.open_pdf import FORMAT_ERRORS
from pincite.ingestion.reading.readers.pdf.page_box import upright, visible_box
from pincite.ingestion.reading.readers.pdf.page_text import (
    IDENTITY,
    GraphicsState,
    Mark,
    PageText,
    PageTextWriter,
    multiply,
)
from pincite.ingestion.reading.readers.pdf.painting.forms import Forms
from pincite.ingestion.reading.readers.pdf.painting.layers import Layers
from pincite.ingestion.reading.readers.pdf.painting.paint import bounding_box, named_resource
from pincite.ingestion.reading.readers.pdf.painting.paths import (
    DRAWING,
    PAINTING,
    UNIT_SQUARE,
    Matrix,
    Path,
    map_points,
)

MAX_CONTENT_BYTES = 3_000_000  # of one page with the forms on it; pages of text have some 50 kB
MAX_FORM_DEPTH = 8
_EVERYWHERE = (-1e6, -1e6, 1e6, 1e6)


def read_page(page: PageObject, number: int, faces: dict[int, Typeface | None], layers: Layers) -> PageText:
    """Read what a page shows. faces: fonts by the number of their object, kept over pages."""
    left, bottom, right, top = visible_box(page)
    base, width, height = upright(int(page.rotation or 0) % 360, left, bottom, right, top)
    page_text = PageText(width, height)
    contents = page.get_contents()
    if contents is not None:
        writer = PageTextWriter(number, page_text, float(page.get("/UserUnit", 1)))
        _Interpreter(writer, faces, layers).run(contents, page.get("/Resources"), base, 0)
    return page_text


def _integer(value: Any) -> int:
    return int(value)


class _Interpreter:
    """Interpreter of the operators that show text."""

    def __init__(self, writer: PageTextWriter, faces: dict[int, Typeface | None], layers: Layers) -> None:
        self._writer = writer
        self._faces = faces
        self._layers = layers
        self._resources: Mapping[str, Any] = {}
        self._forms = Forms()
        self._offs: list[bool] = []  # of open marked contents and forms: whether they are in a layer that is off
        self._bytes = MAX_CONTENT_BYTES
        self._marks: list[Mark] = []  # of open marked contents
        self._line = IDENTITY  # the matrix at the start of the line
        self._state = GraphicsState(IDENTITY)
        self._stack: list[GraphicsState] = []
        self._fonts: Mapping[str, Any] = {}
        self._path = Path()

    def run(self, contents: ContentStream, resources: Any, ctm: Matrix, depth: int) -> None:
        """Run one stream of contents. Operators with operands that they cannot take do nothing."""
        self._bytes -= len(contents.get_data())
        if self._bytes < 0:
            self._writer.page.is_cut = True
            return
        resources = resources.get_object() if resources is not None else {}
        kept = (self._state, self._stack, self._fonts, self._resources, len(self._marks))
        self._state, self._stack = replace(self._state, ctm=ctm), []
        fonts = resources.get("/Font")
        self._fonts = fonts.get_object() if fonts is not None else {}
        self._resources = resources
        for operands, operator in contents.operations:
            try:
                if operator in DRAWING:
                    self._path.draw(operator, [float(v) for v in operands], self._state.ctm)
                elif operator in PAINTING:
                    self._paint(operator)
                elif operator == b"Do":
                    self._draw_object(operands, depth)
                else:
                    self._operate(operator, operands)
            except FORMAT_ERRORS:
                continue
        self._state, self._stack, self._fonts, self._resources, marks = kept
        self._close(marks)

    def _draw_object(self, operands: Sequence[Any], depth: int) -> None:
        """Draw a form, or note where a picture is."""
        found = self._resources["/XObject"].get_object()[operands[0]].get_object()
        if not isinstance(found, StreamObject):
            return
        outer, open_marks = self._state, len(self._marks)
        self._open(self._mark(), self._layers.is_off(found.get("/OC")))
        try:
            if found.get("/Subtype") == "/Form":
                self._form(found, depth)
            else:
                self._cover(UNIT_SQUARE)
        finally:
            self._state = outer
            self._close(open_marks)

    def _form(self, form: StreamObject, depth: int) -> None:
        if depth >= MAX_FORM_DEPTH:
            return
        contents = self._forms.contents(form)
        if contents is None:
            self._writer.page.is_cut = True
            return
        matrix = tuple(float(v) for v in form.get("/Matrix", IDENTITY))
        kept = self._writer.tm, self._line
        ctm = multiply(matrix, self._state.ctm)  # type: ignore[arg-type]
        if "/BBox" in form:
            left, bottom, right, top = (float(v) for v in form["/BBox"].get_object())  # type: ignore[union-attr]
            box = bounding_box(map_points(((left, bottom), (left, top), (right, bottom), (right, top)), ctm))
            self._state = replace(self._state, paint=self._state.paint.clipped(box))
        self.run(contents, form.get("/Resources", self._resources), ctm, depth + 1)
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
            case b"W" | b"W*":
                self._path.is_clip = True
            case b"sh":
                self._writer.painting.cover(_EVERYWHERE, self._state.paint)
            case b"INLINE IMAGE":
                self._cover(UNIT_SQUARE)
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
                self._close(max(0, len(self._marks) - 1))
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
        else:
            paint = self._state.paint.with_operator(operator, operands, self._resources)
            self._state = replace(self._state, paint=paint)

    def _open_mark(self, operands: Sequence[Any]) -> None:
        is_artifact, mark = self._mark()
        if len(operands) > 1 and isinstance(operands[1], DictionaryObject) and "/MCID" in operands[1]:
            mark = _integer(operands[1]["/MCID"])
        layer = named_resource(self._resources, "/Properties", operands[1]) if operands[0] == "/OC" else None
        self._open((is_artifact or operands[0] == "/Artifact", mark), self._layers.is_off(layer))

    def _open(self, mark: Mark, is_off: bool) -> None:
        """Open marked content or an object, which may be in a layer that is switched off."""
        self._marks.append(mark)
        self._offs.append(is_off or self._writer.is_off)
        self._writer.is_off = self._offs[-1]

    def _close(self, count: int) -> None:
        """Close marked contents and objects until only as many are open."""
        del self._marks[count:]
        del self._offs[count:]
        self._writer.is_off = bool(self._offs) and self._offs[-1]

    def _mark(self) -> Mark:
        return self._marks[-1] if self._marks else (False, None)

    def _show(self, pieces: Sequence[Any]) -> None:
        self._writer.show(pieces, self._state, self._mark())

    def _paint(self, operator: bytes) -> None:
        """Paint the path, and clip what follows to it where that was asked for."""
        painting = None if self._writer.is_off else self._writer.painting
        points, paint = self._path.end(operator, self._state.ctm, self._state.paint, painting)
        self._writer.draw(points, self._mark())
        self._state = replace(self._state, paint=paint)

    def _cover(self, corners: Sequence[tuple[float, float]]) -> None:
        """Note that a picture covers an area."""
        if not self._writer.is_off:
            self._writer.painting.cover(bounding_box(map_points(corners, self._state.ctm)), self._state.paint)

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
