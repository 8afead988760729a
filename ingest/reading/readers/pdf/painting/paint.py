"""Paint: colours, widths and clipping that the graphics state holds, and how operators change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pypdf.generic import ArrayObject

from pincite.ingestion.reading.readers.hidden.colours import BLACK, Colour

Box = tuple[float, float, float, float]  # left, bottom, right and top
_SPACES = {"/DeviceGray": 1, "/G": 1, "/CalGray": 1, "/DeviceRGB": 3, "/RGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4}


@dataclass(frozen=True, slots=True)
class Ink:
    """Colour in which letters or lines are drawn."""

    colour: Colour | None = BLACK  # None for a pattern, and for a colour space that is not known
    components: int = 1  # of the colour space; 0 where it is not known
    alpha: float = 1.0


BLACK_INK = Ink()


@dataclass(frozen=True, slots=True)
class Paint:
    """Part of the graphics state that says how things are painted."""

    fill: Ink = BLACK_INK
    stroke: Ink = BLACK_INK
    line_width: float = 1.0
    is_plain: bool = True  # neither blended with what is behind it nor masked
    clip: Box | None = None

    def with_operator(self, operator: bytes, operands: Sequence[Any], resources: Mapping[str, Any]) -> Paint:
        """Return the paint after an operator that sets a colour, a line's width or an extended graphics state."""
        if operator == b"gs":
            return self._with_state(named_resource(resources, "/ExtGState", operands[0]))
        if operator == b"w":
            return replace(self, line_width=float(operands[0]))
        name = "stroke" if operator[:1].isupper() else "fill"
        ink: Ink = getattr(self, name)
        match operator.lower():
            case b"g" | b"rg" | b"k":
                ink = replace(ink, colour=_colour(operands, len(operands)), components=len(operands))
            case b"cs":
                count = _component_count(operands[0], resources)
                ink = replace(ink, colour=BLACK if count in (1, 3, 4) else None, components=count)
            case b"sc" | b"scn":
                ink = replace(ink, colour=_colour(operands, ink.components))
            case _:
                return self
        return replace(self, stroke=ink) if name == "stroke" else replace(self, fill=ink)

    def clipped(self, box: Box) -> Paint:
        """Return the paint that stays within a box, too."""
        return replace(self, clip=box if self.clip is None else common_box(box, self.clip))

    def _with_state(self, state: Any) -> Paint:
        fill, stroke = (
            replace(ink, alpha=float(state[key])) if key in state else ink
            for ink, key in ((self.fill, "/ca"), (self.stroke, "/CA"))
        )
        blending = state.get("/BM", "/Normal" if self.is_plain else "/Other")
        mask = state.get("/SMask", "/None" if self.is_plain else "/Other")
        return replace(self, fill=fill, stroke=stroke, is_plain=(blending, mask) == ("/Normal", "/None"))


BLACK_PAINT = Paint()


def bounding_box(points: Sequence[tuple[float, float]]) -> Box:
    """Return the box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def common_box(a: Box, b: Box) -> Box:
    """Return the box that two boxes share; one of no size or less where they share none."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _colour(operands: Sequence[Any], components: int) -> Colour | None:
    if components not in (1, 3, 4) or len(operands) != components:
        return None
    values = [min(1.0, max(0.0, float(value))) for value in operands]
    if components == 1:
        return values[0], values[0], values[0]
    if components == 3:
        return values[0], values[1], values[2]
    cyan, magenta, yellow, black = values
    return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)


def _component_count(name: Any, resources: Mapping[str, Any]) -> int:
    """Return the number of components of a colour space, 0 for one whose numbers alone do not say the colour."""
    if name in _SPACES:
        return _SPACES[name]
    space = named_resource(resources, "/ColorSpace", name)
    if isinstance(space, ArrayObject) and space:
        if space[0] == "/ICCBased":
            return int(space[1].get_object()["/N"])
        return _SPACES.get(space[0], 0)
    return _SPACES.get(space, 0) if isinstance(space, str) else 0


def named_resource(resources: Mapping[str, Any], kind: str, name: Any) -> Any:
    """Return a named resource, an empty dictionary where there is none."""
    named = resources.get(kind)
    found = None if named is None else named.get_object().get(name)
    return {} if found is None else found.get_object()
