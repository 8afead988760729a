"""Figures: lines that are hours, prices, dates or marks alone, and rows that set such figures after a name."""

from __future__ import annotations

import re

from pincite.ingestion.reading.readers.webtext.review_date import find_date, without_dates
from pincite.ingestion.reading.readers.webtext.word_lists import UNITS

_MAX_CHARACTERS = 100
_FIGURE = re.compile(r"\d+(?:[.,:’']\d+)*")
_MEASURE = re.compile(r"[€$£¥%‰°]|\b\d+[.,]\d\d\b|\b\d{1,2}:\d\d\b|\d ?[-–—] ?\d|\d ?(?:am|pm|Uhr|h)\b")
_NUMBERING = re.compile(r"^\(?\d{1,2}(?:\.\d{1,2}){0,3}[.)]? +(?=[^\W\d_]{3})")
_VERSION = re.compile(r"(?:[^\W\d_]+ ){0,2}(?:v\d+(?:\.\d+)*|\d+(?:\.\d+){2,}|\d+\.\d)(?![\d.,])")
_WORD = re.compile(r"[^\W\d_]+")


def is_value(text: str) -> bool:
    """Return whether a short line has no word of its own: figures, units, names of months, or no letter at all."""
    if len(text) > _MAX_CHARACTERS:
        return False
    words = [word.casefold() for word in _WORD.findall(without_dates(text))]
    return all(word in UNITS for word in words) if any(c.isdigit() for c in text) else not words


def is_figures_row(text: str) -> bool:
    """Return whether a line without sentence sets figures after a name: two figures, one a measure or at the end; or
    a price after a word or two. A version with its date is none."""
    text = _NUMBERING.sub("", text[: _MAX_CHARACTERS + 1])
    if len(text) > _MAX_CHARACTERS or text[-1:] in ".!?…:" or not any(c.isdigit() for c in text):
        return False
    if (version := _VERSION.match(text)) and (version.end() == len(text) or find_date(text)):
        return False
    figures, words, measured = len(_FIGURE.findall(text)), text.split(), _MEASURE.search(text) is not None
    ends_in_figure = any(c.isdigit() for c in words[-1]) or words[-1].casefold().strip(".,)") in UNITS
    return (figures > 1 and (measured or ends_in_figure)) or (measured and len(words) <= 5 and ends_in_figure)
