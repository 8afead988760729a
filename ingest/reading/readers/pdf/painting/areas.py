"""Areas that are painted on a page, and whether text is seen on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pincite.ingestion.reading.readers.hidden.colours import MIN_POINTS, WHITE, Colour, is_seen
from pincite.ingestion.reading.readers.pdf.painting.paint import Box, Ink, Paint, bounding_box, common_box

MAX_AREAS = 2000  # of one page; where more is painted, nothing is known of what lies behind text
MIN_COVER = 0.1  # share of a word that another colour must lie behind for the word to be seen
MIN_ALPHA = 0.04  # nobody sees what is fainter


@dataclass(frozen=True, slots=True)
class _Area:
    """Area that was painted."""

    box: Box
    colour: Colour | None
    is_rectangle: bool  # and as high and wide as letters are

    def can_hide(self, text: Colour) -> bool:
        """Return whether text of a colour is not seen on it."""
        return self.is_rectangle and not is_seen(text, self.colour)


@dataclass
class Painting:
    """Areas that were painted on one page, from the lowest to the topmost. The page itself is white."""

    _areas: list[_Area] = field(default_factory=list)
    _same: dict[Colour, list[int]] = field(default_factory=dict)  # areas that can hide text, by the text's colour
    _is_too_much: bool = False

    def fill(self, points: Sequence[tuple[float, float]], paint: Paint, ink: Ink, margin: float = 0.0) -> None:
        """Paint the area of a path. margin: half the width of a line that is drawn along it."""
        left, bottom, right, top = box = bounding_box(points)
        corners = {(left, bottom), (left, top), (right, bottom), (right, top)}
        is_rectangle = not margin and len(points) >= 4 and set(points) == corners
        box = (left - margin, bottom - margin, right + margin, top + margin)
        if ink.alpha > MIN_ALPHA:
            self._add(box, paint, ink.colour if paint.is_plain and ink.alpha >= 1 else None, is_rectangle)

    def cover(self, box: Box, paint: Paint) -> None:
        """Paint something of many colours, such as a picture."""
        self._add(box, paint, None, False)

    def shows(self, box: Box, paint: Paint, ink: Ink) -> bool:
        """Return whether a word is seen that is drawn within a box now."""
        if paint.clip is not None and not _size(common_box(_grown(box), paint.clip)):
            return False
        if ink.alpha <= MIN_ALPHA:
            return False
        if ink.colour is None or not paint.is_plain or self._is_too_much:
            return True
        below = self._of_same_colour_below(box, ink.colour)
        if below is None:
            return True
        others = (area for area in self._areas[below + 1 :] if area.colour is None or is_seen(ink.colour, area.colour))
        return sum(_size(common_box(box, area.box)) for area in others) >= MIN_COVER * _size(box)

    def _of_same_colour_below(self, box: Box, colour: Colour) -> int | None:
        """Return the topmost rectangle of a word's colour that is wholly behind it, by its number; -1 for the page."""
        found = None if is_seen(colour, WHITE) else -1
        if colour not in self._same:
            self._same[colour] = [n for n, area in enumerate(self._areas) if area.can_hide(colour)]
        return next((n for n in reversed(self._same[colour]) if common_box(box, self._areas[n].box) == box), found)

    def _add(self, box: Box, paint: Paint, colour: Colour | None, is_rectangle: bool) -> None:
        if paint.clip is not None:
            box = common_box(box, paint.clip)
        if not _size(box) or self._is_too_much:
            return
        if len(self._areas) >= MAX_AREAS:
            self._is_too_much = True
            return
        area = _Area(box, colour, is_rectangle and min(box[2] - box[0], box[3] - box[1]) >= MIN_POINTS)
        for text_colour, numbers in self._same.items():
            if area.can_hide(text_colour):
                numbers.append(len(self._areas))
        self._areas.append(area)


def _grown(box: Box) -> Box:
    """Return a box with a point more on each side: where letters end is not exact."""
    return box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1


def _size(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
