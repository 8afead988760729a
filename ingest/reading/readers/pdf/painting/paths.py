"""Paths that are drawn on a page: painted, or taken as the edge of what follows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pincite.ingestion.reading.readers.hidden.colours import MIN_POINTS
from pincite.ingestion.reading.readers.pdf.painting.areas import Painting
from pincite.ingestion.reading.readers.pdf.painting.paint import Paint, bounding_box

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
UNIT_SQUARE: tuple[Point, ...] = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))  # where a picture is drawn
DRAWING = (b"m", b"l", b"c", b"v", b"y", b"re")  # operators
_FILLS = (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*")
_STROKES = (b"B", b"B*", b"b", b"b*", b"S", b"s")
PAINTING = (*_FILLS, b"S", b"s", b"n")  # operators that end a path


def map_points(points: Iterable[Point], matrix: Matrix) -> list[Point]:
    """Return points as a matrix maps them."""
    a, b, c, d, e, f = matrix
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


class Path:
    """Path that is being drawn, by its points on the page."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self.is_clip = False  # whether what follows it is clipped to it

    def draw(self, operator: bytes, numbers: Sequence[float], ctm: Matrix) -> None:
        """Go on with the path."""
        if operator == b"re":
            x, y, width, height = numbers
            numbers = (x, y, x + width, y, x + width, y + height, x, y + height)
        self._points += map_points(zip(numbers[::2], numbers[1::2], strict=False), ctm)

    def end(self, operator: bytes, ctm: Matrix, paint: Paint, painting: Painting | None) -> tuple[list[Point], Paint]:
        """Paint the path. painting: where, None for nowhere.

        Returns the points that were painted, and the paint for what follows.
        """
        points, self._points = self._points, []
        is_clip, self.is_clip = self.is_clip, False
        if not points:
            return [], paint
        if operator in _FILLS and painting is not None:
            painting.fill(points, paint, paint.fill)
        if operator in _STROKES and painting is not None:
            width = paint.line_width * math.sqrt(abs(ctm[0] * ctm[3] - ctm[1] * ctm[2]))
            if width >= MIN_POINTS:  # a thinner line is no ground for text
                painting.fill(points, paint, paint.stroke, width / 2)
        return ([] if operator == b"n" else points), paint.clipped(bounding_box(points)) if is_clip else paint
