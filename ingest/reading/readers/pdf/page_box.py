"""Box of a page that a viewer shows, and how it turns the page."""

from __future__ import annotations

from pypdf import PageObject

from pincite.ingestion.reading.readers.pdf.painting.paint import Box
from pincite.ingestion.reading.readers.pdf.painting.paths import Matrix


def visible_box(page: PageObject) -> Box:
    """Return the crop box as far as it is on the page."""
    crop, media = (tuple(float(v) for v in box) for box in (page.cropbox, page.mediabox))
    left, bottom, right, top = (
        *(max(pair) for pair in zip(crop[:2], media[:2], strict=True)),
        *(min(pair) for pair in zip(crop[2:], media[2:], strict=True)),
    )
    if left >= right or bottom >= top:
        left, bottom, right, top = media
    return left, bottom, right, top


def upright(turn: int, left: float, bottom: float, right: float, top: float) -> tuple[Matrix, float, float]:
    """Return the matrix that turns a page as a viewer does, and the width and height that it then has."""
    width, height = right - left, top - bottom
    if turn == 90:
        return (0.0, -1.0, 1.0, 0.0, -bottom, right), height, width
    if turn == 180:
        return (-1.0, 0.0, 0.0, -1.0, right, top), width, height
    if turn == 270:
        return (0.0, 1.0, -1.0, 0.0, top, -left), height, width
    return (1.0, 0.0, 0.0, 1.0, -left, -bottom), width, height
